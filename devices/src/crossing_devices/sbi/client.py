"""HTTP with SBI's own methods, on loopback, within a deadline.

The standard library's client: a method is any word to it, and one connection a question is what services expect.
"""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import Any, Final

from crossing.ports.devices import DeviceError, DeviceFault
from crossing_devices.captures import MAX_CAPTURE_BYTES, Deadline

_INFO_LIMIT: Final = 256 * 1024
_FRAME_LIMIT: Final = 2 * 1024 * 1024
_LINE_LIMIT: Final = 1000


@dataclass(frozen=True)
class Service:
    """Where a device service listens. ``host`` is a loopback address."""

    host: str
    port: int

    def discover(self, deadline: Deadline) -> bytes:
        return self._ask("MOSIPDISC", "/device", {"type": "Biometric Device"}, deadline, _INFO_LIMIT)

    def info(self, deadline: Deadline) -> bytes:
        return self._ask("MOSIPDINFO", "/info", {}, deadline, _INFO_LIMIT)

    def capture(self, method: str, body: dict[str, Any], deadline: Deadline) -> bytes:
        return self._ask(method, "/capture", body, deadline, MAX_CAPTURE_BYTES)

    def stream(self, body: dict[str, Any], wait_s: float) -> Iterator[bytes]:
        """JPEG frames as they come; ends where the device ends them. Raises DeviceError."""
        with self._connection(wait_s) as connection, _faults():
            answer = _answer(connection, "STREAM", "/stream", body)
            if not answer.headers.get("Content-Type", "").lower().startswith("multipart/x-mixed-replace"):
                raise DeviceError(DeviceFault.FAILED, "the device does not stream")
            while (length := _frame_length(answer)) is not None:
                yield _exactly(answer, length)

    def _ask(self, method: str, path: str, body: dict[str, Any], deadline: Deadline, limit: int) -> bytes:
        try:
            with self._connection(deadline.left_s()) as connection, _faults():
                connection.connect()
                with _cut_off(connection.sock, deadline.left_s()):
                    content = _whole(_answer(connection, method, path, body), limit)
        except DeviceError as broken:
            if deadline.is_over and broken.fault is DeviceFault.VANISHED:
                raise DeviceError(DeviceFault.TIMEOUT, "the answer took too long") from broken
            raise
        # An answer without a length that was cut off looks whole.
        deadline.left_s()
        return content

    @contextlib.contextmanager
    def _connection(self, timeout_s: float) -> Iterator[HTTPConnection]:
        connection = HTTPConnection(self.host, self.port, timeout=timeout_s)
        try:
            yield connection
        finally:
            connection.close()


@contextlib.contextmanager
def _cut_off(connected: socket.socket, seconds: float) -> Iterator[None]:
    """Ends the connection after ``seconds``: a socket's own time-out starts anew with every byte that drips in."""

    def cut() -> None:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _whole(answer: HTTPResponse, limit: int) -> bytes:
    content = answer.read(limit + 1)
    if len(content) > limit:
        raise DeviceError(DeviceFault.GARBLED, f"more than {limit} bytes")
    if answer.length:
        raise DeviceError(DeviceFault.VANISHED, "the answer was cut short")
    return content


def _answer(connection: HTTPConnection, method: str, path: str, body: dict[str, Any]) -> HTTPResponse:
    headers = {"Content-Type": "application/json", "Connection": "close"}
    connection.request(method, path, json.dumps(body), headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise DeviceError(DeviceFault.FAILED, f"the device service answered {answer.status}")
    return answer


def _frame_length(answer: HTTPResponse) -> int | None:
    """Reads a part's head; the length of its frame, or None at the stream's end."""
    length = None
    while line := answer.readline(_LINE_LIMIT):
        name, _, value = line.decode("latin-1").partition(":")
        if name.strip().lower() == "content-length" and value.strip().isdecimal():
            length = int(value)
        if line in (b"\r\n", b"\n") and length is not None:
            if length > _FRAME_LIMIT:
                raise DeviceError(DeviceFault.GARBLED, "a frame over 2 MB")
            return length
    return None


def _exactly(answer: HTTPResponse, length: int) -> bytes:
    frame = answer.read(length)
    if len(frame) < length:
        raise DeviceError(DeviceFault.VANISHED, "a frame was cut short")
    if not frame.startswith(b"\xff\xd8\xff"):
        raise DeviceError(DeviceFault.GARBLED, "a frame that is no JPEG")
    return frame


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """Every failure of the connection as one of the contract's faults."""
    try:
        yield
    except TimeoutError as late:
        raise DeviceError(DeviceFault.TIMEOUT, "the device service did not answer") from late
    except (ConnectionError, IncompleteRead, RemoteDisconnected) as gone:
        raise DeviceError(DeviceFault.VANISHED, type(gone).__name__) from gone
    except HTTPException as strange:
        raise DeviceError(DeviceFault.GARBLED, type(strange).__name__) from strange
    except OSError as broken:
        raise DeviceError(DeviceFault.VANISHED, type(broken).__name__) from broken
