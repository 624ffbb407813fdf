"""Unanswered questions are asked again until they are answered, in the right transaction, and after a restart."""

from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from crossing.platform.clock import ClockSteps
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.ports.bridge import BridgeStatus
from crossing.screening import ledger
from crossing.screening.bridge import BridgeClient
from crossing.screening.models import Recheck
from crossing.screening.outside import OutsideServices
from crossing.screening.rechecks import (
    CLOCK_EVEN_FOR,
    GIVEN_UP_AFTER,
    LONGEST_PAUSE,
    SUBJECTS_AT_ONCE,
    Asked,
    Rechecker,
    RecheckQueue,
)
from crossing.screening.schemas import (
    INTERPOL_OF_TRAVELLER,
    OUTSIDE_KINDS,
    CheckKind,
    CheckOutcome,
    CheckResult,
    Reason,
    Subject,
)
from tests.factories.clock import StandingClock, Uptime
from tests.factories.waiting import wait_until
from tests.integration.screening.test_yente import answering

SUBJECT = Subject.model_validate(
    {"names": [{"surname": "Diallo"}], "birth": "1980", "document": {"number": "A1", "issuer": "MLI"}}
)


QUESTION = uuid4()


class Bureau(BridgeClient):
    """A bridge whose answers the test decides; everything around it is real."""

    def __init__(self, clock: StandingClock) -> None:
        super().__init__(None, clock=clock)
        self.says: dict[CheckKind, CheckOutcome | Reason] = dict.fromkeys(INTERPOL_OF_TRAVELLER, Reason.UNREACHABLE)
        self.asked: list[tuple[Subject, str, set[CheckKind]]] = []
        self.questions: list[UUID | None] = []
        self.adds: dict[str, Any] = {}
        self.status_said: BridgeStatus | None = None
        self._now = clock.now

    def ask(
        self,
        subject: Subject,
        *,
        officer: str,
        post: str,
        purpose: str,
        kinds: Collection[CheckKind] = INTERPOL_OF_TRAVELLER,
        question_id: UUID | None = None,
    ) -> list[CheckResult]:
        self.asked.append((subject, officer, set(kinds)))
        self.questions.append(question_id)
        return [self._result(kind) for kind in sorted(kinds)]

    def _result(self, kind: CheckKind) -> CheckResult:
        said = self.says[kind]
        reason = said if isinstance(said, Reason) else None
        outcome = CheckOutcome.NOT_CHECKED if isinstance(said, Reason) else said
        told = {"kind": kind, "outcome": outcome, "reason": reason, "source": "interpol", "performed_at": self._now()}
        return CheckResult.model_validate(told | self.adds)

    @property
    def configured(self) -> bool:
        return self.status_said is not None

    def status(self) -> BridgeStatus | None:
        return self.status_said

    def is_(self, state: str, *, waiting: int = 0) -> None:
        """What the bridge says of itself from now on."""
        self.status_said = BridgeStatus.model_validate(
            {
                "state": state,
                "backend": "gateway",
                "mode": "online",
                "pending_rechecks": waiting,
                "checked_at": self._now(),
            }
        )


class Desk:
    """What the lanes do with a late answer: into the ledger, in the rechecker's transaction."""

    def __init__(self) -> None:
        self.answers: list[tuple[UUID, CheckKind]] = []
        self.refuses: UUID | None = None

    def take_late(self, session: Session, subject_id: UUID, result: CheckResult) -> None:
        ledger.record(session, "session", subject_id, [result])
        if subject_id == self.refuses:
            raise RuntimeError("the session is gone")
        self.answers.append((subject_id, result.kind))


@pytest.fixture
def bureau(clock: StandingClock) -> Iterator[Bureau]:
    with closing(Bureau(clock)) as bureau:
        yield bureau


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def uptime() -> Uptime:
    return Uptime()


@pytest.fixture
def rechecker(post_database: Database, clock: StandingClock, uptime: Uptime, bureau: Bureau, desk: Desk) -> Rechecker:
    queue = RecheckQueue(clock, ClockSteps(clock, uptime))
    return Rechecker(
        database=post_database, queue=queue, services=OutsideServices(bureau), on_answer=desk.take_late, interval_s=5
    )


def enqueue(
    database: Database,
    clock: StandingClock,
    bureau: Bureau,
    subject: Subject = SUBJECT,
    subject_id: UUID | None = None,
) -> UUID:
    """What a lane does: ask, record the answers, queue what was not answered."""
    subject_id = subject_id or uuid4()
    results = bureau.ask(subject, officer="officer-7", post="KOR", purpose="border_control")
    with database.unit_of_work() as session:
        ledger.record(session, "session", subject_id, results)
        RecheckQueue(clock).enqueue(
            session, subject_kind="session", subject_id=subject_id, results=results,
            asked=Asked(QUESTION, subject, "officer-7", "KOR", "border_control"),
        )  # fmt: skip
    bureau.asked.clear()
    bureau.questions.clear()
    return subject_id


