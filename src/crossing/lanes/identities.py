"""An identity that an officer typed: whether it holds together, and what it rests on."""

from crossing.lanes.errors import DocumentMissing, DocumentNumberUnreadable, NameMissing, NameUnreadable
from crossing.lanes.schemas import Identity
from crossing.movements.schemas import CrossingCase, EvidenceLevel
from crossing.screening.askable import is_readable_name
from crossing.screening.documents import tidy


def hold_together(identity: Identity) -> None:
    """Raises a domain error where it can't be asked about."""
    if not (identity.person.surname or identity.person.given_names):
        raise NameMissing
    if not is_readable_name(identity.person.surname, identity.person.given_names):
        raise NameUnreadable
    if identity.document is not None and not tidy(identity.document.number):
        raise DocumentNumberUnreadable
    if identity.case is CrossingCase.DOCUMENT and identity.document is None:
        raise DocumentMissing


def evidence_of(identity: Identity) -> EvidenceLevel:
    """An identity rests on a document only where there is one."""
    if identity.document is None and identity.evidence_level is EvidenceLevel.DOCUMENT:
        return EvidenceLevel.DECLARATION
    return identity.evidence_level
