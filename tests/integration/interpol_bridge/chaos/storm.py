"""What befalls the bridge, the bureau and the network: one thing after the other, in an order drawn from a seed."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Final, get_args

from interpol_bridge.simulator.behaviour import Fault

from .rough_network import RoughNetwork, Weather
from .world import World

FAULTS: Final = tuple(one for one in get_args(Fault) if one != "none")
WEATHERS: Final = tuple(one for one in get_args(Weather) if one != "clear")
STATUSES: Final = (401, 403, 404, 429, 500, 502, 503)
SPELL_S: Final = (0.2, 1.2)
CALM: Final = 12
BRIDGE_KILLS: Final = 2
JUMPS: Final = ((86_400, "a day ahead"), (-86_400, "a day behind"))
PAGE: Final = 4096


OF_THE_BRIDGE: Final = (
    "bridge restored from an older backup",
    "bridge: full disk",
    "bridge killed over a full disk",
    *(f"bridge: clock {name}" for _, name in JUMPS),
)


class Storm:
    """``befallen`` counts what happened. ``networks``: what lies beside the world's own two, by name."""

    def __init__(self, world: World, *, seed: int, networks: Mapping[str, RoughNetwork] | None = None) -> None:
        self._world = world
        self._networks = {"inside": world.inside, "outside": world.outside, **(networks or {})}
        self._chance = Random(f"storm {seed}")
        self._to_come: list[Callable[[], str]] = []
        self.befallen: Counter[str] = Counter()

    def rage(self, until: Callable[[], bool], *, within_s: float) -> None:
        """One thing after another, until ``until`` holds. Then all is well again.

        :raises AssertionError: it does not hold within ``within_s`` seconds
        """
        ends_at = time.monotonic() + within_s
        while not until():
            assert time.monotonic() < ends_at, f"the storm did not end: {self.befallen}"
            if not self._to_come:
                self._to_come = self._round()
            self.befallen[self._to_come.pop()()] += 1
        self._world.wait_until_ready()

    def _round(self) -> list[Callable[[], str]]:
        """Everything that can befall, once each, in any order, and calm between."""
        sides = self._networks.items()
        spells: list[Callable[[], str]] = [
            *(self._kill_bridge for _ in range(BRIDGE_KILLS)),
            *(self._kill_both for _ in range(2)),
            self._kill_bureau,
            *(self._old_backup for _ in range(2)),
            self._full_disk,
            self._killed_over_a_full_disk,
            *(partial(self._clock_jumps, ahead_s, name) for ahead_s, name in JUMPS),
            self._slowness,
            self._own_copy,
            self._one_database_down,
            *(partial(self._lie, fault) for fault in FAULTS),
            *(self._three_lies for _ in range(3)),
            *(partial(self._weather, side, network, weather) for side, network in sides for weather in WEATHERS),
            *(partial(self._cut, side, network) for side, network in sides for _ in range(2)),
            *(self._calm for _ in range(CALM)),
        ]
        self._chance.shuffle(spells)
        return spells

    def _kill_bridge(self) -> str:
        self._world.bridge.kill()
        self._last()
        self._world.start_bridge()
        return "bridge killed"

    def _kill_bureau(self) -> str:
        self._world.bureau.kill()
        self._last()
        self._world.bureau.start()
        return "bureau killed"

    def _kill_both(self) -> str:
        """At moments so close that what was under way between them is lost on both sides."""
        self._world.bureau.kill()
        time.sleep(self._chance.uniform(0, 0.02))
        self._world.bridge.kill()
        self._world.start_bridge()
        self._last()
        self._world.bureau.start()
        return "bridge and bureau killed"

    def _old_backup(self) -> str:
        """The bridge comes back with what its store held earlier in the storm, or a backup is made of it."""
        self._world.bridge.kill()
        restored = self._world.keep_or_restore()
        self._world.start_bridge()
        return "bridge restored from an older backup" if restored else "backup of a killed bridge"

    def _full_disk(self) -> str:
        """Nothing that the bridge writes goes beyond the first page of a file."""
        self._world.bridge.limit_files(PAGE)
        self._last()
        self._world.bridge.limit_files()
        return "bridge: full disk"

    def _killed_over_a_full_disk(self) -> str:
        self._world.bridge.limit_files(PAGE)
        self._last()
        return f"{self._kill_bridge()} over a full disk"

    def _clock_jumps(self, ahead_s: float, name: str) -> str:
        self._world.bridge.set_clock(ahead_s)
        self._last()
        self._world.bridge.set_clock(0)
        return f"bridge: clock {name}"

    def _lie(self, fault: str) -> str:
        return self._behave(f"bureau: {fault}", fault=fault, status=self._chance.choice(STATUSES), hang_s=2)

    def _three_lies(self) -> str:
        """Three faults, each for a quarter of the answers."""
        chances = [
            {"fault": fault, "share": 0.25, "status": self._chance.choice(STATUSES), "hang_s": 2}
            for fault in self._chance.sample(FAULTS, 3)
        ]
        return self._behave("bureau: three faults by chance", chances=chances)

    def _slowness(self) -> str:
        spread = {"kind": "lognormal", "median_ms": 400, "sigma": 1, "at_most_ms": 5000}
        return self._behave("bureau: slow", spread=spread)

    def _own_copy(self) -> str:
        return self._behave("bureau: answers from a copy of its own", copy_age_hours=5)

    def _one_database_down(self) -> str:
        return self._behave("bureau: one database down", fault="http_error", status=500, databases=["tdawn"])

    def _behave(self, name: str, **behaviour: object) -> str:
        heard = self._world.behave(**behaviour)
        self._last()
        self._world.behave()
        return name if heard else "bureau: not up to hear of a fault"

    def _weather(self, side: str, network: RoughNetwork, weather: Weather) -> str:
        network.weather = weather
        self._last()
        network.weather = "clear"
        return f"network {side}: {weather}"

    def _cut(self, side: str, network: RoughNetwork) -> str:
        network.cut()
        return f"network {side}: cut"

    def _calm(self) -> str:
        self._last()
        return "calm"

    def _last(self) -> None:
        time.sleep(self._chance.uniform(*SPELL_S))
