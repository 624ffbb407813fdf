"""The officer's decision and the second line. Every path ends in one movement, written with its event."""

from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions import repository
from crossing.decisions.dossier import Call, Dossier
from crossing.decisions.errors import (
    ConfirmationNeedsHit,
    FacesUncompared,
    FacesUncomparedHere,
    NothingToApprove,
    OnlyInterpolWithdraws,
    ReasonNeeded,
    ReasonNotWanted,
    ReferralChanged,
    ReferralResolved,
    ReferralUnknown,
    SecondApproverNeeded,
    SecondLineNeeded,
)
from crossing.decisions.looked_for import hold_against_looked_for
from crossing.decisions.models import Referral
from crossing.decisions.records import BUREAUS_FINDINGS, hold_against_words, words_on
from crossing.decisions.schemas import Decision, Finding, ReferralState, ReferralView, Resolution, Verdict
from crossing.movements.schemas import Direction, KnownAtDecision, MovementOutcome, MovementRecord
from crossing.movements.service import MovementService, pair
from crossing.platform.clock import Clock
from crossing.platform.ids import new_id
from crossing.ports.four_eyes import are_two_people
from crossing.replication.appliers import require_own_post
from crossing.replication.events import Lane, ReceivedEvent
from crossing.replication.outbox import Outbox
from crossing.screening.schemas import INTERPOL_KINDS, CheckResult

REFERRAL_RESOLVED = "referral.resolved"
REFERRAL_VERSION = 4
REFERRAL_VERSIONS = (1, 2, 3, REFERRAL_VERSION)
"""Version 2 has the verdict of its reasons, and room for hits that were cleared before; version 3 has room for all
that INTERPOL says of a record, and for what was found of each; version 4 has room for what was found of each whom the
posts look for."""


class DecisionService:
    def __init__(self, *, movements: MovementService, outbox: Outbox, clock: Clock) -> None:
        self._movements = movements
        self._outbox = outbox
        self._clock = clock

    def decide(self, session: Session, dossier: Dossier, decision: Decision, *, officer: str) -> MovementRecord:
        """The first line's decision. Raises :class:`SecondLineNeeded` while a hit has not been looked at, and
        :class:`FacesUncompared` while the officer has not compared two faces."""
        if dossier.alerts():
            raise SecondLineNeeded
        if dossier.uncompared():
            raise FacesUncompared
        return self._write(session, dossier, decision, decided_by=officer)

    def refer(self, session: Session, call: Call, *, officer: str, note: str, late: bool = False) -> Referral:
        """Call the second line, for the hits there are or for the officer's own reason in ``note``."""
        referral = Referral(
            referral_id=new_id(),
            session_id=call.session_id,
            post=call.post,
            lane=call.lane,
            state=ReferralState.OPEN,
            late=late,
            opened_at=self._clock.now(),
            opened_by=officer,
            note=note,
            reasons=[check.model_dump(mode="json") for check in call.reasons],
            resolution=None,
            resolved_by="",
            resolved_at=None,
            approved_by="",
        )
        session.add(referral)
        return referral

    def add_reasons(self, session: Session, session_id: UUID, checks: list[CheckResult]) -> None:
        """Put hits that arrive while the traveller waits before the officer who is looking.

        A finding that waits for its approval was made without them: it has to be made again.
        """
        for referral in repository.of_session(session, session_id):
            if referral.state != ReferralState.RESOLVED:
                referral.reasons = [*referral.reasons, *(check.model_dump(mode="json") for check in checks)]
                _open_again(referral)

    def resolve(
        self, session: Session, referral_id: UUID, resolution: Resolution, dossier: Dossier, *, officer: str
    ) -> MovementRecord | None:
        """The second line's word. Returns the movement it led to, or None where an approval is still needed or the
        traveller had left before the hit came.

        Raises :class:`FacesUncomparedHere` while nobody of either line has compared two faces. The reasons then say
        what was last said of each.
        """
        referral = self._open(session, referral_id)
        reasons = repository.view(referral).reasons
        if resolution.reasons_seen not in (None, len(reasons)):
            raise ReferralChanged
        of_the_bureau = _hold_against_rules(resolution, reasons)
        if dossier.review.unanswered(reasons) or (dossier.uncompared() and not referral.late):
            raise FacesUncomparedHere
        told = (dossier.review.with_words(check) for check in reasons)
        referral.reasons = [check.model_dump(mode="json") for check in told]
        referral.resolution = resolution.model_dump(mode="json")
        referral.resolved_by = officer
        referral.resolved_at = self._clock.now()
        if of_the_bureau:
            referral.state = ReferralState.AWAITING_APPROVAL
            return None
        return self._close(session, referral, resolution, dossier)

    def approve(
        self, session: Session, referral_id: UUID, dossier: Dossier, *, officer: str
    ) -> MovementRecord | None:
        """Four eyes: the approval of an officer other than the one who resolved."""
        referral = self._awaiting(session, referral_id, officer)
        referral.approved_by = officer
        return self._close(session, referral, Resolution.model_validate(referral.resolution), dossier)

    def reject(self, session: Session, referral_id: UUID, *, officer: str) -> Referral:
        """Four eyes that do not agree: the finding is taken back and the referral is open again."""
        referral = self._awaiting(session, referral_id, officer)
        _open_again(referral)
        return referral

    def _awaiting(self, session: Session, referral_id: UUID, officer: str) -> Referral:
        referral = repository.referral(session, referral_id)
        if referral is None:
            raise ReferralUnknown
        if referral.state != ReferralState.AWAITING_APPROVAL:
            raise NothingToApprove
        if not are_two_people(referral.resolved_by, officer):
            raise SecondApproverNeeded
        return referral

    def _open(self, session: Session, referral_id: UUID) -> Referral:
        referral = repository.referral(session, referral_id)
        if referral is None:
            raise ReferralUnknown
        if referral.state != ReferralState.OPEN:
            raise ReferralResolved
        return referral

    def _close(
        self, session: Session, referral: Referral, resolution: Resolution, dossier: Dossier
    ) -> MovementRecord | None:
        referral.state = ReferralState.RESOLVED
        view = repository.view(referral)
        self._outbox.append(
            session,
            lane=Lane.ALERT if resolution.finding is Finding.CONFIRMED else Lane.BIOGRAPHIC,
            type=REFERRAL_RESOLVED,
            version=REFERRAL_VERSION,
            payload=view.model_dump(mode="json"),
        )
        if referral.late:
            return None
        return self._write(
            session,
            dossier,
            resolution,
            decided_by=referral.resolved_by,
            approved_by=referral.approved_by,
            handling=resolution.handling,
        )

    def _write(
        self,
        session: Session,
        dossier: Dossier,
        decision: Decision,
        *,
        decided_by: str,
        approved_by: str = "",
        handling: str = "",
    ) -> MovementRecord:
        _hold_reason_against_verdict(decision)
        now = self._clock.now()
        admitted = decision.verdict is Verdict.ADMIT
        record = MovementRecord(
            movement_id=new_id(),
            traveller_id=dossier.history.traveller_id or new_id(),
            session_id=dossier.session_id,
            post=dossier.post,
            lane=dossier.lane,
            direction=dossier.direction,
            case=dossier.case,
            outcome=MovementOutcome.ADMITTED if admitted else MovementOutcome.REFUSED,
            occurred_at=now,
            person=dossier.person,
            document=dossier.document,
            vehicle=dossier.vehicle,
            evidence_level=dossier.evidence_level,
            stay=dossier.stay if admitted and dossier.direction is Direction.ENTRY else None,
            purpose=decision.purpose,
            destination=decision.destination,
            reason_code=decision.reason_code or "",
            handling=handling,
            note=decision.note,
            decided_by=decided_by,
            approved_by=approved_by,
            paired_entry=pair(dossier.direction, dossier.history) if admitted else None,
            known_at_decision=KnownAtDecision(
                checks=dossier.checks,
                verdict=dossier.verdict,
                judgements=dossier.judgements,
                # A clock set back between the two must not stop the traveller.
                decided_after_ms=max(0, int((now - dossier.opened_at).total_seconds() * 1000)),
            ),
            images=dossier.images,
        )
        self._movements.record(session, record, list(dossier.blobs))
        return record


