"""What the databases did not answer is told at once as it is, waits in the store, and is asked again."""

from datetime import timedelta
from pathlib import Path

import pytest

from crossing.ports.bridge import BridgeAnswer, Mode, NotCheckedReason, Outcome
from interpol_bridge.errors import QuotaExceeded
from interpol_bridge.questions import Question
from tests.factories.waiting import wait_until

from .running import NOW, POST, STOLEN, Bureau, Running, question, running

UNREACHABLE = NotCheckedReason.UNREACHABLE


def a_copy(age: timedelta = timedelta(hours=1), **told: object) -> Bureau:
    return Bureau(mode=Mode.OFFLINE_COPY, as_of=NOW - age, name="copy", **told)  # type: ignore[arg-type]


def newest(bridge: Running, asked: Question) -> BridgeAnswer:
    """What the same request id is answered now."""
    [answer] = bridge.ask(asked)
    return answer


class TestWithoutACopy:
    def test_it_is_not_checked_now_and_a_hit_later_under_the_same_id(self, tmp_path: Path) -> None:
        bureau, asked = Bureau(says=UNREACHABLE), question()
        with running(tmp_path, bureau) as bridge:
            first = newest(bridge, asked)
            waits = bridge.status().pending_rechecks
            bureau.says = None
            wait_until(lambda: not newest(bridge, asked).recheck)
            late = newest(bridge, asked)
            left = bridge.status()

            assert (first.outcome, first.not_checked_reason, first.recheck) == ("not_checked", UNREACHABLE, True)
            assert (first.mode, first.online_reason, first.hits) == (Mode.ONLINE, None, ())
            assert waits == 1
            assert (late.outcome, late.mode, late.not_checked_reason) == (Outcome.HIT, Mode.ONLINE, None)
            assert left.pending_rechecks == 0
            assert bridge.rows("SELECT hit_id, post, record_reference FROM hits") == [
                (str(late.hits[0].hit_id), POST, "SLTD-0001")
            ]
            assert bridge.metric('interpol_bridge_rechecks_total{result="hit"}') == 1

    def test_every_time_it_is_asked_is_audited(self, tmp_path: Path) -> None:
        bureau, asked = Bureau(says=UNREACHABLE), question()
        with running(tmp_path, bureau) as bridge:
            newest(bridge, asked)
            bureau.says = None
            wait_until(lambda: not newest(bridge, asked).recheck)
            entries = bridge.rows("SELECT kind, officer, purpose, outcome, reason FROM audit ORDER BY seq")
            hashes = bridge.rows("SELECT count(DISTINCT asked_hash) FROM audit")
            chain = bridge.store.verify_audit()

        assert entries == [
            ("asked", "officer-7", "entry", "", ""),
            ("answered", "officer-7", "entry", "not_checked", "unreachable"),
            ("asked", "officer-7", "entry", "", ""),
            ("answered", "officer-7", "entry", "hit", ""),
        ]
        assert hashes == [(1,)]
        assert chain.intact

    def test_the_question_is_forgotten_when_it_is_answered(self, tmp_path: Path) -> None:
        bureau, asked = Bureau(says=UNREACHABLE), question()
        with running(tmp_path, bureau) as bridge:
            newest(bridge, asked)
            assert STOLEN in str(bridge.rows("SELECT question FROM rechecks"))
            bureau.says = None
            wait_until(lambda: not newest(bridge, asked).recheck)

            assert bridge.rows("SELECT state, question FROM rechecks") == [("answered", "")]

    def test_while_it_is_down_it_is_asked_how_it_is_and_nobody_is_named(self, tmp_path: Path) -> None:
        bureau = Bureau(says=UNREACHABLE)
        with running(tmp_path, bureau, hedge_share=0) as bridge:
            bridge.ask(question())
            wait_until(lambda: bureau.probed >= 3)

        assert bureau.asked == [STOLEN]

    def test_the_links_return_is_noticed_without_any_traffic(self, tmp_path: Path) -> None:
        bureau = Bureau(says=UNREACHABLE)
        with running(tmp_path, bureau, recheck_backoff_s=3600) as bridge:
            bridge.ask(*(question(f"A{number}") for number in range(9)))
            bureau.says = None
            wait_until(lambda: bridge.store.waiting().waiting == 0)

    def test_what_its_database_does_not_have_is_not_asked_again(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(says=NotCheckedReason.UNSUPPORTED)) as bridge:
            answer = newest(bridge, question())

            assert (answer.not_checked_reason, answer.recheck) == (NotCheckedReason.UNSUPPORTED, False)
            assert bridge.store.waiting().waiting == 0

    def test_one_that_always_fails_holds_up_no_other_and_is_asked_less_and_less(self, tmp_path: Path) -> None:
        bureau = Bureau(says=UNREACHABLE, always_fails="X0")
        with running(tmp_path, bureau, rechecks_at_once=1, hedge_share=0) as bridge:
            bridge.ask(question("X0"), *(question(f"A{number}") for number in range(6)))
            bureau.says = None
            wait_until(lambda: bridge.store.waiting().waiting == 1)
            [(attempts, due_at, reason)] = bridge.rows(
                "SELECT attempts, due_at, reason FROM rechecks WHERE state = 'waiting'"
            )

        assert reason == "backend_error"
        assert isinstance(attempts, int)
        assert attempts >= 1
        assert str(due_at) > NOW.isoformat()

    def test_no_more_wait_than_there_is_room_for(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(says=UNREACHABLE), rechecks_per_post=2) as bridge:
            answers = bridge.ask(*(question(f"A{number}") for number in range(3)))
            [other] = bridge.ask(question(post="GAO-02"))

            assert [answer.recheck for answer in answers] == [True, True, False]
            assert other.recheck, "a post with a full queue takes no other post's room"
            assert bridge.status().pending_rechecks == 2
            assert bridge.status("GAO-02").pending_rechecks == 1


class TestAClockThatIsSetBack:
    """Whoever was put off while it was a day ahead is not left waiting for that day."""

    def test_what_failed_by_itself_is_asked_again_soon(self, tmp_path: Path) -> None:
        bureau = Bureau(always_fails="X0")
        with running(tmp_path, bureau) as bridge:
            bridge.clock.advance(days=1)
            bridge.ask(question("X0"))
            wait_until(lambda: bridge.rows("SELECT 1 FROM rechecks WHERE attempts > 0"))
            bridge.clock.advance(days=-1)
            bureau.always_fails = ""
            wait_until(lambda: bridge.store.waiting().waiting == 0)

    def test_what_was_held_back_until_the_next_day_still_is(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(), a_copy(), quotas={POST: 1}, quota_per_day=50) as bridge:
            bridge.ask(question("A1"), question("A2"))
            wait_until(lambda: bridge.rows("SELECT 1 FROM rechecks"))
            assert bridge.store.bring_forward(bridge.clock.now, timedelta(minutes=10)) == 0

            assert bridge.store.due_rechecks(bridge.clock.now, 10) == []


class TestGivingUp:
    def test_after_its_days_it_is_given_up_and_forgotten_and_says_so(self, tmp_path: Path) -> None:
        asked = question()
        with running(tmp_path, Bureau(says=UNREACHABLE), worker=False) as bridge:
            newest(bridge, asked)
            bridge.clock.advance(days=14, hours=-1)
            bridge.parts.service.purge()
            assert newest(bridge, asked).recheck, "as long as it waits its answer stays too"
            bridge.clock.advance(hours=2)
            bridge.parts.service.purge()
            last = newest(bridge, asked)

            assert (last.outcome, last.not_checked_reason, last.recheck) == ("not_checked", UNREACHABLE, False)
            assert bridge.rows("SELECT state, question FROM rechecks") == [("given_up", "")]
            assert bridge.rows("SELECT outcome, reason FROM audit ORDER BY seq DESC LIMIT 1") == [
                ("not_checked", "given_up")
            ]
            assert bridge.metric('interpol_bridge_rechecks_total{result="given_up"}') == 1
            bridge.clock.advance(days=8)
            bridge.parts.service.purge()
            assert bridge.rows("SELECT count(*) FROM rechecks") == [(0,)]

    def test_what_waited_is_forgotten_in_its_time_where_only_a_copy_is_asked_since(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(says=UNREACHABLE), worker=False) as bridge:
            newest(bridge, question())
        with running(tmp_path, a_copy(), worker=False, backend="offline_copy") as bridge:
            bridge.clock.advance(days=15)
            bridge.parts.service.purge()

            assert bridge.rows("SELECT state, question FROM rechecks") == [("given_up", "")]


class TestWithACopy:
    def test_the_copy_answers_at_once_and_the_databases_have_the_last_word(self, tmp_path: Path) -> None:
        bureau, copy, asked = Bureau(says=UNREACHABLE), a_copy(), question("NEW-1")
        with running(tmp_path, bureau, copy) as bridge:
            first = newest(bridge, asked)
            status = bridge.status()
            bureau.says = None
            wait_until(lambda: not newest(bridge, asked).recheck)
            last = newest(bridge, asked)

        assert (first.outcome, first.mode, first.copy_as_of) == (Outcome.NO_HIT, Mode.OFFLINE_COPY, copy.as_of)
        assert (first.online_reason, first.not_checked_reason, first.recheck) == (UNREACHABLE, None, True)
        assert (status.state, status.mode, status.reason) == ("degraded", Mode.OFFLINE_COPY, UNREACHABLE)
        assert (last.outcome, last.mode, last.online_reason) == (Outcome.NO_HIT, Mode.ONLINE, None)

    def test_a_hit_of_the_copy_and_one_of_the_databases_are_two_hits(self, tmp_path: Path) -> None:
        bureau, asked = Bureau(says=UNREACHABLE), question()
        with running(tmp_path, bureau, a_copy()) as bridge:
            first = newest(bridge, asked)
            bureau.says = None
            wait_until(lambda: not newest(bridge, asked).recheck)
            last = newest(bridge, asked)

            assert (first.outcome, last.outcome) == (Outcome.HIT, Outcome.HIT)
            assert first.hits[0].hit_id != last.hits[0].hit_id
            assert bridge.rows("SELECT count(*) FROM hits") == [(2,)]

    @pytest.mark.parametrize("age", [timedelta(hours=25), timedelta(hours=-1)], ids=["too old", "dated ahead"])
    @pytest.mark.parametrize("number", [STOLEN, "A1"])
    def test_a_copy_that_cannot_be_relied_on_answers_nothing_not_even_a_hit(
        self, tmp_path: Path, age: timedelta, number: str
    ) -> None:
        with running(tmp_path, Bureau(says=UNREACHABLE), a_copy(age)) as bridge:
            answer = newest(bridge, question(number))
            status = bridge.status()

        assert (answer.outcome, answer.not_checked_reason) == (Outcome.NOT_CHECKED, UNREACHABLE)
        assert (answer.mode, answer.recheck, answer.hits) == (Mode.ONLINE, True, ())
        assert (status.copy_stale, status.copy_max_age_hours) == (True, 24)
        assert status.copy_as_of == NOW - age

    def test_a_database_that_the_copy_lacks_has_the_reason_of_the_line(self, tmp_path: Path) -> None:
        copy = a_copy(says=NotCheckedReason.UNSUPPORTED)
        with running(tmp_path, Bureau(says=NotCheckedReason.REFUSED), copy) as bridge:
            answer = newest(bridge, question())

        assert (answer.not_checked_reason, answer.recheck) == (NotCheckedReason.REFUSED, True)

    def test_while_the_databases_answer_the_copys_answer_is_not_told(self, tmp_path: Path) -> None:
        copy = a_copy()
        with running(tmp_path, Bureau(), copy) as bridge:
            answer = newest(bridge, question())
            status = bridge.status()

        assert (answer.mode, answer.recheck, answer.online_reason) == (Mode.ONLINE, False, None)
        assert (status.state, status.mode, status.reason) == ("online", Mode.ONLINE, None)
        assert (status.copy_as_of, status.copy_stale) == (copy.as_of, False)
        assert status.last_online_at == NOW

    def test_one_trouble_of_two_in_a_batch_is_the_copys_alone(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(always_fails="X0"), a_copy(), worker=False) as bridge:
            answers = bridge.ask(question("A1"), question("X0"), question())

        assert [(one.outcome, one.mode) for one in answers] == [
            ("no_hit", "online"),
            ("no_hit", "offline_copy"),
            ("hit", "online"),
        ]


