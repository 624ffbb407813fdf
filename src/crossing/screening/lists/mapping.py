"""Which column of a ministry's file is which field of ours, and a first guess at it from the column names."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from crossing.screening.lists.vocabulary import HEADERS, JOINED

MAX_MAPPED: Final = 100
DATE_ORDERS: Final = ("DMY", "MDY", "YMD")

_CERTAIN: Final = 1.0
_LIKELY: Final = 0.7
_DIACRITICS: Final = re.compile(r"[\u0640\u064b-\u065f\u0670]")
_ARABIC_LETTERS: Final = str.maketrans("أإآٱىة", "اااايه")
_NOT_WORDS: Final = re.compile(r"[\W_]+")
_NUMBER_SIGN: Final = re.compile(r"n\s*[°º]|\bnum\.|\bno\.|№|#", re.IGNORECASE)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """``columns`` gives each of our fields the file's columns that it is read from, in the order in which they are
    joined; ``constants`` gives fields the value that a row without one of its own has. ``sheet`` is the name of an
    XLSX sheet (the first where empty), ``records`` the path of the array in a JSON file ("data.items"; the file
    itself where empty). ``date_order`` says how 03/04/1980 is meant: "DMY", "MDY" or "YMD".

    Column names are compared without regard to capitals and spaces.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    records: str = ""
    date_order: str = "DMY"


def folded(header: str) -> str:
    """A column name as it is compared: capitals and the number of spaces make no difference."""
    return " ".join(header.replace("\ufeff", "").casefold().split())


def suggest(
    headers: Sequence[str], list_format: str = "national_persons", rows: Sequence[Sequence[str]] = ()
) -> ColumnMapping:
    """The mapping that the column names suggest, in French, English or Arabic. An operator has to confirm it.

    The first ``rows`` may give away the order of dates; else it is that of the region, the day first.
    """
    found: dict[str, list[tuple[float, str]]] = {}
    for header in headers:
        name, confidence = _best(header, list_format)
        if name:
            found.setdefault(name, []).append((confidence, header))
    columns = {name: _chosen(name, candidates) for name, candidates in found.items()}
    dated = [place for place, header in enumerate(headers) if header in columns.get("birth_dates", ())]
    order = date_order_of([row[place] for row in rows for place in dated if place < len(row)])
    return ColumnMapping(columns=columns, date_order=order or "DMY")


def added_to(given: ColumnMapping, suggested: ColumnMapping) -> ColumnMapping:
    """``given``, and of ``suggested`` the fields and columns that it says nothing of. The day first, which is what
    holds where nobody said otherwise, gives way to an order that the dates themselves show."""
    taken = {folded(column) for columns in given.columns.values() for column in columns}
    more = {
        name: columns
        for name, columns in suggested.columns.items()
        if name not in given.columns and not taken & {folded(column) for column in columns}
    }
    order = suggested.date_order if given.date_order == ColumnMapping().date_order else given.date_order
    return replace(given, columns={**more, **given.columns}, date_order=order)


def confidence(mapping: ColumnMapping, list_format: str = "national_persons") -> dict[str, float]:
    """For each mapped field how well its columns' names say so: 1.0 word for word, 0.7 in part, 0.0 not at all."""
    return {name: min(_score(one, name, list_format) for one in columns) for name, columns in mapping.columns.items()}


def date_order_of(values: Sequence[str]) -> str | None:
    """The order that dates like 13/04/1980 give away; None where none does, or they contradict each other."""
    orders = set()
    for value in values:
        parts = [int(part) for part in re.findall(r"\d{1,4}", value)[:3]]
        if len(parts) != 3:
            continue
        if parts[0] > 31:
            orders.add("YMD")
        elif parts[0] > 12:
            orders.add("DMY")
        elif parts[1] > 12:
            orders.add("MDY")
    return orders.pop() if len(orders) == 1 else None


def _chosen(name: str, candidates: list[tuple[float, str]]) -> tuple[str, ...]:
    """Every column of the best confidence where a field may have several, else the first of them."""
    best = max(score for score, _ in candidates)
    columns = tuple(header for score, header in candidates if score == best)
    return columns if name in JOINED else columns[:1]


def _best(header: str, list_format: str) -> tuple[str, float]:
    scores = {name: _score(header, name, list_format) for name in HEADERS.get(list_format, {})}
    if not scores or not max(scores.values()):
        return "", 0.0
    # Of two fields whose words are in the header, the one with the longer words is meant.
    name = max(scores, key=lambda one: (scores[one], _longest(header, one, list_format)))
    return name, scores[name]


def _score(header: str, name: str, list_format: str) -> float:
    plain = _plain(header)
    if not plain:
        return 0.0
    phrases = {_plain(phrase) for phrase in HEADERS.get(list_format, {}).get(name, ())} | {_plain(name)}
    if plain in phrases:
        return _CERTAIN
    return _LIKELY if _longest(header, name, list_format) else 0.0


def _longest(header: str, name: str, list_format: str) -> int:
    """The length of the field's longest phrase that stands in the header as whole words; 0 for none.

    Words of one or two letters and "nom" stand in too many headers to mean anything there.
    """
    plain = f" {_plain(header)} "
    phrases = (_plain(phrase) for phrase in HEADERS[list_format][name])
    return max((len(one) for one in phrases if len(one) > 3 and f" {one} " in plain), default=0)


def _plain(text: str) -> str:
    """Words in small letters without accents and signs; Arabic without vowel marks, one form of each letter."""
    spaced = _NUMBER_SIGN.sub(" numero ", _CAMEL.sub(" ", text))
    letters = unicodedata.normalize("NFKD", _DIACRITICS.sub("", spaced).translate(_ARABIC_LETTERS).casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _NOT_WORDS.sub(" ", bare).strip()
