"""Doc 9303-11 appendix D: keys from the MRZ, Basic Access Control, secure messaging with 3DES, byte by byte."""

import pytest

from crossing.ports.chip import MrzKey
from crossing_devices.chip.apdu import Command
from crossing_devices.chip.bac import open_with_mrz
from crossing_devices.chip.channel import Channel
from crossing_devices.chip.ciphers import TripleDes
from crossing_devices.chip.errors import Garbled, SessionLost, WrongKey
from crossing_devices.chip.keys import basic_access_seed, mrz_information
from crossing_devices.chip.secure_messaging import SecureMessaging
from tests.unit.devices.chip.scripted import ScriptedChip, hexadecimal

ERIKSSON = MrzKey(document_number="L898902C<", birth_date="690806", expiry_date="940623")
STEVENSON = MrzKey(document_number="D23145890734", birth_date="340712", expiry_date="950712")

CHALLENGE = ("0084000008", "4608F91988702212 9000")
AUTHENTICATE = (
    """0082000028 72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2 5F1448EEA8AD90A7 28""",
    """46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F 2F2D235D074D7449 9000""",
)
SELECT_COM = ("0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800", "990290008E08FA855A5D4C50A8ED9000")
READ_HEAD = (
    "0CB000000D9701048E08ED6705417E96BA5500",
    "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
)
READ_REST = (
    "0CB000040D9701128E082EA28A70F3C7B53500",
    "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
)


def drawn(length: int) -> bytes:
    return {8: hexadecimal("781723860C06C226"), 16: hexadecimal("0B795240CB7049B01C19B33E32804F0B")}[length]


def session() -> SecureMessaging:
    """Of D.4: the session keys of D.3 and its counter."""
    encryption_key = hexadecimal("979EC13B1CBFE9DCD01AB0FED307EAE5")
    mac_key = hexadecimal("F1CB1F1FB5ADF208806B89DC579DC1F8")
    return SecureMessaging(TripleDes(), encryption_key, mac_key, 0x887022120C06C226)


@pytest.mark.parametrize(
    ("key", "information"),
    [(ERIKSSON, "L898902C<369080619406236"), (STEVENSON, "D23145890734934071279507122")],
)
def test_the_mrz_information_of_short_and_long_document_numbers(key: MrzKey, information: str) -> None:
    assert mrz_information(key) == information


def test_the_document_basic_access_keys() -> None:
    seed = basic_access_seed(ERIKSSON)
    keys = [TripleDes().derive(seed, counter) for counter in (1, 2)]

    assert seed == hexadecimal("239AB9CB282DAF66231DC5A4DF6BFBAE")
    assert keys[0] == hexadecimal("AB94FCEDF2664EDFB9B291F85D7F77F2")
    assert keys[1] == hexadecimal("7862D9ECE03C1BCD4D77089DCF131442")


def test_parity_bits_change_no_checksum() -> None:
    """The example adjusts them; DES does not look at them."""
    adjusted, derived = "7962D9ECE03D1ACD4C76089DCE131543", "7862D9ECE03C1BCD4D77089DCF131442"

    assert len({TripleDes().token(hexadecimal(key), b"any data") for key in (adjusted, derived)}) == 1


def test_access_and_the_first_file_from_end_to_end() -> None:
    chip = ScriptedChip(CHALLENGE, AUTHENTICATE, SELECT_COM, READ_HEAD, READ_REST)
    channel = Channel(chip.transmit)

    channel.session = open_with_mrz(channel, ERIKSSON, drawn)
    channel.ask(Command(0x00, 0xA4, 0x02, 0x0C, hexadecimal("011E")))
    head = channel.ask(Command(0x00, 0xB0, 0x00, 0x00, le=4))
    rest = channel.ask(Command(0x00, 0xB0, 0x00, 0x04, le=18))

    assert head + rest == hexadecimal("60145F0104303130365F36063034303030305C026175")
    assert chip.is_done


@pytest.mark.parametrize("status", ["6300", "6982", "6988", "6A80"])
def test_a_key_that_the_chip_refuses(status: str) -> None:
    chip = ScriptedChip(CHALLENGE, (AUTHENTICATE[0], status))

    with pytest.raises(WrongKey):
        open_with_mrz(Channel(chip.transmit), ERIKSSON, drawn)
    assert chip.is_done


@pytest.mark.parametrize("position", range(40))
def test_any_changed_byte_of_the_chips_answer_is_noticed(position: int) -> None:
    answer = bytearray(hexadecimal(AUTHENTICATE[1]))
    answer[position] ^= 0x10
    chip = ScriptedChip(CHALLENGE, (AUTHENTICATE[0], answer.hex()))

    with pytest.raises(Garbled):
        open_with_mrz(Channel(chip.transmit), ERIKSSON, drawn)


def test_a_wrong_checksum_ends_the_session() -> None:
    answer = bytearray(hexadecimal(SELECT_COM[1]))
    answer[-3] ^= 1
    channel = Channel(ScriptedChip((SELECT_COM[0], answer.hex())).transmit)
    channel.session = session()

    with pytest.raises(Garbled):
        channel.ask(Command(0x00, 0xA4, 0x02, 0x0C, hexadecimal("011E")))


def test_a_protected_status_can_not_be_replaced() -> None:
    channel = Channel(ScriptedChip((SELECT_COM[0], SELECT_COM[1][:-4] + "6282")).transmit)
    channel.session = session()

    with pytest.raises(Garbled):
        channel.ask(Command(0x00, 0xA4, 0x02, 0x0C, hexadecimal("011E")))


@pytest.mark.parametrize("answer", ["9000", "6988", "6A82"])
def test_an_answer_without_protection_ends_the_session(answer: str) -> None:
    channel = Channel(ScriptedChip((SELECT_COM[0], answer)).transmit)
    channel.session = session()

    with pytest.raises(SessionLost) as lost:
        channel.ask(Command(0x00, 0xA4, 0x02, 0x0C, hexadecimal("011E")))
    assert lost.value.status == int(answer, 16)


def test_an_answer_whose_checksum_was_cut_off() -> None:
    channel = Channel(ScriptedChip((SELECT_COM[0], "990290009000")).transmit)
    channel.session = session()

    with pytest.raises(Garbled):
        channel.ask(Command(0x00, 0xA4, 0x02, 0x0C, hexadecimal("011E")))
