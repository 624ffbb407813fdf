"""Documents by the hundred million, as CSV: read row by row, never whole in memory.

The columns are those of ``national_documents`` that a set of documents has room for: ``number``, ``issuing_state``,
``type`` and ``reason``; besides ``number_to``, the last number of a range that begins with ``number``, and
``reported_on``, of which the year is kept. A file of changes has ``change`` besides, ``add`` or ``remove``.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO, TextIOWrapper
from operator import itemgetter
from typing import BinaryIO, Final, NamedTuple

from crossing.ports.document_set import Document, NumberRange, RangeRefused
from crossing.screening.countries import state_code
from crossing.screening.documents import tidy
from crossing.screening.errors import (
    ListChangesAlone,
    ListColumnsMissing,
    ListColumnUnclear,
    ListMalformed,
    ListNotUtf8,
    ListTooLarge,
)
from crossing.screening.lists.contents import (
    MAX_BYTES,
    MAX_ENTRIES,
    Finding,
    FindingCode,
    ListContents,
    ListedDocument,
    cut,
)
from crossing.screening.lists.mapping import ColumnMapping

NEEDED: Final = ("number", "issuing_state", "type", "reason")
COLUMNS: Final = (*NEEDED, "number_to", "reported_on")
CHANGE: Final = "change"

_ADD: Final = "add"
_REMOVE: Final = "remove"

_DELIMITERS: Final = (",", ";", "\t")
_LONGEST_LINE: Final = 65_536
_LONGEST_NUMBER: Final = 64
_LONGEST_TYPE: Final = 60
_LONGEST_REASON: Final = 300
_REMEMBERED: Final = 4096
_YEAR: Final = re.compile(r"((?:19|20)\d\d)(?:-\d\d(?:-\d\d)?)?", re.ASCII)

Note = Callable[[Finding], None]
Listed = Document | NumberRange


class Change(NamedTuple):
    """One row of a file of changes. ``takes_out``: what is listed under this number, or with these two ends, and of
    this State goes; otherwise it is listed."""

    line: int
    takes_out: bool
    listed: Listed


def rows(file: BinaryIO, note: Note) -> Iterator[Listed]:
    """The documents and ranges of a file, in its order; ``note`` is told of what is skipped or not understood.

    Raises a domain error where the file is damaged or of another kind, at the row where that shows; ListChangesAlone
    for a file of changes, which would be a list of a few documents.
    """
    for line, cells in _cells(file, note, NEEDED, COLUMNS):
        found = _listed(cells, line, note)
        if found is not None:
            yield found


def changes(file: BinaryIO, note: Note) -> Iterator[Change]:
    """The rows of a file of changes. Raises as :func:`rows` does, and where there is no column ``change``."""
    for line, (change, *cells) in _cells(file, note, (CHANGE, *NEEDED), (CHANGE, *COLUMNS)):
        said = change.strip().lower()
        if said not in (_ADD, _REMOVE):
            note(Finding(line, "", FindingCode.RECORD_UNREADABLE, CHANGE))
            continue
        found = _listed(cells, line, note)
        if found is not None:
            yield Change(line, said == _REMOVE, found)


def _cells(
    file: BinaryIO, note: Note, needed: Sequence[str], columns: Sequence[str]
) -> Iterator[tuple[int, Sequence[str]]]:
    """The line and the cells of every row, in the order of ``columns``; empty where the file lacks the column."""
    text = TextIOWrapper(file, encoding="utf-8-sig", errors="strict", newline="")
    line = 1
    try:
        lines = _lines(text)
        first = next(lines, "")
        delimiter = max(_DELIMITERS, key=first.count)
        header = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])]
        chosen = itemgetter(*_places(header, needed, columns))
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        line, width, nothing = 2, len(header), ("",)
        for row in reader:
            if len(row) == width:
                yield line, chosen((*row, *nothing))
            elif any(row):
                note(Finding(line, "", FindingCode.COLUMNS_WRONG))
            line = reader.line_num + 2
    except csv.Error as broken:
        raise ListMalformed(line=line) from broken
    except UnicodeDecodeError as broken:
        raise ListNotUtf8(line=line) from broken
    finally:
        # The file is the caller's to close.
        text.detach()


def read(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """A small file whole, for whoever wants to see what it holds; a range is shown by its two ends.

    The columns are these and no others, so there is nothing to map. Raises a domain error.
    """
    contents = ListContents()
    for found in rows(BytesIO(content), contents.findings.append):
        if len(contents.documents) >= MAX_ENTRIES:
            raise ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)
        number = f"{found.first}-{found.last}" if isinstance(found, NumberRange) else found.number
        reference = f"{found.issuer}:{number}"
        contents.documents.append(ListedDocument(reference, number, found.issuer, found.type, found.reason))
    return contents


def _lines(text: TextIOWrapper) -> Iterator[str]:
    """Lines of a bounded length: a file without line ends is not read into memory."""
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE and not line.endswith("\n"):
            raise csv.Error("a line without an end")
        yield line


def _places(header: Sequence[str], needed: Sequence[str], columns: Sequence[str]) -> list[int]:
    """Where each of ``columns`` stands; behind the row, where an empty cell is added, for one that the file lacks."""
    if CHANGE in header and CHANGE not in columns:
        raise ListChangesAlone
    if missing := [name for name in needed if name not in header]:
        raise ListColumnsMissing(columns=", ".join(missing))
    if twice := [name for name in columns if header.count(name) > 1]:
        raise ListColumnUnclear(columns=", ".join(twice))
    return [header.index(name) if name in header else len(header) for name in columns]


def _listed(cells: Sequence[str], line: int, note: Note) -> Listed | None:
    number, state, kind, reason, number_to, reported = cells
    number = tidy(number)
    if not number or len(number) >= _LONGEST_NUMBER:
        note(Finding(line, "", FindingCode.FIELD_TOO_LONG if number else FindingCode.NUMBER_MISSING, "number"))
        if not number:
            return None
    issuer = _state(state)
    if not issuer and state.strip():
        note(Finding(line, "", FindingCode.STATE_UNKNOWN, "issuing_state"))
    year = _year(reported)
    if year is None and reported.strip():
        note(Finding(line, "", FindingCode.DATE_UNREADABLE, "reported_on"))
    said = (issuer, _words(kind, _LONGEST_TYPE), _words(reason, _LONGEST_REASON), year)
    if not number_to.strip():
        return Document(number, *said)
    try:
        return NumberRange.between(number, tidy(number_to), *said)
    except RangeRefused:
        note(Finding(line, "", FindingCode.RECORD_UNREADABLE, "number_to"))
        return None


@lru_cache(_REMEMBERED)
def _state(written: str) -> str:
    return state_code(written)


@lru_cache(_REMEMBERED)
def _words(written: str, limit: int) -> str:
    return cut(written, limit)


@lru_cache(_REMEMBERED)
def _year(written: str) -> int | None:
    found = _YEAR.fullmatch(written.strip())
    return int(found[1]) if found else None
