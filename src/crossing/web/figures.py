"""The figures by group on a page: which of them are shown of each kind, and the groups by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from babel import Locale

from crossing.faces.figures.schemas import CountOf, FigureKind, FigureRow, RateOf
from crossing.platform.i18n import mark, translator

_JUDGED: Final = (CountOf.JUDGED_SAME, CountOf.JUDGED_OTHER, CountOf.JUDGED_UNSURE, CountOf.NOT_JUDGED)
_OF_SEARCHES: Final = (
    (CountOf.SEARCHES, CountOf.WITH_CANDIDATE, CountOf.CANDIDATES, *_JUDGED),
    (RateOf.WITH_CANDIDATE, RateOf.JUDGED_OTHER),
)

COLUMNS: Final[Mapping[FigureKind, tuple[tuple[CountOf, ...], tuple[RateOf, ...]]]] = MappingProxyType(
    {
        FigureKind.PORTRAIT: (
            (CountOf.CROSSINGS, CountOf.PICTURED, CountOf.FAILED, CountOf.EXCEPTED, CountOf.ABSENT),
            (RateOf.FAILURE_TO_ACQUIRE, RateOf.EXCEPTED),
        ),
        FigureKind.FACE_MATCH: (
            (CountOf.COMPARISONS, CountOf.RAISED, *_JUDGED),
            (RateOf.RAISED, RateOf.FIELD_FALSE_NON_MATCH),
        ),
        FigureKind.FACE_LIST: _OF_SEARCHES,
        FigureKind.FACE_RECENT: _OF_SEARCHES,
    }
)
"""The counts and the rates of each kind that the page has room for; the file for spreadsheets has all."""

_M49: Final[Mapping[str, str]] = MappingProxyType(
    {
        "northern_africa": "015",
        "western_africa": "011",
        "middle_africa": "017",
        "eastern_africa": "014",
        "southern_africa": "018",
        "caribbean": "029",
        "central_america": "013",
        "south_america": "005",
        "northern_america": "021",
        "central_asia": "143",
        "eastern_asia": "030",
        "south_eastern_asia": "035",
        "southern_asia": "034",
        "western_asia": "145",
        "eastern_europe": "151",
        "northern_europe": "154",
        "southern_europe": "039",
        "western_europe": "155",
        "australia_and_new_zealand": "053",
        "melanesia": "054",
        "micronesia": "057",
        "polynesia": "061",
    }
)
"""The groups of nationalities that are regions of the United Nations' M49, which CLDR names in every language."""

_GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "F": mark("Female"),
        "M": mark("Male"),
        "X": mark("Unspecified"),
        "stateless_or_refugee": mark("Stateless or refugee"),
        "no_region": mark("No region"),
        "unknown": mark("Not known"),
    }
)


def group_name(code: str, locale: str) -> str:
    """A sex, an age band or a group of nationalities; an age band is its own name."""
    if code in _M49:
        return str(Locale.parse(locale).territories[_M49[code]])
    return translator(locale).gettext(_GROUPS[code]) if code in _GROUPS else code.replace("-", "–")


def group_of(row: FigureRow) -> str:
    """The code of a row's group; of two axes at once both, of the whole nothing."""
    return " ".join(code for code in (row.sex, row.age_band, row.nationality_group) if code)
