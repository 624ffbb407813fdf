"""The name field: primary identifier, two fillers, secondary identifier (Doc 9303-3 section 4.6)."""

import re
from typing import Final, NamedTuple

from crossing.documents.mrz.checks import FILLER
from crossing.documents.mrz.formats import Layout, Span
from crossing.documents.transliteration import to_mrz_letters

NAME_SEPARATOR: Final = FILLER * 2

# The last word of two letters or more, with what follows it.
_SPARE_LETTER: Final = re.compile(r"([A-Z]{2,})[^A-Z]*(?:[A-Z][^A-Z]+)*[A-Z]?$")


class Names(NamedTuple):
    """The names and their columns. ``truncated`` names the fields that are full to their last column.

    More may have followed there (Doc 9303-4 section 4.2.3). ``undivided``: there is a primary identifier alone.
    """

    surname: str
    given_names: str
    surname_span: Span
    given_names_span: Span
    truncated: tuple[str, ...]

    @property
    def undivided(self) -> bool:
        return bool(self.surname) and not self.given_names


def read_names(lines: tuple[str, ...], layout: Layout) -> Names:
    """The names of a document, from the one place that holds both or from the two of the French card."""
    if not layout.has("names"):
        spans = layout.place("surname").span, layout.place("given_names").span
        full = (
            name for name, span in zip(("surname", "given_names"), spans, strict=True) if _is_full(span.of(lines))
        )
        return Names(_words(spans[0].of(lines)), _words(spans[1].of(lines)), *spans, tuple(full))
    whole = layout.place("names").span
    raw = whole.of(lines)
    leading = len(raw) - len(raw.lstrip(FILLER))
    primary, separator, secondary = raw[leading:].partition(NAME_SEPARATOR)
    end = whole.start + leading + len(primary)
    surname, given_names = _words(primary), _words(secondary)
    return Names(
        surname=surname,
        given_names=given_names,
        surname_span=Span(whole.line, whole.start, end),
        given_names_span=Span(whole.line, end + len(separator), whole.end),
        truncated=("given_names" if given_names else "surname",) if _is_full(raw) else (),
    )


def join_names(surname: str, given_names: str, width: int) -> str:
    """The name field, ``width`` columns, cut by the standard's rule where the names are too long.

    A cut field ends in a letter, by which the reader knows that it was cut, and keeps at least one letter of the
    given names.
    """
    primary, secondary = _encoded(surname), _encoded(given_names)
    if not secondary:
        return cut(primary, width)
    room = width - len(NAME_SEPARATOR) - 1
    if len(primary) > room:
        primary = cut(primary, room)
    return cut(primary + NAME_SEPARATOR + secondary, width)


def join_apart(name: str, width: int, *, separator: str = FILLER) -> str:
    """One name in a place of its own, its parts divided by ``separator``."""
    return cut(separator.join(to_mrz_letters(name).split()), width)


def cut(text: str, width: int) -> str:
    """``text`` filled or cut to ``width`` columns; where it is cut, the last column is a letter.

    Where the cut would fall between two words, a letter less of what stands before lets the next word begin.
    """
    while len(text) > width and text[width - 1] == FILLER:
        spare = _SPARE_LETTER.search(text[: width - 1])
        if spare is None:
            break
        text = text[: spare.end(1) - 1] + text[spare.end(1) :]
    return text[:width].ljust(width, FILLER)


def _is_full(raw: str) -> bool:
    return not raw.endswith(FILLER)


def _encoded(name: str) -> str:
    return FILLER.join(to_mrz_letters(name).split())


def _words(raw: str) -> str:
    return " ".join(raw.replace(FILLER, " ").split())
