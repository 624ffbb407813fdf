"""What the second line found of INTERPOL's hits, for the bureau."""

from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions import repository
from crossing.decisions.models import Referral
from crossing.decisions.schemas import Finding
from crossing.lanes.events import SUBJECT
from crossing.ports.bridge import HitVerification
from crossing.screening import ledger
from crossing.screening.schemas import INTERPOL_KINDS, CheckResult
from crossing.screening.verifications import VerificationQueue

VERDICT_OF: Final = MappingProxyType(
    {
        Finding.CONFIRMED: "confirmed",
        Finding.NOT_THE_PERSON: "not_the_person",
        Finding.RECORD_WITHDRAWN: "record_withdrawn",
    }
)
"""The bridge's word for a finding. One that neither confirms nor rules out says nothing to the bureau."""


def tell_the_bureau(session: Session, queue: VerificationQueue, referral: Referral) -> None:
    """Queue the word of a resolved referral on each hit of INTERPOL's that it was called for."""
    told = repository.view(referral)
    verdict = VERDICT_OF.get(told.resolution.finding) if told.resolution else None
    hits = _hits(session, told.session_id, told.reasons)
    if told.resolution is None or verdict is None or not hits:
        return
    word = HitVerification.model_validate(
        {
            "verdict": verdict,
            "officer": told.resolved_by,
            "approver": told.approved_by,
            "ncb_reference": told.resolution.bureau_reference,
        }
    )
    queue.enqueue(session, told.referral_id, hits, word)


def _hits(session: Session, session_id: UUID, reasons: tuple[CheckResult, ...]) -> list[UUID]:
    """The bridge's ids of the hits. A record that a copy found and then INTERPOL itself has two; both are told."""
    records = {(check.kind, hit.entry_reference) for check in reasons for hit in check.hits}
    everything = (*reasons, *ledger.for_subject(session, SUBJECT, session_id))
    return [
        hit.hit_id
        for check in everything
        if check.kind in INTERPOL_KINDS
        for hit in check.hits
        if (check.kind, hit.entry_reference) in records
    ]
