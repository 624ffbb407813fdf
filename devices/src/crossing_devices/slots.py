"""One configured device as the agent keeps it: opened on demand, bounded in time, reopened after trouble."""

import threading
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Final, Generic, TypeVar

import structlog

from crossing.ports.devices import (
    ENTRY_POINT_GROUP,
    Capabilities,
    Capture,
    CaptureRequest,
    Device,
    DeviceDriver,
    DeviceError,
    DeviceFault,
    DeviceInfo,
    DeviceState,
    Health,
    HealthState,
)
from crossing_devices.captures import MAX_CAPTURE_BYTES
from crossing_devices.config import AgentConfig, ConfigError, DeviceConfig
from crossing_devices.options import OptionError

OPEN_S: Final = 10.0
HEALTH_S: Final = 1.0
CLOSE_S: Final = 5.0
FRAME_S: Final = 6.0
MAX_STREAMS: Final = 4
GRACE_S: Final = 1.0
"""How much longer than its own time-out a driver may take before it counts as hung."""
MAX_HUNG: Final = 3
"""Threads that a driver may leave behind. Then the device stays unavailable until one of them comes back."""

_log = structlog.get_logger()
_Result = TypeVar("_Result")


def open_slots(config: AgentConfig) -> dict[str, "Slot"]:
    """A slot for every configured device. Raises ConfigError for an unknown driver or wrong options."""
    drivers = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    return {device.id: Slot(device.id, _driver(device, drivers)) for device in config.device}


def _driver(device: DeviceConfig, drivers: dict[str, EntryPoint]) -> DeviceDriver:
    point = drivers.get(device.driver)
    if point is None:
        known = ", ".join(sorted(drivers)) or "none"
        raise ConfigError(f"device {device.id!r}: there is no driver {device.driver!r}; there are: {known}.")
    try:
        driver = point.load()(device.driver_options())
    except OptionError as wrong:
        raise ConfigError(f"device {device.id!r}: {wrong}") from wrong
    if not isinstance(driver, DeviceDriver):
        raise ConfigError(f"device {device.id!r}: {device.driver!r} is not a device driver.")
    return driver


class Slot:
    """Calls may come from any thread. Raises DeviceError and nothing else."""

    def __init__(self, device_id: str, driver: DeviceDriver) -> None:
        self._device_id = device_id
        self._driver = driver
        self._capturing = threading.Lock()
        self._opening = threading.Lock()
        self._watching = threading.BoundedSemaphore(MAX_STREAMS)
        self._device: Device | None = None
        self._fault: DeviceFault | None = None
        self._workers = _Workers(device_id)

    def capture(self, request: CaptureRequest) -> Capture:
        """At most one at a time; a driver that does not answer is left behind and its device reopened next time."""
        if not self._capturing.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            device = self._opened()
            captured = self._bounded(lambda: device.capture(request), request.timeout_s + GRACE_S)
        finally:
            self._capturing.release()
        if not captured.content or len(captured.content) > MAX_CAPTURE_BYTES:
            raise DeviceError(DeviceFault.GARBLED, "the capture is empty or larger than 20 MB")
        return captured

    def stream(self) -> Iterator[bytes]:
        """JPEG frames until closed; at most ``MAX_STREAMS`` at once, each frame bounded in time."""
        if not self._watching.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            frames = self._opened().stream()
            while (frame := self._bounded(lambda: next(frames, None), FRAME_S)) is not None:
                yield frame
        finally:
            self._watching.release()

    def state(self) -> DeviceState:
        """Never raises. A device that was never there is described by what its driver knows."""
        try:
            device = self._opened()
        except DeviceError as broken:
            unavailable = Health(state=HealthState.UNAVAILABLE, fault=broken.fault, detail=broken.detail)
            return DeviceState(info=self._unseen(), capabilities=Capabilities(media_types=()), health=unavailable)
        return DeviceState(info=device.info, capabilities=device.capabilities(), health=self._health(device))

    def close(self) -> None:
        """Let go of the device; waits a moment for it, because a native thread must not outlive the interpreter."""
        closing = self._discard()
        if closing is not None:
            closing.join(CLOSE_S)

    def _discard(self) -> threading.Thread | None:
        """Close the device in the background, so that the next call opens it anew."""
        device, self._device = self._device, None
        if device is None:
            return None
        closing = threading.Thread(target=device.close, daemon=True)
        closing.start()
        return closing

    def _health(self, device: Device) -> Health:
        if self._capturing.locked():
            return Health(state=HealthState.BUSY)
        try:
            return self._bounded(device.health, HEALTH_S + GRACE_S)
        except DeviceError as broken:
            return Health(state=HealthState.UNAVAILABLE, fault=broken.fault, detail=broken.detail)

    def _opened(self) -> Device:
        with self._opening:
            if self._device is None:
                found = self._workers.run(self._driver.discover, OPEN_S)
                if not found:
                    raise DeviceError(self._fault or DeviceFault.VANISHED, "the device is not there")
                self._device, self._fault = found[0], None
            return self._device

    def _bounded(self, call: Callable[[], _Result], seconds: float) -> _Result:
        try:
            return self._workers.run(call, seconds)
        except _Hung as hung:
            self._fault = DeviceFault.TIMEOUT
            self._discard()
            raise DeviceError(DeviceFault.TIMEOUT, "the driver does not answer") from hung
        except DeviceError as broken:
            if broken.fault is DeviceFault.VANISHED:
                self._discard()
            raise

    def _unseen(self) -> DeviceInfo:
        return DeviceInfo(
            device_id=self._device_id,
            kind=self._driver.kind,
            driver=self._driver.name,
            driver_version=self._driver.version,
        )


class _Hung(DeviceError):
    def __init__(self) -> None:
        super().__init__(DeviceFault.TIMEOUT, "the driver does not answer")


class _Answer(Generic[_Result]):
    """What a worker leaves for the one who waits."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: list[_Result] = []
        self.error: DeviceError | None = None


class _Workers:
    """Runs a driver's calls in threads that may be left behind: Python cannot end a thread in native code."""

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id
        self._lock = threading.Lock()
        self._hung: list[_Answer[object]] = []

    def run(self, call: Callable[[], _Result], seconds: float) -> _Result:
        """Raises :class:`_Hung` after ``seconds``, DeviceError for what the driver raised."""
        self._refuse_if_too_many()
        answer: _Answer[_Result] = _Answer()
        threading.Thread(target=self._work, args=(call, answer), daemon=True).start()
        if not answer.done.wait(seconds):
            with self._lock:
                self._hung.append(answer)  # type: ignore[arg-type]
            _log.warning("driver_hung", device=self._device_id, seconds=round(seconds, 1))
            raise _Hung
        if answer.error is not None:
            raise answer.error
        return answer.result[0]

    def _refuse_if_too_many(self) -> None:
        with self._lock:
            self._hung = [answer for answer in self._hung if not answer.done.is_set()]
            if len(self._hung) >= MAX_HUNG:
                raise DeviceError(DeviceFault.TIMEOUT, "the driver hangs; restart the device agent")

    def _work(self, call: Callable[[], _Result], answer: _Answer[_Result]) -> None:
        try:
            answer.result.append(call())
        except DeviceError as broken:
            answer.error = broken
        except Exception as broken:  # noqa: BLE001 - a foreign driver may raise anything; the lane must not fall with it
            _log.exception("driver_failed", device=self._device_id)
            answer.error = DeviceError(DeviceFault.FAILED, type(broken).__name__)
        finally:
            answer.done.set()
