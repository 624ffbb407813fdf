"""A bureau that answers in part: one database is down or missing, its own copy speaks for INTERPOL, it is slow, or a
post has asked too much. Nothing of that ends a question, and the copy that stands by speaks meanwhile."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from crossing.ports.bridge import BridgeAnswer, Database, Mode, NotCheckedReason, Outcome
from interpol_bridge.errors import RateExceeded
from interpol_bridge.questions import Question
from tests.factories.waiting import wait_until

from .running import NOW, POST, STOLEN, Bureau, Running, question, running

UNREACHABLE = NotCheckedReason.UNREACHABLE
UNSUPPORTED = NotCheckedReason.UNSUPPORTED
TDAWN = Database.TDAWN


def a_copy(**told: object) -> Bureau:
    return Bureau(mode=Mode.OFFLINE_COPY, as_of=NOW - timedelta(hours=1), name="copy", **told)  # type: ignore[arg-type]


def newest(bridge: Running, asked: Question) -> BridgeAnswer:
    [answer] = bridge.ask(asked)
    return answer


class TestOneDatabase:
    @pytest.mark.parametrize("why", [UNSUPPORTED, NotCheckedReason.BACKEND_ERROR, NotCheckedReason.TIMEOUT])
    def test_that_never_answers_holds_up_no_other_while_traffic_goes_on(
        self, tmp_path: Path, why: NotCheckedReason
    ) -> None:
        bureau, asked = Bureau(says=UNREACHABLE), question()
        with running(tmp_path, bureau, breaker_failures=3, breaker_reset_s=0.2) as bridge:
            newest(bridge, asked)
            bureau.says, bureau.says_of = None, {TDAWN: why}

            def a_traveller_later() -> bool:
                bridge.ask(question("A1"), question("A1", database=TDAWN))
                return newest(bridge, asked).outcome is Outcome.HIT

            wait_until(a_traveller_later)
            bridge.ask(question("A1"), question("A1", database=TDAWN))
            wait_until(lambda: bridge.status().state == "online")
            status = bridge.status()

        assert (status.mode, status.reason, status.circuit) == (Mode.ONLINE, None, "closed")

    def test_that_goes_on_failing_is_named_until_it_answers_again(self, tmp_path: Path) -> None:
        bureau = Bureau(says_of={TDAWN: NotCheckedReason.BACKEND_ERROR})
        with running(tmp_path, bureau, worker=False) as bridge:
            for _ in range(2):
                bridge.ask(question("A1", database=TDAWN), question("A1"))
            failing = bridge.status().failing
            bureau.says_of = {}
            bridge.ask(question("A1", database=TDAWN))
            healed = bridge.status().failing

        assert (failing, healed) == ((TDAWN,), ())

    def test_that_a_copy_alone_lacks_does_not_make_the_others_unasked(self, tmp_path: Path) -> None:
        with running(tmp_path, a_copy(says_of={TDAWN: UNSUPPORTED}), backend="offline_copy") as bridge:
            answers = bridge.ask(question(), question(database=TDAWN))
            status = bridge.status()

        assert [answer.not_checked_reason for answer in answers] == [None, UNSUPPORTED]
        assert (status.state, status.mode, status.reason) == ("degraded", Mode.OFFLINE_COPY, None)

    def test_that_the_bureau_lacks_is_asked_of_the_copy_and_nothing_waits(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(says_of={TDAWN: UNSUPPORTED}), a_copy()) as bridge:
            online, copied = bridge.ask(question(), question(database=TDAWN))

            assert (online.mode, online.recheck) == (Mode.ONLINE, False)
            assert (copied.outcome, copied.mode, copied.online_reason) == (
                Outcome.HIT,
                Mode.OFFLINE_COPY,
                UNSUPPORTED,
            )
            assert copied.recheck is False
            assert bridge.store.waiting().waiting == 0

    def test_that_neither_has_is_not_checked_and_nothing_waits(self, tmp_path: Path) -> None:
        neither = {TDAWN: UNSUPPORTED}
        with running(tmp_path, Bureau(says_of=neither), a_copy(says_of=neither)) as bridge:
            answer = newest(bridge, question(database=TDAWN))

        assert (answer.not_checked_reason, answer.mode, answer.recheck) == (UNSUPPORTED, Mode.ONLINE, False)


class TestTheBureausOwnCopy:
    OLD = NOW - timedelta(hours=5)

    def test_ends_no_wait(self, tmp_path: Path) -> None:
        bureau, asked = Bureau(says=UNREACHABLE), question()
        with running(tmp_path, bureau, recheck_backoff_s=1) as bridge:
            newest(bridge, asked)
            bureau.says, bureau.mode, bureau.as_of = None, Mode.OFFLINE_COPY, self.OLD
            bridge.clock.advance(seconds=2)
            wait_until(lambda: newest(bridge, asked).mode is Mode.OFFLINE_COPY)
            meanwhile, waits = newest(bridge, asked), bridge.status().pending_rechecks
            bureau.mode, bureau.as_of = Mode.ONLINE, None
            wait_until(lambda: not newest(bridge, asked).recheck)
            last = newest(bridge, asked)

        assert (meanwhile.outcome, meanwhile.recheck, meanwhile.online_reason) == (Outcome.HIT, True, UNREACHABLE)
        assert waits == 1
        assert (last.outcome, last.mode, last.online_reason) == (Outcome.HIT, Mode.ONLINE, None)

    def test_says_that_another_answer_follows(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(mode=Mode.OFFLINE_COPY, as_of=self.OLD), worker=False) as bridge:
            answer = newest(bridge, question("A1"))

            assert (answer.outcome, answer.mode) == (Outcome.NO_HIT, Mode.OFFLINE_COPY)
            assert (answer.recheck, answer.online_reason) == (True, UNREACHABLE)
            assert bridge.status().pending_rechecks == 1

    def test_that_says_no_more_than_ours_is_not_put_in_its_place(self, tmp_path: Path) -> None:
        bureau, copy, asked = Bureau(says=UNREACHABLE), a_copy(), question("NEW-1")
        with running(tmp_path, bureau, copy, recheck_backoff_s=1) as bridge:
            stolen = newest(bridge, question(STOLEN))
            clear = newest(bridge, asked)
            bureau.says, bureau.mode, bureau.as_of, bureau.always_fails = None, Mode.OFFLINE_COPY, self.OLD, "NEW-1"
            bridge.clock.advance(seconds=2)
            wait_until(lambda: bridge.metric('interpol_bridge_rechecks_total{result="copied"}') >= 1)
            hits = bridge.rows("SELECT count(*) FROM hits")

        assert (stolen.outcome, clear.outcome) == (Outcome.HIT, Outcome.NO_HIT)
        assert hits == [(1,)], "an answer that says no more than the stored one is not put in its place"


class TestASlowBureau:
    def test_leaves_the_caller_the_copys_answer_in_the_callers_time(self, tmp_path: Path) -> None:
        released = threading.Event()
        with running(tmp_path, Bureau(holds_on=released), a_copy(), breaker_failures=1, worker=False) as bridge:
            started = time.monotonic()
            [answer] = bridge.parts.service.ask(POST, [question()], 0.3)
            took = time.monotonic() - started
            released.set()
            circuit = bridge.status().circuit

        assert took < 8, "the bridge itself would have waited ten seconds"
        assert (answer.outcome, answer.mode) == (Outcome.HIT, Mode.OFFLINE_COPY)
        assert (answer.online_reason, answer.recheck) == (NotCheckedReason.TIMEOUT, True)
        assert circuit == "closed", "a caller in a hurry says nothing of the bureau"


class TestAskingTooMuch:
    def test_over_its_day_a_post_has_the_copy_and_the_databases_on_the_next_day(self, tmp_path: Path) -> None:
        bureau, asked = Bureau(), question()
        with running(tmp_path, bureau, a_copy(), quota_per_day=1) as bridge:
            newest(bridge, question("A1"))
            over = newest(bridge, asked)
            wait_until(lambda: bridge.store.next_recheck() is not None)
            due_at, left_today = bridge.store.next_recheck(), list(bureau.asked)
            bridge.clock.advance(hours=13)
            newest(bridge, question("A2"))
            wait_until(lambda: not newest(bridge, asked).recheck)
            last, counted = newest(bridge, asked), bridge.rows("SELECT day, asked FROM quotas ORDER BY day")

        assert (over.outcome, over.mode, over.recheck) == (Outcome.HIT, Mode.OFFLINE_COPY, True)
        assert over.online_reason is NotCheckedReason.THROTTLED
        assert due_at == NOW.replace(hour=0) + timedelta(days=1)
        assert left_today == ["A1"]
        assert (last.outcome, last.mode) == (Outcome.HIT, Mode.ONLINE)
        assert counted == [("2025-05-01", 1), ("2025-05-02", 2)]

    def test_over_its_rate_too_and_what_it_asked_before_costs_nothing(self, tmp_path: Path) -> None:
        first = [question(f"A{number}") for number in range(50)]
        with running(tmp_path, Bureau(), a_copy(), rate_per_minute=1, rate_burst=50, worker=False) as bridge:
            bridge.ask(*first)
            again = bridge.ask(*first)
            over = newest(bridge, question())

        assert {answer.mode for answer in again} == {Mode.ONLINE}
        assert (over.outcome, over.mode) == (Outcome.HIT, Mode.OFFLINE_COPY)
        assert (over.online_reason, over.recheck) == (NotCheckedReason.THROTTLED, True)

    def test_without_a_copy_it_is_told_to_come_again(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(), rate_per_minute=1, rate_burst=50, worker=False) as bridge:
            bridge.ask(*(question(f"A{number}") for number in range(50)))
            with pytest.raises(RateExceeded):
                bridge.ask(question())
            asked = bridge.rows("SELECT count(*) FROM asked")

        assert asked == [(50,)]