def enqueue_national(database: Database, clock: StandingClock, subject_id: UUID) -> None:
    """A question that the national server, which is not there, did not answer."""
    national = CheckResult(
        kind=CheckKind.NATIONAL_LISTS,
        outcome=CheckOutcome.NOT_CHECKED,
        reason=Reason.TIMEOUT,
        source="national_server",
        performed_at=clock.now(),
    )
    with database.unit_of_work() as session:
        RecheckQueue(clock).enqueue(
            session, subject_kind="session", subject_id=subject_id, results=[national],
            asked=Asked(uuid4(), SUBJECT, "officer-7", "KOR", "border_control"),
        )  # fmt: skip


def states(database: Database) -> list[tuple[str, int, bool]]:
    with reading(database) as session:
        rows = session.scalars(sa.select(Recheck).order_by(Recheck.id))
        return [(row.state, row.attempts, row.question is not None) for row in rows]


def test_when_the_bridge_is_back_everything_is_asked_and_recorded(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker, desk: Desk
) -> None:
    subject_id = enqueue(post_database, clock, bureau)
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR) | {
        CheckKind.INTERPOL_SLTD: CheckOutcome.HIT
    }
    assert rechecker.run_once() == 3
    assert bureau.asked == [(SUBJECT, "officer-7", set(INTERPOL_OF_TRAVELLER))]
    assert len(desk.answers) == 3
    with reading(post_database) as session:
        now = {result.kind: result.outcome for result in ledger.current(session, "session", subject_id)}
        assert now[CheckKind.INTERPOL_SLTD] is CheckOutcome.HIT
        assert len(ledger.for_subject(session, "session", subject_id)) == 6
    assert states(post_database) == [("answered", 0, False)] * 3


