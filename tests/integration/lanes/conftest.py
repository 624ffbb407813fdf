"""The post of these tests is prepared once and copied for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crossing.faces import frames
from crossing.identity import service as identity
from tests.factories.officers import quick_passwords
from tests.integration.lanes.chip_lane import OUSMANE, READER
from tests.integration.lanes.chips import chip
from tests.integration.lanes.world import (
    Prepared,
    ScriptedAgent,
    ScriptedBridge,
    World,
    agent_on_loopback,
    bridge_on_loopback,
    copied,
    post_in,
    prepare,
)


@pytest.fixture(scope="package", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Nobody signs in here but by the way: hashing a password at each start would take most of the time."""
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(identity, "Passwords", quick_passwords)
        yield


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("prepared") / "post")


@pytest.fixture(scope="session")
def serving_bridge() -> Iterator[tuple[ScriptedBridge, int]]:
    with bridge_on_loopback() as running:
        yield running


@pytest.fixture
def bridge(serving_bridge: tuple[ScriptedBridge, int]) -> ScriptedBridge:
    """A bridge that answers at once and knows nothing bad of anybody."""
    scripted, _ = serving_bridge
    scripted.forget()
    return scripted


@pytest.fixture(scope="session")
def serving_agent() -> Iterator[tuple[ScriptedAgent, int]]:
    with agent_on_loopback() as running:
        yield running


@pytest.fixture
def agent(serving_agent: tuple[ScriptedAgent, int]) -> ScriptedAgent:
    """The devices of this post, of which none gives anything yet."""
    scripted = serving_agent[0]
    scripted.forget()
    return scripted


@pytest.fixture
def world(
    prepared: Prepared,
    tmp_path: Path,
    bridge: ScriptedBridge,
    serving_bridge: tuple[ScriptedBridge, int],
    serving_agent: tuple[ScriptedAgent, int],
) -> Iterator[World]:
    """A post with two lanes, its devices and its bridge."""
    folder = copied(prepared, tmp_path / "post")
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1], agent=serving_agent[1]) as running:
        yield running
        bridge.answering.set()
        serving_agent[0].forget()


@pytest.fixture
def lane(world: World, agent: ScriptedAgent) -> World:
    """The post with a chip reader at its first lane, on which his passport lies."""
    world.equip(chip_device=READER)
    agent.gives[READER] = chip(OUSMANE)
    return world


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which frame of several is kept must not hang on how busy the machine is."""
    monkeypatch.setattr(frames, "LOOKING_SECONDS", 60)
    monkeypatch.setattr(frames, "COMPARING_SECONDS", 60)
