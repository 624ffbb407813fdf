"""Commands in short and extended length, responses in one piece and in many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing_devices.chip.apdu import Command, exchange
from crossing_devices.chip.errors import Garbled
from tests.unit.devices.chip.scripted import ScriptedChip


@pytest.mark.parametrize(
    ("command", "encoded"),
    [
        (Command(0x00, 0xA4, 0x00, 0x0C), "00a4000c"),
        (Command(0x00, 0xB0, 0x9C, 0x00, le=256), "00b09c0000"),
        (Command(0x00, 0xB0, 0x00, 0x00, le=4), "00b0000004"),
        (Command(0x00, 0xB0, 0x00, 0x00, le=257), "00b00000000101"),
        (Command(0x00, 0xB0, 0x00, 0x00, le=65_536), "00b00000000000"),
        (Command(0x00, 0xA4, 0x02, 0x0C, b"\x01\x1e"), "00a4020c02011e"),
        (Command(0x00, 0x88, 0x00, 0x00, b"\x01\x02", le=256), "0088000002010200"),
        (Command(0x00, 0x88, 0x00, 0x00, b"\x01\x02", le=65_536), "008800000000020102" + "0000"),
        (Command(0x00, 0x22, 0x41, 0xA6, bytes(256)), "002241a6000100" + "00" * 256),
    ],
)
def test_the_four_cases_in_both_lengths(command: Command, encoded: str) -> None:
    assert command.encoded().hex() == encoded


def test_a_response_that_comes_in_parts() -> None:
    chip = ScriptedChip(("0088000000", "0102 6102"), ("00c0000002", "0304 6101"), ("00c0000001", "05 9000"))

    response = exchange(chip.transmit, Command(0x00, 0x88, 0x00, 0x00, le=256))

    assert (response.data, response.status) == (bytes([1, 2, 3, 4, 5]), 0x9000)


def test_a_length_that_the_card_corrects() -> None:
    chip = ScriptedChip(("00b0000000", "6c04"), ("00b0000004", "01020304 9000"))

    assert exchange(chip.transmit, Command(0x00, 0xB0, 0x00, 0x00, le=256)).data == bytes([1, 2, 3, 4])


def test_a_card_that_always_has_more_is_not_listened_to_for_ever() -> None:
    with pytest.raises(Garbled):
        exchange(lambda _: bytes(200) + b"\x61\x00", Command(0x00, 0xB0, 0x00, 0x00, le=256))
    with pytest.raises(Garbled):
        exchange(lambda _: b"\x61\x10", Command(0x00, 0xB0, 0x00, 0x00, le=256))


def test_a_card_that_always_corrects_is_asked_twice() -> None:
    asked: list[bytes] = []

    def transmit(command: bytes) -> bytes:
        asked.append(command)
        return b"\x6c\x08"

    assert exchange(transmit, Command(0x00, 0xB0, 0x00, 0x00, le=256)).status == 0x6C08
    assert len(asked) == 2


@given(st.binary(max_size=40))
def test_whatever_a_card_answers_is_a_response_or_refused(answer: bytes) -> None:
    try:
        response = exchange(lambda _: answer, Command(0x00, 0x84, 0x00, 0x00, le=8))
    except Garbled:
        return
    assert 0x6200 <= response.status <= 0x9FFF