def apply_referral_resolved(session: Session, event: ReceivedEvent) -> None:
    """The capital's applier of ``referral.resolved``."""
    view = ReferralView.model_validate(event.payload)
    require_own_post(event, view.post)
    columns = view.model_dump(exclude={"reasons", "resolution", "verdict"})
    session.add(
        Referral(
            **columns,
            reasons=[check.model_dump(mode="json") for check in view.reasons],
            resolution=view.resolution.model_dump(mode="json") if view.resolution else None,
        )
    )


def _open_again(referral: Referral) -> None:
    referral.state = ReferralState.OPEN
    referral.resolution = None
    referral.resolved_by = ""
    referral.resolved_at = None


def _hold_reason_against_verdict(decision: Decision) -> None:
    if decision.verdict is Verdict.REFUSE and decision.reason_code is None:
        raise ReasonNeeded
    if decision.verdict is Verdict.ADMIT and decision.reason_code is not None:
        raise ReasonNotWanted


def _hold_against_rules(resolution: Resolution, reasons: tuple[CheckResult, ...]) -> bool:
    """Whether something is said that only the bureau can say, and that a second officer has to approve."""
    _hold_reason_against_verdict(resolution)
    if resolution.finding is Finding.RECORD_WITHDRAWN and not _from_interpol(reasons):
        raise OnlyInterpolWithdraws
    if resolution.finding is Finding.CONFIRMED and not reasons:
        raise ConfirmationNeedsHit
    words = words_on(resolution, reasons)
    hold_against_words(resolution, reasons, words)
    hold_against_looked_for(resolution, reasons)
    return any(word.finding in BUREAUS_FINDINGS for word in words.values())


def _from_interpol(reasons: tuple[CheckResult, ...]) -> bool:
    return any(check.kind in INTERPOL_KINDS for check in reasons)
