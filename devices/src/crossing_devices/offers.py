"""What is attached without being configured: every driver is asked about once a second, in a process of its own."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crossing.ports.devices import DeviceError
from crossing_devices.keeper import DriverFacts
from crossing_devices.options import OptionError
from crossing_devices.process import Spawner, WorkerProcess

EVERY_S: Final = 1.0
ASK_S: Final = 5.0
"""Drivers answer within a second; one that is far beyond it is left alone for a while."""
_BENCH_S: Final = (5.0, 30.0, 300.0)
_MAX_OFFERS: Final = 32
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")

_log = structlog.get_logger()

Text = Annotated[str, Field(max_length=1024)]


@dataclass(frozen=True, slots=True)
class Offer:
    """A device that a driver found by itself."""

    device_id: str
    driver: str
    target: str
    facts: DriverFacts
    options: Mapping[str, str]


class _Found(BaseModel):
    """``took_s``: how long the driver looked, without the time that its import took."""

    model_config = ConfigDict(extra="ignore")

    took_s: float
    found: Annotated[list[dict[Text, Text]], Field(max_length=_MAX_OFFERS)]


@dataclass(slots=True)
class _Family:
    """One driver: what it offers, and when it is asked next."""

    driver: str
    target: str
    offers: tuple[Offer, ...] = ()
    due_at: float = 0.0
    troubles: int = 0


@dataclass(slots=True)
class Offers:
    """A thread and one worker process for all drivers. ``on_change`` is called when the offers changed.

    ``configured`` holds the options of the devices that have a place already, by their driver's: a driver that can
    tell that it found one of these leaves it out.
    """

    drivers: Mapping[str, str]
    spawner: Spawner
    on_change: Callable[[], None]
    configured: Mapping[str, list[dict[str, str]]] = field(default_factory=dict)
    _families: list[_Family] = field(init=False)
    _worker: WorkerProcess | None = field(init=False, default=None)
    _stopping: threading.Event = field(init=False, default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)
    _first_round: threading.Event = field(init=False, default_factory=threading.Event)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._families = [_Family(driver, target) for driver, target in self.drivers.items()]
        self._thread = threading.Thread(target=self._run, name="offers", daemon=True)

    @property
    def first_round(self) -> threading.Event:
        """Set once every driver has been asked."""
        return self._first_round

    def start(self) -> None:
        if self._families:
            self._thread.start()
        else:
            self._first_round.set()

    def close(self) -> None:
        self._stopping.set()
        worker = self._worker
        if worker is not None:
            worker.stop()
        if self._thread.is_alive():
            self._thread.join()
        if self._worker is not None:
            self._worker.stop()

    def current(self) -> tuple[Offer, ...]:
        with self._lock:
            return tuple(offer for family in self._families for offer in family.offers)

    def _run(self) -> None:
        while not self._stopping.is_set():
            for family in self._families:
                if family.due_at <= time.monotonic() and not self._stopping.is_set():
                    self._look(family)
            self._first_round.set()
            next_at = min(family.due_at for family in self._families)
            self._stopping.wait(max(0.05, next_at - time.monotonic()))

    def _look(self, family: _Family) -> None:
        try:
            answer = self._ask(family.target)
            found = _Found.model_validate(answer)
            offers = _read(family, DriverFacts.model_validate(answer), found)
        except (DeviceError, OptionError, ValidationError, OSError) as broken:
            # Once is no reason to let go of what a lane may be using.
            offers = family.offers if family.troubles == 0 else ()
            pause_s = _BENCH_S[min(family.troubles, len(_BENCH_S) - 1)]
            family.troubles += 1
            _log.warning("offers_failed", driver=family.driver, error=type(broken).__name__, again_in_s=pause_s)
        else:
            family.troubles = 0
            # A driver that takes long to look is asked less often, so that looking costs next to nothing.
            pause_s = max(EVERY_S, 5 * found.took_s)
        family.due_at = time.monotonic() + pause_s
        with self._lock:
            changed, family.offers = family.offers != offers, offers
        if changed:
            self.on_change()

    def _ask(self, target: str) -> dict[str, Any]:
        worker = self._worker
        if worker is None or worker.death is not None:
            worker = self._worker = WorkerProcess(self.spawner, _nothing)
        return worker.ask("offers", ASK_S, driver=target, configured=self.configured.get(target, []))[0]


def _nothing() -> None:
    """The next look finds out by itself that the worker died."""


def _read(family: _Family, facts: DriverFacts, found: _Found) -> tuple[Offer, ...]:
    """Leaves out what has no proper id."""
    return tuple(
        Offer(
            device_id=options["device_id"],
            driver=family.driver,
            target=family.target,
            facts=facts,
            options={name: value for name, value in options.items() if name != "device_id"},
        )
        for options in found.found
        if _ID.fullmatch(options.get("device_id", ""))
    )
