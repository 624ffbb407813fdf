"""How near a printed text comes to a value of the MRZ, allowing for the spelling rules and for OCR's slips."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from rapidfuzz.distance import Levenshtein

from crossing.documents.transliteration import to_mrz_letters

FAR: Final = 99
"""A distance that says: nothing to compare."""

_SPELLINGS: Final = (
    ("NXX", "N"),
    ("UXX", "U"),
    ("AE", "A"),
    ("OE", "O"),
    ("UE", "U"),
    ("AA", "A"),
    ("IJ", "Y"),
)
"""What the standard lets an issuer write for one letter (Ñ, Ü, Ä, Ø, Å), and the shortest way to write it."""
_AS_LETTERS: Final = str.maketrans("01582|", "OISBZI")
_AS_DIGITS: Final = str.maketrans("OQDILZSB|", "000112581")
_WIDER: Final = 2


def name_distance(text: str, name: str, *, cut: bool = False) -> int:
    """Letters that must change for ``name`` (MRZ letters) to stand in ``text`` as whole words; FAR where none do.

    Both spellings of marked letters that Doc 9303-3 section 6 allows count as one (MÜLLER, MUELLER, MULLER), and a
    digit as the letter that it looks like. ``cut``: the MRZ holds only the beginning of the name.
    """
    wanted = _skeleton(name)
    spellings = {tuple(_skeleton(word) for word in words) for words in _spellings(text)}
    return min((_window_distance(words, wanted, cut=cut) for words in spellings), default=FAR)


def number_distance(text: str, number: str) -> int:
    """Characters that must change for ``number`` to stand in ``text``; look-alikes (0 O, 1 I) count as one."""
    wanted = _digits(number)
    words = tuple(_digits(word) for word in "".join(c if c.isalnum() else " " for c in text.upper()).split())
    tails = [word[-len(wanted) :] for word in words if len(word) > len(wanted)]
    best = _window_distance(words, wanted, cut=False)
    return min([best, *(Levenshtein.distance(tail, wanted) for tail in tails)])


def same_shape(text: str, number: str) -> bool:
    """Whether ``text`` has as many characters as ``number``, with letters and digits in the same places."""
    packed = "".join(character for character in text.upper() if character.isalnum())
    return len(packed) == len(number) and all(
        one.isdigit() == two.isdigit() or _digits(one).isdigit() == _digits(two).isdigit()
        for one, two in zip(packed, number, strict=True)
    )


def _spellings(text: str) -> Iterator[list[str]]:
    read = text.upper().translate(_AS_LETTERS)
    yield to_mrz_letters(read.replace("/", " ")).split()
    bare = "".join(
        character for character in unicodedata.normalize("NFKD", read) if not unicodedata.combining(character)
    )
    yield to_mrz_letters(bare.replace("/", " ")).split()


def _skeleton(word: str) -> str:
    word = word.replace(" ", "")
    for long, short in _SPELLINGS:
        word = word.replace(long, short)
    return word


def _digits(text: str) -> str:
    return "".join(text.split()).upper().translate(_AS_DIGITS)


def _window_distance(words: tuple[str, ...], wanted: str, *, cut: bool) -> int:
    """The least distance of ``wanted`` to any run of neighbouring words, set without the spaces between them."""
    best = FAR
    for first in range(len(words)):
        run = ""
        for word in words[first:]:
            run += word
            if len(run) > len(wanted) + _WIDER and not cut:
                break
            if abs(len(run) - len(wanted)) <= _WIDER or (cut and len(run) > len(wanted)):
                best = min(best, Levenshtein.distance(run[: len(wanted)] if cut else run, wanted))
    return best
