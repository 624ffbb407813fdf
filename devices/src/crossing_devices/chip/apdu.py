"""Commands and responses of ISO/IEC 7816-4 section 5.1, in short and extended length."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from crossing_devices.chip.errors import Garbled

SUCCESS: Final = 0x9000
END_OF_FILE: Final = 0x6282
WRONG_LENGTH: Final = 0x6700
FILE_NOT_FOUND: Final = 0x6A82
INS_NOT_SUPPORTED: Final = 0x6D00
CLA_NOT_SUPPORTED: Final = 0x6E00

SHORT_DATA: Final = 255
SHORT_LE: Final = 256
EXTENDED_LE: Final = 65_536
MAX_RESPONSE: Final = 2 * EXTENDED_LE

_MORE_BYTES: Final = 0x61
_WRONG_LE: Final = 0x6C
_GET_RESPONSE: Final = 0xC0
_STATUS_CLASSES: Final = frozenset({*range(0x61, 0x70), *range(0x90, 0xA0)})
"""ISO/IEC 7816-4 section 5.6: all else is noise on the line."""


@dataclass(frozen=True)
class Command:
    """``le`` is how many bytes are expected at most, 1 to 65,536; None where none are."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    @property
    def header(self) -> bytes:
        return bytes([self.cla, self.ins, self.p1, self.p2])

    @property
    def is_extended(self) -> bool:
        return len(self.data) > SHORT_DATA or (self.le or 0) > SHORT_LE

    def encoded(self) -> bytes:
        """In extended length only where short length can't say it."""
        data, le = self.data, self.le
        if not self.is_extended:
            counted = bytes([len(data)]) + data if data else b""
            return self.header + counted + (b"" if le is None else bytes([le & 0xFF]))
        counted = len(data).to_bytes(2, "big") + data if data else b""
        return self.header + b"\0" + counted + (b"" if le is None else (le & 0xFFFF).to_bytes(2, "big"))


@dataclass(frozen=True)
class Response:
    data: bytes
    status: int

    @property
    def is_success(self) -> bool:
        return self.status == SUCCESS


Transmit = Callable[[bytes], bytes]


def exchange(transmit: Transmit, command: Command) -> Response:
    """Sends a command and gathers its whole response, GET RESPONSE (61xx) and a corrected Le (6Cxx) included.

    Raises Garbled where the response is shorter than a status or longer than any chip may send.
    """
    response = _sent(transmit, command)
    if response.status >> 8 == _WRONG_LE and not response.data:
        response = _sent(transmit, replace(command, le=response.status & 0xFF or SHORT_LE))
    data = response.data
    while response.status >> 8 == _MORE_BYTES:
        more = Command(command.cla & 0x03, _GET_RESPONSE, 0, 0, le=response.status & 0xFF or SHORT_LE)
        response = _sent(transmit, more)
        if not response.data or len(data) + len(response.data) > MAX_RESPONSE:
            raise Garbled("a response has no end")
        data += response.data
    return Response(data, response.status)


def _sent(transmit: Transmit, command: Command) -> Response:
    answer = transmit(command.encoded())
    if len(answer) < 2:
        raise Garbled("a response without a status")
    status = int.from_bytes(answer[-2:], "big")
    if status >> 8 not in _STATUS_CLASSES:
        raise Garbled(f"a status that no card gives: {status:04x}")
    return Response(answer[:-2], status)
