"""For each thing that may stand behind a bridge: one of it and one bridge for the tests of a module."""

from collections.abc import Callable, Iterator

import pytest

from .backing import KINDS, Backing, Kind, backing_in
from .certificates import Authority
from .world import Bridge, Simulator, bridge_in, simulator_in


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module", params=KINDS)
def backing_kind(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.param
    return kind


@pytest.fixture(scope="module")
def running_backing(
    backing_kind: Kind, tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Backing]:
    with backing_in(backing_kind, tmp_path_factory.mktemp(backing_kind), authority) as backing:
        yield backing


@pytest.fixture
def backing(running_backing: Backing) -> Backing:
    """What stands behind the bridge, well-behaved."""
    running_backing.behave()
    return running_backing


@pytest.fixture(scope="module")
def running_bridge(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, running_backing: Backing
) -> Iterator[Bridge]:
    folder = tmp_path_factory.mktemp("bridge")
    # Second calls for slow answers, and questions of one test asked again during the next, would be counted.
    limits = {"rate_per_minute": 60_000, "rate_burst": 10_000, "hedge_share": 0, "rechecks_per_post": 0}
    with bridge_in(folder, authority, "", **limits, **running_backing.options) as bridge:
        yield bridge


@pytest.fixture
def bridge(running_bridge: Bridge, backing: Backing) -> Bridge:
    return running_bridge


@pytest.fixture
def times_asked(backing_kind: Kind, bridge: Bridge, backing: Backing) -> Callable[[], int]:
    """How many questions got past the bridge: by the log of who is asked, or by the bridge's count for a copy."""
    return bridge.answered if backing_kind == "offline_copy" else lambda: len(backing.asked)


@pytest.fixture(scope="module")
def running_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulator_in(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    """A simulator that is asked without a bridge."""
    running_simulator.behave()
    return running_simulator