def test_what_is_answered_leaves_the_queue_and_the_rest_waits(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    enqueue(post_database, clock, bureau)
    bureau.says = {**bureau.says, CheckKind.INTERPOL_NOMINALS: CheckOutcome.CLEAR}
    assert rechecker.run_once() == 1
    assert sorted(states(post_database)) == [("answered", 0, False), ("pending", 1, True), ("pending", 1, True)]
    assert rechecker.run_once() == 0
    assert len(bureau.asked) == 1
    clock.advance(seconds=6)
    rechecker.run_once()
    assert bureau.asked[-1][2] == {CheckKind.INTERPOL_SLTD, CheckKind.INTERPOL_TDAWN}


def test_the_pauses_grow_to_a_limit(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    enqueue(post_database, clock, bureau)
    for _ in range(200):
        rechecker.run_once()
        clock.advance(minutes=1)
    assert 20 < len(bureau.asked) < 40


def test_while_the_link_is_down_one_question_tries_it(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    for _ in range(5):
        enqueue(post_database, clock, bureau)
    rechecker.run_once()
    assert len(bureau.asked) == 1


def test_a_clock_that_is_set_back_leaves_nobody_waiting_for_the_day_it_was_at(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    clock.advance(days=1)
    enqueue(post_database, clock, bureau)
    rechecker.run_once()
    enqueue(post_database, clock, bureau)
    clock.advance(days=-1)
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR)
    rechecker.run_once()
    assert {state for state, _, _ in states(post_database)} == {"answered"}


def test_two_weeks_without_an_answer_are_enough_and_are_told(
    post_database: Database, clock: StandingClock, uptime: Uptime, bureau: Bureau, rechecker: Rechecker
) -> None:
    """However seldom it was its turn: the queue of a busy post is long."""
    enqueue(post_database, clock, bureau)
    uptime.advance_with(clock, GIVEN_UP_AFTER + timedelta(minutes=1))
    with structlog.testing.capture_logs() as logged:
        rechecker.run_once()
    assert states(post_database) == [("given_up", 1, False)] * 3
    assert [(one["event"], one["reason"]) for one in logged] == [("recheck_given_up", "unreachable")] * 3
    assert not {"question", "subject", "names"} & {key for one in logged for key in one}


def test_a_clock_that_is_set_right_makes_nothing_too_old_for_an_hour(
    post_database: Database, clock: StandingClock, uptime: Uptime, bureau: Bureau, rechecker: Rechecker
) -> None:
    """A post whose battery is flat starts years ago, and learns the time by the link that brings the bridge."""
    enqueue(post_database, clock, bureau)
    clock.advance(days=6 * 365)
    rechecker.run_once()
    uptime.advance_with(clock, CLOCK_EVEN_FOR - timedelta(minutes=1))
    rechecker.run_once()
    assert states(post_database) == [("pending", 2, True)] * 3
    uptime.advance_with(clock, LONGEST_PAUSE)
    rechecker.run_once()
    assert states(post_database) == [("given_up", 3, False)] * 3


def test_one_that_can_not_be_recorded_stops_none_behind_it(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker, desk: Desk
) -> None:
    desk.refuses = enqueue(post_database, clock, bureau)
    behind = enqueue(post_database, clock, bureau)
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR)
    assert rechecker.run_once() == 3
    assert {subject_id for subject_id, _ in desk.answers} == {behind}
    with reading(post_database) as session:
        assert len(ledger.for_subject(session, "session", desk.refuses)) == 3


def test_a_subject_that_is_read_anew_replaces_its_questions(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    subject_id = enqueue(post_database, clock, bureau)
    corrected = SUBJECT.model_copy(update={"nationality": "MLI"})
    enqueue(post_database, clock, bureau, corrected, subject_id)
    rechecker.run_once()
    assert [asked[0] for asked in bureau.asked] == [corrected]
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR)
    enqueue(post_database, clock, bureau, corrected, subject_id)
    assert {state for state, _, _ in states(post_database)} == {"replaced"}


def questions(database: Database) -> set[UUID]:
    with reading(database) as session:
        return set(session.scalars(sa.select(Recheck.question_id)))


def test_a_copy_s_answer_is_recorded_once_and_replaced_by_interpol_s_own(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker, desk: Desk
) -> None:
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR)
    bureau.adds = {"source_version": "offline_copy", "recheck": True}
    subject_id = enqueue(post_database, clock, bureau)
    for _ in range(3):
        assert rechecker.run_once() == 0
        clock.advance(minutes=1)
    assert desk.answers == [], "the copy says the same again"
    bureau.says |= {CheckKind.INTERPOL_TDAWN: CheckOutcome.POSSIBLE}
    rechecker.run_once()
    assert desk.answers == [(subject_id, CheckKind.INTERPOL_TDAWN)], "a newer copy knows more"
    bureau.adds = {"source_version": "online"}
    clock.advance(minutes=10)
    assert rechecker.run_once() == 3
    assert set(bureau.questions) == {QUESTION}
    assert {state for state, _, _ in states(post_database)} == {"answered"}
    with reading(post_database) as session:
        assert not any(one.recheck for one in ledger.current(session, "session", subject_id))


def test_what_the_bridge_does_not_keep_waiting_is_put_as_a_new_question(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    bureau.adds = {"source_version": "online", "recheck": True}
    enqueue(post_database, clock, bureau)
    rechecker.run_once()
    assert questions(post_database) == {QUESTION}, "it waits at the bridge under this id"
    bureau.adds = {"source_version": "online", "put_anew": True}
    clock.advance(minutes=1)
    rechecker.run_once()
    assert QUESTION not in questions(post_database)


def test_a_copy_s_answer_that_the_bridge_has_no_room_for_waits_here(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR)
    bureau.adds = {"source_version": "offline_copy", "recheck": True, "put_anew": True}
    subject_id = enqueue(post_database, clock, bureau)
    rechecker.run_once()
    assert QUESTION not in questions(post_database), "under its id the bridge has that answer for ever"
    assert {state for state, _, _ in states(post_database)} == {"pending"}
    bureau.adds = {"source_version": "online"}
    clock.advance(minutes=1)
    assert rechecker.run_once() == 3
    with reading(post_database) as session:
        now = ledger.current(session, "session", subject_id)
    assert {one.source_version for one in now} == {"online"}


def test_a_refusal_of_one_question_stops_none_behind_it(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    for _ in range(3):
        enqueue(post_database, clock, bureau)
    bureau.says, bureau.adds = dict.fromkeys(INTERPOL_OF_TRAVELLER, Reason.REFUSED), {"put_anew": True}
    rechecker.run_once()
    assert len(bureau.asked) == 3
    assert {state for state, _, _ in states(post_database)} == {"pending"}


@pytest.mark.parametrize("status", [400, 404, 405, 408, 409, 413, 421, 422])
def test_somebody_else_at_the_bridge_s_address_ends_no_waiting(
    post_database: Database, clock: StandingClock, desk: Desk, bureau: Bureau, status: int
) -> None:
    enqueue(post_database, clock, bureau)
    with (
        answering(status, b"<html>Not here</html>") as url,
        closing(BridgeClient(url, clock=clock)) as client,
        closing(OutsideServices(client)) as services,
    ):
        queue = RecheckQueue(clock)
        Rechecker(database=post_database, queue=queue, services=services, on_answer=desk.take_late).run_once()
    assert states(post_database) == [("pending", 1, True)] * 3


def test_a_refused_question_is_put_as_a_new_one(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    """The bridge may hold another question under this id: after its store was put back from a copy, for example."""
    enqueue(post_database, clock, bureau)
    rechecker.run_once()
    assert questions(post_database) == {QUESTION}, "a bridge that can't be reached has not heard it"
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, Reason.REFUSED)
    bureau.adds = {"source_version": "online", "recheck": True}
    clock.advance(minutes=1)
    rechecker.run_once()
    assert questions(post_database) == {QUESTION}, "the bureau refuses the bridge, where the question waits"
    bureau.adds = {}
    clock.advance(minutes=1)
    rechecker.run_once()
    assert QUESTION not in questions(post_database)


def test_what_the_bridge_says_of_one_says_nothing_of_those_behind(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    bureau.adds = {"source_version": "online", "recheck": True}
    for _ in range(5):
        enqueue(post_database, clock, bureau)
    rechecker.run_once()
    assert len(bureau.asked) == 5


def test_when_interpol_answers_again_nobody_waits_for_a_pause_to_end(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    bureau.is_("offline")
    enqueue(post_database, clock, bureau)
    for _ in range(12):
        rechecker.run_once()
        clock.advance(minutes=10)
    rechecker.run_once()
    bureau.asked.clear()
    rechecker.run_once()
    assert bureau.asked == [], "a pause of ten minutes"
    bureau.is_("online", waiting=3)
    bureau.adds = {"source_version": "online", "recheck": True}
    rechecker.run_once()
    assert len(bureau.asked) == 1
    rechecker.run_once()
    assert len(bureau.asked) == 1, "the bridge asks, and has not heard yet"
    bureau.is_("online", waiting=0)
    bureau.says, bureau.adds = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR), {"source_version": "online"}
    assert rechecker.run_once() == 3


def test_while_the_bridge_hears_of_one_after_the_other_everybody_is_asked_about_in_turn(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    bureau.adds = {"source_version": "online", "recheck": True}
    everybody = [
        Subject.model_validate({"names": [{"surname": "Diallo"}], "birth": str(1950 + number)})
        for number in range(2 * SUBJECTS_AT_ONCE)
    ]
    for subject in everybody:
        enqueue(post_database, clock, bureau, subject)
    bureau.asked.clear()
    for waiting in (30, 20, 10):
        bureau.is_("online", waiting=waiting)
        rechecker.run_once()
        clock.advance(seconds=6)
    assert {str(subject.birth) for subject, _, _ in bureau.asked} == {str(subject.birth) for subject in everybody}


def test_each_service_is_waited_for_by_itself(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    queue = RecheckQueue(clock)
    enqueue_national(post_database, clock, enqueue(post_database, clock, bureau))
    with reading(post_database) as session:
        assert queue.pending_by_source(session) == {"interpol": 3, "national_server": 1}
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR)
    assert rechecker.run_once() == 3
    with reading(post_database) as session:
        assert queue.pending_by_source(session) == {"national_server": 1}


def test_a_long_queue_for_a_silent_service_holds_up_no_other(
    post_database: Database, clock: StandingClock, bureau: Bureau, rechecker: Rechecker
) -> None:
    for _ in range(SUBJECTS_AT_ONCE * len(OUTSIDE_KINDS) + 1):
        enqueue_national(post_database, clock, uuid4())
    clock.advance(seconds=1)
    enqueue(post_database, clock, bureau)
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR)
    assert rechecker.run_once() == 3


def test_what_asking_again_can_not_change_is_not_queued(
    post_database: Database, clock: StandingClock, bureau: Bureau
) -> None:
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, Reason.NO_DOCUMENT)
    enqueue(post_database, clock, bureau)
    assert states(post_database) == []


def test_the_thread_works_and_a_restarted_one_goes_on(
    post_database: Database, clock: StandingClock, bureau: Bureau, desk: Desk
) -> None:
    def run_until_answered(count: int) -> None:
        queue = RecheckQueue(clock)
        rechecker = Rechecker(
            database=post_database,
            queue=queue,
            services=OutsideServices(bureau),
            on_answer=desk.take_late,
            interval_s=0.02,
        )
        rechecker.start()
        wait_until(lambda: len(desk.answers) >= count)
        rechecker.stop()

    enqueue(post_database, clock, bureau)
    bureau.says = {**bureau.says, CheckKind.INTERPOL_SLTD: CheckOutcome.CLEAR}
    run_until_answered(1)
    assert len(desk.answers) == 1
    bureau.says = dict.fromkeys(INTERPOL_OF_TRAVELLER, CheckOutcome.CLEAR)
    clock.advance(minutes=20)
    run_until_answered(3)
    assert len(desk.answers) == 3


def test_the_queue_works_on_both_databases(any_database: Database, clock: StandingClock, bureau: Bureau) -> None:
    enqueue(any_database, clock, bureau)
    queue = RecheckQueue(clock)
    with reading(any_database) as session:
        assert queue.pending(session) == 3
        assert len(queue.due(session, "interpol")) == 3
