"""How a document number becomes a key, and which other readings of it a camera or a tired eye may have meant.

A number is tidied (capital letters and digits alone), then folded: every character that is taken for a digit becomes
that digit. The key's first 40 bits are a BLAKE2b of the folded number, its last 24 bits one of the tidied number. So
one place of a sorted file holds every reading that could be meant, and the last bits tell which one is listed.

With a secret the hash is keyed: who has the file and not the secret can't even try the numbers of one State through.
"""

from collections.abc import Iterator
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import Final
from unicodedata import combining, decimal, normalize

KEY_BYTES: Final = 8
FOLDED_BYTES: Final = 5
MAX_NUMBER: Final = 64
"""Characters of a number that count; the MRZ knows 9, national numbers up to some 20."""

MOST_WEAK: Final = 2
"""Weakly confused characters in one reading. More of them is another number."""

MOST_READINGS: Final = 1024
"""Readings of one number that are told apart: a millisecond's work, done only where one of them is listed."""

_STRONG: Final = MappingProxyType({"O": "0", "0": "O", "I": "1", "1": "I"})
_WEAK: Final = MappingProxyType(
    {
        "0": "QD", "Q": "0", "D": "0", "8": "B", "B": "8", "5": "S", "S": "5", "2": "Z", "Z": "2", "6": "G", "G": "6",
    }
)  # fmt: skip
_FOLDS: Final = str.maketrans("OQDIBSZG", "00018526")
_STRONG_FOLDS: Final = str.maketrans("OI", "01")
_NO_SIGNS: Final = {code: None for code in range(128) if not chr(code).isalnum()}
_PERSON: Final = b"document set 1"


class Likeness(StrEnum):
    """How a listed number is like the one asked with; the stronger come first.

    ``TWIN``: the same where O is read as 0 and I as 1. ``WEAK_TWIN``: the same where besides, at most twice, Q or D
    is read as 0, B as 8, S as 5, Z as 2 or G as 6. ``IN_RANGE``: inside a range of consecutive numbers.
    """

    SAME = "same"
    IN_RANGE = "in_range"
    TWIN = "twin"
    WEAK_TWIN = "weak_twin"


def tidied(number: str) -> str:
    """Capital letters and digits alone: no blanks, signs, fillers and accents; decimal digits of any script as 0-9.

    Letters of other scripts stay what they are: left out, two different numbers would become one.
    """
    if number.isascii():
        return number.upper().translate(_NO_SIGNS)[:MAX_NUMBER]
    return "".join(_plain(normalize("NFKD", number).upper()))[:MAX_NUMBER]


def folded(tidy: str) -> str:
    """The form that all readings of a tidied number share."""
    return tidy.translate(_FOLDS)


def strongly_folded(tidy: str) -> str:
    """The form that a tidied number shares with its twins, not with its weak ones."""
    return tidy.translate(_STRONG_FOLDS)


def readings(tidy: str, most_weak: int = MOST_WEAK) -> dict[str, Likeness] | None:
    """Every number that ``tidy`` may have been, the likelier first; None where there are more than MOST_READINGS."""
    found = [("", 0)]
    for character in tidy:
        same = character + _STRONG.get(character, "")
        weak = _WEAK.get(character, "") if most_weak else ""
        grown = [(text + one, count) for text, count in found for one in same]
        grown += [(text + one, count + 1) for text, count in found if count < most_weak for one in weak]
        found = grown
        if len(found) > MOST_READINGS:
            return None
    found.sort(key=lambda one: (one[1], one[0] != tidy))
    return {text: _likeness(text == tidy, count) for text, count in found}


def likeness(asked: str, listed: str) -> Likeness | None:
    """How two tidied numbers are alike; None where neither is a reading of the other."""
    if len(asked) != len(listed):
        return None
    weak = 0
    for one, other in zip(asked, listed, strict=True):
        if one == other or _STRONG.get(one) == other:
            continue
        if other not in _WEAK.get(one, ""):
            return None
        weak += 1
    return None if weak > MOST_WEAK else _likeness(asked == listed, weak)


class Keys:
    """Keys under one secret of up to 64 bytes; without one (``b""``) whoever has the file can try numbers out."""

    def __init__(self, secret: bytes = b"") -> None:
        self._start = blake2b(digest_size=KEY_BYTES, key=secret, person=_PERSON)

    def key(self, tidy: str) -> bytes:
        """The 8 bytes under which a tidied number is listed."""
        fold = tidy.translate(_FOLDS)
        whole = self._hash(tidy)
        return whole if fold == tidy else self._hash(fold)[:FOLDED_BYTES] + whole[FOLDED_BYTES:]

    def folded_key(self, tidy: str) -> bytes:
        """The first 5 bytes of the keys of every reading of a tidied number."""
        return self._hash(tidy.translate(_FOLDS))[:FOLDED_BYTES]

    def tag(self, tidy: str) -> bytes:
        """The last 3 bytes of the key, which tell one reading from the others."""
        return self._hash(tidy)[FOLDED_BYTES:]

    @property
    def check(self) -> str:
        """Tells keys of another secret, and nothing of the secret. No tidied number has a blank."""
        return self._hash(" key check").hex()

    def _hash(self, text: str) -> bytes:
        own = self._start.copy()
        own.update(text.encode())
        return own.digest()


def _likeness(same: bool, weak: int) -> Likeness:
    if same:
        return Likeness.SAME
    return Likeness.WEAK_TWIN if weak else Likeness.TWIN


def _plain(text: str) -> Iterator[str]:
    for character in text:
        digit = decimal(character, None)
        if digit is not None:
            yield str(digit)
        elif character.isalnum() and not combining(character):
            yield character
