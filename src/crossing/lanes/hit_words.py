"""What the second line found of INTERPOL's hits, for the bureau."""

from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions import repository
from crossing.decisions.models import Referral
from crossing.decisions.records import Record, words_on
from crossing.decisions.schemas import Finding, ReferralView
from crossing.lanes.events import SUBJECT
from crossing.screening import ledger
from crossing.screening.schemas import INTERPOL_KINDS
from crossing.screening.verifications import VerificationQueue, Word

VERDICT_OF: Final = MappingProxyType(
    {
        Finding.CONFIRMED: "confirmed",
        Finding.NOT_THE_PERSON: "not_the_person",
        Finding.RECORD_WITHDRAWN: "record_withdrawn",
    }
)
"""The bridge's word for a finding. One that neither confirms nor rules out says nothing to the bureau."""


def tell_the_bureau(session: Session, queue: VerificationQueue, referral: Referral) -> None:
    """Queue what a resolved referral says of each of INTERPOL's records that it was called for."""
    told = repository.view(referral)
    if told.resolution is None:
        return
    hits = _hits(session, told)
    for record, word in words_on(told.resolution, told.reasons).items():
        if verdict := VERDICT_OF.get(word.finding):
            said = Word(verdict, told.resolved_by, told.approved_by, word.bureau_reference)
            queue.enqueue(session, told.referral_id, hits[record], said)


def _hits(session: Session, told: ReferralView) -> dict[Record, list[UUID]]:
    """The bridge's ids of the hits on each record. One that a copy found and then INTERPOL itself has two."""
    found: dict[Record, list[UUID]] = {}
    for check in (*told.reasons, *ledger.for_subject(session, SUBJECT, told.session_id)):
        for hit in check.hits if check.kind in INTERPOL_KINDS else ():
            found.setdefault((check.kind, hit.entry_reference), []).append(hit.hit_id)
    return found
