"""What agent and worker say to each other: messages over a socket pair, each a JSON object and raw bytes.

A message is eight bytes of lengths (two unsigned 32-bit numbers, network order: head, then body), the head as UTF-8
JSON, and the body. Nothing is ever unpickled: a worker runs foreign code, and what comes from it is untrusted.
"""

import contextlib
import json
import socket
import struct
import threading
from typing import Any, Final

from crossing_devices.captures import MAX_CAPTURE_BYTES

MAX_HEAD_BYTES: Final = 256 * 1024
MAX_BODY_BYTES: Final = MAX_CAPTURE_BYTES
_LENGTHS: Final = struct.Struct("!II")


class WireGarbled(Exception):
    """What came is no message."""


class WireClosed(Exception):
    """The other side is gone."""


class Wire:
    """One end. Any thread may send; one thread receives."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._sending = threading.Lock()

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """Raises :class:`WireClosed`."""
        text = json.dumps(head, separators=(",", ":")).encode()
        with self._sending:
            try:
                self._end.sendall(_LENGTHS.pack(len(text), len(body)) + text)
                self._end.sendall(body)
            except OSError as gone:
                raise WireClosed from gone

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next message. Raises :class:`WireClosed` at its end, :class:`WireGarbled` for anything else."""
        head_bytes, body_bytes = _LENGTHS.unpack(self._exactly(_LENGTHS.size))
        if head_bytes > MAX_HEAD_BYTES or body_bytes > MAX_BODY_BYTES:
            raise WireGarbled
        text, body = self._exactly(head_bytes), self._exactly(body_bytes)
        try:
            head = json.loads(text)
        except (ValueError, RecursionError) as broken:
            raise WireGarbled from broken
        if not isinstance(head, dict):
            raise WireGarbled
        return head, body

    def close(self) -> None:
        with contextlib.suppress(OSError):
            # The other side may have closed already.
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()

    def _exactly(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            try:
                part = self._end.recv(min(size - len(content), 1 << 20))
            except OSError as gone:
                raise WireClosed from gone
            if not part:
                raise WireClosed
            content += part
        return bytes(content)
