"""Rows of a CSV file, made by hand or by a machine: each can be answered, whatever is in the others."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

from crossing.documents.dates import PartialDate
from crossing.screening.names.errors import MalformedPairs
from crossing.screening.names.troubles import Trouble, TroubleCode

MOST_LETTERS: Final = 500
"""A longer name is no name."""

_DELIMITERS: Final = (",", ";", "\t")
_MOST_LINES: Final = 8
"""A quoted cell may go over so many lines; else one quotation mark would swallow the rest of the file."""

_NOT_CLOSED: Final = "unexpected end of data"
_YEAR_FIRST: Final = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2})(?:[T ].*)?)?)?")
_RUN_TOGETHER: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """``cells`` by column; ``trouble`` says why they can't be read. ``line`` is its first line."""

    line: int
    cells: Mapping[str, str]
    trouble: Trouble | None = None


def read_rows(stream: BinaryIO, columns: Sequence[str]) -> Iterator[Row]:
    """The rows below the heading, one by one, in their order; in UTF-8 (with or without a mark at its start).

    Commas, semicolons or tabs divide the cells. Raises MalformedPairs for a file whose heading lacks one of the
    ``columns``. The stream is closed at the end.
    """
    with io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline=None) as text:
        lines = enumerate(text, 1)
        heading = next(lines, (1, ""))[1]
        names, delimiter = _heading(heading, columns)
        for line, record in _records(lines, delimiter):
            cells = _cells(record, delimiter)
            if any(cell.strip() for cell in cells):
                yield _row(line, names, cells, columns)


def read_birth(text: str) -> PartialDate | None:
    """A date that can be read in one way only, year first or (with a day above 12) last; 00 is an unknown part.

    None for an empty text. Raises ValueError for any other.
    """
    if not text:
        return None
    found = _YEAR_FIRST.fullmatch(text) or _RUN_TOGETHER.fullmatch(text)
    if found is not None:
        year, month, day = (int(one) if one else 0 for one in found.groups())
    else:
        year, month, day = _year_last(text)
    if day and not month:
        raise ValueError("a day without a month")
    if day:
        date(year, month, day)
    return PartialDate(year, month or None, day or None)


def _year_last(text: str) -> tuple[int, int, int]:
    found = _YEAR_LAST.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    one, other, year = map(int, found.groups())
    if one == other or other > 12:
        return year, one, other
    if one > 12:
        return year, other, one
    raise ValueError("either number may be the month")


def _heading(heading: str, columns: Sequence[str]) -> tuple[list[str], str]:
    found = [([cell.strip().lower() for cell in _cells(heading, one)], one) for one in _DELIMITERS]
    names, delimiter = max(found, key=lambda one: len(set(columns).intersection(one[0])))
    missing = [column for column in columns if column not in names]
    if missing:
        raise MalformedPairs(columns=", ".join(missing))
    return names, delimiter


def _records(lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, str]]:
    """Lines, joined where a quoted cell goes over several; a quotation mark that nobody closes joins none."""
    ahead: list[tuple[int, str]] = []
    for line, text in _in_order(ahead, lines):
        joined = text
        taken: list[tuple[int, str]] = []
        while _is_open(joined, delimiter) and len(taken) < _MOST_LINES - 1:
            following = ahead.pop(0) if ahead else next(lines, None)
            if following is None:
                break
            taken.append(following)
            joined += following[1]
        if taken and _is_open(joined, delimiter):
            ahead[:0] = taken
            joined = text
        yield line, joined


def _in_order(ahead: list[tuple[int, str]], lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """What was read ahead, then the lines."""
    while True:
        following = ahead.pop(0) if ahead else next(lines, None)
        if following is None:
            return
        yield following


def _is_open(record: str, delimiter: str) -> bool:
    if '"' not in record:
        return False
    try:
        list(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return _NOT_CLOSED in str(error)
    return False


def _cells(record: str, delimiter: str) -> list[str]:
    """The cells as they are divided; of a record that is no CSV at all as its delimiters divide it."""
    try:
        rows = list(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter))
    except csv.Error:
        return record.rstrip("\r\n").split(delimiter)
    return [cell for row in rows for cell in row]


def _row(line: int, names: Sequence[str], cells: Sequence[str], columns: Sequence[str]) -> Row:
    by_name = dict.fromkeys(columns, "") | {
        name: _printable(cell).strip() for name, cell in zip(names, cells, strict=False)
    }
    if any(cell.strip() for cell in cells[len(names) :]):
        return Row(line, by_name, Trouble.of(TroubleCode.CELLS_TOO_MANY, line))
    if len(cells) < len(names) and any(column not in names[: len(cells)] for column in columns):
        return Row(line, by_name, Trouble.of(TroubleCode.CELLS_TOO_FEW, line))
    if any("\ud800" <= letter <= "\udfff" for cell in cells for letter in cell):
        return Row(line, by_name, Trouble.of(TroubleCode.NOT_UTF8, line))
    return Row(line, by_name)


def _printable(cell: str) -> str:
    return cell.encode("utf-8", "replace").decode()
