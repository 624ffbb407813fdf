"""The files of a chip (Doc 9303-10 sections 3 and 4): how they are called and how they are read, whole, in bounds."""

from dataclasses import dataclass, field
from typing import Final

from crossing.ports.chip import MAX_FILE_BYTES, ChipFile, NotRead
from crossing_devices.chip import tlv
from crossing_devices.chip.apdu import END_OF_FILE, FILE_NOT_FOUND, SHORT_LE, SUCCESS, Command, Response
from crossing_devices.chip.channel import Channel
from crossing_devices.chip.errors import Garbled, SessionLost, Unsupported

APPLICATION: Final = bytes.fromhex("a0000002471001")
MASTER_FILE: Final = bytes.fromhex("3f00")

_REFUSED: Final = frozenset({0x6982, 0x6985, 0x6986, 0x6988})
_ABSENT: Final = frozenset({FILE_NOT_FOUND, 0x6A83, 0x6A88})
_HEADER_BYTES: Final = 8
"""Enough for any tag and length."""
_FIRST_ODD_OFFSET: Final = 0x8000
"""What a READ BINARY with an even INS can't say any more (ISO/IEC 7816-4 section 7.2.2)."""
_OFFSET_OBJECT: Final = 0x54
_DATA_OBJECT: Final = 0x53
_DATA_HEAD: Final = 4
_LAST_SHORT_OFFSET: Final = 255
_LARGEST_BLOCK: Final = 4096
"""More saves little time, and progress would come in jumps."""
_MASTER_FILE_INFO: Final = 0x80 | 0x01
"""EF.ATR/INFO by its short name."""


@dataclass(frozen=True)
class FileName:
    """File identifier, short file identifier, and the tag that the content begins with."""

    fid: int
    sfi: int
    tag: int


_TAGS: Final = (0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70)
FILES: Final[dict[ChipFile, FileName]] = {
    ChipFile.CARD_ACCESS: FileName(0x011C, 0x1C, tlv.SET),
    ChipFile.CARD_SECURITY: FileName(0x011D, 0x1D, tlv.SEQUENCE),
    ChipFile.COM: FileName(0x011E, 0x1E, 0x60),
    ChipFile.SOD: FileName(0x011D, 0x1D, 0x77),
    **{ChipFile(f"dg{n}"): FileName(0x0100 + n, n, tag) for n, tag in enumerate(_TAGS, start=1)},
}
IN_MASTER_FILE: Final = frozenset({ChipFile.CARD_ACCESS, ChipFile.CARD_SECURITY})


class FileNotRead(Exception):
    """One file is not there or not to be had; the others may be."""

    def __init__(self, reason: NotRead) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass
class OpenFile:
    """A file whose length is known, and what of it was read so far."""

    name: FileName
    total: int
    content: bytearray = field(default_factory=bytearray)

    @property
    def is_complete(self) -> bool:
        return len(self.content) >= self.total


@dataclass
class Limits:
    """How large a response may be. ``tried`` is an extended size that the chip may be able to answer, and that is
    asked for once; 0 where there is nothing to try."""

    response_bytes: int = SHORT_LE
    tried: int = 0

    @property
    def largest(self) -> int:
        return max(self.response_bytes, self.tried)


class FileReader:
    """Reads files through a channel, in the clear or protected. It remembers what a chip can't do."""

    def __init__(self, channel: Channel, limits: Limits | None = None) -> None:
        self._channel = channel
        self.limits = limits or Limits()
        self._selects = False
        self._knows_short_names = False

    def select_application(self) -> None:
        """Raises Unsupported where the chip is no travel document's."""
        self._selects = self._knows_short_names = False
        response = self._channel.send(Command(0x00, 0xA4, 0x04, 0x0C, APPLICATION))
        if not response.is_success:
            raise Unsupported(f"no eMRTD application, status {response.status:04x}")

    def select_master_file(self) -> None:
        """A chip that refuses it has it selected already, as far as it ever will be."""
        self._channel.send(Command(0x00, 0xA4, 0x00, 0x0C, MASTER_FILE))

    def chip_info(self) -> bytes:
        """EF.ATR/INFO of the master file, empty where there is none (Doc 9303-10 section 3.11.1)."""
        return self._read_at(_MASTER_FILE_INFO, 0, self._channel.most_data(SHORT_LE)).data

    def open(self, file: ChipFile) -> OpenFile:
        """The first bytes of a file, which say how long it is. Raises FileNotRead, and SessionLost."""
        name = FILES[file]
        head = self._head(name)
        try:
            header = tlv.header(head)
        except Garbled as wrong:
            raise FileNotRead(NotRead.GARBLED) from wrong
        if header.tag != name.tag:
            raise FileNotRead(NotRead.GARBLED)
        if header.total > MAX_FILE_BYTES:
            raise FileNotRead(NotRead.TOO_LARGE)
        return OpenFile(name, header.total, bytearray(head[: header.total]))

    def read_more(self, file: OpenFile, *, is_current: bool) -> None:
        """The next bytes of a file; ``is_current``: it was the last one read. Raises FileNotRead, SessionLost."""
        response = self._next_block(file, is_current=is_current)
        if response.status not in (SUCCESS, END_OF_FILE) or not response.data:
            raise FileNotRead(why_not_read(response.status))
        file.content += response.data[: file.total - len(file.content)]

    def read(self, file: ChipFile) -> bytes:
        """A whole file. Raises FileNotRead, and SessionLost."""
        opened = self.open(file)
        is_current = True
        while not opened.is_complete:
            self.read_more(opened, is_current=is_current)
        return bytes(opened.content)

    def _head(self, name: FileName) -> bytes:
        """By short name where the chip knows them, which spares a SELECT for each file."""
        if not self._selects:
            response = self._first_block(0x80 | name.sfi)
            if response.data and response.status in (SUCCESS, END_OF_FILE):
                self._knows_short_names = True
                return response.data
            if self._knows_short_names or response.status in _REFUSED:
                raise FileNotRead(why_not_read(response.status))
        self._select(name)
        response = self._first_block(0x00)
        if not response.data:
            raise FileNotRead(why_not_read(response.status))
        self._selects = True
        return response.data

    def _select(self, name: FileName) -> None:
        response = self._channel.send(Command(0x00, 0xA4, 0x02, 0x0C, name.fid.to_bytes(2, "big")))
        if not response.is_success:
            raise FileNotRead(why_not_read(response.status))

    def _first_block(self, p1: int) -> Response:
        """As much as a short response holds; the header alone where a chip refuses to be asked for too much."""
        response = self._read_at(p1, 0, self._channel.most_data(SHORT_LE))
        if response.data or response.status in _REFUSED or response.status in _ABSENT:
            return response
        return self._read_at(p1, 0, _HEADER_BYTES)

    def _next_block(self, file: OpenFile, *, is_current: bool) -> Response:
        """In the largest size that the chip is known to answer; in a short response where it does not."""
        p1 = 0x00 if is_current else self._made_current(file)
        try:
            response = self._read_at(p1, len(file.content), self._size(file))
        except SessionLost:
            self._accept_less()
            raise
        if response.data:
            self.limits = Limits(self.limits.largest)
            return response
        if not self._accept_less():
            return response
        return self._read_at(p1, len(file.content), self._size(file))

    def _made_current(self, file: OpenFile) -> int:
        """P1 of a READ BINARY that names the file itself, as it can within the first 256 bytes; 0 after a SELECT."""
        if not self._selects and len(file.content) <= _LAST_SHORT_OFFSET:
            return 0x80 | file.name.sfi
        self._select(file.name)
        return 0x00

    def _size(self, file: OpenFile) -> int:
        offset = len(file.content)
        around = _DATA_HEAD if offset >= _FIRST_ODD_OFFSET else 0
        return min(file.total - offset, self._channel.most_data(self.limits.largest) - around, _LARGEST_BLOCK)

    def _accept_less(self) -> bool:
        """After a refusal: whether smaller blocks are left to ask for."""
        had_more = self.limits.largest > SHORT_LE
        self.limits = Limits()
        return had_more

    def _read_at(self, p1: int, offset: int, size: int) -> Response:
        """``p1`` names the file or is 0 for the current one; beyond 32 KB it is always the current one."""
        if offset < _FIRST_ODD_OFFSET:
            high, low = (p1, offset) if p1 else divmod(offset, 256)
            return self._channel.send(Command(0x00, 0xB0, high, low, le=size))
        position = tlv.encode(_OFFSET_OBJECT, offset.to_bytes(3, "big").lstrip(b"\0"))
        response = self._channel.send(Command(0x00, 0xB1, 0x00, 0x00, position, le=size + _DATA_HEAD))
        if not response.data:
            return response
        return Response(tlv.only(response.data, _DATA_OBJECT).value, response.status)


def why_not_read(status: int) -> NotRead:
    """What a status says of the file that was asked for."""
    if status in _ABSENT:
        return NotRead.ABSENT
    return NotRead.REFUSED if status in _REFUSED else NotRead.GARBLED
