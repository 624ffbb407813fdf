"""Commands and answers of ISO/IEC 7816-4, as the card sees them."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final


class StatusWord(IntEnum):
    """SW1-SW2 (ISO/IEC 7816-4 table 6)."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    NOT_AUTHENTICATED = 0x6300
    WRONG_LENGTH = 0x6700
    NO_CHAINING = 0x6884
    SECURITY_STATUS = 0x6982
    CONDITIONS = 0x6985
    NO_CURRENT_FILE = 0x6986
    SM_OBJECT_MISSING = 0x6987
    SM_OBJECT_WRONG = 0x6988
    WRONG_DATA = 0x6A80
    FILE_NOT_FOUND = 0x6A82
    WRONG_PARAMETERS = 0x6A86
    REFERENCE_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00


class Refusal(Exception):
    """The card refuses a command, with a status word."""

    def __init__(self, status: StatusWord) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


class Ins(IntEnum):
    MANAGE_SECURITY_ENVIRONMENT = 0x22
    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    GENERAL_AUTHENTICATE = 0x86
    INTERNAL_AUTHENTICATE = 0x88
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_BINARY_ODD = 0xB1


class Cla(IntFlag):
    """The class bits of the first interindustry values."""

    PLAIN = 0x00
    SECURE = 0x0C
    CHAINED = 0x10


MAX_SHORT: Final = 256
MAX_EXTENDED: Final = 65_536


@dataclass(frozen=True)
class Command:
    """``expected`` (Ne) is 0 where no data are asked for; ``extended`` tells the form that it came in."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int = 0
    extended: bool = False

    @property
    def p12(self) -> int:
        return self.p1 << 8 | self.p2

    @property
    def header(self) -> bytes:
        return bytes([self.cla, self.ins, self.p1, self.p2])


def parse_command(raw: bytes) -> Command:
    """Cases 1 to 4, short and extended (ISO/IEC 7816-4 section 5.1). Raises :class:`Refusal` (6700)."""
    if len(raw) < 4:
        raise Refusal(StatusWord.WRONG_LENGTH)
    cla, ins, p1, p2 = raw[:4]
    body = raw[4:]
    extended = len(body) >= 3 and body[0] == 0
    data, expected = _extended_body(body) if extended else _short_body(body)
    return Command(cla, ins, p1, p2, data, expected, extended)


def _short_body(body: bytes) -> tuple[bytes, int]:
    if not body:
        return b"", 0
    if len(body) == 1:
        return b"", body[0] or MAX_SHORT
    length, rest = body[0], body[1:]
    if len(rest) == length:
        return rest, 0
    if len(rest) == length + 1:
        return rest[:-1], rest[-1] or MAX_SHORT
    raise Refusal(StatusWord.WRONG_LENGTH)


def _extended_body(body: bytes) -> tuple[bytes, int]:
    length, rest = int.from_bytes(body[1:3], "big"), body[3:]
    if not rest:
        return b"", length or MAX_EXTENDED
    if len(rest) == length:
        return rest, 0
    if len(rest) == length + 2:
        return rest[:-2], int.from_bytes(rest[-2:], "big") or MAX_EXTENDED
    raise Refusal(StatusWord.WRONG_LENGTH)


def answer(status: StatusWord, data: bytes = b"") -> bytes:
    """A response APDU."""
    return data + int(status).to_bytes(2, "big")
