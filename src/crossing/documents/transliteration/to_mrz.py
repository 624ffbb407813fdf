"""Names in other letters, written with the MRZ's A to Z."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from crossing.documents.transliteration.tables import (
    ARABIC,
    CYRILLIC,
    CYRILLIC_EXCEPTIONS,
    DISTINCT_LATIN,
    LATIN,
    SHADDA,
    TEH_MARBUTA,
    TEH_MARBUTA_LAST,
    UKRAINIAN_FIRST,
    CyrillicLanguage,
)

_TABLE: Final[Mapping[str, str]] = MappingProxyType({**LATIN, **CYRILLIC, **ARABIC})
_NO_EXCEPTIONS: Final[Mapping[str, str]] = MappingProxyType({})
_BREAKS: Final = re.compile(r"[\s\-‐‑‒–—−,<]+")
# Arabic letters in the shape that they have within a word; text copied from some PDFs is made of them.
_SHAPES: Final = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]+")


def to_mrz_letters(name: str, *, language: CyrillicLanguage | None = None, distinct: bool = False) -> str:
    """``name`` in A to Z, its components separated by single spaces (Doc 9303-3 sections 4.6 and 6).

    Hyphens, commas and spaces separate components; apostrophes and other signs vanish. ``language`` makes the
    exceptions of section 6B; without it Cyrillic is read by the general rule. ``distinct`` writes Ñ as NXX and Ü as
    UXX, which :func:`from_mrz_letters` can turn back. A character that no table knows is left out.
    """
    exceptions = dict(CYRILLIC_EXCEPTIONS[language]) if language else dict(_NO_EXCEPTIONS)
    if distinct:
        exceptions |= DISTINCT_LATIN
    first = UKRAINIAN_FIRST if language is CyrillicLanguage.UKRAINIAN else _NO_EXCEPTIONS
    text = _SHAPES.sub(
        lambda shapes: unicodedata.normalize("NFKC", shapes.group()), unicodedata.normalize("NFC", name)
    )
    components = ("".join(_letters(component, exceptions, first)) for component in _BREAKS.split(text))
    return " ".join(component for component in components if component)


def _letters(component: str, exceptions: Mapping[str, str], first: Mapping[str, str]) -> Iterator[str]:
    previous = ""
    begun = False
    last = max((place for place, character in enumerate(component) if character.isalpha()), default=-1)
    for place, character in enumerate(component):
        if character == SHADDA:
            yield previous
            continue
        if character == TEH_MARBUTA and place == last:
            written = TEH_MARBUTA_LAST
        elif not begun and character.upper() in first:
            written = first[character.upper()]
        else:
            written = _letter(character, exceptions)
        begun = begun or character.isalpha()
        # A mark of a vowel may stand between a letter and its shadda.
        previous = written if character.isalpha() else previous
        yield written


def _letter(character: str, exceptions: Mapping[str, str]) -> str:
    for form in (character, character.upper()):
        if form in exceptions:
            return exceptions[form]
        if form in _TABLE:
            return _TABLE[form]
    base = unicodedata.normalize("NFKD", character.upper())
    return "".join(letter for letter in base if "A" <= letter <= "Z")
