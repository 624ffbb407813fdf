"""One device's process: ``python -P -m crossing_devices.worker SOCKET AGENT``, which the agent alone starts.

It runs a vendor's code, so it may hang, crash or eat memory without taking anything with it but its own device. It
ends with the agent, whichever way that ends. Only the driver that it is told to load is imported.

Each message of the agent holds ``id`` and ``op``; each answer the same ``id`` and one of ``ok`` (an object; the body
is a capture or a frame), ``fault`` with ``detail``, ``option`` (a wrong option, in words), or ``progress``, after
which another answer follows.
"""

import ctypes
import faulthandler
import os
import resource
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from crossing.ports.devices import (
    CaptureRequest,
    Device,
    DeviceDriver,
    DeviceError,
    DeviceFault,
    Progress,
)
from crossing_devices.drivers import load
from crossing_devices.leftovers import adopt_orphans
from crossing_devices.options import OptionError
from crossing_devices.wire import Wire, WireClosed, WireGarbled

OUT_OF_MEMORY: Final = 71
"""The exit status of a worker whose driver took more memory than a device may have."""
MAX_DATA_BYTES: Final = 1 << 30
_PR_SET_PDEATHSIG: Final = 1
_THREADS: Final = 12
_DETAIL: Final = 4000
"""The agent shortens what is shown, once it has looked it through as a whole."""

Answer = tuple[dict[str, Any], bytes]


def main() -> None:
    handle, agent = int(sys.argv[1]), int(sys.argv[2])
    _end_with_the_agent(agent)
    # Whatever the driver starts stays below this process as long as it lives, and is known as its own.
    adopt_orphans()
    _bound_memory()
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the agent's to answer.
    os.set_inheritable(handle, False)
    wire = Wire(socket.socket(fileno=handle))
    worker = _Worker(wire)
    with ThreadPoolExecutor(_THREADS) as threads:
        while True:
            try:
                head, _ = wire.receive()
            except (WireClosed, WireGarbled):
                # The agent is gone. Nothing here is worth waiting for, and a driver may hang.
                os._exit(0)
            threads.submit(worker.answer, head)


