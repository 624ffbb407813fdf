"""INTERPOL is asked about the vehicle that is noted at the lane, while the officer goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crossing.decisions.errors import SecondLineNeeded
from crossing.lanes.vehicle_desk import VehicleDesk
from crossing.movements.schemas import Vehicle
from crossing.screening.models import Recheck
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import AMINATA
from tests.integration.lanes.world import OFFICER, Prepared, ScriptedBridge, World, copied, post_in

PICKUP = Vehicle.model_validate({"type": "car", "plate": "BO 1234 MD", "country": "MLI", "vin": "1M8GDM9AXKP042788"})
OTHER = Vehicle.model_validate({"type": "lorry", "plate": "AB 77 MD", "country": "MLI"})
NO_COUNTRY = Vehicle.model_validate({"type": "car", "plate": "BO 1234 MD"})


@pytest.fixture
def world(
    prepared: Prepared, tmp_path: Path, bridge: ScriptedBridge, serving_bridge: tuple[ScriptedBridge, int]
) -> Iterator[World]:
    folder = copied(prepared, tmp_path / "post")
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1], recheck_interval_s=0.05) as running:
        yield running
        bridge.answering.set()


def note(world: World, session_id: UUID, vehicle: Vehicle, *, settle: bool = True) -> None:
    desk: VehicleDesk = world.app.state.vehicle_desk
    results = desk.screen(vehicle)
    with world.database.unit_of_work() as session:
        desk.note(session, session_id, vehicle, results, officer=OFFICER)
    if settle:
        world.settle(session_id)


def smv(world: World, session_id: UUID) -> list[CheckResult]:
    return [one for one in world.view(session_id).checks if one.kind is CheckKind.INTERPOL_SMV]


def asked_of(bridge: ScriptedBridge) -> list[dict[str, Any]]:
    marks = {"vin", "plate", "plate_country"}
    queries = [item.vehicle for batch in bridge.batches for item in batch.items]
    return [query.model_dump(include=marks, exclude_defaults=True) for query in queries if query]


def test_vin_and_plate_are_asked_each_by_itself(world: World, bridge: ScriptedBridge) -> None:
    session_id = world.step_up()
    note(world, session_id, PICKUP)
    assert asked_of(bridge) == [{"vin": "1M8GDM9AXKP042788"}, {"plate": "BO1234MD", "plate_country": "MLI"}]
    [check] = smv(world, session_id)
    assert (check.outcome, check.source) == (CheckOutcome.CLEAR, "interpol")


def test_a_stolen_vehicle_calls_the_second_line_and_its_hit_stands(world: World, bridge: ScriptedBridge) -> None:
    bridge.stolen.add("BO1234MD")
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    note(world, session_id, PICKUP)
    [check] = smv(world, session_id)
    assert (check.outcome, check.hits[0].list_name) == (CheckOutcome.HIT, "INTERPOL SMV")
    with pytest.raises(SecondLineNeeded):
        world.decide(session_id)
    note(world, session_id, OTHER)
    assert {one.outcome for one in smv(world, session_id)} == {CheckOutcome.HIT, CheckOutcome.CLEAR}


def test_a_plate_alone_without_its_country_is_not_asked_about_and_says_why(
    world: World, bridge: ScriptedBridge
) -> None:
    session_id = world.step_up()
    note(world, session_id, NO_COUNTRY)
    [check] = smv(world, session_id)
    assert check.reason is Reason.NO_PLATE_COUNTRY
    assert asked_of(bridge) == []
    assert world.count(Recheck) == 0


def test_what_is_not_answered_is_asked_again_and_a_late_hit_calls_the_second_line(
    world: World, bridge: ScriptedBridge
) -> None:
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    bridge.away = True
    note(world, session_id, PICKUP)
    [check] = smv(world, session_id)
    assert check.reason is Reason.BACKEND_ERROR
    world.decide(session_id)
    bridge.stolen.add("1M8GDM9AXKP042788")
    bridge.away = False

    def answered() -> bool:
        world.clock.advance(minutes=20)
        return world.count(Recheck, Recheck.state == "answered") == 1

    wait_until(answered, what="the answer about the vehicle")
    assert world.view(session_id).referral_id is not None


def test_the_vehicle_and_the_traveller_are_waited_for_apart(world: World, bridge: ScriptedBridge) -> None:
    session_id = world.step_up()
    note(world, session_id, PICKUP)
    bridge.away = True
    world.take(session_id, AMINATA)
    assert [one.outcome for one in smv(world, session_id)] == [CheckOutcome.CLEAR]
    assert world.count(Recheck, Recheck.state == "pending") == 3
    note(world, session_id, OTHER)
    assert world.count(Recheck, Recheck.state == "pending") == 4


def test_of_a_vehicle_that_was_a_mistake_nobody_waits_for_an_answer(world: World, bridge: ScriptedBridge) -> None:
    bridge.away = True
    session_id = world.step_up()
    note(world, session_id, PICKUP)
    desk: VehicleDesk = world.app.state.vehicle_desk
    with world.database.unit_of_work() as session:
        desk.take_back(session, session_id)
    [check] = smv(world, session_id)
    assert check.reason is Reason.NO_VEHICLE
    assert world.count(Recheck, Recheck.state == "pending") == 0


def test_an_answer_about_the_vehicle_before_is_not_taken_for_the_one_that_is_noted_now(
    world: World, bridge: ScriptedBridge
) -> None:
    bridge.answering.clear()
    session_id = world.step_up()
    note(world, session_id, PICKUP, settle=False)
    wait_until(lambda: len(bridge.batches) == 1, what="the first question")
    note(world, session_id, OTHER, settle=False)
    view = world.view(session_id)
    assert view.checks_pending
    assert smv(world, session_id) == []
    bridge.answering.set()
    world.settle(session_id)
    [check] = world.answers(session_id, CheckKind.INTERPOL_SMV)
    assert check.outcome is CheckOutcome.CLEAR


def test_a_restart_asks_what_was_being_asked_under_the_same_ids(
    prepared: Prepared, tmp_path: Path, bridge: ScriptedBridge, serving_bridge: tuple[ScriptedBridge, int]
) -> None:
    folder = copied(prepared, tmp_path / "restarted")
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1]) as before:
        session_id = before.step_up()
        before.take(session_id, AMINATA)
        note(before, session_id, PICKUP)
        with before.database.unit_of_work() as session:
            # As a crash leaves it: asked, and the answer not written.
            row = before.row(session_id)
            session.add(row)
            row.bridge_pending, row.vehicle_question_id = True, VEHICLE_QUESTION
        before.wait_for_the_bridge = lambda: None  # type: ignore[method-assign]
    first = bridge.batches[0]
    bridge.batches.clear()
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1]) as after:
        after.settle(session_id)
    asked = {item.model_dump_json() for batch in bridge.batches for item in batch.items}
    assert {item.model_dump_json() for item in first.items} <= asked
    assert len(asked) == 5


VEHICLE_QUESTION = UUID("018f0000-0000-7000-8000-0000000000cc")
