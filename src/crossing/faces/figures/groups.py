"""The groups by which the work of the face engines is counted: coarse enough that nobody is found by theirs."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from crossing.documents.dates import PartialDate

UNKNOWN: Final = "unknown"

SEXES: Final = ("F", "M", "X", UNKNOWN)
"""As in an MRZ (Doc 9303-3 section 4.1 writes X as a filler)."""

_OLDEST: Final = 120
_FROM_YEARS: Final = (
    (60, "60+"),
    (45, "45-59"),
    (30, "30-44"),
    (18, "18-29"),
    (12, "12-17"),
    (6, "6-11"),
    (0, "0-5"),
)

AGE_BANDS: Final = (*(band for _, band in reversed(_FROM_YEARS)), UNKNOWN)
"""Youngest first. Faces of children change fast, and engines err more on them: their bands are narrow."""


def age_band(birth: PartialDate | None, on: date) -> str:
    """The band of someone born on ``birth``, on the day ``on``.

    Where only the month or the year is known, the middle of the days that it can mean counts: the age is then wrong
    by half a year at most. A birth after ``on``, or more than 120 years before it, is a misreading: ``unknown``.
    """
    if birth is None or birth.earliest > on:
        return UNKNOWN
    latest = min(birth.latest, on)
    years = age(birth.earliest + (latest - birth.earliest) / 2, on)
    if years > _OLDEST:
        return UNKNOWN
    return next(band for least, band in _FROM_YEARS if years >= least)


def age(born: date, on: date) -> int:
    """Whole years. Who was born on 29 February is a year older on 1 March where the year has no such day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def nationality_group(code: str | None) -> str:
    """The region of a nationality as Doc 9303-3 section 5 codes it; ``unknown`` for what is no such code."""
    return _group_of().get(code or "", UNKNOWN)


def nationality_groups() -> tuple[str, ...]:
    """Every group that there is, ``unknown`` last."""
    return tuple(_table())


@cache
def _group_of() -> Mapping[str, str]:
    return MappingProxyType({code: group for group, codes in _table().items() for code in codes})


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    written = resources.files("crossing.faces.figures").joinpath("nationality_groups.json").read_text("utf-8")
    return MappingProxyType({group: tuple(codes) for group, codes in json.loads(written)["groups"].items()})
