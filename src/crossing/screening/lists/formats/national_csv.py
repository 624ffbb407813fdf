"""National lists as CSV: persons in one file, documents in another. The columns are in docs/operations/lists.md.

Everything in a cell is data: a cell that begins with "=" is a name or a number like any other. The separator is a
comma, a semicolon or a tab, whichever the header line uses; several values in one cell are joined by ";".
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, TypeVar

from crossing.documents.dates import PartialDate
from crossing.screening.countries import state_code
from crossing.screening.documents import tidy
from crossing.screening.errors import ListColumnsMissing, ListMalformed, ListNotUtf8, ListTooLarge
from crossing.screening.lists.contents import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_NAMES,
    Finding,
    FindingCode,
    ListContents,
    ListedDocument,
    ListedPerson,
    NameGiven,
    NameKind,
    Orders,
    cut,
    split_joined,
)
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.names.births import ListedBirth

_ORDER_LENGTHS: Final = {
    "action": 300,
    "caution": 300,
    "handling": 300,
    "legal_basis": 300,
    "authority": 200,
    "owner": 200,
}
_ORDERS: Final = frozenset({*_ORDER_LENGTHS, "notice_colour", "review_on", "expires_on"})
PERSON_COLUMNS: Final = _ORDERS | {
    "reference", "surname", "given_names", "aliases", "weak_aliases", "birth_dates", "sex", "nationalities",
    "documents", "portrait", "remarks",
}  # fmt: skip
DOCUMENT_COLUMNS: Final = _ORDERS | {"reference", "number", "issuing_state", "type", "reason"}
_PERSON_NEEDS: Final = ("reference", "surname")
_DOCUMENT_NEEDS: Final = ("number", "issuing_state", "type", "reason")

_COLOURS: Final = frozenset({"red", "blue", "green", "yellow", "black", "orange", "purple"})
_SEXES: Final = frozenset({"M", "F", "X"})
_PORTRAIT: Final = re.compile(r"[\w][\w .-]{0,120}\.(?:jpe?g|png|webp|tiff?|bmp)", re.IGNORECASE)
_DELIMITERS: Final = (",", ";", "\t")

Row = dict[str, str]
Entry = TypeVar("Entry", ListedPerson, ListedDocument)


def read_persons(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error for a file that can't be used as a whole."""
    contents = ListContents()
    _read(content, PERSON_COLUMNS, _PERSON_NEEDS, contents, contents.persons, _person)
    return contents


