"""Sheets of XLSX workbooks (ECMA-376 part 1, SpreadsheetML), read row by row in bounded memory.

Values alone are read: a formula's kept value is whatever its writer left there, so a cell with one is refused, and a
workbook with macros or links to other files as a whole. Dates are numbers with a date's format (18.17.4.1, 18.8.30).
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.parsers import expat

from crossing.screening.errors import (
    ListFormulaRefused,
    ListHasDoctype,
    ListMalformed,
    ListSheetMissing,
    ListTooLarge,
    ListWorkbookUnsafe,
)
from crossing.screening.lists.contents import MAX_BYTES, MAX_ENTRIES
from crossing.screening.lists.formats.archive import Archive
from crossing.screening.lists.formats.delimited import column_letters

MAX_UNPACKED: Final = 1024 * 1024 * 1024
MAX_COLUMNS: Final = 500
MAX_CELL: Final = 32_767
"""Characters of a cell; Excel's own limit."""

_MAX_CELLS: Final = 20_000_000
_MAX_SHARED_CHARACTERS: Final = 128 * 1024 * 1024
_MAX_SHARED: Final = 4_000_000
_MAX_DEPTH: Final = 64
_UNSAFE: Final = re.compile(
    r"^xl/(?:vbaProject|externalLinks/|embeddings/|activeX/|ctrlProps/|macrosheets/|dialogsheets/|connections|queryTables/"
    r"|model/)",
    re.IGNORECASE,
)
_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_DATE_FORMATS: Final = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
_NOT_A_FORMAT: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_DAY_ZERO: Final = date(1899, 12, 30)
_DAY_ZERO_1904: Final = date(1904, 1, 1)
_LAST_SERIAL: Final = 2_958_465
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"


