"""Travellers are screened again when a list, a template or a check came late."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from crossing.audit.models import AuditEntry
from crossing.decisions import repository as referrals
from crossing.decisions.schemas import Finding, ReferralView, Resolution, Verdict
from crossing.lanes.events import LATE_ANSWER, LateAnswer
from crossing.lanes.schemas import SessionState
from crossing.platform.db.reading import reading
from crossing.replication.events import Lane
from crossing.replication.models import OutboxEvent
from crossing.screening.models import Check, Rescreening
from crossing.screening.rescreening import Rescreener
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import csv_of, order, person
from tests.integration.lanes.drawn import AMINATA, MOUSSA
from tests.integration.lanes.world import OFFICER, Prepared, World, copied, post_in

LISTED = person("N-7", "Traore", given_names="Aminata", birth_dates="1987-05-14")
NOBODY = person("N-1", "Nobody", given_names="Known")


@pytest.fixture
def world(prepared: Prepared, tmp_path: Path) -> Iterator[World]:
    with post_in(copied(prepared, tmp_path / "post"), prepared.lanes, rescreen_share=1.0) as running:
        yield running


def rescreener(world: World) -> Rescreener:
    found: Rescreener = world.app.state.rescreener
    return found


def rescreen(world: World) -> int:
    """Until nothing is left to do; how many of those who had left were looked at."""
    looked = 0
    while now := rescreener(world).run_once():
        looked += now
    return looked


def import_list(world: World, *rows: dict[str, str], code: str = "national") -> None:
    world.app.state.lists.import_list(order(csv_of(*rows), code=code))


def crossed(world: World) -> UUID:
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    world.decide(session_id)
    return session_id


def calls(world: World) -> list[ReferralView]:
    with reading(world.database) as session:
        return referrals.waiting(session)


def late_answers(world: World) -> list[tuple[str, LateAnswer]]:
    with reading(world.database) as session:
        query = sa.select(OutboxEvent).where(OutboxEvent.type == LATE_ANSWER).order_by(OutboxEvent.sequence)
        return [(row.lane, LateAnswer.model_validate_json(row.payload)) for row in session.scalars(query)]


def of_names(world: World, session_id: UUID) -> list[tuple[CheckOutcome, Reason | None, str, str]]:
    return [
        (one.outcome, one.reason, one.source, one.source_version)
        for one in world.answers(session_id, CheckKind.NAME_LIST)
    ]


class TestWhoIsStillHere:
    def test_is_told_of_by_the_new_version_while_standing_there(self, world: World) -> None:
        import_list(world, NOBODY)
        session_id = world.step_up()
        before = world.take(session_id, AMINATA)
        import_list(world, NOBODY, LISTED)
        rescreen(world)
        view = world.view(session_id)
        assert view.version > before.version, "whoever watches the lane would not hear of it"
        assert (view.needs_second_line, view.verdict.outcome) == (True, CheckOutcome.HIT)
        assert of_names(world, session_id) == [
            (CheckOutcome.CLEAR, None, "national", "1"),
            (CheckOutcome.HIT, None, "national", "2"),
        ]

    def test_has_the_newer_version_in_the_record_though_it_says_the_same(self, world: World) -> None:
        import_list(world, NOBODY)
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        import_list(world, NOBODY, person("N-2", "Another"))
        rescreen(world)
        rescreen(world)
        assert [version for *_, version in of_names(world, session_id)] == ["1", "2"]
        movement = world.decide(session_id)
        (known,) = (one for one in movement.known_at_decision.checks if one.kind is CheckKind.NAME_LIST)
        assert known.source_version == "2"

    def test_and_was_not_checked_is_checked_once_there_is_a_list(self, world: World) -> None:
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        assert world.check(session_id, CheckKind.NAME_LIST).reason is Reason.NO_LIST
        import_list(world, NOBODY)
        rescreen(world)
        assert world.check(session_id, CheckKind.NAME_LIST).outcome is CheckOutcome.CLEAR

    def test_and_waits_at_the_second_line_is_there_with_the_new_hit_and_no_hit_twice(self, world: World) -> None:
        import_list(world, LISTED)
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        with world.database.unit_of_work() as session:
            world.desk.refer(session, session_id, officer=OFFICER, note="")
        import_list(world, LISTED, LISTED | {"reference": "N-8"})
        rescreen(world)
        rescreen(world)
        (call,) = calls(world)
        assert [hit.entry_reference for check in call.reasons for hit in check.hits] == ["N-7", "N-8"]
        assert world.view(session_id).state is SessionState.REFERRED

    def test_and_stands_there_when_portraits_come_is_asked_about_by_face(self, world: World) -> None:
        import_list(world, NOBODY)
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        row = person("N-7", "Somebody", given_names="Else", portrait="n7.png")
        content = csv_of(NOBODY, row)
        world.app.state.lists.import_list(order(content, portraits={"n7.png": AMINATA.live().content}.get))
        rescreen(world)
        (asked,) = world.view(session_id).faces_to_compare
        assert (asked.kind, asked.reference) == (CheckKind.FACE_LIST, "N-7")


class TestWhoHasLeft:
    def test_is_found_on_a_version_that_came_later_and_the_post_and_the_capital_are_told_at_once(
        self, world: World
    ) -> None:
        import_list(world, NOBODY)
        session_id = crossed(world)
        import_list(world, NOBODY, LISTED)
        assert rescreen(world) == 1
        (call,) = calls(world)
        assert (call.late, call.session_id) == (True, session_id)
        ((lane, answer),) = late_answers(world)[-1:]
        assert (lane, answer.alerts, answer.movement_id) == (Lane.ALERT, True, world.row(session_id).movement_id)
        assert answer.person is not None
        assert of_names(world, session_id)[-1] == (CheckOutcome.HIT, None, "national", "2")
        with reading(world.database) as session:
            entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
        assert entry is not None
        assert (entry.action, entry.subject_id) == ("session.screened_again", str(session_id))
        assert "national:2" in entry.detail

    def test_is_told_of_once(self, world: World) -> None:
        import_list(world, NOBODY)
        session_id = crossed(world)
        import_list(world, NOBODY, LISTED)
        rescreen(world)
        (call,) = calls(world)
        found = Resolution(verdict=Verdict.ADMIT, finding=Finding.UNCONFIRMED)
        with world.database.unit_of_work() as session:
            world.desk.resolve(session, call.referral_id, found, officer="s.kone")
        told = len(late_answers(world))
        import_list(world, NOBODY, LISTED, person("N-9", "One More"))
        assert rescreen(world) == 1
        assert (calls(world), len(late_answers(world))) == ([], told)
        assert len(of_names(world, session_id)) == 2

    def test_and_is_clear_on_the_new_version_too_is_not_written_down_again(self, world: World) -> None:
        import_list(world, NOBODY)
        session_id = crossed(world)
        before = world.count(Check)
        import_list(world, NOBODY, person("N-2", "Another"))
        assert rescreen(world) == 1
        assert (world.count(Check), calls(world)) == (before, [])
        assert [version for *_, version in of_names(world, session_id)] == ["1"]

    def test_and_was_not_checked_is_now_and_the_capital_hears_of_it_without_haste(self, world: World) -> None:
        session_id = crossed(world)
        import_list(world, NOBODY)
        rescreen(world)
        assert of_names(world, session_id) == [
            (CheckOutcome.NOT_CHECKED, Reason.NO_LIST, "", ""),
            (CheckOutcome.CLEAR, None, "national", "1"),
        ]
        told = [answer for lane, answer in late_answers(world) if lane == Lane.BIOGRAPHIC]
        assert {check.kind for check in told[-1].checks} == {CheckKind.DOCUMENT_LIST, CheckKind.NAME_LIST}
        assert calls(world) == []

    def test_and_showed_nothing_to_ask_with_is_not_asked_again(self, world: World) -> None:
        session_id = crossed(world)
        before = len(world.answers(session_id, CheckKind.FACE_LIST))
        import_list(world, NOBODY)
        rescreen(world)
        assert len(world.answers(session_id, CheckKind.FACE_LIST)) == before

    def test_and_left_without_a_decision_is_told_of_too(self, world: World) -> None:
        import_list(world, NOBODY)
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        with world.database.unit_of_work() as session:
            world.desk.abandon(session, session_id)
        import_list(world, NOBODY, LISTED)
        rescreen(world)
        assert [call.session_id for call in calls(world)] == [session_id]
        assert [lane for lane, _ in late_answers(world)] == [Lane.ALERT]

    def test_is_found_by_face_by_the_template_of_the_crossing(self, world: World) -> None:
        import_list(world, NOBODY)
        session_id = crossed(world)
        world.app.state.retemplater.run_once()
        row = person("N-7", "Somebody", given_names="Else", portrait="n7.png")
        content = csv_of(NOBODY, row)
        world.app.state.lists.import_list(order(content, portraits={"n7.png": AMINATA.live().content}.get))
        rescreen(world)
        (call,) = calls(world)
        assert [(call.late, call.session_id, check.kind) for check in call.reasons] == [
            (True, session_id, CheckKind.FACE_LIST)
        ]
        assert all(lane != Lane.ALERT for lane, _ in late_answers(world)), "nobody has compared the faces yet"

    def test_longer_ago_than_the_days_is_left_alone(self, prepared: Prepared, tmp_path: Path) -> None:
        clock = StandingClock()
        with post_in(copied(prepared, tmp_path / "p"), prepared.lanes, clock=clock, rescreen_share=1.0) as world:
            import_list(world, NOBODY)
            crossed(world)
            clock.advance(days=15)
            import_list(world, NOBODY, LISTED)
            assert rescreen(world) == 0
            assert calls(world) == []

    def test_with_no_days_nobody_is_looked_at_who_has_left(self, prepared: Prepared, tmp_path: Path) -> None:
        with post_in(copied(prepared, tmp_path / "p"), prepared.lanes, rescreen_days=0) as world:
            import_list(world, NOBODY)
            crossed(world)
            import_list(world, NOBODY, LISTED)
            assert rescreen(world) == 0


def test_the_last_to_leave_come_first_and_how_far_it_is_stands_in_the_database(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_list(world, NOBODY)
    rescreen(world)
    sessions = []
    for _ in range(3):
        world.clock.advance(seconds=10)
        sessions.append(crossed(world))
    world.clock.advance(seconds=10)
    import_list(world, NOBODY, LISTED)
    monkeypatch.setattr("crossing.screening.rescreening._AT_ONCE", 1)
    assert rescreener(world).run_once() == 1
    assert [call.session_id for call in calls(world)] == [sessions[-1]]
    with reading(world.database) as session:
        row = session.scalars(sa.select(Rescreening).order_by(Rescreening.began_at.desc())).first()
    assert row is not None
    assert (row.back_id, row.looked_at, row.answered, row.finished_at) == (sessions[-1], 1, 1, None)
    rescreen(world)
    assert {call.session_id for call in calls(world)} == set(sessions)


def test_whoever_leaves_while_it_goes_on_is_not_passed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their question was answered by the version before, and kept after it had gone."""
    import_list(world, NOBODY)
    early = crossed(world)
    old = world.app.state.lists.current()
    late = world.step_up()
    import_list(world, NOBODY, LISTED)
    rescreen(world)
    world.clock.advance(seconds=1)
    with monkeypatch.context() as patching:
        patching.setattr(world.app.state.lists, "current", lambda: old)
        world.take(late, AMINATA)
        world.decide(late)
    rescreen(world)
    assert {call.session_id for call in calls(world)} == {early, late}


