"""An answer that came and could not be stored is asked for again by itself; nothing of a traveller is logged."""

from typing import Any

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from crossing.lanes import bridge_desk
from crossing.lanes.bridge_desk import BridgeDesk
from crossing.screening.schemas import CheckKind, CheckOutcome
from tests.integration.lanes.drawn import AMINATA
from tests.integration.lanes.world import ScriptedBridge, World


class Busy(Exception):
    """What SQLite's driver says of a database that another writes to."""


def refusing(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, times: int) -> list[int]:
    """From now on the method of ``owner`` meets a busy database, so many times."""
    real, met = getattr(owner, name), [0]

    def method(*given: Any, **named: Any) -> Any:
        if met[0] < times:
            met[0] += 1
            raise OperationalError(f"UPDATE ... {AMINATA.number}", {}, Busy())
        return real(*given, **named)

    monkeypatch.setattr(owner, name, method)
    return met


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> BridgeDesk:
    monkeypatch.setattr(bridge_desk, "TAKEN_UP_AGAIN_AFTER_S", 0.01)
    found: BridgeDesk = world.pipeline._bridge_desk
    return found


def test_a_hit_is_shown_once_the_database_takes_it(
    world: World, bridge: ScriptedBridge, desk: BridgeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge.stolen.add(AMINATA.number)
    before = desk.not_stored
    session_id = world.step_up()
    with structlog.testing.capture_logs() as logged:
        refusing(monkeypatch, desk, "_take", 3)
        world.take(session_id, AMINATA)
    assert world.check(session_id, CheckKind.INTERPOL_SLTD).outcome is CheckOutcome.HIT
    assert len(world.answers(session_id, CheckKind.INTERPOL_SLTD)) == 1
    assert desk.not_stored - before == 3
    failures = [one for one in logged if one["event"] == "bridge_answer_not_stored"]
    assert [one["error"] for one in failures] == ["OperationalError"] * 3
    assert AMINATA.number not in repr(logged)
    ids = {item.document.request_id for batch in bridge.batches for item in batch.items if item.document}
    assert len(ids) == 2, "SLTD and TDAWN, each under one id"


def test_a_database_that_can_not_be_read_either_is_tried_again(
    world: World, bridge: ScriptedBridge, desk: BridgeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = world.step_up()
    refusing(monkeypatch, desk, "_take", 1)
    met = refusing(monkeypatch, desk, "resume", 2)
    world.take(session_id, AMINATA)
    assert met == [2]
    assert world.check(session_id, CheckKind.INTERPOL_SLTD).outcome is CheckOutcome.CLEAR
