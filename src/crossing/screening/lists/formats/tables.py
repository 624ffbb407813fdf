"""One table out of a CSV, XLSX or JSON file: its columns, and its rows one by one.

Which of the three it is, is told by the content; a file's name says nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from typing import Any, Final

from crossing.screening.errors import ListFileEmpty, ListIsNoTable, ListKeyRepeated, ListMalformed, ListWorkbookOld
from crossing.screening.lists.contents import Finding, FindingCode, cut
from crossing.screening.lists.formats import delimited, json_text
from crossing.screening.lists.formats.archive import is_archive
from crossing.screening.lists.formats.workbook import Workbook
from crossing.screening.lists.mapping import ColumnMapping, folded

JSON_LOOK_AHEAD: Final = 1_000
"""Records of a JSON file whose names count as its columns: there is no header line to tell them."""

ROWS_LOOKED_AT: Final = 200
"""Rows from which the order of dates is guessed."""

MAX_COLUMNS: Final = 500
_PDF: Final = b"%PDF-"
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Kind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Row:
    """``cells`` by folded column name; None where the row has more or fewer cells than there are columns."""

    line: int
    cells: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` can be gone through once, and raises domain errors with the line. ``sheets`` are a workbook's."""

    kind: Kind
    headers: tuple[str, ...]
    rows: Iterable[Row]
    sheets: tuple[str, ...] = ()
    serial_dates: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What is to be shown before columns are mapped: the file's own words, each value cut to 200 characters."""

    kind: Kind
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sheets: tuple[str, ...]


def headers_of(content: bytes, mapping: ColumnMapping | None = None) -> list[str]:
    """The file's column names as they are written. ``mapping`` may name the sheet, or the path of the records."""
    return list(open_table(content, mapping).headers)


def preview(content: bytes, mapping: ColumnMapping | None = None, *, rows: int = 5) -> Preview:
    """The columns and the first rows; a damage further down is not seen. Raises a domain error."""
    table = open_table(content, mapping)
    first = [row.cells for row in islice(table.rows, rows) if row.cells is not None]
    shown = tuple(tuple(cut(cells.get(folded(name), ""), 200) for name in table.headers) for cells in first)
    return Preview(table.kind, table.headers, shown, table.sheets)


def open_table(content: bytes, mapping: ColumnMapping | None = None) -> Table:
    """Raises a domain error for a file of none of the three kinds."""
    mapping = mapping or ColumnMapping()
    if content.startswith(_OLD_WORKBOOK):
        raise ListWorkbookOld
    if content.startswith(_PDF):
        raise ListIsNoTable(line=1)
    if not content or content.isspace():
        raise ListFileEmpty(line=1)
    if is_archive(content):
        return _of_workbook(Workbook(content), mapping.sheet)
    if json_text.looks_like_json(content):
        return _of_json(content, mapping.records)
    return _of_rows(Kind.CSV, delimited.without_formulas(delimited.rows(content)))


def _of_workbook(workbook: Workbook, sheet: str) -> Table:
    """Further sheets of a workbook of which none was named are reported: they may be rows that somebody misses."""
    sheets = tuple(workbook.sheets)
    table = _of_rows(Kind.XLSX, workbook.rows(sheet))
    unread = () if sheet else tuple(Finding(1, cut(name, 100), FindingCode.SHEET_NOT_READ) for name in sheets[1:50])
    return Table(Kind.XLSX, table.headers, table.rows, sheets, workbook.has_usual_epoch, unread)


def _of_rows(kind: Kind, rows: Iterator[tuple[int, list[str]]]) -> Table:
    line, header = next(rows, (1, []))
    if len(header) > MAX_COLUMNS:
        raise ListMalformed(line=line)
    names = tuple(cut(name, 200) for name in header)
    keys = [folded(name) for name in names]
    return Table(kind, names, _rows_of(kind, keys, rows))


def _rows_of(kind: Kind, keys: list[str], rows: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    """In a sheet the cells after the last filled one are not there; in CSV a missing cell is a shifted row."""
    width = len(keys)
    for line, row in rows:
        if kind is Kind.XLSX and len(row) < width:
            row.extend([""] * (width - len(row)))
        yield Row(line, dict(zip(keys, row, strict=True)) if len(row) == width else None)


def _of_json(content: bytes, path: str) -> Table:
    records = json_text.records(content, path)
    first = list(islice(records, JSON_LOOK_AHEAD))
    headers: dict[str, str] = {}
    for _, record in first:
        for name in _flat(record) if isinstance(record, dict) else ():
            headers.setdefault(folded(name), cut(name, 200))
        if len(headers) > MAX_COLUMNS:
            raise ListMalformed(line=1)
    rows = (Row(line, _cells(record, line)) for line, record in chain(first, records))
    return Table(Kind.JSON, tuple(headers.values()), rows)


def _cells(record: Any, line: int) -> dict[str, str] | None:
    """Two names that are compared as one are as unclear as one name twice."""
    if not isinstance(record, dict):
        return None
    flat = _flat(record)
    cells = {folded(name): value for name, value in flat.items()}
    if len(cells) != len(flat):
        raise ListKeyRepeated(line=line)
    return cells


def _flat(record: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """A record's values as cells: names of objects within are joined with ".", lists of values with ";"."""
    cells: dict[str, str] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            cells.update(_flat(value, f"{prefix}{name}."))
        elif isinstance(value, list):
            cells[prefix + name] = ";".join(_text(one) for one in value)
        else:
            cells[prefix + name] = _text(value)
    return cells


def _text(value: Any) -> str:
    """A value in a cell; an object within a list as its own values, joined as documents are written in CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dict | list):
        return ":".join(_text(one) for one in (value.values() if isinstance(value, dict) else value))
    return str(value)