def _end_with_the_agent(agent: int) -> None:
    """The kernel kills this process when the agent ends; the agent may have ended just before that was asked."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != agent:
        os._exit(0)


def _bound_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MAX_DATA_BYTES if hard == resource.RLIM_INFINITY else min(MAX_DATA_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


class _Worker:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.Lock()
        self._class: type[DeviceDriver] | None = None
        self._driver: DeviceDriver | None = None
        self._device: Device | None = None
        self._streams: dict[int, Iterator[bytes]] = {}
        self._ops: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "load": self._load,
            "configure": self._configure,
            "open": self._open,
            "health": self._health,
            "capture": self._capture,
            "stream": self._stream,
            "frame": self._frame,
            "end": self._end,
            "close": self._close,
            "offers": _offers,
        }

    def answer(self, asked: dict[str, Any]) -> None:
        try:
            head, body = self._answer(asked)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except (Exception, SystemExit) as broken:  # noqa: BLE001 - a foreign driver may raise anything
            _tell(broken)
            head, body = {"fault": DeviceFault.FAILED.value, "detail": type(broken).__name__}, b""
        try:
            self._wire.send({"id": asked["id"], **head}, body)
        except WireClosed:
            os._exit(0)

    def _answer(self, asked: dict[str, Any]) -> Answer:
        try:
            return self._ops[asked["op"]](asked)
        except OptionError as wrong:
            return {"option": str(wrong)[:_DETAIL]}, b""
        except ModuleNotFoundError as missing:
            _tell(missing)
            return {"fault": DeviceFault.FAILED.value, "detail": f"needs the Python package {missing.name!r}"}, b""
        except DeviceError as broken:
            if broken.fault is DeviceFault.VANISHED:
                self._let_go()
            return {"fault": DeviceFault(broken.fault).value, "detail": str(broken.detail)[:_DETAIL]}, b""

    def _load(self, asked: dict[str, Any]) -> Answer:
        driver = self._class = load(asked["driver"])
        return {"ok": {"name": driver.name, "version": driver.version, "kind": driver.kind.value}}, b""

    def _configure(self, asked: dict[str, Any]) -> Answer:
        if self._class is None:
            raise DeviceError(DeviceFault.FAILED, "no driver is loaded")
        self._driver = self._class(asked["options"])
        return {"ok": {}}, b""

    def _open(self, asked: dict[str, Any]) -> Answer:
        if self._driver is None:
            raise DeviceError(DeviceFault.FAILED, "the driver has no options yet")
        found = self._driver.discover()
        if not found:
            raise DeviceError(DeviceFault.VANISHED, "the device is not there")
        self._device = found[0]
        return self._health(asked)

    def _health(self, _: dict[str, Any]) -> Answer:
        """With what the device can do, which a driver may only learn as it goes on."""
        device = self._opened()
        health = device.health()
        if health.fault is DeviceFault.VANISHED:
            # A handle of what was pulled out never comes to life again; what is plugged in is opened anew.
            self._let_go()
        described = {"info": device.info, "capabilities": device.capabilities(), "health": health}
        return {"ok": {name: one.model_dump(mode="json") for name, one in described.items()}}, b""

    def _capture(self, asked: dict[str, Any]) -> Answer:
        number = asked["id"]

        def report(progress: Progress) -> None:
            try:
                self._wire.send({"id": number, "progress": progress.model_dump(mode="json")})
            except WireClosed:
                os._exit(0)

        captured = self._opened().capture(CaptureRequest.model_validate(asked["request"]), report)
        facts = {"media_type": captured.media_type, "captured_at": captured.captured_at.isoformat()}
        return {"ok": facts}, captured.content

    def _stream(self, asked: dict[str, Any]) -> Answer:
        self._streams[asked["stream"]] = iter(self._opened().stream())
        return {"ok": {}}, b""

    def _frame(self, asked: dict[str, Any]) -> Answer:
        frame = next(self._streams[asked["stream"]], None)
        return {"ok": {"ended": frame is None}}, frame or b""

    def _end(self, asked: dict[str, Any]) -> Answer:
        frames = self._streams.pop(asked["stream"], None)
        close = getattr(frames, "close", None)
        if close is not None:
            close()
        return {"ok": {}}, b""

    def _close(self, _: dict[str, Any]) -> Answer:
        device, self._device = self._device, None
        if device is not None:
            device.close()
        return {"ok": {}}, b""

    def _opened(self) -> Device:
        device = self._device
        if device is None:
            raise DeviceError(DeviceFault.VANISHED, "the device is not there")
        return device

    def _let_go(self) -> None:
        """Close the device beside everything else: closing what is gone may take long."""
        with self._lock:
            device, self._device = self._device, None
        if device is not None:
            threading.Thread(target=device.close, daemon=True).start()


def _offers(asked: dict[str, Any]) -> Answer:
    """What one driver finds by itself; a driver that cannot look offers nothing."""
    driver = load(asked["driver"])
    look = getattr(driver, "offers", None)
    began = time.monotonic()
    found = [{str(name): str(value) for name, value in one.items()} for one in look()] if look is not None else []
    found = _others(driver, found, asked["configured"])
    facts: dict[str, Any] = {
        "name": driver.name,
        "version": driver.version,
        "kind": driver.kind.value,
        "found": found,
    }
    facts["took_s"] = time.monotonic() - began
    return {"ok": facts}, b""


def _others(
    driver: type[DeviceDriver], found: list[dict[str, str]], configured: list[dict[str, str]]
) -> list[dict[str, str]]:
    """Without those that are configured under another description: the first reader, a part of a name, a number."""
    identity: Callable[[dict[str, str]], str | None] | None = getattr(driver, "identity", None)
    if identity is None or not configured or not found:
        return found
    known = {identity(one) for one in configured} - {None}
    return [one for one in found if identity(one) not in known]


def _tell(broken: BaseException) -> None:
    """Where it came from and of what type it was: an error's text and variables may hold a person."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(broken.__traceback__)]
    sys.stderr.write(f"driver failed: {type(broken).__name__} at {' < '.join(reversed(places))}\n")


if __name__ == "__main__":
    main()
