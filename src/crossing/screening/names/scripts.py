"""Any script in, words of the letters A to Z out."""

import re
from functools import lru_cache
from typing import Final

from anyascii import anyascii

ARABIC: Final = re.compile("[\u0590-\u05ff\u0600-\u06ff]")
"""Arabic and Hebrew letters: both leave the short vowels to the reader."""

_ARTICLE: Final = re.compile(r"\bال(?!له\b)(?=\w{3})")
_SYLLABIC: Final = re.compile("([\u3400-\u9fff\uac00-\ud7af])")
_VOWEL_MARKS: Final = re.compile("[\u064b-\u0652\u0640\u0591-\u05c7]")
_INSIDE_A_WORD: Final = re.compile(r"['’‘ʼʻ`´ʹʺ\"“”.]")
_NOT_LETTERS: Final = re.compile(r"[^A-Z]+")
_SERBIAN: Final = str.maketrans({"\u0110": "Dj", "\u0111": "dj", "\u0402": "Dj", "\u0452": "dj"})
_MISREAD: Final = str.maketrans("01358", "OIESB")
_LOOK_ALIKE: Final = str.maketrans("LQ", "IO")
_MIXED: Final = re.compile(r"(?=\w*[A-Z])\w*\d\w*")


@lru_cache(maxsize=30_000)
def in_latin(written: str) -> tuple[str, ...]:
    """The words in capital letters A to Z. A digit amid letters is a letter misread: 0 for O, 1 for I."""
    if written.isascii():
        plain = written
    else:
        apart = _SYLLABIC.sub(r"\1 ", _ARTICLE.sub("", _VOWEL_MARKS.sub("", written.translate(_SERBIAN))))
        plain = anyascii(apart)
    letters = _MIXED.sub(_as_letters, _INSIDE_A_WORD.sub("", plain).upper())
    return tuple(word for word in _NOT_LETTERS.split(letters) if word)


def misread(word: str) -> str:
    """The word with the letters folded that readers of print take for each other: I and L, RN and M."""
    return word.replace("RN", "M").translate(_LOOK_ALIKE)


def _as_letters(found: re.Match[str]) -> str:
    return found[0].translate(_MISREAD)
