"""One deadline for all of an exchange, held at every read and write of its socket.

An answer whose headers trickle would otherwise hold its thread for hours.
"""

import io
import socket
import ssl
import threading
import time
from http.client import IncompleteRead
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

READ_AT_MOST: Final = 65_536


class Deadline(threading.local):
    """When the exchange of this thread must be over, on ``time.monotonic``."""

    ends_at: float = 0.0

    def left(self) -> float:
        """Seconds that are left.

        :raises TimeoutError: none
        """
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline passed")
        return left


class Line(io.BufferedReader):
    """A connected socket as ``http.client`` uses it: written to, and read through ``makefile``.

    What ``http.client`` closes, each response at its end and the socket under a last response that is yet to be read,
    stays open until :meth:`hang_up`: what came after a response is so still there to be seen.
    """

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._received = _Received(connected, deadline)
        super().__init__(self._received, READ_AT_MOST)
        self._socket = connected
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        del mode
        return self

    def sendall(self, data: "ReadableBuffer") -> None:
        left = memoryview(data)
        while left:
            self._socket.settimeout(self._deadline.left())
            left = left[self._socket.send(left) :]

    def may_end(self) -> None:
        """From now on the other side may hang up; before, that is no end of anything."""
        self._received.may_end = True

    def is_quiet(self) -> bool:
        """Whether the other side has neither hung up nor said what nobody has read."""
        self._received.waits = False
        try:
            return not self.peek(1)
        except (OSError, IncompleteRead):
            return False
        finally:
            self._received.waits = True

    def close(self) -> None:
        """Nothing."""

    def hang_up(self) -> None:
        self._socket.close()


class _Received(io.RawIOBase):
    """What comes over a socket until the deadline."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self.may_end = False
        self.waits = True
        self._socket = connected
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        """Read what there is, or None where there is nothing yet and nobody waits for it.

        :raises OSError: the line broke, or the deadline passed (TimeoutError)
        :raises IncompleteRead: the other side hung up before it might
        """
        self._socket.settimeout(self._deadline.left() if self.waits else 0)
        try:
            count = self._socket.recv_into(cast(bytearray, buffer))
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        if not count and not self.may_end:
            raise IncompleteRead(b"")
        return count