class Workbook:
    """Raises a domain error for anything but a workbook of plain values, also while rows are read."""

    def __init__(self, content: bytes) -> None:
        self._archive = Archive(content, max_bytes=MAX_UNPACKED)
        names = self._archive.names
        if any(_UNSAFE.match(name) for name in names):
            raise ListWorkbookUnsafe
        if "xl/workbook.xml" not in names or _RELATIONS not in names:
            raise ListMalformed(line=1)
        book = _BookParts()
        self._parse("xl/workbook.xml", book.start)
        self._parse(_RELATIONS, book.relation)
        self.sheets = book.sheets()
        self._day_zero = _DAY_ZERO_1904 if book.from_1904 else _DAY_ZERO
        styles = _Styles()
        if "xl/styles.xml" in names:
            self._parse("xl/styles.xml", styles.start, styles.end)
        self._dated = styles.dated()
        self._shared: list[str] | None = None

    @property
    def has_usual_epoch(self) -> bool:
        """Whether day 1 is the first of January 1900, as it is unless the workbook says 1904."""
        return self._day_zero == _DAY_ZERO

    def rows(self, sheet: str = "") -> Iterator[tuple[int, list[str]]]:
        """Each row that has a value with its number; the cells by column, empty where there is none.

        Whole numbers are written without a point, dates YYYY-MM-DD, truth TRUE or FALSE. The first sheet where no
        name is given; :class:`ListSheetMissing` where none has it.
        """
        name = sheet or next(iter(self.sheets), "")
        if name not in self.sheets:
            raise ListSheetMissing(sheets=", ".join(self.sheets)[:300])
        if self.sheets[name] not in self._archive.names:
            raise ListMalformed(line=1)
        if self._shared is None:
            self._shared = self._shared_strings()
        reader = _Rows(self._shared, self._dated, self._day_zero)
        for _ in self._pieces(self.sheets[name], reader.start, reader.end, reader.text):
            yield from reader.take()

    def _shared_strings(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._archive.names:
            return []
        strings = _Strings()
        self._parse("xl/sharedStrings.xml", strings.start, strings.end, strings.text)
        return strings.values

    def _parse(self, name: str, *handlers: Callable[..., None]) -> None:
        for _ in self._pieces(name, *handlers):
            pass

    def _pieces(
        self,
        name: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Parses a part, and yields after each piece of it. No document type is let in, so there are no entities."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        depth = 0

        def opened(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _MAX_DEPTH:
                raise ListMalformed(line=parser.CurrentLineNumber)
            start(_plain(tag), attributes)

        def closed(tag: str) -> None:
            nonlocal depth
            depth -= 1
            if end is not None:
                end(_plain(tag))

        def doctype(*_: object) -> None:
            raise ListHasDoctype(line=parser.CurrentLineNumber)

        parser.StartElementHandler = opened
        parser.EndElementHandler = closed
        parser.StartDoctypeDeclHandler = doctype
        if text is not None:
            parser.CharacterDataHandler = text
        try:
            for chunk in self._archive.chunks(name):
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)
            yield
        except (expat.ExpatError, ValueError, LookupError) as broken:
            raise ListMalformed(line=parser.CurrentLineNumber) from broken


def _plain(tag: str) -> str:
    return tag.rpartition(" ")[2]


class _BookParts:
    """The sheets of workbook.xml, in its order, and where its relations say that they lie."""

    def __init__(self) -> None:
        self.from_1904 = False
        self._names: list[tuple[str, str]] = []
        self._targets: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            self.from_1904 = attributes.get("date1904", "") in ("1", "true")
        elif tag == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            self._names.append((attributes.get("name", ""), relation))

    def relation(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "Relationship":
            return
        if attributes.get("TargetMode", "").lower() == "external":
            raise ListWorkbookUnsafe
        if attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            path = target[1:] if target.startswith("/") else f"xl/{target}"
            self._targets[attributes.get("Id", "")] = path

    def sheets(self) -> dict[str, str]:
        return {name: self._targets[relation] for name, relation in self._names if relation in self._targets}


class _Styles:
    """Which of the cell formats (cellXfs) show a number as a date."""

    def __init__(self) -> None:
        self._own: dict[str, str] = {}
        self._formats: list[str] = []
        self._in_cells = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self._own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            self._formats.append(attributes.get("numFmtId", "0"))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._in_cells = False

    def dated(self) -> list[bool]:
        return [self._is_date(one) for one in self._formats]

    def _is_date(self, number: str) -> bool:
        code = self._own.get(number)
        if code is None:
            return number.isdecimal() and int(number[:6]) in _DATE_FORMATS
        shown = _NOT_A_FORMAT.sub("", code.split(";", 1)[0]).lower()
        return "y" in shown or "d" in shown


class _Strings:
    """The shared strings; readings that Excel keeps beside East Asian text (rPh) are left out."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._parts: list[str] = []
        self._in_text = False
        self._readings = 0
        self._characters = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self._parts = []
        elif tag == "rPh":
            self._readings += 1
        elif tag == "t":
            self._in_text = not self._readings

    def end(self, tag: str) -> None:
        if tag == "si":
            if len(self.values) >= _MAX_SHARED:
                raise _too_large()
            self.values.append(_unescaped("".join(self._parts)))
        elif tag == "rPh":
            self._readings -= 1
        elif tag == "t":
            self._in_text = False

    def text(self, data: str) -> None:
        if self._in_text:
            self._characters += len(data)
            if self._characters > _MAX_SHARED_CHARACTERS:
                raise _too_large()
            self._parts.append(data)


class _Rows:
    """The rows of one sheet; those that are complete are taken away after each piece."""

    def __init__(self, shared: list[str], dated: list[bool], day_zero: date) -> None:
        self._shared = shared
        self._dated = dated
        self._day_zero = day_zero
        self._done: list[tuple[int, list[str]]] = []
        self._cells: list[str] = []
        self._row = 0
        self._column = 0
        self._kind = ""
        self._style = ""
        self._parts: list[str] = []
        self._length = 0
        self._in_value = False
        self._count = 0

    def take(self) -> list[tuple[int, list[str]]]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("v", "t"):
            self._in_value = True
        elif tag == "c":
            self._open_cell(attributes)
        elif tag == "row":
            number = attributes.get("r", "")
            row = int(number) if number.isdecimal() and len(number) <= 7 else self._row + 1
            if row <= self._row:
                raise ListMalformed(line=self._row)
            self._row, self._column, self._cells = row, 0, []
        elif tag == "f":
            raise ListFormulaRefused(line=self._row, column=column_letters(self._column))

    def _open_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        column = self._column + 1
        if place is not None:
            found = _CELL.fullmatch(place)
            if found is None or int(found[2]) != self._row:
                raise ListMalformed(line=self._row)
            column = _number(found[1])
        self._count += 1
        if column <= self._column:
            raise ListMalformed(line=self._row)
        if self._count > _MAX_CELLS:
            raise _too_large()
        self._column = column
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._parts, self._length = [], 0

    def text(self, data: str) -> None:
        if self._in_value:
            self._length += len(data)
            if self._length > MAX_CELL:
                raise ListMalformed(line=self._row)
            self._parts.append(data)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._in_value = False
        elif tag == "c":
            if self._parts:
                self._keep("".join(self._parts))
        elif tag == "row" and any(self._cells):
            self._done.append((self._row, self._cells))

    def _keep(self, written: str) -> None:
        value = self._value(written)
        if not value:
            return
        if self._column > MAX_COLUMNS:
            raise _too_large()
        self._cells += [""] * (self._column - 1 - len(self._cells))
        self._cells.append(value)

    def _value(self, written: str) -> str:
        if self._kind == "s":
            if not written.isdecimal() or int(written[:9]) >= len(self._shared):
                raise ListMalformed(line=self._row)
            return self._shared[int(written[:9])]
        if self._kind == "n":
            return self._number(written)
        if self._kind == "b":
            return "TRUE" if written == "1" else "FALSE"
        if self._kind == "e":
            raise ListFormulaRefused(line=self._row, column=column_letters(self._column))
        return written[:10] if self._kind == "d" else _unescaped(written)

    def _number(self, written: str) -> str:
        try:
            value = Decimal(written)
        except InvalidOperation as broken:
            raise ListMalformed(line=self._row) from broken
        if not value.is_finite() or abs(value.adjusted()) > 20:
            return written
        if self._style.isdecimal() and int(self._style[:6]) < len(self._dated) and self._dated[int(self._style[:6])]:
            return self._date(value, written)
        return f"{value:.0f}" if value == value.to_integral_value() else written

    def _date(self, value: Decimal, written: str) -> str:
        """Day 60 of the 1900 system is the 29 February 1900, which never was; days before it are one off."""
        days = int(value)
        if not 0 < days <= _LAST_SERIAL:
            return written
        if self._day_zero == _DAY_ZERO and days <= 60:
            return written if days == 60 else (_DAY_ZERO + timedelta(days + 1)).isoformat()
        return (self._day_zero + timedelta(days)).isoformat()


def _unescaped(text: str) -> str:
    """_x000D_ and its like stand for a character that XML has no place for (22.4.2.4)."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _number(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


def _too_large() -> ListTooLarge:
    return ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)
