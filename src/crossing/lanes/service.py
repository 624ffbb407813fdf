"""The desk: what happens to a session, each step in the caller's transaction. No image and no device in here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crossing.decisions import repository as referrals
from crossing.decisions.dossier import STANDING, Call, Dossier
from crossing.decisions.errors import ReferralUnknown
from crossing.decisions.mobility import Entrant, MobilityRules
from crossing.decisions.models import Referral
from crossing.decisions.schemas import Decision, ReferralState, ReferralView, Resolution
from crossing.decisions.service import DecisionService
from crossing.identity.principal import SYSTEM
from crossing.lanes import repository
from crossing.lanes.assembly import dossier_of, hits_of, person_of, view_of
from crossing.lanes.chip_views import end_waiting
from crossing.lanes.errors import (
    ConfirmationOutdated,
    IdentityMissing,
    LaneBusy,
    LaneUnknown,
    LaneWrongDirection,
    NothingToConfirm,
    ReadingUnconfirmed,
)
from crossing.lanes.events import (
    SUBJECT,
)
from crossing.lanes.hit_words import tell_the_bureau
from crossing.lanes.identities import evidence_of, hold_together
from crossing.lanes.leaving import tell_the_capital, tell_what_was_said
from crossing.lanes.live_pictures import asked_of, note_asked
from crossing.lanes.models import CaptureSession
from crossing.lanes.news import news_among, worth_keeping
from crossing.lanes.progress import LiveProgress
from crossing.lanes.progress import topic as topic  # noqa: PLC0414 - whoever watches a session finds it here
from crossing.lanes.readings import confirm, forget_strip, needs_confirmation
from crossing.lanes.remembering import keep
from crossing.lanes.schemas import FieldSource, Identity, SessionState, SessionView
from crossing.lanes.standing import to_look_at, without_uncompared
from crossing.lanes.states import Step, after
from crossing.movements.schemas import CrossingCase, Direction, MovementRecord
from crossing.platform.clock import Clock
from crossing.platform.ids import new_id
from crossing.platform.notify import Notices, after_commit, publish_after_commit
from crossing.posts.models import Lane
from crossing.replication.outbox import Outbox
from crossing.screening import ledger
from crossing.screening.clearances import Clearances
from crossing.screening.outside import Beside
from crossing.screening.schemas import CheckResult
from crossing.screening.verifications import VerificationQueue


@dataclass(frozen=True, slots=True)
class PostIdentity:
    """Which post this is. ``state`` is the alpha-3 code of the State whose border it guards; ``zone`` decides what
    day it is there."""

    code: str
    state: str
    zone: tzinfo = UTC


LANES_TOPIC = "lanes"
REFERRALS_TOPIC = "referrals"

WhenLeft = Callable[[UUID, MovementRecord], None]
"""Told the session and the movement that it ended in."""


class Desk:
    """Every step of a session. Steps that the state table does not allow are refused there."""

    def __init__(  # noqa: PLR0913 - what a step of a session touches
        self,
        *,
        post: PostIdentity,
        decisions: DecisionService,
        mobility: MobilityRules,
        outbox: Outbox,
        notices: Notices,
        clock: Clock,
        progress: LiveProgress,
        clearances: Clearances,
        beside: Sequence[Beside] = (),
    ) -> None:
        """``beside``: who is asked beside INTERPOL; until each has answered it is not checked."""
        self.post = post
        self.clearances: Final = clearances
        self._verifications = VerificationQueue(clock)
        self._decisions = decisions
        self._mobility = mobility
        self._outbox = outbox
        self._notices = notices
        self._clock = clock
        self._progress = progress
        self._beside = beside
        self._when_left: list[WhenLeft] = []

    def when_left(self, do: WhenLeft) -> None:
        """Call ``do`` for each traveller who was decided on, once that is written. It must return at once."""
        self._when_left.append(do)

    def view(self, session: Session, row: CaptureSession) -> SessionView:
        """The whole lane screen, with how far the reading of the chip is at this moment."""
        progress = self._progress.of(row.session_id)
        return view_of(session, row, today=self.today(), progress=progress, beside=self._beside)

    def today(self) -> date:
        return self._clock.now().astimezone(self.post.zone).date()

    def open(self, session: Session, lane_id: UUID, direction: Direction, *, officer: str) -> CaptureSession:
        """A traveller steps up. Raises :class:`LaneBusy` while another stands there."""
        lane = session.get(Lane, lane_id)
        if lane is None or lane.post_code != self.post.code:
            raise LaneUnknown
        if lane.direction not in ("both", direction):
            raise LaneWrongDirection
        if repository.live_at(session, lane_id) is not None:
            raise LaneBusy
        row = CaptureSession(
            session_id=new_id(),
            lane_id=lane_id,
            lane=str(lane.number),
            post=self.post.code,
            state=SessionState.OPEN,
            direction=direction,
            case=CrossingCase.DOCUMENT,
            opened_at=self._clock.now(),
            opened_by=officer,
            field_sources={},
            witness="",
            border_resident=False,
            truncated_name=False,
            evidence=0,
            images={},
            face_hints=[],
            troubles=[],
            stages={},
            bridge_pending=False,
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as raced:
            raise LaneBusy from raced
        self.changed(session, row)
        return row

    def step(self, session: Session, row: CaptureSession, step: Step) -> None:
        """Take ``step``, or raise; and let whoever watches the session know."""
        row.state = after(SessionState(row.state), step)
        if row.state in (SessionState.DECIDED, SessionState.ABANDONED):
            row.closed_at = self._clock.now()
            forget_strip(row)
        self.changed(session, row)

    def take_evidence(self, session: Session, row: CaptureSession) -> None:
        """Something new is known of the traveller: what was answered or is being asked was about less."""
        self.step(session, row, Step.TAKE_EVIDENCE)
        row.evidence += 1

    def declare(self, session: Session, row: CaptureSession, identity: Identity, *, source: FieldSource) -> None:
        """Put the identity that the officer typed in the place of what was read."""
        hold_together(identity)
        self.take_evidence(session, row)
        row.case = identity.case
        row.person = identity.person.model_dump(mode="json")
        row.document = identity.document.model_dump(mode="json") if identity.document else None
        row.evidence_level = evidence_of(identity)
        row.witness = identity.witness
        row.border_resident = identity.border_resident
        row.truncated_name = False
        row.field_sources = dict.fromkeys(type(identity.person).model_fields, source.value)
        self.compute_stay(row)

    def confirm(
        self, session: Session, session_id: UUID, *, evidence: int, officer: str
    ) -> tuple[CaptureSession, tuple[str, ...]]:
        """The officer compared an unsure reading with the page; also gives the fields that were doubted.

        ``evidence`` says which reading was on the screen. Raises :class:`ConfirmationOutdated` for an earlier one.
        """
        row = repository.get(session, session_id)
        after(SessionState(row.state), Step.CONFIRM)
        if evidence != row.evidence:
            raise ConfirmationOutdated
        if not needs_confirmation(row):
            raise NothingToConfirm
        doubted = confirm(row, officer=officer)
        self.step(session, row, Step.CONFIRM)
        return row, doubted

    def compute_stay(self, row: CaptureSession) -> None:
        """Which regime lets the traveller in, and until when. An exit has none."""
        person = person_of(row)
        if row.direction == Direction.EXIT or person is None:
            row.stay = None
            return
        stay = self._mobility.stay_for(
            Entrant(
                nationality=person.nationality,
                state=self.post.state,
                day=self.today(),
                border_resident=row.border_resident,
            )
        )
        row.stay = stay.model_dump(mode="json")

    def answer(
        self, session: Session, row: CaptureSession, results: list[CheckResult], step: Step = Step.ANSWER_LATER
    ) -> None:
        """Put answers of checks into the ledger and act on them, whenever they come: before the decision, at the
        second line, or when the traveller has gone."""
        ledger.record(session, SUBJECT, row.session_id, results)
        self._act_on(session, row, results, step)

    def answer_outdated(self, session: Session, row: CaptureSession, results: list[CheckResult]) -> None:
        """Answers about what was captured or typed before what is there now. Only what stands of them counts, beside
        the answers about what is there now; what is known already is not told again."""
        new = [check for check in news_among(session, row, results) if check.kind in STANDING]
        if new:
            ledger.record_outdated(session, SUBJECT, row.session_id, new)
            self._act_on(session, row, new, Step.ANSWER_LATER)

    def answer_from_outside(self, session: Session, row: CaptureSession, results: list[CheckResult]) -> None:
        """Answers of services that were asked again. They take the place of what was said before, by a copy perhaps;
        the second line is told of hits that were not known, and of none twice.

        Of whoever has left the capital is told too, and alerted where there is something new. Of whoever was never
        decided on it is told hits alone.
        """
        new = news_among(session, row, results)
        ledger.record(session, SUBJECT, row.session_id, results)
        if row.state == SessionState.DECIDED:
            self._answer_late(session, row, results, reasons=new)
        elif row.state == SessionState.ABANDONED:
            self._answer_late(session, row, [one for one in results if one.alerts], reasons=new)
        else:
            self._answer_at_desk(session, row, new, Step.ANSWER_LATER)

    def answer_again(self, session: Session, row: CaptureSession, results: list[CheckResult]) -> list[CheckResult]:
        """Answers of lists that changed since the traveller was asked about: what was put into the ledger, nothing
        where they say again what is known.

        Whoever is still here is told of by the new versions. Of whoever has left, what counts is a hit that was not
        known, or an answer to what had not been checked: the second line and the capital hear of that, and of no hit
        twice.
        """
        new = news_among(session, row, results)
        kept = worth_keeping(row, ledger.current(session, SUBJECT, row.session_id), results, new)
        if not kept:
            return []
        ledger.record(session, SUBJECT, row.session_id, kept)
        note_asked(row, asked_of(new))
        if row.state == SessionState.DECIDED:
            # With something new the capital is told all of it, else only what alerts nobody.
            told = kept if new else [one for one in kept if not one.alerts]
            self._answer_late(session, row, told, reasons=new)
        elif row.state == SessionState.ABANDONED:
            self._answer_abandoned(session, row, new)
        else:
            self._answer_at_desk(session, row, new, Step.ANSWER_LATER)
        return kept

    def _act_on(self, session: Session, row: CaptureSession, results: list[CheckResult], step: Step) -> None:
        note_asked(row, asked_of(results))
        if row.state == SessionState.DECIDED:
            self._answer_late(session, row, results)
        elif row.state == SessionState.ABANDONED:
            self._answer_abandoned(session, row, [result for result in results if result.alerts])
        else:
            self._answer_at_desk(session, row, results, step)

    def _answer_at_desk(self, session: Session, row: CaptureSession, results: list[CheckResult], step: Step) -> None:
        reasons = to_look_at(row, results)
        if row.state == SessionState.REFERRED and reasons:
            self._decisions.add_reasons(session, row.session_id, reasons)
        self.step(session, row, step)

    def decide(self, session: Session, session_id: UUID, decision: Decision, *, officer: str) -> MovementRecord:
        """The first line's decision. Raises :class:`ReadingUnconfirmed` where a person has yet to look: what was
        misread has been looked for on no list."""
        row = repository.get(session, session_id)
        self.step(session, row, Step.DECIDE)
        if needs_confirmation(row):
            raise ReadingUnconfirmed
        movement = self._decisions.decide(session, self._dossier(session, row), decision, officer=officer)
        self._left(session, row, movement)
        return movement

    def refer(self, session: Session, session_id: UUID, *, officer: str, note: str) -> Referral:
        row = repository.get(session, session_id)
        self.step(session, row, Step.REFER)
        call = self._dossier(session, row).call()
        referral = self._decisions.refer(session, call, officer=officer, note=note)
        publish_after_commit(session, self._notices, REFERRALS_TOPIC)
        return referral

    def resolve(self, session: Session, referral_id: UUID, resolution: Resolution, *, officer: str) -> ReferralView:
        """The second line's finding and decision."""
        return self._settle(
            session,
            referral_id,
            lambda dossier: self._decisions.resolve(session, referral_id, resolution, dossier, officer=officer),
        )

    def reject(self, session: Session, referral_id: UUID, *, officer: str) -> ReferralView:
        """The second pair of eyes does not agree: the referral is open again."""
        referral = self._decisions.reject(session, referral_id, officer=officer)
        publish_after_commit(session, self._notices, REFERRALS_TOPIC)
        return referrals.view(referral)

    def approve(self, session: Session, referral_id: UUID, *, officer: str) -> ReferralView:
        """The second pair of eyes."""
        return self._settle(
            session,
            referral_id,
            lambda dossier: self._decisions.approve(session, referral_id, dossier, officer=officer),
        )

    def abandon(self, session: Session, session_id: UUID) -> CaptureSession:
        """The traveller left, or was never there. Whoever walks away from a hit is told to the second line and the
        capital, like one who was let through before it came."""
        row = repository.get(session, session_id)
        self.step(session, row, Step.ABANDON)
        end_waiting(row)
        hits = hits_of(session, row)
        self._answer_abandoned(session, row, hits)
        tell_what_was_said(session, self._outbox, row, hits, now=self._clock.now())
        return row

    def _settle(
        self, session: Session, referral_id: UUID, settle: Callable[[Dossier], MovementRecord | None]
    ) -> ReferralView:
        referral = referrals.referral(session, referral_id)
        if referral is None:
            raise ReferralUnknown
        row = repository.get(session, referral.session_id)
        dossier = self._dossier(session, row)
        movement = settle(dossier)
        if referral.state == ReferralState.RESOLVED:
            keep(session, self.clearances, referral, dossier)
            tell_the_bureau(session, self._verifications, referral)
        if movement is not None:
            self.step(session, row, Step.RESOLVE)
            self._left(session, row, movement)
        self.changed(session, row)
        publish_after_commit(session, self._notices, REFERRALS_TOPIC)
        return referrals.view(referral)

    def _dossier(self, session: Session, row: CaptureSession) -> Dossier:
        if person_of(row) is None or row.evidence_level is None:
            raise IdentityMissing
        return dossier_of(session, row, now=self._clock.now(), today=self.today(), beside=self._beside)

    def _answer_late(
        self,
        session: Session,
        row: CaptureSession,
        results: list[CheckResult],
        *,
        reasons: list[CheckResult] | None = None,
    ) -> None:
        """Tell the capital, and the second line where there is something to look at: in ``reasons`` alone where they
        are given, and without any the capital is not alerted. Of faces that nobody has compared the second line alone
        is told: no machine's word on a face leaves the post."""
        told = without_uncompared(row, results)
        if told:
            before = reasons == [] and any(one.alerts for one in told)
            tell_the_capital(session, self._outbox, row, told, told_before=before, now=self._clock.now())
        left = to_look_at(row, results if reasons is None else reasons)
        if left:
            call = Call(row.session_id, row.post, row.lane, tuple(left))
            self._decisions.refer(session, call, officer=SYSTEM.login, note="", late=True)
            publish_after_commit(session, self._notices, REFERRALS_TOPIC)
        self.changed(session, row)

    def _answer_abandoned(self, session: Session, row: CaptureSession, alerts: list[CheckResult]) -> None:
        if alerts:
            self._answer_late(session, row, alerts)
        self.changed(session, row)

    def _left(self, session: Session, row: CaptureSession, movement: MovementRecord) -> None:
        row.movement_id = movement.movement_id
        end_waiting(row)
        publish_after_commit(session, self._notices, "outbox")
        session_id = row.session_id
        for do in self._when_left:
            after_commit(session, partial(do, session_id, movement))

    def changed(self, session: Session, row: CaptureSession) -> None:
        """Let whoever watches the session know, once the transaction has been committed."""
        publish_after_commit(session, self._notices, topic(row.session_id))
        publish_after_commit(session, self._notices, LANES_TOPIC)