class TestTheCopyAlone:
    def test_it_answers_with_its_date_and_nothing_waits(self, tmp_path: Path) -> None:
        copy = a_copy()
        with running(tmp_path, copy, backend="offline_copy") as bridge:
            answer = newest(bridge, question())
            status = bridge.status()

        assert (answer.outcome, answer.mode, answer.copy_as_of) == (Outcome.HIT, Mode.OFFLINE_COPY, copy.as_of)
        assert (answer.recheck, answer.online_reason) == (False, None)
        assert (status.state, status.copy_as_of, status.last_online_at) == ("degraded", copy.as_of, None)

    def test_too_old_it_says_so_and_nothing_waits(self, tmp_path: Path) -> None:
        with running(tmp_path, a_copy(timedelta(days=2)), backend="offline_copy") as bridge:
            answer = newest(bridge, question())
            status = bridge.status()

        assert (answer.not_checked_reason, answer.recheck) == (NotCheckedReason.STALE_COPY, False)
        assert (status.state, status.reason, status.copy_stale) == ("offline", NotCheckedReason.STALE_COPY, True)


class TestWhatIsMeasured:
    def test_the_queue_the_copy_and_the_reasons_are_there_and_name_nobody(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(says=UNREACHABLE), a_copy(), worker=False) as bridge:
            bridge.ask(question())
            bridge.clock.advance(minutes=10)
            told = bridge.parts.metrics.exposition().decode()

            assert bridge.metric("interpol_bridge_rechecks_waiting") == 1
            assert bridge.metric("interpol_bridge_recheck_oldest_seconds") == 600
            assert bridge.metric("interpol_bridge_copy_age_seconds") == 3600 + 600
            failures = 'interpol_bridge_online_failures_total{operation="sltd",reason="unreachable"}'
            assert bridge.metric(failures) == 1
            for mode in ("online", "offline_copy"):
                assert bridge.metric(f'interpol_bridge_latency_seconds_count{{mode="{mode}",operation="sltd"}}') == 1
            answered = 'mode="offline_copy",operation="sltd",outcome="hit",reason=""'
            assert bridge.metric(f"interpol_bridge_answers_total{{{answered}}}") == 1
            assert bridge.metric('interpol_bridge_hedges_total{result="lost"}') == 1
            assert bridge.metric('interpol_bridge_circuit{state="closed"}') == 1
        assert STOLEN not in told
        assert POST not in told

    def test_a_quota_that_is_used_up_is_counted(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau(), quotas={POST: 1}, quota_per_day=50) as bridge:
            asked = question()
            bridge.ask(asked)
            bridge.ask(asked)
            with pytest.raises(QuotaExceeded) as refused:
                bridge.ask(question())
            bridge.ask(question(post="GAO-02"))

            assert refused.value.retry_after_s == 12 * 3600, "until the next day begins in UTC"
            assert bridge.metric("interpol_bridge_quota_refusals_total") == 1

    def test_when_the_databases_last_answered_is_known_after_a_restart(self, tmp_path: Path) -> None:
        with running(tmp_path, Bureau()) as bridge:
            bridge.ask(question())
        with running(tmp_path, Bureau(says=UNREACHABLE)) as bridge:
            status = bridge.status()

        assert (status.last_online_at, status.state, status.reason) == (NOW, "degraded", UNREACHABLE)
