"""What nationality and sex say beside a name, and which dates of birth need how much of it before anybody alerts."""

from collections.abc import Collection, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from crossing.screening.names.births import Relation

_MAN_AND_WOMAN: Final = {"M", "F"}


class Agreement(IntEnum):
    """How a listed person's nationality and sex are to the traveller's, the least first."""

    OPPOSED = -1
    """Another nationality, or another sex."""

    UNSAID = 0
    """A side has no nationality."""

    SAME = 1

    NEVER = 2
    """More than there is: nothing comes of the two, whatever nationality and sex."""


NEEDED: Final[Mapping[Relation, Agreement]] = MappingProxyType(
    {
        Relation.SAME: Agreement.OPPOSED,
        Relation.SWAPPED: Agreement.OPPOSED,
        Relation.YEAR_SAME: Agreement.OPPOSED,
        Relation.PLACEHOLDER: Agreement.OPPOSED,
        Relation.NEAR: Agreement.UNSAID,
        Relation.ONE_PART_OFF: Agreement.SAME,
        Relation.SLIP: Agreement.SAME,
        Relation.UNKNOWN: Agreement.SAME,
        Relation.DIFFERS: Agreement.NEVER,
    }
)
"""The least agreement with which two dates of birth may alert at all, whatever the names."""


def agreement(nationality: str, nationalities: Collection[str], sexes: tuple[str, str] = ("", "")) -> Agreement:
    """Of a traveller's nationality and a listed person's. ``sexes``: M, F or empty, the one's and the other's."""
    if sexes_differ(*sexes):
        return Agreement.OPPOSED
    if not (nationality and nationalities):
        return Agreement.UNSAID
    return Agreement.SAME if nationality in nationalities else Agreement.OPPOSED


def sexes_differ(one: str, other: str) -> bool:
    """Whether one is M and the other F; nobody is said to differ who is neither."""
    return {one, other} == _MAN_AND_WOMAN


def could_alert(relation: Relation, agrees: Agreement) -> bool:
    """Whether anything could come of two dates of birth with this agreement, whatever the names."""
    return agrees >= NEEDED[relation]
