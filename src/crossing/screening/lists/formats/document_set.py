"""Documents by the hundred million, as CSV: read row by row, never whole in memory.

The columns are those of ``national_documents`` that a set of documents has room for: ``number``, ``issuing_state``,
``type`` and ``reason``; besides ``number_to``, the last number of a range that begins with ``number``, and
``reported_on``, of which the year is kept.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO, TextIOWrapper
from operator import itemgetter
from typing import BinaryIO, Final

from crossing.ports.document_set import Document, NumberRange, RangeRefused
from crossing.screening.countries import state_code
from crossing.screening.documents import tidy
from crossing.screening.errors import (
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

_DELIMITERS: Final = (",", ";", "\t")
_LONGEST_LINE: Final = 65_536
_LONGEST_NUMBER: Final = 64
_LONGEST_TYPE: Final = 60
_LONGEST_REASON: Final = 300
_REMEMBERED: Final = 4096
_YEAR: Final = re.compile(r"((?:19|20)\d\d)(?:-\d\d(?:-\d\d)?)?", re.ASCII)

Note = Callable[[Finding], None]
Listed = Document | NumberRange


def rows(file: BinaryIO, note: Note) -> Iterator[Listed]:
    """The documents and ranges of a file, in its order; ``note`` is told of what is skipped or not understood.

    Raises a domain error where the file is damaged or of another kind, at the row where that shows.
    """
    text = TextIOWrapper(file, encoding="utf-8-sig", errors="strict", newline="")
    line = 1
    try:
        lines = _lines(text)
        first = next(lines, "")
        delimiter = max(_DELIMITERS, key=first.count)
        header = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])]
        chosen = itemgetter(*_places(header))
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        line, width, nothing = 2, len(header), ("",)
        for row in reader:
            if len(row) == width:
                found = _listed(chosen((*row, *nothing)), line, note)
                if found is not None:
                    yield found
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


def _places(header: Sequence[str]) -> list[int]:
    """Where each of COLUMNS stands; behind the row, where an empty cell is added, for one that the file lacks."""
    if missing := [name for name in NEEDED if name not in header]:
        raise ListColumnsMissing(columns=", ".join(missing))
    if twice := [name for name in COLUMNS if header.count(name) > 1]:
        raise ListColumnUnclear(columns=", ".join(twice))
    return [header.index(name) if name in header else len(header) for name in COLUMNS]


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
