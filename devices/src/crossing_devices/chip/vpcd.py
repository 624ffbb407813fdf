"""A virtual card over TCP, as vsmartcard's vpcd speaks with one: the card calls, this reader listens.

Every message is a length of two bytes and so many bytes. A message of one byte to the card switches it off (0), on
(1), resets it (2) or asks for its answer to reset (4); any other is a command, and the card's message its response.
For training and the demonstration, which need no pcscd then; on loopback only, for nothing on this line is protected.
"""

import contextlib
import ipaddress
import select
import socket
import threading
import time
from typing import Final

from crossing.ports.devices import DeviceError, DeviceFault
from crossing_devices.captures import Deadline

SCHEME: Final = "vpcd://"

_OFF: Final = b"\x00"
_ON: Final = b"\x01"
_GET_ATR: Final = b"\x04"
_MAX_MESSAGE: Final = 0xFFFF
_MAX_ATR: Final = 33
"""ISO/IEC 7816-3 section 8.1, with its first byte."""
_POLL_S: Final = 0.25


def address_of(option: str) -> tuple[str, int]:
    """Host and port of ``vpcd://127.0.0.1:35964``. Raises ValueError, and for any host that is not this machine."""
    host, _, port = option.removeprefix(SCHEME).rpartition(":")
    if not ipaddress.ip_address(host).is_loopback or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ValueError("not an address and port of this machine")
    return host, int(port)


class VpcdReader:
    """Listens until closed. One card at a time: the next one waits in line until the first is gone."""

    def __init__(self, host: str, port: int) -> None:
        """Raises OSError where the port is taken."""
        self._listener = socket.create_server((host, port), backlog=4)
        self._listener.setblocking(False)
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()
        self._closed = False

    def wait_for_card(self, wait_s: float, deadline: Deadline) -> "VpcdCard":
        until = time.monotonic() + min(wait_s, deadline.left_s())
        while True:
            connection = self._laid_on()
            if connection is not None:
                card = VpcdCard(connection, deadline)
                card.power_on()
                return card
            left = until - time.monotonic()
            if left <= 0:
                raise DeviceError(DeviceFault.NOTHING_PRESENTED)
            self._await_call(min(left, _POLL_S))

    def trouble(self) -> str | None:
        return "the reader is closed" if self._closed else None

    def close(self) -> None:
        self._closed = True
        with self._lock:
            self._listener.close()
            self._drop()

    def _laid_on(self) -> socket.socket | None:
        """The connection of the card that lies there; one that has hung up makes room for the next."""
        with self._lock:
            if self._closed:
                raise DeviceError(DeviceFault.VANISHED, "the reader is closed")
            self._drop_if_gone()
            while self._connection is None:
                try:
                    self._connection, _ = self._listener.accept()
                except BlockingIOError:
                    return None
                # Cards that came and went while nobody looked still stand in line.
                self._drop_if_gone()
            return self._connection

    def _await_call(self, seconds: float) -> None:
        # The listener may be closed meanwhile; the next round says so.
        with contextlib.suppress(OSError, ValueError):
            select.select([self._listener], [], [], seconds)

    def _drop_if_gone(self) -> None:
        if self._connection is not None and _has_hung_up(self._connection):
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class VpcdCard:
    """The card at the other end of a connection. What goes wrong ends the connection: the line may be out of step."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._atr = b""

    @property
    def atr(self) -> bytes:
        return self._atr

    def power_on(self) -> None:
        """Off and on again: a card that was read before forgets its session."""
        self._send(_OFF)
        self._send(_ON)
        self._send(_GET_ATR)
        self._atr = self._receive()
        if len(self._atr) > _MAX_ATR:
            raise self._hung_up(DeviceFault.GARBLED)

    def transmit(self, command: bytes) -> bytes:
        self._send(command)
        return self._receive()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.settimeout(_POLL_S)
            self._connection.sendall(_framed(_OFF))

    def _send(self, message: bytes) -> None:
        try:
            self._connection.settimeout(self._deadline.left_s())
            self._connection.sendall(_framed(message))
        except TimeoutError as late:
            raise self._hung_up(DeviceFault.TIMEOUT) from late
        except OSError as gone:
            raise self._hung_up(DeviceFault.VANISHED) from gone

    def _receive(self) -> bytes:
        return self._exactly(int.from_bytes(self._exactly(2), "big"))

    def _exactly(self, count: int) -> bytes:
        received = bytearray()
        try:
            while len(received) < count:
                self._connection.settimeout(self._deadline.left_s())
                more = self._connection.recv(count - len(received))
                if not more:
                    raise self._hung_up(DeviceFault.VANISHED)
                received += more
        except TimeoutError as late:
            raise self._hung_up(DeviceFault.TIMEOUT) from late
        except OSError as gone:
            raise self._hung_up(DeviceFault.VANISHED) from gone
        return bytes(received)

    def _hung_up(self, fault: DeviceFault) -> DeviceError:
        self._connection.close()
        return DeviceError(fault, "the virtual card")


def _framed(message: bytes) -> bytes:
    if len(message) > _MAX_MESSAGE:
        raise DeviceError(DeviceFault.UNSUPPORTED, "a command too long for a virtual card")
    return len(message).to_bytes(2, "big") + message


def _has_hung_up(connection: socket.socket) -> bool:
    """A card speaks only when asked: whatever comes unasked is its end."""
    if connection.fileno() < 0:
        return True
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable)
