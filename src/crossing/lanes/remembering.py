"""The lane's side of what two officers found: who the traveller is for it, when it is kept, and when it counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from crossing.decisions.dossier import Dossier
from crossing.decisions.models import Referral
from crossing.decisions.repository import view
from crossing.decisions.schemas import Finding, ReferralState, ReferralView
from crossing.identity.principal import SYSTEM
from crossing.movements.keys import document_key, name_tokens
from crossing.movements.schemas import Person, TravelDocument
from crossing.platform.i18n import mark
from crossing.screening.clearances import REMEMBERED_KINDS, Clearances, ClearanceView, Found
from crossing.screening.judgements import cleared_by_word
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, FaceJudgement

_SEEN_BEFORE: Final = "seen_before"


class NotKept(StrEnum):
    """Why nothing is remembered of a traveller who was found not to be the person."""

    ONE_OFFICER = "one_officer"
    NO_DOCUMENT = "no_document"
    NO_ENTRY = "no_entry"

    @property
    def sentence(self) -> str:
        """In English, a message id."""
        return _SENTENCES[self]


_SENTENCES: Final = MappingProxyType(
    {
        NotKept.ONE_OFFICER: mark(
            "Nothing is remembered: it takes two officers, one who calls the second line and another who decides."
        ),
        NotKept.NO_DOCUMENT: mark(
            "Nothing is remembered: without a document the traveller can't be told from others of the same name."
        ),
        NotKept.NO_ENTRY: mark(
            "Nothing is remembered: only hits by name or face on a list of this post can be, never a document's "
            "number and never an answer of INTERPOL."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What came of a referral: what is remembered of it, or why nothing is. Both are empty where the traveller was
    not found to be another person."""

    kept: tuple[ClearanceView, ...] = ()
    why_not: NotKept | None = None


def traveller_text(person: Person | None, document: TravelDocument | None) -> str | None:
    """Everything of the traveller that the lists are asked with, in one spelling; None where there is no document,
    for a name and a birth date are shared by too many."""
    if person is None or document is None:
        return None
    names = " ".join(sorted(name_tokens(person.surname, person.given_names)))
    born = f"{person.birth_date or ''}{'~' if person.birth_approximate else ''}"
    return "|".join((document_key(document), names, born, person.sex, person.nationality or ""))


def recognised(
    session: Session,
    clearances: Clearances,
    person: Person | None,
    document: TravelDocument | None,
    results: list[CheckResult],
) -> list[CheckResult]:
    """The results, with as many hits as are shown; those that two officers cleared at an earlier crossing of this
    traveller say so, and make room for others."""
    traveller = traveller_text(person, document)
    if traveller is not None and any(one.alerts and one.kind in REMEMBERED_KINDS for one in results):
        results = clearances.marked(session, traveller, results, face_is_known=_is_known_by_face(results))
    return [one.shown() for one in results]


def keep(session: Session, clearances: Clearances, referral: Referral, dossier: Dossier) -> None:
    """Remember what the two officers of a resolved referral found, where there is something to remember."""
    told = view(referral)
    traveller = traveller_text(dossier.person, dossier.document)
    if _is_another_person(told) and traveller is not None and _why_not(told, dossier.document) is None:
        found = _found(told.reasons, dossier.judgements, live_sha256=dossier.images.live)
        officers = (told.opened_by, told.resolved_by)
        clearances.remember(session, traveller, found, officers=officers, referral_id=told.referral_id)


def remembered(
    session: Session, clearances: Clearances, told: ReferralView, document: TravelDocument | None
) -> Remembered:
    """What the second line's page says of it."""
    if told.state is not ReferralState.RESOLVED or not _is_another_person(told):
        return Remembered()
    kept = clearances.of_referral(session, told.referral_id)
    return Remembered(tuple(kept)) if kept else Remembered(why_not=_why_not(told, document) or NotKept.NO_ENTRY)


def _is_another_person(told: ReferralView) -> bool:
    return bool(told.reasons) and told.resolution is not None and told.resolution.finding is Finding.NOT_THE_PERSON


def _why_not(told: ReferralView, document: TravelDocument | None) -> NotKept | None:
    if told.opened_by in (told.resolved_by, SYSTEM.login):
        return NotKept.ONE_OFFICER
    return None if document is not None else NotKept.NO_DOCUMENT


def _found(
    reasons: Iterable[CheckResult], judgements: tuple[FaceJudgement, ...], *, live_sha256: str | None
) -> list[Found]:
    """Of faces only those that the last word says are another person's."""
    return [
        Found(check, hit)
        for check in reasons
        for hit in check.hits
        if check.kind is CheckKind.NAME_LIST
        or (check.kind is CheckKind.FACE_LIST and cleared_by_word(judgements, check, hit, now=live_sha256))
    ]


def _is_known_by_face(results: Iterable[CheckResult]) -> bool:
    """Whether the face at the desk is that of an earlier crossing under the same identity."""
    return any(
        one.kind is CheckKind.FACE_RECENT
        and one.outcome is CheckOutcome.CLEAR
        and any(said.code == _SEEN_BEFORE for hit in one.hits for said in hit.explanations)
        for one in results
    )