def read_documents(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error for a file that can't be used as a whole."""
    contents = ListContents()
    _read(content, DOCUMENT_COLUMNS, _DOCUMENT_NEEDS, contents, contents.documents, _document)
    return contents


class _Cells:
    """The cells of one row, and what was noticed while reading them."""

    def __init__(self, line: int, cells: Row) -> None:
        self.line = line
        self._cells = cells
        self.reference = cut(cells.get("reference", ""), 100)
        self.findings: list[Finding] = []

    def note(self, code: FindingCode, field: str = "") -> None:
        self.findings.append(Finding(self.line, self.reference, code, field))

    def text(self, field: str, limit: int) -> str:
        whole = cut(self._cells.get(field, ""), 10 * limit)
        if len(whole) > limit:
            self.note(FindingCode.FIELD_TOO_LONG, field)
        return whole[:limit]

    def values(self, field: str) -> list[str]:
        return list(split_joined(self._cells.get(field, "")))[:MAX_NAMES]

    def day(self, field: str) -> date | None:
        written = self.text(field, 10)
        if not written:
            return None
        try:
            return date.fromisoformat(written)
        except ValueError:
            self.note(FindingCode.DATE_UNREADABLE, field)
            return None

    def state(self, field: str, written: str) -> str:
        code = state_code(written)
        if written.strip() and not code:
            self.note(FindingCode.STATE_UNKNOWN, field)
        return code

    def one_of(self, field: str, known: frozenset[str], value: str, code: FindingCode) -> str:
        if value and value not in known:
            self.note(code, field)
            return ""
        return value

    def orders(self) -> Orders:
        colour = self.text("notice_colour", 16).lower()
        return Orders(
            **{field: self.text(field, limit) for field, limit in _ORDER_LENGTHS.items()},
            notice_colour=self.one_of("notice_colour", _COLOURS, colour, FindingCode.COLOUR_UNKNOWN),
            review_on=self.day("review_on"),
            expires_on=self.day("expires_on"),
        )


def _person(cells: _Cells) -> ListedPerson | None:
    if not cells.reference:
        cells.note(FindingCode.REFERENCE_MISSING)
        return None
    names = _names(cells)
    if not names:
        cells.note(FindingCode.NAME_MISSING)
        return None
    sex = cells.text("sex", 1).upper()
    states = [cells.state("nationalities", written) for written in cells.values("nationalities")]
    return ListedPerson(
        reference=cells.reference,
        names=names,
        births=tuple(_births(cells)),
        sex=cells.one_of("sex", _SEXES, sex, FindingCode.SEX_UNREADABLE),
        nationalities=tuple(code for code in states if code),
        documents=tuple(_owned_documents(cells)),
        portrait=_portrait(cells),
        remarks=cells.text("remarks", 2000),
        orders=cells.orders(),
    )


def _document(cells: _Cells) -> ListedDocument | None:
    number = cells.text("number", 64)
    if not tidy(number):
        cells.note(FindingCode.NUMBER_MISSING, "number")
        return None
    issuer = cells.state("issuing_state", cells.text("issuing_state", 100))
    if not cells.reference:
        cells.reference = f"{issuer}:{tidy(number)}"
    return ListedDocument(
        reference=cells.reference,
        number=number,
        issuer=issuer,
        type=cells.text("type", 60),
        reason=cells.text("reason", 300),
        orders=cells.orders(),
    )


def _names(cells: _Cells) -> tuple[NameGiven, ...]:
    surname, given = cells.text("surname", 200), cells.text("given_names", 300)
    if not (surname or given):
        return ()
    names = [NameGiven(NameKind.PRIMARY, surname, given)]
    for field, kind in (("aliases", NameKind.ALIAS), ("weak_aliases", NameKind.WEAK_ALIAS)):
        for alias in cells.values(field):
            family, comma, first = alias.partition(",")
            written = (cut(family, 200), cut(first, 300)) if comma else ("", cut(alias, 300))
            names.append(NameGiven(kind, *written))
    return tuple(dict.fromkeys(names))


def _births(cells: _Cells) -> Iterator[ListedBirth]:
    """YYYY, YYYY-MM or YYYY-MM-DD; "~1980" is approximate; "1980/1984" lies between."""
    for written in cells.values("birth_dates"):
        try:
            yield _birth(written)
        except ValueError:
            cells.note(FindingCode.BIRTH_UNREADABLE, "birth_dates")


def _birth(written: str) -> ListedBirth:
    first, between, last = written.partition("/")
    if between:
        return ListedBirth.between(PartialDate.parse(first.strip()), PartialDate.parse(last.strip()))
    if written.startswith("~"):
        return ListedBirth.approximate(PartialDate.parse(written[1:].strip()))
    return ListedBirth.exact(PartialDate.parse(written))


def _owned_documents(cells: _Cells) -> Iterator[ListedDocument]:
    """TYPE:STATE:NUMBER; the State may be left empty."""
    for running, written in enumerate(cells.values("documents"), start=1):
        parts = [part.strip() for part in written.split(":", 2)]
        if len(parts) != 3 or not tidy(parts[2]):
            cells.note(FindingCode.DOCUMENT_UNREADABLE, "documents")
            continue
        yield ListedDocument(
            reference=f"{cells.reference}#{running}"[:100],
            number=cut(parts[2], 64),
            issuer=cells.state("documents", parts[1]),
            type=cut(parts[0], 60),
        )


def _portrait(cells: _Cells) -> str:
    """A plain file name; anything that could lead out of the folder is refused."""
    name = cells.text("portrait", 130)
    if name and not _PORTRAIT.fullmatch(name):
        cells.note(FindingCode.PORTRAIT_NAME_REFUSED, "portrait")
        return ""
    return name


def _read(
    content: bytes,
    columns: frozenset[str],
    needed: tuple[str, ...],
    contents: ListContents,
    into: list[Entry],
    read_one: Callable[[_Cells], Entry | None],
) -> None:
    for cells in _rows(content, columns, needed, contents):
        entry = read_one(cells)
        contents.findings += cells.findings
        if entry is None:
            continue
        if entry.reference in contents.lines:
            contents.findings.append(Finding(cells.line, entry.reference, FindingCode.REFERENCE_REPEATED))
            continue
        if len(into) >= MAX_ENTRIES:
            raise ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)
        contents.lines[entry.reference] = cells.line
        into.append(entry)


def _rows(
    content: bytes, columns: frozenset[str], needed: tuple[str, ...], contents: ListContents
) -> Iterator[_Cells]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise ListNotUtf8 from broken
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if missing := [name for name in needed if name not in header]:
            raise ListColumnsMissing(columns=", ".join(missing))
        line = reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row):
                if len(row) == len(header):
                    yield _Cells(
                        line, {name: cell for name, cell in zip(header, row, strict=True) if name in columns}
                    )
                else:
                    contents.findings.append(Finding(line, "", FindingCode.COLUMNS_WRONG))
            line = reader.line_num + 1
    except csv.Error as broken:
        raise ListMalformed(line=reader.line_num) from broken
