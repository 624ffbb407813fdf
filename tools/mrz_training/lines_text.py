"""What the synthetic lines say: machine readable zones of every format (Doc 9303 parts 3 to 7), and pure chance.

Grammar teaches the network nothing that the decoder does not know better, so a good share of the lines is random:
shapes are what is to be learned.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from crossing.documents.mrz import ALPHABET, FILLER, ISSUERS, LAYOUTS, MrzFormat, check_digit

_DIGITS: Final = "0123456789"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ISSUERS: Final = tuple(sorted(ISSUERS))
_CODES: Final = {
    MrzFormat.TD1: ("I<", "ID", "AC", "A<", "C<", "IR", "IP", "AR"),
    MrzFormat.TD2: ("I<", "ID", "AC", "A<", "C<", "IR", "P<"),
    MrzFormat.TD3: ("P<", "P<", "P<", "PD", "PO", "PS", "PM", "PN", "PE", "PA", "PT"),
    MrzFormat.MRV_A: ("V<", "V<", "VA", "VB", "VN"),
    MrzFormat.MRV_B: ("V<", "V<", "VA", "VB", "VN"),
}
_VOWELS: Final = "AAAEEEIIOOUUY"
_CONSONANTS: Final = "BCDFGHJKLMNPQRSTVWXZBDKLMNRSTNRSTL"
_FORMATS: Final = (MrzFormat.TD3, MrzFormat.TD1, MrzFormat.TD2, MrzFormat.MRV_A, MrzFormat.MRV_B)
_FORMAT_SHARES: Final = (0.36, 0.34, 0.12, 0.1, 0.08)


def random_zone(rng: np.random.Generator) -> tuple[str, ...]:
    """The lines of an invented document that follows its format, its check digits right."""
    chosen = _FORMATS[int(rng.choice(len(_FORMATS), p=_FORMAT_SHARES))]
    code = str(rng.choice(_CODES[chosen]))
    state = str(rng.choice(_ISSUERS)).ljust(3, FILLER)
    nationality = state if rng.random() < 0.8 else str(rng.choice(_ISSUERS)).ljust(3, FILLER)
    length = LAYOUTS[chosen].line_length
    if chosen is MrzFormat.TD1:
        return _td1(rng, code + state, nationality)
    upper = code + state + _names(rng, length - 5)
    lower = _number(rng) + nationality + _person(rng)
    if chosen in (MrzFormat.MRV_A, MrzFormat.MRV_B):
        return upper, lower + _optional(rng, length - 28)
    lower += _optional(rng, 7) if chosen is MrzFormat.TD2 else _personal(rng)
    return upper, lower + check_digit(lower[:10] + lower[13:20] + lower[21:])


def chance_zone(rng: np.random.Generator) -> tuple[str, ...]:
    """Lines of the same lengths without any grammar: single characters, and runs of one."""
    count, length = ((3, 30), (2, 36), (2, 44))[int(rng.integers(3))]
    return tuple(_chance(rng, length) for _ in range(count))


def _chance(rng: np.random.Generator, length: int) -> str:
    text = ""
    likely = str(rng.choice((ALPHABET, _LETTERS, _DIGITS, ALPHABET + FILLER * 8)))
    while len(text) < length:
        run = int(rng.integers(2, 9)) if rng.random() < 0.12 else 1
        text += (FILLER if run > 3 or rng.random() < 0.05 else _one(rng, likely)) * run
    return text[:length]


def _td1(rng: np.random.Generator, head: str, nationality: str) -> tuple[str, ...]:
    upper = head + _number(rng) + _optional(rng, 15)
    if rng.random() < 0.15:
        number = _code(rng, int(rng.integers(10, 18)))
        rest = number[9:] + check_digit(number)
        upper = head + number[:9] + FILLER + rest.ljust(15, FILLER)
    person = _person(rng)
    middle = person + nationality + _optional(rng, 11)
    digit = check_digit(upper[5:] + person[:7] + person[8:15] + middle[18:])
    return upper, middle + digit, _names(rng, 30)


def _number(rng: np.random.Generator) -> str:
    number = _code(rng, 9 if rng.random() < 0.8 else int(rng.integers(5, 9))).ljust(9, FILLER)
    return number + check_digit(number)


def _code(rng: np.random.Generator, length: int) -> str:
    kind = rng.random()
    if kind < 0.35:
        return _some(rng, _DIGITS, length)
    if kind < 0.75:
        letters = int(rng.integers(1, 4))
        return _some(rng, _LETTERS, letters) + _some(rng, _DIGITS, length - letters)
    return _some(rng, _DIGITS + _LETTERS, length)


def _personal(rng: np.random.Generator) -> str:
    """TD3's personal number and its digit, for which a filler may stand where there is no number."""
    optional = _optional(rng, 14)
    empty = not optional.strip(FILLER)
    return optional + (FILLER if empty and rng.random() < 0.5 else check_digit(optional))


def _optional(rng: np.random.Generator, width: int) -> str:
    if rng.random() < 0.5:
        return FILLER * width
    text = _code(rng, int(rng.integers(3, width + 1)))
    if rng.random() < 0.3:
        cut = int(rng.integers(1, len(text)))
        text = text[:cut] + FILLER + text[cut:]
    return text[:width].ljust(width, FILLER)


def _person(rng: np.random.Generator) -> str:
    """Birth, sex and expiry with their check digits: the same 15 characters in every format."""
    birth, expiry = _day(rng), _day(rng)
    if rng.random() < 0.06:
        birth = birth[: int(rng.choice((0, 2, 4)))].ljust(6, FILLER)
    return birth + check_digit(birth) + _one(rng, "MFMFMF<") + expiry + check_digit(expiry)


def _day(rng: np.random.Generator) -> str:
    return f"{rng.integers(100):02d}{rng.integers(1, 13):02d}{rng.integers(1, 32):02d}"


def _names(rng: np.random.Generator, width: int) -> str:
    surname = FILLER.join(_word(rng) for _ in range(int(rng.choice((1, 1, 1, 2, 3)))))
    given = FILLER.join(_word(rng) for _ in range(int(rng.choice((0, 1, 1, 1, 2, 2, 3, 4)))))
    text = f"{surname}{FILLER * 2}{given}" if given else surname
    if rng.random() < 0.03:
        text = text.replace(FILLER * 2, FILLER)
    return text[:width].ljust(width, FILLER)


def _word(rng: np.random.Generator) -> str:
    length = int(rng.integers(2, 11))
    if rng.random() < 0.3:
        return _some(rng, _LETTERS, length)
    text = ""
    vowel = rng.random() < 0.35
    while len(text) < length:
        text += _one(rng, _VOWELS if vowel else _CONSONANTS)
        vowel = not vowel if rng.random() < 0.85 else vowel
    return text


def _some(rng: np.random.Generator, alphabet: Sequence[str], length: int) -> str:
    return "".join(alphabet[int(place)] for place in rng.integers(0, len(alphabet), length))


def _one(rng: np.random.Generator, alphabet: Sequence[str]) -> str:
    return alphabet[int(rng.integers(len(alphabet)))]
