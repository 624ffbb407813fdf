"""What stands behind a bridge: the simulator over JSON, the bureau over XML and mutual TLS, or an offline copy.

The suite runs over all three. What can befall only whoever is asked over a network is marked ``over_a_network``, and
what only one of them has, ``of_kind``: a case that is left out is left out by that mark.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, Protocol, cast

import pytest

from interpol_bridge.simulator.behaviour import Behaviour
from interpol_bridge.simulator.scenario import read_scenario

from .bureau import bureau_in
from .certificates import Authority
from .copies import copy_of
from .world import simulator_in

Kind = Literal["simulator", "gateway", "offline_copy"]
KINDS: Final[tuple[Kind, ...]] = ("simulator", "gateway", "offline_copy")


def of_kind(*kinds: Kind) -> pytest.MarkDecorator:
    """Run a test, or all of a module, over these alone."""
    return pytest.mark.parametrize("backing_kind", kinds, indirect=True)


over_a_network: Final = of_kind("simulator", "gateway")


class Backing(Protocol):
    """``options`` are the settings of a bridge that asks it; ``asked`` what it noted of being asked."""

    @property
    def options(self) -> dict[str, object]: ...

    @property
    def asked(self) -> list[dict[str, Any]]: ...

    def behave(self, **behaviour: object) -> None: ...


class Copy:
    """An offline copy behaves; what it is asked is noted nowhere."""

    def __init__(self, options: dict[str, object]) -> None:
        self.options = options

    @property
    def asked(self) -> list[dict[str, Any]]:
        raise AssertionError("a copy notes no questions: this case is for over_a_network")

    def behave(self, **behaviour: object) -> None:
        assert not behaviour, "this can't befall a copy: the case is for over_a_network"


@contextmanager
def backing_in(kind: Kind, folder: Path, authority: Authority) -> Iterator[Backing]:
    """One of the three, with the records of the everyday scenario and none of its latency."""
    scenario = read_scenario().model_copy(update={"behaviour": Behaviour()})
    match kind:
        case "simulator":
            with simulator_in(folder, scenario) as simulator:
                yield simulator
        case "gateway":
            with bureau_in(folder, authority, scenario=scenario) as bureau:
                yield bureau
        case "offline_copy":
            yield cast(Backing, Copy({"backend": "offline_copy", **copy_of(scenario, folder)}))
