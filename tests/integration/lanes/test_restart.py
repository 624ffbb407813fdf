"""A post that ended in the middle of anything goes on where it was: its disk is copied while it runs, and started."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from crossing.bootstrap import post_app
from crossing.lanes.errors import LaneBusy
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import ImageKind, SessionState
from crossing.movements.models import Movement
from crossing.platform.files import FolderInUse
from crossing.screening.schemas import CheckKind, CheckOutcome
from tests.factories.services import post_settings
from tests.integration.lanes.drawn import AMINATA, MOUSSA
from tests.integration.lanes.world import ScriptedBridge, World, post_in


@pytest.fixture
def after_a_power_cut(
    world: World, tmp_path: Path, serving_bridge: tuple[ScriptedBridge, int]
) -> Iterator[Callable[[], World]]:
    """Starts a post on the disk as it is at this moment, as a power cut would leave it."""
    with ExitStack() as running:

        def start() -> World:
            folder = tmp_path / "after"
            shutil.copytree(world.folder, folder)
            return running.enter_context(post_in(folder, world.lanes, bridge=serving_bridge[1]))

        yield start


def test_the_traveller_is_still_at_the_lane(world: World, after_a_power_cut: Callable[[], World]) -> None:
    session_id = world.step_up()
    before = world.take(session_id, AMINATA)
    again = after_a_power_cut()
    view = again.view(session_id)
    assert (view.state, view.person, view.images) == (SessionState.CHECKED, before.person, before.images)
    with pytest.raises(LaneBusy):
        again.step_up()
    assert again.blobs.get(view.images[ImageKind.PAGE])
    assert again.decide(session_id).person.surname == "TRAORE"


def test_the_bridge_is_asked_again(
    world: World, after_a_power_cut: Callable[[], World], bridge: ScriptedBridge
) -> None:
    session_id = world.step_up()
    bridge.answering.clear()
    world.take(session_id, AMINATA, settle=False)
    again = after_a_power_cut()
    assert again.view(session_id).checks_pending
    bridge.stolen.add(AMINATA.number)
    bridge.answering.set()
    again.settle(session_id)
    assert bridge.asked.count(AMINATA.number) == 2
    assert again.check(session_id, CheckKind.INTERPOL_SLTD).outcome is CheckOutcome.HIT


def test_evidence_whose_checks_were_cut_off_is_not_taken_for_checked(
    world: World, after_a_power_cut: Callable[[], World], bridge: ScriptedBridge
) -> None:
    """Cut between the new page and its local checks, with a question about the page before still under way."""
    session_id = world.step_up()
    bridge.answering.clear()
    world.take(session_id, AMINATA, settle=False)
    with world.database.unit_of_work() as session:
        world.desk.take_evidence(session, session.get_one(CaptureSession, session_id))
    again = after_a_power_cut()
    bridge.answering.set()
    again.settle(session_id)
    assert again.view(session_id).state is SessionState.OPEN
    for post in (again, world):
        assert post.take(session_id, AMINATA).state is SessionState.CHECKED


def test_a_movement_that_was_acknowledged_is_there_once(world: World, after_a_power_cut: Callable[[], World]) -> None:
    session_id = world.step_up()
    world.take(session_id, MOUSSA)
    movement = world.decide(session_id)
    again = after_a_power_cut()
    assert again.count(Movement) == 1
    assert again.view(session_id).movement_id == movement.movement_id
    back = again.step_up()
    assert again.take(back, MOUSSA).history.traveller_id == movement.traveller_id


def test_what_was_not_acknowledged_is_not_there(world: World, after_a_power_cut: Callable[[], World]) -> None:
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    with world.database.unit_of_work() as session:
        world.desk.abandon(session, session_id)
        session.flush()
        again = after_a_power_cut()
    assert again.view(session_id).state is SessionState.CHECKED
    assert world.view(session_id).state is SessionState.ABANDONED


def test_one_folder_serves_one_post_at_a_time(world: World) -> None:
    with pytest.raises(FolderInUse):
        post_app(post_settings(world.folder))
