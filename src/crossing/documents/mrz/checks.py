"""Check digits of the MRZ (Doc 9303-3 section 4.9)."""

from enum import StrEnum
from typing import Final

FILLER: Final = "<"
DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHABET: Final = DIGITS + LETTERS + FILLER

_NO_VALUE: Final = 255
_VALUES: Final = {ord(character): value for value, character in enumerate(DIGITS + LETTERS)} | {ord(FILLER): 0}
_TABLE: Final = bytes(_VALUES.get(byte, _NO_VALUE) for byte in range(256))


class CheckOutcome(StrEnum):
    HOLDS = "holds"
    FAILS = "fails"
    ABSENT = "absent"
    """The place of the digit is a filler, and the standard allows that here."""


def check_digit(text: str) -> str:
    """The digit over ``text``: values weighted 7, 3, 1, modulo 10. Raises KeyError outside the MRZ alphabet."""
    values = text.encode("latin-1", "replace").translate(_TABLE)
    if _NO_VALUE in values:
        raise KeyError("a character outside the MRZ alphabet")
    return DIGITS[(7 * sum(values[::3]) + 3 * sum(values[1::3]) + sum(values[2::3])) % 10]


def verify(text: str, digit: str, *, may_be_absent: bool = False) -> CheckOutcome:
    """Whether ``digit`` is right over ``text``; characters outside the MRZ alphabet never hold.

    A filler in the digit's place counts as ABSENT only where ``may_be_absent`` and ``text`` is all fillers.
    """
    if digit == FILLER and may_be_absent and not text.strip(FILLER):
        return CheckOutcome.ABSENT
    try:
        return CheckOutcome.HOLDS if check_digit(text) == digit else CheckOutcome.FAILS
    except KeyError:
        return CheckOutcome.FAILS
