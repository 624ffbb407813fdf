"""One simulator and one bridge for the tests of a module; each test finds the simulator well-behaved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .certificates import Authority
from .world import Bridge, Simulator, bridge_in, simulator_in


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def running_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulator_in(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    running_simulator.behave()
    return running_simulator


@pytest.fixture(scope="module")
def running_bridge(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, running_simulator: Simulator
) -> Iterator[Bridge]:
    folder: Path = tmp_path_factory.mktemp("bridge")
    with bridge_in(folder, authority, running_simulator.url, rate_per_minute=60_000, rate_burst=10_000) as bridge:
        yield bridge


@pytest.fixture
def bridge(running_bridge: Bridge, simulator: Simulator) -> Bridge:
    return running_bridge
