"""The thread that listens to the serial line and keeps the newest swipe."""

import contextlib
import errno
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import serial

from crossing.ports.devices import DeviceError, DeviceFault
from crossing_devices.captures import Deadline
from crossing_devices.swipe.framing import Assembler

STALE_S: Final = 2.0
_RETRY_S: Final = 0.25
_FIRST_ATTEMPT_S: Final = 0.5
_BUSY: Final = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})
# pyserial lets the terminal layer's own error through, which is no OSError.
_BROKEN: Final = (OSError, serial.SerialException, termios.error)
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
    """Listens until it is closed, so that it is known when a swipe came; holds one swipe, the newest.

    A port that is absent or taken is tried four times a second: a reader that is plugged in again is heard from then.
    """

    def __init__(self, settings: LineSettings) -> None:
        self._settings = settings
        self._changed = threading.Condition()
        self._swipe: Swipe | None = None
        self._fault: DeviceError | None = None
        self._begun = 0
        self._told = 0
        self._in_swipe = False
        self._in_a_hurry = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="swipe", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._told > 0, _FIRST_ATTEMPT_S)

    @property
    def fault(self) -> DeviceFault | None:
        """Why nothing can be heard: VANISHED, BUSY where another program has the port, FAILED."""
        with self._changed:
            return self._fault.fault if self._fault else None

    def next_swipe(self, deadline: Deadline) -> Swipe:
        """The next swipe, or the last one if it is at most two seconds old. Each is given once.

        Raises DeviceError: NOTHING_PRESENTED at the deadline, TIMEOUT where a swipe is still coming in by then,
        or why the line can't be heard.
        """
        oldest = time.monotonic() - STALE_S
        with self._changed:
            self._try_the_port_again()
            while True:
                if self._closed:
                    raise DeviceError(DeviceFault.VANISHED, "the reader was closed")
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
            self._changed.notify_all()
        self._thread.join(self._settings.idle_s + 1)

    def _try_the_port_again(self) -> None:
        """What is known of a port in trouble may be a quarter of a second old, and an attempt that is under way may
        have looked before it was put right: wait for one that begins now before a capture is refused."""
        if self._fault is not None and not self._closed:
            begun = self._begun
            self._in_a_hurry = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._told > begun, _FIRST_ATTEMPT_S)

    def _run(self) -> None:
        while not self._closed:
            with self._changed:
                self._begun += 1
                self._in_a_hurry = False
            fault = self._open_and_listen()
            with self._changed:
                self._tell(fault)
                if fault is not None:
                    self._changed.wait_for(lambda: self._closed or self._in_a_hurry, _RETRY_S)

    def _open_and_listen(self) -> DeviceError | None:
        """Why listening ended; None when the line is closed."""
        try:
            port = _opened(self._settings)
        except DeviceError as broken:
            return broken
        with self._changed:
            self._tell(None)
        try:
            self._listen(port)
        except _BROKEN as broken:
            return DeviceError(DeviceFault.VANISHED, type(broken).__name__)
        finally:
            _shut(port)
        return None

    def _tell(self, fault: DeviceError | None) -> None:
        self._fault, self._in_swipe = fault, False
        self._told = self._begun
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
        raise DeviceError(_fault_of(settings.port, broken.errno), "the port could not be opened") from broken
    except (*_BROKEN, ValueError) as broken:
        raise DeviceError(_fault_of(settings.port, None), type(broken).__name__) from broken


def _fault_of(port: str, number: int | None) -> DeviceFault:
    if number in _BUSY:
        return DeviceFault.BUSY
    return DeviceFault.VANISHED if number in _GONE or not Path(port).exists() else DeviceFault.FAILED


def _shut(port: Any) -> None:
    # Of a port that was pulled out, even closing may fail; it is gone either way.
    close: Callable[[], None] = port.close
    with contextlib.suppress(*_BROKEN):
        close()
