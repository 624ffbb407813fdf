"""Answers that come when the traveller has gone: they are kept, the second line is called, the capital is told."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from crossing.decisions import repository as referrals
from crossing.decisions.schemas import Finding, ReferralView, Resolution, Verdict
from crossing.lanes.events import LATE_ANSWER, LateAnswer
from crossing.movements.models import Movement
from crossing.platform.db.reading import reading
from crossing.replication.events import Lane
from crossing.replication.models import OutboxEvent
from crossing.screening.models import Recheck
from crossing.screening.schemas import INTERPOL_OF_TRAVELLER, CheckKind, CheckOutcome, Reason
from tests.factories.clock import StandingClock
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import AMINATA
from tests.integration.lanes.world import Prepared, ScriptedBridge, World, copied, post_in


@pytest.fixture
def world(
    prepared: Prepared, tmp_path: Path, bridge: ScriptedBridge, serving_bridge: tuple[ScriptedBridge, int]
) -> Iterator[World]:
    """A post that asks again every twentieth of a second, by a clock that the test moves."""
    folder = copied(prepared, tmp_path / "post")
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1], recheck_interval_s=0.05) as running:
        yield running


def calls(world: World) -> list[ReferralView]:
    with reading(world.database) as session:
        return referrals.waiting(session)


def late_events(world: World) -> list[tuple[Lane, LateAnswer]]:
    with reading(world.database) as session:
        query = sa.select(OutboxEvent).where(OutboxEvent.type == LATE_ANSWER).order_by(OutboxEvent.sequence)
        return [(Lane(row.lane), LateAnswer.model_validate_json(row.payload)) for row in session.scalars(query)]


def gone_unchecked(world: World, bridge: ScriptedBridge) -> UUID:
    """A traveller who was decided on while the bridge was away."""
    bridge.away = True
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    for kind in INTERPOL_OF_TRAVELLER:
        check = world.check(session_id, kind)
        assert (check.outcome, check.reason) == (CheckOutcome.NOT_CHECKED, Reason.BACKEND_ERROR)
    world.decide(session_id)
    return session_id


def the_bridge_is_back(world: World, bridge: ScriptedBridge) -> None:
    bridge.away = False

    def answered() -> bool:
        world.clock.advance(minutes=20)
        return world.count(Recheck, Recheck.state == "answered") == 3

    wait_until(answered, what="the answers")


def test_a_hit_that_comes_late_calls_the_second_line_and_alerts_the_capital(
    world: World, bridge: ScriptedBridge
) -> None:
    session_id = gone_unchecked(world, bridge)
    decided_at = world.row(session_id).closed_at
    bridge.stolen.add(AMINATA.number)
    the_bridge_is_back(world, bridge)

    (call,) = calls(world)
    assert call.late
    assert call.session_id == session_id
    assert [reason.kind for reason in call.reasons] == [CheckKind.INTERPOL_SLTD]

    events = late_events(world)
    assert [lane for lane, answer in events if answer.alerts] == [Lane.ALERT]
    assert [lane for lane, answer in events if not answer.alerts] == [Lane.BIOGRAPHIC] * 2
    alert = next(answer for _, answer in events if answer.alerts)
    assert (alert.movement_id, alert.closed_at) == (world.row(session_id).movement_id, decided_at)


def test_the_ledger_keeps_that_it_was_not_checked_and_what_was_said_later(
    world: World, bridge: ScriptedBridge
) -> None:
    session_id = gone_unchecked(world, bridge)
    bridge.stolen.add(AMINATA.number)
    the_bridge_is_back(world, bridge)
    outcomes = [answer.outcome for answer in world.answers(session_id, CheckKind.INTERPOL_SLTD)]
    assert outcomes == [CheckOutcome.NOT_CHECKED, CheckOutcome.HIT]
    movement_id = world.row(session_id).movement_id
    with reading(world.database) as session:
        known = session.get_one(Movement, movement_id).known_at_decision["checks"]
    assert {one["outcome"] for one in known if one["kind"] in INTERPOL_OF_TRAVELLER} == {"not_checked"}


def test_what_was_clear_after_all_calls_nobody_and_is_told_without_haste(
    world: World, bridge: ScriptedBridge
) -> None:
    session_id = gone_unchecked(world, bridge)
    the_bridge_is_back(world, bridge)
    assert calls(world) == []
    assert {(lane, answer.person) for lane, answer in late_events(world)} == {(Lane.BIOGRAPHIC, None)}
    assert world.check(session_id, CheckKind.INTERPOL_TDAWN).outcome is CheckOutcome.CLEAR


def test_the_second_line_settles_a_late_hit_without_a_second_movement(world: World, bridge: ScriptedBridge) -> None:
    session_id = gone_unchecked(world, bridge)
    bridge.stolen.add(AMINATA.number)
    the_bridge_is_back(world, bridge)
    (call,) = calls(world)
    told = Resolution(
        verdict=Verdict.ADMIT, finding=Finding.CONFIRMED, bureau_reference="UTO-77", note="Reported to the bureau"
    )
    with world.database.unit_of_work() as session:
        world.desk.resolve(session, call.referral_id, told, officer="s.kone")
    with world.database.unit_of_work() as session:
        view = world.desk.approve(session, call.referral_id, officer="b.ouedraogo")
    assert (view.state.value, view.approved_by) == ("resolved", "b.ouedraogo")
    assert world.count(Movement) == 1
    assert world.view(session_id).state.value == "decided"
    with reading(world.database) as session:
        kinds = list(session.scalars(sa.select(OutboxEvent.type).order_by(OutboxEvent.sequence)))
    assert kinds.count("movement.recorded") == 1
    assert kinds[-1] == "referral.resolved"


def test_who_walks_away_from_a_hit_is_told_of_all_the_same(world: World, bridge: ScriptedBridge) -> None:
    bridge.stolen.add(AMINATA.number)
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    with world.database.unit_of_work() as session:
        world.desk.abandon(session, session_id)
    (call,) = calls(world)
    assert (call.late, call.session_id) == (True, session_id)
    ((lane, answer),) = late_events(world)
    assert (lane, answer.movement_id, answer.closed_at) == (Lane.ALERT, None, world.row(session_id).closed_at)
    assert answer.person is not None
    assert answer.document is not None
    assert (answer.person.surname, answer.document.number) == (AMINATA.surname, AMINATA.number)


def test_who_walks_away_before_the_hit_comes_is_too(world: World, bridge: ScriptedBridge) -> None:
    bridge.away = True
    bridge.stolen.add(AMINATA.number)
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    with world.database.unit_of_work() as session:
        world.desk.abandon(session, session_id)
    assert calls(world) == []
    the_bridge_is_back(world, bridge)
    assert [call.session_id for call in calls(world)] == [session_id]
    assert [lane for lane, _ in late_events(world)] == [Lane.ALERT]


def test_who_walks_away_with_nothing_against_them_is_nobody_s_business(world: World) -> None:
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    with world.database.unit_of_work() as session:
        world.desk.abandon(session, session_id)
    assert (calls(world), late_events(world)) == ([], [])


def test_an_answer_that_comes_before_the_decision_counts_for_it(world: World, bridge: ScriptedBridge) -> None:
    bridge.away = True
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    bridge.stolen.add(AMINATA.number)
    the_bridge_is_back(world, bridge)
    assert world.view(session_id).needs_second_line
    assert late_events(world) == []


def test_a_bridge_that_nobody_answers_at_says_unreachable_and_the_traveller_goes(
    prepared: Prepared, tmp_path: Path
) -> None:
    folder = copied(prepared, tmp_path / "alone")
    with post_in(folder, prepared.lanes, clock=StandingClock(), bridge=9) as alone:
        session_id = alone.step_up()
        alone.take(session_id, AMINATA)
        assert {alone.check(session_id, kind).reason for kind in INTERPOL_OF_TRAVELLER} == {Reason.UNREACHABLE}
        alone.decide(session_id)
        assert alone.count(Recheck, Recheck.state == "pending") == 3


def test_a_post_without_a_bridge_says_that(prepared: Prepared, tmp_path: Path) -> None:
    folder = copied(prepared, tmp_path / "alone")
    with post_in(folder, prepared.lanes) as alone:
        session_id = alone.step_up()
        alone.take(session_id, AMINATA)
        assert {alone.check(session_id, kind).reason for kind in INTERPOL_OF_TRAVELLER} == {Reason.NO_BRIDGE}
