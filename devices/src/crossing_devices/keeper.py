"""Looks after one device: starts its worker, opens it, asks how it is, and starts the worker again when it died."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crossing.ports.devices import (
    Capabilities,
    DeviceError,
    DeviceFault,
    DeviceInfo,
    DeviceKind,
    DeviceState,
    Health,
    HealthState,
)
from crossing_devices.captures import Deadline
from crossing_devices.drivers import likely_kind
from crossing_devices.options import OptionError
from crossing_devices.process import Death, Spawner, WorkerProcess
from crossing_devices.redaction import secrets_of
from crossing_devices.restarts import Restarts

LOAD_S: Final = 20.0
OPEN_S: Final = 16.0
HEALTH_S: Final = 4.0
"""Drivers answer within a second; only one that is far beyond it is ended for it."""
LOOK_EVERY_S: Final = 0.5
LOOK_SELDOM_S: Final = 5.0
_BAD_LOAD_PAUSE_S: Final = 10.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Order:
    """A device to keep: its id, its driver's name and place (``module:Class``), and the driver's options.

    ``wrong`` says why it cannot be used as it is configured; no worker is started for it then.
    """

    device_id: str
    driver: str
    target: str
    options: Mapping[str, str]
    configured: bool = True
    wrong: str = ""


class Keeper:
    """A thread for each device. Everybody else finds what it left; only a device that is away is waited for."""

    def __init__(
        self, order: Order, spawner: Spawner, on_change: Callable[[], None], on_death: Callable[[DeviceError], None]
    ) -> None:
        self._order = order
        self._spawner = spawner
        self._on_change = on_change
        self._on_death = on_death
        self._changed = threading.Condition(threading.RLock())
        self._restarts = Restarts()
        self._worker: WorkerProcess | None = None
        self._mourned: WorkerProcess | None = None
        self._loaded = self._open = self._held = self._closing = False
        self._asked, self._served = 1, 0
        self._state = _unseen(order)
        self._thread = threading.Thread(target=self._run, name=f"keeper-{order.device_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Returns when the device is closed and its process gone."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            worker = self._worker
        if worker is not None:
            worker.stop()
        self._thread.join()
        if self._worker is not None:
            self._worker.stop()

    def state(self) -> DeviceState:
        with self._changed:
            return self._state

    def wait_for_first_look(self, deadline: Deadline) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._served > 0 or self._closing, deadline.left_or_none_s)

    def wait_for_driver(self, deadline: Deadline) -> None:
        """Until the driver is loaded and has its options, or has failed otherwise."""
        with self._changed:
            self._changed.wait_for(lambda: self._loaded or self._served > 0 or self._closing, deadline.left_or_none_s)

    def opened(self, deadline: Deadline) -> WorkerProcess:
        """The worker with its device open, after one more look where it was not. Raises DeviceError."""
        with self._changed:
            if not self._is_open():
                ticket = self._nudge()
                self._changed.wait_for(
                    lambda: self._is_open() or self._served >= ticket or self._closing, deadline.left_or_none_s
                )
            if self._is_open() and self._worker is not None:
                return self._worker
            health = self._state.health
        raise DeviceError(health.fault or DeviceFault.TIMEOUT, health.detail or "the device is still being opened")

    def hold(self) -> None:
        """A capture begins: the device is busy, and is not asked how it is."""
        with self._changed:
            self._held = True
            self._set(health=Health(state=HealthState.BUSY))

    def release(self, worker: WorkerProcess, broken: DeviceError | None) -> None:
        """The capture is over, and a look follows at once."""
        with self._changed:
            self._held = False
            if worker.death is not None:
                self._mourn(worker, worker.death)
                self._set(health=_unavailable(worker.death.error()))
            elif broken is None:
                self._set(health=self._ready())
            elif broken.fault is DeviceFault.VANISHED:
                self.lost(broken)
            self._nudge()

    def lost(self, broken: DeviceError) -> None:
        """The worker has let go of a device that vanished; it is looked for from now on."""
        with self._changed:
            self._open = False
            self._set(health=_unavailable(broken))
            self._nudge()

    # -- the thread

    def _run(self) -> None:
        while not self._closing:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or not self._held)
                serving = self._asked
            began = time.monotonic()
            pause_s = self._look()
            pause_s = max(pause_s, min(4 * (time.monotonic() - began), LOOK_SELDOM_S))
            with self._changed:
                self._served = serving
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._closing or (self._asked > self._served and not self._held), pause_s
                )

    def _look(self) -> float:
        """One round; returns how many seconds the next one may wait."""
        try:
            worker = self._living()
            if worker is None:
                self._show(_unavailable(DeviceError(DeviceFault.FAILED, self._restarts.waiting)))
                return max(self._restarts.due_in_s, 0.1)
            self._ask(worker)
        except DeviceError as broken:
            return self._failed(broken)
        except OptionError as wrong:
            self._refused(str(wrong))
            return _BAD_LOAD_PAUSE_S
        except ValidationError:
            return self._failed(DeviceError(DeviceFault.GARBLED, "the driver does not describe its device rightly"))
        except OSError as broken:
            return self._failed(
                DeviceError(DeviceFault.FAILED, f"no process can be started ({type(broken).__name__})")
            )
        return LOOK_EVERY_S

    def _living(self) -> WorkerProcess | None:
        """The worker, started where there is none; None while a dead one's time has not come. Raises OptionError."""
        if self._order.wrong:
            raise OptionError(self._order.wrong)
        worker = self._worker
        if worker is not None and worker.death is not None:
            self._mourn(worker, worker.death)
            if not worker.buried.is_set() or self._restarts.due_in_s > 0:
                return None
            worker = None
        if worker is None:
            worker = WorkerProcess(self._spawner, self._wake, secrets_of(self._order.options))
            self._restarts.note_start()
            with self._changed:
                self._worker, self._loaded, self._open = worker, False, False
        return worker

    def _mourn(self, worker: WorkerProcess, death: Death) -> None:
        """Note it, once, whoever of a capture and the thread sees it first."""
        with self._changed:
            if worker is not self._mourned:
                self._mourned = worker
                self._restarts.note_death(death)
                self._on_death(death.error())

    def _ask(self, worker: WorkerProcess) -> None:
        if not self._loaded:
            self._load(worker)
        op, seconds = ("health", HEALTH_S) if self._open else ("open", OPEN_S)
        facts, _ = worker.ask(op, seconds)
        found = _Described.model_validate(facts)
        told = worker.safe(found.health.detail)
        health = found.health.model_copy(update={"detail": told})
        if health.state is HealthState.READY:
            health = self._ready(told)
        with self._changed:
            self._open = health.fault is not DeviceFault.VANISHED
            info = found.info.model_copy(update={"device_id": self._order.device_id})
            self._show(health, info=info, capabilities=found.capabilities)

    def _load(self, worker: WorkerProcess) -> None:
        facts, _ = worker.ask("load", LOAD_S, driver=self._order.target)
        driver = DriverFacts.model_validate(facts)
        known = {"driver": driver.name, "driver_version": driver.version, "kind": driver.kind}
        with self._changed:
            self._set(info=self._state.info.model_copy(update=known))
        worker.ask("configure", LOAD_S, options={"device_id": self._order.device_id, **self._order.options})
        with self._changed:
            self._loaded = True
            self._changed.notify_all()

    def _refused(self, why: str) -> None:
        """As it is configured it can never be used; the others can."""
        health = _unavailable(DeviceError(DeviceFault.FAILED, why))
        if self.state().health != health:
            _log.warning("device_cannot_be_used", device=self._order.device_id, why=why)
        self._show(health)

    def _failed(self, broken: DeviceError) -> float:
        with self._changed:
            if broken.fault is DeviceFault.VANISHED:
                self._open = False
            self._show(_unavailable(broken))
        if self._worker is None or self._worker.death is not None:
            return 0.0
        return LOOK_EVERY_S if self._loaded else _BAD_LOAD_PAUSE_S

    def _show(self, health: Health, **facts: Any) -> None:
        with self._changed:
            self._set(**facts, **({} if self._held else {"health": health}))

    def _set(self, **facts: Any) -> None:
        state = self._state.model_copy(update=facts)
        if state != self._state:
            self._state = state
            self._on_change()

    def _ready(self, detail: str = "") -> Health:
        """Ready, with what became of it lately."""
        told = "; ".join(one for one in (detail, self._restarts.told) if one)
        return Health(state=HealthState.READY, detail=told)

    def _is_open(self) -> bool:
        return self._open and self._worker is not None and self._worker.death is None

    def _wake(self) -> None:
        """Its worker has died."""
        self._nudge()

    def _nudge(self) -> int:
        """Ask for a look; returns the ticket by which it is known to be done."""
        with self._changed:
            self._asked += 1
            self._changed.notify_all()
            return self._asked


class DriverFacts(BaseModel):
    """What a driver's class says of itself."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Annotated[str, Field(max_length=100)]
    version: Annotated[str, Field(max_length=100)]
    kind: DeviceKind


class _Described(BaseModel):
    info: DeviceInfo
    capabilities: Capabilities
    health: Health


def _unavailable(broken: DeviceError) -> Health:
    return Health(state=HealthState.UNAVAILABLE, fault=broken.fault, detail=broken.detail)


def _unseen(order: Order) -> DeviceState:
    """Before its driver has said anything, which it never does where it cannot be loaded."""
    kind = likely_kind(order.driver, order.device_id)
    return DeviceState(
        info=DeviceInfo(device_id=order.device_id, kind=kind, driver=order.driver, driver_version=""),
        capabilities=Capabilities(media_types=()),
        health=_unavailable(DeviceError(DeviceFault.VANISHED, "not looked for yet")),
        configured=order.configured,
    )
