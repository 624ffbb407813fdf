"""Files are read from chips of every habit, whole and within bounds."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.chip import MAX_FILE_BYTES, ChipFile, NotRead
from crossing_devices.chip import tlv
from crossing_devices.chip.capabilities import limits
from crossing_devices.chip.channel import Channel
from crossing_devices.chip.errors import Unsupported
from crossing_devices.chip.lds import FILES, FileNotRead, FileReader, Limits

DG2 = 0x0102


@dataclass
class PlainChip:
    """An unprotected chip with one file, and the habits that chips have been seen with."""

    content: bytes
    fid: int = DG2
    knows_short_names: bool = True
    extended: bool = True
    gives_too_little: bool = True
    longest: int = 65_536
    commands: list[bytes] = field(default_factory=list)
    _current: bool = False

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        if command[1] == 0xA4:
            self._current = command[5:7] == self.fid.to_bytes(2, "big")
            return b"\x90\x00" if self._current else b"\x6a\x82"
        extended = len(command) > 5 and command[4] == 0
        if extended and not self.extended:
            return b"\x67\x00"
        return self._odd(command, extended) if command[1] == 0xB1 else self._even(command, extended)

    def _even(self, command: bytes, extended: bool) -> bytes:
        le = int.from_bytes(command[5:7], "big") or 65_536 if extended else command[4] or 256
        if not command[2] & 0x80:
            return self._from(int.from_bytes(command[2:4], "big"), le)
        self._current = self.knows_short_names and command[2] & 0x1F == self.fid & 0x1F
        return self._from(command[3], le) if self._current else b"\x6a\x82"

    def _odd(self, command: bytes, extended: bool) -> bytes:
        body = command[7:-2] if extended else command[5:-1]
        offset = int.from_bytes(tlv.only(body, 0x54).value, "big")
        le = int.from_bytes(command[-2:], "big") if extended else command[-1] or 256
        answer = self._from(offset, le - 4)
        return tlv.encode(0x53, answer[:-2]) + answer[-2:] if len(answer) > 2 else answer

    def _from(self, offset: int, le: int) -> bytes:
        if not self._current:
            return b"\x69\x86"
        if le > len(self.content) - offset and not self.gives_too_little:
            return b"\x67\x00"
        return self.content[offset : offset + min(le, self.longest)] + b"\x90\x00"


def reader_of(chip: PlainChip, response_bytes: int = 256, tried: int = 0) -> FileReader:
    return FileReader(Channel(chip.transmit), Limits(response_bytes, tried))


@given(
    st.integers(0, 70_000),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([256, 1_000, 4_096, 65_536]),
    st.sampled_from([64, 255, 2_000, 65_536]),
)
def test_a_file_of_any_length_from_a_chip_of_any_habit(
    length: int, names: bool, extended: bool, generous: bool, asked: int, longest: int
) -> None:
    content = tlv.encode(0x75, bytes(length % 251 for _ in range(length)))
    chip = PlainChip(content + b"padding", DG2, names, extended, generous, longest)

    assert reader_of(chip, asked).read(ChipFile.DG2) == content


def test_a_small_file_takes_one_command() -> None:
    chip = PlainChip(tlv.encode(0x75, bytes(100)))
    reader_of(chip).read(ChipFile.DG2)

    assert [command.hex() for command in chip.commands] == ["00b0820000"]


def test_what_a_chip_can_not_do_is_asked_once() -> None:
    chip = PlainChip(tlv.encode(0x75, bytes(3_000)), knows_short_names=False, extended=False)
    reader = reader_of(chip, tried=2_048)
    reader.read(ChipFile.DG2)
    reader.read(ChipFile.DG2)

    assert sum(command[1] == 0xB0 and bool(command[2] & 0x80) for command in chip.commands) == 1
    assert sum(len(command) > 5 and command[1] == 0xB0 for command in chip.commands) == 1


def test_extended_length_spares_commands() -> None:
    content = tlv.encode(0x75, bytes(15_000))
    short, extended = PlainChip(content), PlainChip(content)
    reader_of(short).read(ChipFile.DG2)
    reader_of(extended, 4_096).read(ChipFile.DG2)

    assert len(short.commands) == 59
    assert len(extended.commands) == 5


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bytes.fromhex("6103010203"), NotRead.GARBLED),
        (bytes.fromhex("75"), NotRead.GARBLED),
        (bytes.fromhex("7580"), NotRead.GARBLED),
        (b"\x75\x83" + MAX_FILE_BYTES.to_bytes(3, "big"), NotRead.TOO_LARGE),
        (bytes.fromhex("75820400") + bytes(300), NotRead.GARBLED),
    ],
    ids=["another tag", "no length", "no end", "too large", "shorter than it says"],
)
def test_files_that_are_none(content: bytes, reason: NotRead) -> None:
    with pytest.raises(FileNotRead) as failed:
        reader_of(PlainChip(content)).read(ChipFile.DG2)
    assert failed.value.reason is reason


def test_a_file_that_is_absent() -> None:
    with pytest.raises(FileNotRead) as failed:
        reader_of(PlainChip(b"")).read(ChipFile.DG11)
    assert failed.value.reason is NotRead.ABSENT


def test_a_card_that_is_no_travel_document() -> None:
    with pytest.raises(Unsupported):
        FileReader(Channel(lambda _: b"\x6a\x82")).select_application()


def test_every_file_has_its_name_and_tag() -> None:
    assert FILES.keys() == {*ChipFile}
    assert FILES[ChipFile.DG16].fid == 0x0110
    assert FILES[ChipFile.DG16].tag == 0x70


@pytest.mark.parametrize(
    ("atr", "info", "expected"),
    [
        ("", "", Limits()),
        ("3b85800180739401c0a2", "", Limits(tried=2_048)),
        ("3b8580018073940180e2", "", Limits()),
        ("3b88800100000000338100003a", "", Limits()),
        ("", "7f6608020207d002020400", Limits(1_024)),
        ("3b85800180739401c0a2", "7f6608020207d0020200ff", Limits(256)),
        ("", "7f660802030100000203010000", Limits()),
        ("", "7f660a02030100000203010000", Limits(65_536)),
        ("", "470394" + "01c0", Limits(tried=2_048)),
        ("3b", "ffff", Limits()),
        ("3bff", "7f66040202ffff", Limits()),
    ],
)
def test_how_long_responses_may_be(atr: str, info: str, expected: Limits) -> None:
    assert limits(bytes.fromhex(atr), bytes.fromhex(info)) == expected


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_nonsense_about_lengths_does_no_harm(atr: bytes, info: bytes) -> None:
    assert 256 <= limits(atr, info).response_bytes <= 65_536
