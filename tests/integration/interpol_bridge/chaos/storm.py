"""What befalls the bridge, the bureau and the network, one thing after the other, drawn from a seed."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from random import Random
from typing import Final, get_args

from interpol_bridge.simulator.behaviour import Fault

from .rough_network import RoughNetwork, Weather
from .world import World

FAULTS: Final = tuple(one for one in get_args(Fault) if one != "none")
WEATHERS: Final = tuple(one for one in get_args(Weather) if one != "clear")
STATUSES: Final = (401, 403, 404, 429, 500, 502, 503)
SPELL_S: Final = (0.2, 1.2)


class Storm:
    """``befallen`` counts what happened."""

    def __init__(self, world: World, *, seed: int) -> None:
        self._world = world
        self._chance = Random(f"storm {seed}")
        self._kinds: tuple[Callable[[], str], ...] = (
            self._kill_bridge,
            self._kill_bureau,
            self._lies,
            self._lies,
            self._lies,
            self._slowness,
            self._weather,
            self._weather,
            self._cut,
            self._calm,
            self._calm,
            self._calm,
        )
        self.befallen: Counter[str] = Counter()

    def rage(self, until: Callable[[], bool], *, within_s: float) -> None:
        """One thing after another, until ``until`` holds. Then all is well again.

        :raises AssertionError: it does not hold within ``within_s`` seconds
        """
        ends_at = time.monotonic() + within_s
        while not until():
            assert time.monotonic() < ends_at, f"the storm did not end: {self.befallen}"
            self.befallen[self._chance.choice(self._kinds)()] += 1
        self._world.wait_until_ready()

    def _kill_bridge(self) -> str:
        self._world.bridge.kill()
        self._last()
        self._world.bridge.start()
        return "bridge killed"

    def _kill_bureau(self) -> str:
        self._world.bureau.kill()
        self._last()
        self._world.bureau.start()
        return "bureau killed"

    def _lies(self) -> str:
        """One fault for all answers, or three for a share of them."""
        if self._chance.random() < 0.5:
            fault = self._chance.choice(FAULTS)
            heard = self._world.behave(fault=fault, status=self._chance.choice(STATUSES), hang_s=2)
            name = f"bureau: {fault}"
        else:
            chances = [
                {"fault": fault, "share": 0.25, "status": self._chance.choice(STATUSES), "hang_s": 2}
                for fault in self._chance.sample(FAULTS, 3)
            ]
            heard = self._world.behave(chances=chances)
            name = "bureau: three faults by chance"
        self._last()
        self._world.behave()
        return name if heard else "bureau: not up to hear of a fault"

    def _slowness(self) -> str:
        spread = {"kind": "lognormal", "median_ms": 400, "sigma": 1, "at_most_ms": 5000}
        heard = self._world.behave(spread=spread)
        self._last()
        self._world.behave()
        return "bureau: slow" if heard else "bureau: not up to hear of a fault"

    def _weather(self) -> str:
        network, side = self._network()
        weather: Weather = self._chance.choice(WEATHERS)
        with ExitStack() as stack:
            stack.callback(setattr, network, "weather", "clear")
            network.weather = weather
            self._last()
        return f"network {side}: {weather}"

    def _cut(self) -> str:
        network, side = self._network()
        network.cut()
        return f"network {side}: cut"

    def _calm(self) -> str:
        self._last()
        return "calm"

    def _network(self) -> tuple[RoughNetwork, str]:
        outside = self._chance.random() < 0.4
        return (self._world.outside, "outside") if outside else (self._world.inside, "inside")

    def _last(self) -> None:
        time.sleep(self._chance.uniform(*SPELL_S))
