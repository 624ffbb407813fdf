"""The thread that listens to the serial line and keeps the newest swipe."""

import contextlib
import errno
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import serial

from crossing.ports.devices import DeviceError, DeviceFault
from crossing_devices.captures import Deadline
from crossing_devices.swipe.framing import Assembler

STALE_S: Final = 2.0
_BUSY: Final = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})
_GONE: Final = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO})


@dataclass(frozen=True)
class LineSettings:
    """Where the reader is and how it sends. ``parity``: N, E or O."""

    port: str
    baud: int
    data_bits: int
    parity: str
    stop_bits: int
    idle_s: float


@dataclass(frozen=True)
class Swipe:
    """The bytes of one swipe and the moment it was over, by the monotonic clock."""

    raw: bytes
    at: float


class SerialLine:
    """Listens from ``open`` to ``close``, so that it is known when a swipe came; holds one swipe, the newest."""

    def __init__(self, settings: LineSettings) -> None:
        self._settings = settings
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._swipe: Swipe | None = None
        self._fault: DeviceError | None = None
        self._in_swipe = False
        self._closed = False

    @property
    def fault(self) -> DeviceFault | None:
        with self._changed:
            return self._fault.fault if self._fault else None

    def open(self) -> None:
        """Begin to listen, unless it does. Raises DeviceError: VANISHED, BUSY where another program has the port."""
        with self._changed:
            if self._closed:
                raise DeviceError(DeviceFault.VANISHED, "the reader was closed")
            if self._thread is not None:
                return
            self._fault = None
            try:
                port = _opened(self._settings)
            except DeviceError as broken:
                self._fault = broken
                raise
            self._thread = threading.Thread(target=self._run, args=(port,), name="swipe", daemon=True)
            self._thread.start()

    def next_swipe(self, deadline: Deadline) -> Swipe:
        """The next swipe, or the last one if it is at most two seconds old. Each is given once.

        Raises DeviceError: NOTHING_PRESENTED at the deadline, TIMEOUT where a swipe is still coming in by then,
        VANISHED where the reader is unplugged.
        """
        oldest = time.monotonic() - STALE_S
        with self._changed:
            while True:
                swipe, self._swipe = self._swipe, None
                if swipe is not None and swipe.at >= oldest:
                    return swipe
                if self._fault is not None:
                    raise DeviceError(self._fault.fault, self._fault.detail)
                if deadline.is_over:
                    raise DeviceError(DeviceFault.TIMEOUT if self._in_swipe else DeviceFault.NOTHING_PRESENTED)
                with contextlib.suppress(DeviceError):
                    self._changed.wait(deadline.left_s())

    def close(self) -> None:
        with self._changed:
            self._closed = True
            thread = self._thread
        if thread is not None:
            thread.join(self._settings.idle_s + 1)

    def _run(self, port: Any) -> None:
        fault: DeviceError | None = None
        try:
            self._listen(port)
        except (OSError, serial.SerialException) as broken:
            fault = DeviceError(DeviceFault.VANISHED, type(broken).__name__)
        finally:
            _shut(port)
        with self._changed:
            self._fault, self._thread, self._in_swipe = fault, None, False
            self._changed.notify_all()

    def _listen(self, port: Any) -> None:
        assembler = Assembler()
        while not self._closed:
            chunk = port.read(1)
            if chunk:
                chunk += port.read(port.in_waiting)
            whole = assembler.feed(chunk) if chunk else assembler.silence()
            with self._changed:
                self._in_swipe = assembler.has_begun
                if whole:
                    self._swipe = Swipe(whole[-1], time.monotonic())
                    self._changed.notify_all()


def _opened(settings: LineSettings) -> Any:
    """An open port that nobody else can open; a read returns after ``idle_s`` of silence."""
    try:
        return serial.Serial(
            settings.port,
            settings.baud,
            bytesize=settings.data_bits,
            parity=settings.parity,
            stopbits=settings.stop_bits,
            timeout=settings.idle_s,
            exclusive=True,
        )
    except serial.SerialException as broken:
        raise DeviceError(_fault_of(broken.errno), "the port could not be opened") from broken
    except (OSError, ValueError) as broken:
        raise DeviceError(DeviceFault.FAILED, type(broken).__name__) from broken


def _fault_of(number: int | None) -> DeviceFault:
    if number in _BUSY:
        return DeviceFault.BUSY
    return DeviceFault.VANISHED if number in _GONE else DeviceFault.FAILED


def _shut(port: Any) -> None:
    # Of a port that was pulled out, even closing may fail; it is gone either way.
    close: Callable[[], None] = port.close
    with contextlib.suppress(OSError, serial.SerialException):
        close()
