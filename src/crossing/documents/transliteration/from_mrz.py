"""Names of the MRZ turned back into the script that they were written in, where Doc 9303-3 defines it."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from crossing.documents.transliteration.tables import ARABIC, DISTINCT_LATIN, SHADDA, TEH_MARBUTA, TEH_MARBUTA_LAST


class Script(StrEnum):
    """The scripts for which a way back is defined. Cyrillic has none: И, І, Й and Ї are all I, Е, Ё and Э all E."""

    ARABIC = "Arab"
    LATIN = "Latn"


class NotReversible(ValueError):
    """The text is not what the table of that script writes; the message never names the text."""


# Pashto's ې is written Y as ي is (appendix B.6 gives both): the commoner letter is taken.
_FROM_ARABIC: Final[Mapping[str, str]] = MappingProxyType(
    {written: letter for letter, written in ARABIC.items() if written and letter != "ې"}
    | {TEH_MARBUTA_LAST: TEH_MARBUTA, "XV": "ڤ"}
)
_FROM_LATIN: Final[Mapping[str, str]] = MappingProxyType(
    {written: letter for letter, written in DISTINCT_LATIN.items()}
)
# No code begins with another, so that there is one way to read any text.
_ARABIC_CODES: Final = re.compile("|".join(sorted(_FROM_ARABIC, key=len, reverse=True)))
_LATIN_CODES: Final = re.compile("|".join(_FROM_LATIN))
# The name of God doubles its lam in writing, without a shadda (appendix B.5.5.11).
_ALLAH: Final = "ALLH"


def from_mrz_letters(text: str, script: Script) -> str:
    """``text``, in A to Z with its components separated by blanks, in the letters of ``script``.

    ARABIC goes back by appendix B.6 of Doc 9303-3 and raises :class:`NotReversible` for letters that its table never
    writes (C, O, an X that begins no code), and so for many names that were written as they sound. That a text can be
    turned back does NOT say that it was written by the table: AHMED, written as it sounds, comes back as other
    letters. It should be asked only of States that are known to use the table. Not found again are: marks of vowels,
    tatweel and the obsolete ڜ ڢ ڧ ڨ, which were never written; ې, which comes back as ي; and whether a letter doubled
    in the MRZ had a shadda or was written twice: it comes back with a shadda, but for the name of God. A name that
    was cut may end in a part of a code; that too is NotReversible.

    LATIN turns NXX and UXX into Ñ and Ü and leaves the rest, for nothing else is defined: AE may be Ä, Æ or A and E.
    """
    if script is Script.LATIN:
        return _LATIN_CODES.sub(lambda code: _FROM_LATIN[code.group()], text)
    return " ".join(_arabic(component) for component in text.split())


def _arabic(component: str) -> str:
    letters: list[str] = []
    at = 0
    while at < len(component):
        if component.startswith(_ALLAH, at) and at + len(_ALLAH) == len(component):
            letters += ["ا", "ل", "ل", "ه"]
            break
        code = _ARABIC_CODES.match(component, at)
        if code is None:
            raise NotReversible("letters that the table of the Arabic script never writes")
        letter = _FROM_ARABIC[code.group()]
        letters.append(SHADDA if letters and letters[-1] == letter else letter)
        at = code.end()
    return "".join(letters)
