"""From the bytes of a swipe to MRZ lines. No device here: what the line delivers is judged, nothing else."""

import re
from typing import Final

from crossing.ports.devices import DeviceError, DeviceFault

MAX_SWIPE_BYTES: Final = 1024
_STX: Final = b"\x02"
_ETX: Final = b"\x03"
# Doc 9303-4, -5, -6 (TD3 and MRV-A 2 x 44, TD2 and MRV-B 2 x 36, TD1 3 x 30); ISO/IEC 18013-2 (one line of 30).
_SHAPES: Final = frozenset({(44, 44), (36, 36), (30, 30, 30), (30,)})
# A reader that is set to send no line ends runs the lines of a zone together.
_JOINED: Final = {88: 44, 72: 36, 90: 30}
_ALPHABET: Final = re.compile(rb"[A-Z0-9<]+")


def lines_of(raw: bytes, prefix: bytes = b"", suffix: bytes = b"") -> bytes:
    """The lines of one whole swipe, joined by LF.

    Taken are lines that end with CR, LF or CRLF, with or without STX before and ETX behind, and with the prefix and
    suffix that the reader was set to send. Raises DeviceError GARBLED for everything else.
    """
    text = _between(_unframed(raw), prefix, suffix)
    lines = [line for line in text.splitlines() if line]
    if len(lines) == 1 and len(lines[0]) in _JOINED:
        width = _JOINED[len(lines[0])]
        lines = [lines[0][start : start + width] for start in range(0, len(lines[0]), width)]
    if tuple(map(len, lines)) not in _SHAPES:
        raise DeviceError(DeviceFault.GARBLED, f"lines of {[len(line) for line in lines[:8]]} characters")
    if not all(_ALPHABET.fullmatch(line) for line in lines):
        raise DeviceError(DeviceFault.GARBLED, "characters that no MRZ has")
    return b"\n".join(lines)


def _unframed(raw: bytes) -> bytes:
    raw = raw.strip(b"\r\n")
    if raw.startswith(_STX) != raw.endswith(_ETX):
        raise DeviceError(DeviceFault.GARBLED, "STX without ETX, or ETX without STX")
    return raw[1:-1] if raw.startswith(_STX) else raw


def _between(text: bytes, prefix: bytes, suffix: bytes) -> bytes:
    text = text.strip(b"\r\n").removesuffix(suffix)
    return text.removeprefix(prefix)


class Assembler:
    """Gathers bytes, a bounded number, until a swipe is whole: with ETX, or when the line falls silent."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._overflowed = False

    @property
    def has_begun(self) -> bool:
        return bool(self._buffer) or self._overflowed

    def feed(self, chunk: bytes) -> list[bytes]:
        """The swipes that ``chunk`` completes. Raises nothing: too long a swipe is cut, and so no zone any more."""
        *framed, rest = chunk.split(_ETX)
        whole = []
        for part in framed:
            self._gather(part + _ETX)
            whole.append(self._taken())
        # The line end behind ETX is no swipe of its own.
        if framed:
            rest = rest.lstrip(b"\r\n")
        self._gather(rest)
        return whole

    def silence(self) -> list[bytes]:
        """The swipe that is over because nothing came for a while; [] where none had begun."""
        return [self._taken()] if self.has_begun else []

    def _gather(self, part: bytes) -> None:
        if not self._buffer:
            part = part.lstrip(b"\r\n")
        self._overflowed = self._overflowed or len(self._buffer) + len(part) > MAX_SWIPE_BYTES
        self._buffer += part[: MAX_SWIPE_BYTES - len(self._buffer)]

    def _taken(self) -> bytes:
        taken = b"" if self._overflowed else bytes(self._buffer)
        self._buffer.clear()
        self._overflowed = False
        return taken
