"""The name field: primary identifier, two fillers, secondary identifier (Doc 9303-3 section 4.6)."""

from typing import Final, NamedTuple

from crossing.documents.mrz.checks import FILLER
from crossing.documents.transliteration import to_mrz_letters

NAME_SEPARATOR: Final = FILLER * 2


class Names(NamedTuple):
    """``truncated`` says that the field is full to its last column, so that more may have followed."""

    surname: str
    given_names: str
    truncated: bool


def split_names(raw: str) -> Names:
    primary, _, secondary = raw.strip(FILLER).partition(NAME_SEPARATOR)
    return Names(_words(primary), _words(secondary), truncated=not raw.endswith(FILLER))


def join_names(surname: str, given_names: str, width: int) -> str:
    """The name field, ``width`` columns, cut by the standard's rule where the names are too long.

    A cut field ends in a letter, by which the reader knows that it was cut, and keeps at least one letter of the
    given names.
    """
    primary, secondary = _encoded(surname), _encoded(given_names)
    if not secondary:
        return _cut(primary, width)
    room = width - len(NAME_SEPARATOR) - 1
    if len(primary) > room:
        primary = _cut(primary, room)
    return _cut(primary + NAME_SEPARATOR + secondary, width)


def _cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text.ljust(width, FILLER)
    if text[width - 1] == FILLER:
        # The cut falls between two words: one letter less of the first shows that there was a second.
        return text[: width - 2] + FILLER + text[width]
    return text[:width]


def _encoded(name: str) -> str:
    return FILLER.join(to_mrz_letters(name).split())


def _words(raw: str) -> str:
    return " ".join(raw.replace(FILLER, " ").split())
