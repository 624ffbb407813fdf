"""Names of States in the reader's language, for the codes of Doc 9303."""

from functools import cache
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from babel import Locale

from crossing.documents.mrz.issuers import ALPHA_2, ISSUERS
from crossing.platform.i18n import mark, translator

SPECIAL: Final = MappingProxyType(
    {
        "RKS": mark("Kosovo"),
        "UNO": mark("United Nations"),
        "UNA": mark("United Nations specialized agency"),
        "UTO": mark("Utopia (specimen)"),
        "XEC": mark("ECOWAS"),
        "XPO": mark("INTERPOL"),
        "XXA": mark("Stateless"),
        "XXB": mark("Refugee (1951 Convention)"),
        "XXC": mark("Refugee, other"),
        "XXX": mark("Nationality unspecified"),
    }
)
"""Codes outside ISO 3166 that a border of the region meets. Any other is shown as its code."""

_REGION: Final = (
    "MLI",
    "NER",
    "BFA",
    "TCD",
    "BEN",
    "CIV",
    "DZA",
    "GHA",
    "GIN",
    "LBY",
    "MRT",
    "NGA",
    "SDN",
    "SEN",
    "TGO",
)


def known(code: str) -> str | None:
    """``code`` where the standard has it."""
    return code if code in ISSUERS else None


@cache
def name(code: str, locale: str) -> str:
    """The State's or entity's name, or the code where there is none."""
    if code in SPECIAL:
        return translator(locale).gettext(SPECIAL[code])
    territories: dict[str, str] = dict(Locale.parse(locale).territories)
    return territories.get(ALPHA_2.get(code, ""), code)


def options(locale: str, *, also: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Codes with their names for a choice: the region first, then all by name. ``also``: what is chosen already."""
    others = tuple((code, name(code, locale)) for code in also if code and code not in _chosen())
    return [*others, *_region(locale), *_all(locale)]


@cache
def _region(locale: str) -> tuple[tuple[str, str], ...]:
    return tuple((code, name(code, locale)) for code in _REGION)


@cache
def _all(locale: str) -> tuple[tuple[str, str], ...]:
    rest = [code for code in _chosen() if code not in _REGION]
    return tuple(sorted(((code, name(code, locale)) for code in rest), key=lambda pair: _sortable(pair[1])))


@cache
def _chosen() -> frozenset[str]:
    return frozenset(ALPHA_2) - {"D"} | frozenset(SPECIAL)


def _sortable(text: str) -> str:
    """Accents sort with their letters: Égypte stands beside Espagne, not behind Zimbabwe."""
    return "".join(character for character in normalize("NFKD", text) if character.isalnum()).casefold()
