"""Document numbers as keys, and the readings that a camera or a tired eye confuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.document_set import Keys, Likeness, folded, likeness, readings, tidied
from crossing.ports.document_set.keys import FOLDED_BYTES, MOST_READINGS

NUMBERS = st.text("ABDGIOQSZ012568", min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("written", "tidy"),
    [("ob 024-33<18<<", "OB0243318"), ("١٢٣", "123"), ("é-5", "E5"), ("№ 7", "NO7"), ("- <", ""), ("АБ12", "АБ12")],
)
def test_a_number_is_its_letters_and_digits(written: str, tidy: str) -> None:
    assert tidied(written) == tidy


@given(st.text(max_size=80))
def test_tidying_is_stable(written: str) -> None:
    assert tidied(tidied(written)) == tidied(written)
    Keys().key(tidied(written))


@pytest.mark.parametrize(
    ("asked", "listed", "like"),
    [
        ("OB1", "OB1", Likeness.SAME),
        ("0BI", "OB1", Likeness.TWIN),
        ("O81", "OB1", Likeness.WEAK_TWIN),
        ("Q81", "0BI", Likeness.WEAK_TWIN),
        ("885", "BB5", Likeness.WEAK_TWIN),
        ("888", "BBB", None),
        ("Q1", "O1", None),
        ("A1", "A12", None),
        ("A1", "A2", None),
    ],
)
def test_what_is_confused_and_what_is_another_number(asked: str, listed: str, like: Likeness | None) -> None:
    assert likeness(asked, listed) is like


@given(NUMBERS)
def test_readings_are_what_is_like_the_number_and_share_its_place(number: str) -> None:
    meant, keys = readings(number), Keys(b"secret")
    if meant is None:
        return
    assert next(iter(meant)) == number
    assert len(meant) <= MOST_READINGS
    for reading, like in meant.items():
        assert likeness(number, reading) is like is likeness(reading, number)
        assert folded(reading) == folded(number)
        assert keys.key(reading)[:FOLDED_BYTES] == keys.folded_key(number)
        assert keys.key(reading)[FOLDED_BYTES:] == keys.tag(reading)


@given(NUMBERS, NUMBERS)
def test_whatever_is_like_the_number_is_one_of_its_readings(one: str, other: str) -> None:
    meant = readings(one)
    assert meant is None or meant.get(other) is likeness(one, other)


def test_readings_are_bounded() -> None:
    assert readings("0" * 64) is None


def test_keys_of_another_secret_are_others() -> None:
    assert Keys(b"one").key("A1") != Keys(b"two").key("A1") != Keys().key("A1")
    assert Keys(b"one").check == Keys(b"one").check != Keys(b"two").check
