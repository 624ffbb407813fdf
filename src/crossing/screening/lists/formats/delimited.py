"""CSV as spreadsheets write it: RFC 4180 with a comma, a semicolon or a tab, whichever the header line uses."""

import csv
import re
from collections.abc import Iterator
from typing import Final

from crossing.screening.errors import ListFormulaRefused, ListQuoteOpen
from crossing.screening.lists.formats.text import Lines

_DELIMITERS: Final = (",", ";", "\t")
_FORMULA: Final = re.compile(r"\s*(?:=+\s*[^\s=]|[-+@]+[^\W\d][^\s(|!]*[(|!])")
"""What begins with "=" and goes on; or, behind another sign, a function, a program (cmd|...) or a cell elsewhere."""

_MAY_BEGIN: Final = frozenset("=+-@ \t\r\n\v\f\xa0")


def rows(content: bytes, delimiter: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line at which it begins, empty ones left out. Raises a domain error with the line.

    Every cell is text here, whatever it begins with; see :func:`without_formulas`.
    """
    lines = Lines(content)
    text = iter(lines)
    first = next(text, "")
    delimiter = delimiter or max(_DELIMITERS, key=first.count)
    reader = csv.reader(_and_then(first, text), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            lines.begin_record()
            if any(row) and any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as broken:
        raise ListQuoteOpen(line=line) from broken


def without_formulas(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The same rows. Raises ListFormulaRefused, with line and column, for a cell that a spreadsheet would work out.

    Such a file was made to harm whoever opens it, or was not saved as values: a value in it can't be told. A number
    with a sign (+22370000000), a sign alone, a name behind a hyphen and an ``@name`` are no formulas.
    """
    for line, row in rows:
        for column, cell in enumerate(row, start=1):
            if cell and cell[0] in _MAY_BEGIN and _FORMULA.match(cell):
                raise ListFormulaRefused(line=line, column=column_letters(column))
        yield line, row


def column_letters(column: int) -> str:
    """As spreadsheets name columns: A is 1, AA is 27."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _and_then(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest
