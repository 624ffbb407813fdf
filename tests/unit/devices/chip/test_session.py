"""A whole read from chips that do not behave: what is tried next, what is given up, and what is told."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossing.ports.chip import AccessProtocol, ChipDump, ChipFile, ChipRequest, MrzKey, NotRead, Proof
from crossing.ports.devices import DeviceError, DeviceFault, unheard
from crossing_devices.captures import Deadline
from crossing_devices.chip import tlv
from crossing_devices.chip.access import MAX_OPENED
from crossing_devices.chip.errors import ChipError, Garbled, StatusError, Unsupported, WrongKey
from crossing_devices.chip.session import read_chip
from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.personalise import ChipOptions
from crossing_devices.simulated.passport.protocols import Mapping, PaceVariant
from tests.factories.passports import passport

Answer = Callable[[bytes], bytes | None]
FILES = (ChipFile.COM, ChipFile.SOD, ChipFile.DG1, ChipFile.DG14, ChipFile.DG2)


class Spoiled:
    """A virtual passport; ``spoil`` may answer a command in its place, and hears every one."""

    def __init__(self, options: ChipOptions, spoil: Answer = lambda _: None) -> None:
        self.document = passport(options)
        self._card = Card(self.document)
        self._spoil = spoil
        self.commands: list[bytes] = []

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        spoiled = self._spoil(command)
        return self.answer(command) if spoiled is None else spoiled

    def answer(self, command: bytes) -> bytes:
        return self._card.transmit(command)

    def close(self) -> None:
        """Nothing to give back."""

    def read(self, *, by_mrz: bool = True, by_can: bool = False, seconds: float = 30) -> ChipDump:
        mrz = self.document.mrz_key if by_mrz else None
        can = self.document.options.can if by_can else None
        request = ChipRequest(mrz=mrz, can=can, files=FILES, challenge=None)
        return read_chip(self, request, unheard, Deadline(seconds))

    def asked(self, instruction: int) -> int:
        return sum(command[1] == instruction for command in self.commands)


def plain_file(tag: int, value: bytes) -> bytes:
    return tlv.encode(tag, value) + b"\x90\x00"


def refuses_pace(*kinds: int) -> Answer:
    """A chip that answers "not supported" where one of these mappings is asked for; where any is, without them."""

    def answer(command: bytes) -> bytes | None:
        asked = command[1:4] == b"\x22\xc1\xa4"
        return b"\x6a\x80" if asked and (not kinds or command[15] in kinds) else None

    return answer


def test_a_pace_that_the_chip_does_not_know_is_followed_by_its_next_offer() -> None:
    offered = (PaceVariant(Mapping.CHIP_AUTHENTICATION), PaceVariant(Mapping.INTEGRATED), PaceVariant())
    chip = Spoiled(ChipOptions(pace=offered), refuses_pace(6))
    dump = chip.read()

    assert (dump.access, dump.access_oid) == (AccessProtocol.PACE_GM, offered[2].oid)
    assert dump.pace_refused == (offered[0].oid,)
    assert chip.asked(0x82) == 0


def test_bac_comes_where_the_chip_knows_none_of_its_offers() -> None:
    """And the post hears of what was offered: it compares that with what was signed."""
    chip = Spoiled(ChipOptions(), refuses_pace())
    dump = chip.read()

    assert (dump.access, dump.access_oid) == (AccessProtocol.BAC, "")
    assert dump.pace_refused == (PaceVariant().oid,)
    assert dump.files[ChipFile.CARD_ACCESS] == chip.document.files[ChipFile.CARD_ACCESS]


@pytest.mark.parametrize("answer", ["6a80", "6f00", "9000", "7c029000"])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_pace_that_fails_on_its_way_is_not_followed_by_bac(step: int, answer: str) -> None:
    """Whoever can disturb one answer could have the weaker protocol spoken."""
    steps = 0

    def disturb(command: bytes) -> bytes | None:
        nonlocal steps
        if command[:2] != b"\x10\x86":
            return None
        steps += 1
        return bytes.fromhex(answer) if steps == step + 1 else None

    chip = Spoiled(ChipOptions(), disturb)
    with pytest.raises(ChipError):
        chip.read()
    assert chip.asked(0x82) == 0


def test_a_chip_that_was_opened_by_pace_is_not_opened_again_by_bac() -> None:
    opened = 0

    def only_once(command: bytes) -> bytes | None:
        nonlocal opened
        if command[1:4] == b"\x22\xc1\xa4":
            opened += 1
            return b"\x6a\x80" if opened > 1 else None
        return b"\x69\x82" if command[:3] == b"\x0c\xb0\x81" else None

    chip = Spoiled(ChipOptions(chip_authentication=None), only_once)
    with pytest.raises(Garbled):
        chip.read()
    assert chip.asked(0x82) == 0


def test_a_pace_that_fails_is_final_where_there_is_no_other_key() -> None:
    chip = Spoiled(ChipOptions(), refuses_pace())

    with pytest.raises(StatusError):
        chip.read(by_mrz=False, by_can=True)


def test_a_refused_password_is_not_tried_by_bac() -> None:
    chip = Spoiled(ChipOptions(), lambda command: b"\x63\x00" if command[:2] == b"\x00\x86" else None)

    with pytest.raises(WrongKey):
        chip.read()
    assert chip.asked(0x82) == 0


@pytest.mark.parametrize("card_access", ["3003020101", "3103020101", "31820000", "3180"])
def test_an_offer_that_can_not_be_read_is_none(card_access: str) -> None:
    content = bytes.fromhex(card_access) + b"\x90\x00"
    chip = Spoiled(ChipOptions(), lambda command: content if command[:3] == b"\x00\xb0\x9c" else None)

    assert chip.read().access is AccessProtocol.BAC


def test_the_strongest_offer_is_taken_and_named_where_there_are_several() -> None:
    variants = (PaceVariant(), PaceVariant(Mapping.CHIP_AUTHENTICATION, curve_name="secp384r1"))
    chip = Spoiled(ChipOptions(pace=variants))

    assert chip.read().access is AccessProtocol.PACE_CAM
    selected = next(command for command in chip.commands if command[1:4] == b"\x22\xc1\xa4")
    assert selected.endswith(bytes.fromhex("84010f"))


def test_a_chip_that_nothing_protects() -> None:
    contents = {0x9E: plain_file(0x60, b"com"), 0x81: plain_file(0x61, b"mrz"), 0x82: plain_file(0x75, bytes(100))}

    def open_chip(command: bytes) -> bytes:
        if command[1] == 0xA4:
            return b"\x90\x00" if command[2] == 0x04 else b"\x6a\x82"
        return contents.get(command[2], b"\x6a\x82") if command[1] == 0xB0 else b"\x6d\x00"

    chip = Spoiled(ChipOptions(), open_chip)
    for by_mrz in (True, False):
        dump = chip.read(by_mrz=by_mrz)
        assert dump.access is AccessProtocol.NONE
        assert dump.files[ChipFile.DG1] == tlv.encode(0x61, b"mrz")
        assert dump.not_read == {ChipFile.SOD: NotRead.ABSENT, ChipFile.DG14: NotRead.ABSENT}


def test_without_a_key_a_protected_chip_stays_closed() -> None:
    with pytest.raises(WrongKey):
        Spoiled(ChipOptions()).read(by_mrz=False)


def test_a_bank_card() -> None:
    with pytest.raises(Unsupported):
        Spoiled(ChipOptions(), lambda _: b"\x6a\x82").read()


def test_a_chip_that_drops_the_session_over_extended_length_is_opened_again() -> None:
    chip = Spoiled(ChipOptions(chip_authentication=None), _no_extended_reading)
    dump = chip.read()

    assert dump.files[ChipFile.DG2] == chip.document.files[ChipFile.DG2]
    assert chip.asked(0xA4) < 8
    assert sum(_is_extended(command) and command[1] == 0xB0 for command in chip.commands) == 1


def test_a_chip_that_drops_every_session_is_given_up() -> None:
    chip = Spoiled(ChipOptions(), lambda command: b"\x69\x88" if command[:2] == b"\x0c\xb0" else None)

    with pytest.raises(Garbled):
        read_chip(chip, ChipRequest(mrz=chip.document.mrz_key), unheard, Deadline(30))
    assert sum(command[1:4] == b"\x22\xc1\xa4" for command in chip.commands) == MAX_OPENED


@pytest.mark.parametrize("status", ["6a82", "6982", "6a88", "6988", "6987", "9000"])
@pytest.mark.parametrize("pace", [(), (PaceVariant(),)], ids=["bac", "pace"])
def test_a_status_without_protection_says_nothing_of_a_file(pace: tuple[PaceVariant, ...], status: str) -> None:
    """Anybody on the line can say "not found": the file counts as disturbed, and a new session reads the others."""
    dropped: list[bytes] = []

    def drops_dg1(command: bytes) -> bytes | None:
        if command[:3] != b"\x0c\xb0\x81":
            return None
        dropped.append(command)
        return bytes.fromhex(status)

    chip = Spoiled(ChipOptions(pace=pace, chip_authentication=None), drops_dg1)
    dump = chip.read()

    assert dump.not_read == {ChipFile.DG1: NotRead.GARBLED}
    assert dump.files[ChipFile.DG2] == chip.document.files[ChipFile.DG2]
    assert len(dropped) == 1


def test_a_status_without_protection_in_the_middle_of_a_file() -> None:
    """The extended length is given up first; then the file is."""
    chip = Spoiled(
        ChipOptions(chip_authentication=None),
        lambda command: b"\x6a\x82" if command[:2] == b"\x0c\xb0" and command[2] < 0x80 and command[3] else None,
    )
    dump = chip.read()

    assert dump.not_read == {ChipFile.SOD: NotRead.GARBLED, ChipFile.DG2: NotRead.GARBLED}


def test_a_chip_that_answers_without_protection_for_every_file_that_it_has_not() -> None:
    """As some do: each costs a session, and all that is asked for by itself may be missing."""
    missing = (ChipFile.DG11, ChipFile.DG12, ChipFile.DG14, ChipFile.DG15)
    short_names = {0x8B, 0x8C, 0x8E, 0x8F}
    chip = Spoiled(
        ChipOptions(pace=()),
        lambda command: b"\x6a\x82" if command[:2] == b"\x0c\xb0" and command[2] in short_names else None,
    )
    request = ChipRequest(mrz=chip.document.mrz_key)
    dump = read_chip(chip, request, unheard, Deadline(30))

    assert dump.not_read == dict.fromkeys(missing, NotRead.GARBLED)
    assert dump.files[ChipFile.DG2] == chip.document.files[ChipFile.DG2]


def test_chip_authentication_that_the_chip_refuses_has_failed() -> None:
    """Here without protection, which ends the session: a new one is opened."""
    chip = Spoiled(ChipOptions(), lambda command: b"\x6a\x80" if command[:4] == b"\x0c\x22\x41\xa4" else None)
    dump = chip.read()

    assert dump.chip_authentication is not None
    assert dump.chip_authentication.outcome is Proof.FAILED
    assert dump.files[ChipFile.DG2] == chip.document.files[ChipFile.DG2]


def test_no_command_after_the_deadline() -> None:
    with pytest.raises(DeviceError) as late:
        Spoiled(ChipOptions()).read(seconds=0)
    assert late.value.fault is DeviceFault.TIMEOUT


def test_the_key_is_in_no_error() -> None:
    chip = Spoiled(ChipOptions(pace=()))
    chip.document = passport(ChipOptions(pace=()))
    request = ChipRequest(mrz=MrzKey(document_number="SECRET000", birth_date="111111", expiry_date="222222"))

    with pytest.raises(WrongKey) as refused:
        read_chip(chip, request, unheard, Deadline(10))
    assert "SECRET" not in str(refused.value)


@given(st.integers(0, 30), st.binary(min_size=1, max_size=60), st.booleans(), st.booleans())
@settings(max_examples=60)
def test_one_answer_of_nonsense_ends_in_a_dump_or_in_an_error_that_is_told(
    which: int, nonsense: bytes, instead: bool, pace: bool
) -> None:
    """In place of the chip's answer, or before its end."""
    count = 0

    def spoil(command: bytes) -> bytes | None:
        nonlocal count
        count += 1
        if count != which:
            return None
        if instead:
            return nonsense
        answer = chip.answer(command)
        return answer[:-2] + nonsense + answer[-2:]

    chip = Spoiled(ChipOptions(pace=(PaceVariant(Mapping.CHIP_AUTHENTICATION),) if pace else ()), spoil)
    with contextlib.suppress(ChipError):
        dump = chip.read()
        assert ChipDump.model_validate_json(dump.model_dump_json()) == dump


def _is_extended(command: bytes) -> bool:
    return len(command) > 5 and command[4] == 0


def _no_extended_reading(command: bytes) -> bytes | None:
    return b"\x67\x00" if _is_extended(command) and command[1] == 0xB0 else None