def test_a_traveller_who_can_t_be_asked_about_keeps_nobody_else_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_list(world, NOBODY)
    first = crossed(world)
    world.clock.advance(seconds=10)
    broken = world.step_up()
    world.take(broken, MOUSSA)
    world.decide(broken)
    import_list(world, NOBODY, LISTED)
    travellers = rescreener(world)._travellers
    screen = travellers.screen

    def failing(traveller: UUID, kinds: frozenset[CheckKind]) -> bool:
        if traveller == broken:
            raise OSError("the disk")
        return screen(traveller, kinds)

    monkeypatch.setattr(travellers, "screen", failing)
    monkeypatch.setattr("crossing.screening.rescreening._TRIED_AGAIN_AFTER_S", 0.01)
    rescreen(world)
    assert [call.session_id for call in calls(world)] == [first]
    monkeypatch.setattr(travellers, "screen", screen)
    assert rescreener(world).run_once() == 0
    world.clock.advance(minutes=2)
    assert rescreener(world).run_once() == 1
    assert rescreener(world).run_once() == 0


def test_a_traveller_whose_answer_can_t_be_kept_at_first_is_not_passed_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_list(world, NOBODY)
    session_id = crossed(world)
    import_list(world, NOBODY, LISTED)
    travellers = rescreener(world)._travellers
    screen, failures = travellers.screen, iter(range(2))

    def busy(traveller: UUID, kinds: frozenset[CheckKind]) -> bool:
        if next(failures, None) is not None:
            raise OSError("the disk is busy")
        return screen(traveller, kinds)

    monkeypatch.setattr(travellers, "screen", busy)
    monkeypatch.setattr("crossing.screening.rescreening._TRIED_AGAIN_AFTER_S", 0.01)
    rescreen(world)
    assert [call.session_id for call in calls(world)] == [session_id]


def test_a_round_goes_on_though_the_clock_was_set_back(world: World) -> None:
    import_list(world, NOBODY)
    rescreen(world)
    session_id = crossed(world)
    world.clock.advance(days=-1)
    import_list(world, NOBODY, LISTED)
    for _ in range(5):
        rescreener(world).run_once()
    assert [call.session_id for call in calls(world)] == [session_id]
    with reading(world.database) as session:
        rounds = session.scalars(sa.select(Rescreening).order_by(Rescreening.began_at)).all()
    assert len(rounds) == 2
    assert rounds[-1].finished_at is not None
