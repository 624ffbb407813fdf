"""CSV as spreadsheets write it: RFC 4180 with a comma, a semicolon or a tab, whichever the header line uses."""

import csv
from collections.abc import Iterator
from typing import Final

from crossing.screening.errors import ListQuoteOpen
from crossing.screening.lists.formats.text import Lines

_DELIMITERS: Final = (",", ";", "\t")


def rows(content: bytes, delimiter: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line at which it begins, empty ones left out. Raises a domain error with the line.

    Every cell is text: one that begins with "=" is a name or a number like any other.
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


def _and_then(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest
