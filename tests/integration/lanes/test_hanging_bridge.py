"""Fifty travellers while the bridge hangs: nobody waits long, nothing piles up, everybody is asked about later."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from crossing.lanes import bridge_desk
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import FieldSource, Identity
from crossing.movements.schemas import CrossingCase, Person
from crossing.screening.bridge import FAILURES
from crossing.screening.models import Recheck
from crossing.screening.schemas import CheckKind, Reason
from tests.factories.waiting import wait_until
from tests.integration.lanes.world import OFFICER, Prepared, ScriptedBridge, World, copied, post_in

TRAVELLERS = 50


@pytest.fixture
def world(
    prepared: Prepared, tmp_path: Path, bridge: ScriptedBridge, serving_bridge: tuple[ScriptedBridge, int]
) -> Iterator[World]:
    folder = copied(prepared, tmp_path / "post")
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1], bridge_timeout_s=0.5) as running:
        yield running
        bridge.answering.set()


def declared(world: World, number: int) -> UUID:
    """Somebody without a document, who leaves the lane to the next."""
    session_id = world.step_up()
    person = Person(surname=f"Traveller{'ABCDEFGHIJ'[number % 10]}", given_names=f"{'KLMNO'[number // 10]}wa")
    identity = Identity(case=CrossingCase.NO_DOCUMENT, person=person)
    world.pipeline.declare(session_id, identity, source=FieldSource.DECLARED, officer=OFFICER)
    with world.database.unit_of_work() as session:
        world.desk.refer(session, session_id, officer=OFFICER, note="told to wait")
    return session_id


def pending(world: World) -> int:
    return world.count(CaptureSession, CaptureSession.bridge_pending)


@pytest.mark.parametrize("held_at_once", [bridge_desk.MOST_UNDER_WAY, 6], ids=["room for all", "room for few"])
def test_everybody_is_told_soon_and_asked_about_later(
    world: World, bridge: ScriptedBridge, monkeypatch: pytest.MonkeyPatch, held_at_once: int
) -> None:
    monkeypatch.setattr(bridge_desk, "MOST_UNDER_WAY", held_at_once)
    bridge.answering.clear()
    sessions = [declared(world, number) for number in range(TRAVELLERS)]
    asking = [thread.name for thread in threading.enumerate() if thread.name.startswith("bridge_")]
    assert len(asking) <= 4 + 8, "those that hold a question, and those that hold a connection"
    wait_until(lambda: pending(world) == 0, what="a word on every traveller")

    reasons = Counter(world.check(one, CheckKind.INTERPOL_NOMINALS).reason for one in sessions)
    assert set(reasons) <= {Reason.TIMEOUT, Reason.CIRCUIT_OPEN}
    assert reasons[Reason.CIRCUIT_OPEN] >= 1
    assert reasons[Reason.TIMEOUT] >= FAILURES
    assert world.count(Recheck, Recheck.state == "pending") == TRAVELLERS
