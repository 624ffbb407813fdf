"""Where each datum stands: the five formats of Doc 9303 parts 4 to 7, and the French identity card before 2021.

The French card has two lines of 36 columns, as TD2 has, but a layout of its own that Doc 9303 does not know: its
number has twelve columns and begins with the year and month of issue; no expiry and no nationality are written. Crew
member certificates are TD1 cards with the document code AC (Doc 9303-5 section 4.2.2).
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final


class MrzFormat(StrEnum):
    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"
    FRENCH_ID = "FRENCH-ID"


CREW_CARD: Final = "AC"
"""The document code of a crew member certificate, the only one in which C follows A (Doc 9303-5 section 4.2.2)."""
FIRST_LETTERS: Final = "ACIPV"
"""Those with which a document code begins (Doc 9303 parts 4 to 7, sections 4.2.2)."""
NAME_PLACES: Final = frozenset({"names", "surname", "given_names"})
"""Names of places that hold names: one place for both, or one for each on the French card."""


class Characters(StrEnum):
    """What a place may hold beside the filler."""

    LETTERS = "letters"
    DIGITS = "digits"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Span:
    """Columns ``start`` to ``end`` (exclusive) of one line, all counted from 0."""

    line: int
    start: int
    end: int

    def of(self, lines: tuple[str, ...]) -> str:
        return lines[self.line][self.start : self.end]

    def holds(self, other: "Span") -> bool:
        return self.line == other.line and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Place:
    """One field: its columns, what they may hold, and the column of its check digit where it has one."""

    name: str
    span: Span
    characters: Characters
    check: Span | None = None


@dataclass(frozen=True)
class Layout:
    """One format. ``composite`` lists the columns that the composite check digit covers, in its order.

    ``free_ends`` are the lines whose last columns are names or unchecked optional data: fillers lost at their end
    can be put back without a doubt. ``overflow`` names the optional field into which a document number of more
    than nine characters runs on (parts 5 and 6). ``first_letters`` are those with which its document code may begin.
    """

    format: MrzFormat
    line_count: int
    line_length: int
    places: tuple[Place, ...]
    free_ends: frozenset[int]
    first_letters: str
    composite: tuple[Span, ...] = ()
    composite_check: Span | None = None
    overflow: str | None = None

    @cached_property
    def number(self) -> Place:
        return self.place("document_number")

    @cached_property
    def optional(self) -> Place:
        return self.place("optional_data")

    @cached_property
    def checks(self) -> tuple[Span, ...]:
        """The columns of all check digits."""
        own = tuple(place.check for place in self.places if place.check is not None)
        return own if self.composite_check is None else (*own, self.composite_check)

    @cached_property
    def checked_ends(self) -> frozenset[int]:
        """The lines with a free end that have check digits before it."""
        return self.free_ends & {check.line for check in self.checks}

    @cached_property
    def composite_covers_names(self) -> bool:
        names = [place.span for place in self.places if place.name in NAME_PLACES]
        return any(span.holds(name) for span in self.composite for name in names)

    def place(self, name: str) -> Place:
        return next(place for place in self.places if place.name == name)

    def has(self, name: str) -> bool:
        return any(place.name == name for place in self.places)


def _head(name_end: int | None) -> tuple[Place, ...]:
    code = Place("document_code", Span(0, 0, 2), Characters.ANY)
    state = Place("issuing_state", Span(0, 2, 5), Characters.LETTERS)
    if name_end is None:
        return code, state
    return code, state, Place("names", Span(0, 5, name_end), Characters.LETTERS)


def _second_line() -> tuple[Place, ...]:
    """The 28 columns that TD2, TD3 and both visas share."""
    return (
        Place("document_number", Span(1, 0, 9), Characters.ANY, Span(1, 9, 10)),
        Place("nationality", Span(1, 10, 13), Characters.LETTERS),
        Place("birth_date", Span(1, 13, 19), Characters.DIGITS, Span(1, 19, 20)),
        Place("sex", Span(1, 20, 21), Characters.LETTERS),
        Place("expiry_date", Span(1, 21, 27), Characters.DIGITS, Span(1, 27, 28)),
    )


_TD1: Final = Layout(
    MrzFormat.TD1,
    line_count=3,
    line_length=30,
    places=(
        *_head(None),
        Place("document_number", Span(0, 5, 14), Characters.ANY, Span(0, 14, 15)),
        Place("optional_data", Span(0, 15, 30), Characters.ANY),
        Place("birth_date", Span(1, 0, 6), Characters.DIGITS, Span(1, 6, 7)),
        Place("sex", Span(1, 7, 8), Characters.LETTERS),
        Place("expiry_date", Span(1, 8, 14), Characters.DIGITS, Span(1, 14, 15)),
        Place("nationality", Span(1, 15, 18), Characters.LETTERS),
        Place("optional_data_2", Span(1, 18, 29), Characters.ANY),
        Place("names", Span(2, 0, 30), Characters.LETTERS),
    ),
    free_ends=frozenset({0, 2}),
    first_letters="ACI",
    composite=(Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), Span(1, 18, 29)),
    composite_check=Span(1, 29, 30),
    overflow="optional_data",
)
_TD2: Final = Layout(
    MrzFormat.TD2,
    line_count=2,
    line_length=36,
    places=(*_head(36), *_second_line(), Place("optional_data", Span(1, 28, 35), Characters.ANY)),
    free_ends=frozenset({0}),
    first_letters="ACI",
    composite=(Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 35)),
    composite_check=Span(1, 35, 36),
    overflow="optional_data",
)
_TD3: Final = Layout(
    MrzFormat.TD3,
    line_count=2,
    line_length=44,
    places=(*_head(44), *_second_line(), Place("optional_data", Span(1, 28, 42), Characters.ANY, Span(1, 42, 43))),
    free_ends=frozenset({0}),
    first_letters="P",
    composite=(Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 43)),
    composite_check=Span(1, 43, 44),
)


def _visa(mrz_format: MrzFormat, length: int) -> Layout:
    optional = Place("optional_data", Span(1, 28, length), Characters.ANY)
    places = (*_head(length), *_second_line(), optional)
    return Layout(mrz_format, 2, length, places, free_ends=frozenset({0, 1}), first_letters="V")


# The optional data are the office that issued it: département and office, or fillers on some cards.
_FRENCH_ID: Final = Layout(
    MrzFormat.FRENCH_ID,
    line_count=2,
    line_length=36,
    places=(
        *_head(None),
        Place("surname", Span(0, 5, 30), Characters.LETTERS),
        Place("optional_data", Span(0, 30, 36), Characters.ANY),
        Place("document_number", Span(1, 0, 12), Characters.ANY, Span(1, 12, 13)),
        Place("given_names", Span(1, 13, 27), Characters.LETTERS),
        Place("birth_date", Span(1, 27, 33), Characters.DIGITS, Span(1, 33, 34)),
        Place("sex", Span(1, 34, 35), Characters.LETTERS),
    ),
    free_ends=frozenset(),
    first_letters="I",
    composite=(Span(0, 0, 36), Span(1, 0, 35)),
    composite_check=Span(1, 35, 36),
)
FRENCH_ISSUE: Final = Span(1, 0, 4)
"""Year and month of issue, the head of the French card's number."""


LAYOUTS: Final = MappingProxyType(
    {
        MrzFormat.TD1: _TD1,
        MrzFormat.TD2: _TD2,
        MrzFormat.TD3: _TD3,
        MrzFormat.MRV_A: _visa(MrzFormat.MRV_A, 44),
        MrzFormat.MRV_B: _visa(MrzFormat.MRV_B, 36),
        MrzFormat.FRENCH_ID: _FRENCH_ID,
    }
)
