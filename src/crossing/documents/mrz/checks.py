"""Check digits of the MRZ (Doc 9303-3 section 4.9)."""

from enum import StrEnum
from typing import Final

FILLER: Final = "<"
DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHABET: Final = DIGITS + LETTERS + FILLER

_WEIGHTS: Final = (7, 3, 1)
_VALUES: Final = {character: value for value, character in enumerate(DIGITS + LETTERS)} | {FILLER: 0}


class CheckOutcome(StrEnum):
    HOLDS = "holds"
    FAILS = "fails"
    ABSENT = "absent"
    """The place of the digit is a filler, and the standard allows that here."""


def check_digit(text: str) -> str:
    """The digit over ``text``: values weighted 7, 3, 1, modulo 10. Raises KeyError outside the MRZ alphabet."""
    total = sum(_VALUES[character] * _WEIGHTS[place % 3] for place, character in enumerate(text))
    return DIGITS[total % 10]


def verify(text: str, digit: str, *, may_be_absent: bool = False) -> CheckOutcome:
    """Whether ``digit`` is right over ``text``; characters outside the MRZ alphabet never hold.

    A filler in the digit's place counts as ABSENT only where ``may_be_absent`` and ``text`` is all fillers.
    """
    if digit == FILLER and may_be_absent and not text.strip(FILLER):
        return CheckOutcome.ABSENT
    if any(character not in _VALUES for character in text):
        return CheckOutcome.FAILS
    return CheckOutcome.HOLDS if check_digit(text) == digit else CheckOutcome.FAILS
