"""The rows of a table as our fields: columns mapped, constants filled in, values read and what is wrong noted."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from crossing.screening.errors import (
    ListColumnsMissing,
    ListColumnUnclear,
    ListFieldsUnmapped,
    ListMappedColumnsMissing,
    ListMappingUnknown,
)
from crossing.screening.lists.contents import MAX_NAMES, FindingCode, Orders, cut, split_joined
from crossing.screening.lists.formats.collecting import MAX_REFERENCE, Collector, Notes
from crossing.screening.lists.formats.dates import Dates
from crossing.screening.lists.formats.tables import Kind, Table, open_table
from crossing.screening.lists.mapping import DATE_ORDERS, ColumnMapping, folded

_ORDER_LENGTHS: Final = {
    "action": 300,
    "caution": 300,
    "handling": 300,
    "legal_basis": 300,
    "authority": 200,
    "owner": 200,
}
ORDER_FIELDS: Final = frozenset({*_ORDER_LENGTHS, "notice_colour", "review_on", "expires_on"})
_SEVERAL: Final = frozenset({"aliases", "weak_aliases", "birth_dates", "nationalities", "documents"})
_COLOURS: Final = frozenset({"red", "blue", "green", "yellow", "black", "orange", "purple"})
_SEXES: Final = {
    **dict.fromkeys(("m", "male", "man", "h", "homme", "masculin", "masc", "ذكر"), "M"),
    **dict.fromkeys(("f", "female", "woman", "femme", "feminin", "féminin", "fem", "أنثى", "انثى"), "F"),
    "x": "X",
}
_NOT_UNICODE: Final = re.compile(r"[\ud800-\udfff]")


class Cells(Notes):
    """The fields of one row."""

    __slots__ = ("_cells", "dates")

    def __init__(self, line: int, cells: dict[str, str], dates: Dates) -> None:
        super().__init__(line, cut(cells.get("reference", ""), MAX_REFERENCE + 1))
        self._cells = cells
        self.dates = dates
        if len(self.reference) > MAX_REFERENCE:
            self.reference = self.reference[:MAX_REFERENCE]
            self.note(FindingCode.FIELD_TOO_LONG, "reference")

    def text(self, field: str, limit: int) -> str:
        written = self._cells.get(field)
        return self.cut(written, limit, field) if written else ""

    def values(self, field: str) -> list[str]:
        """What is joined by ";" in one cell."""
        written = self._cells.get(field)
        if not written:
            return []
        values = list(split_joined(written))
        if len(values) > MAX_NAMES:
            self.note(FindingCode.NAMES_TOO_MANY, field)
        return values[:MAX_NAMES]

    def day(self, field: str) -> date | None:
        written = self.text(field, 40)
        if not written:
            return None
        try:
            when = self.dates.read(written)
        except ValueError:
            self.note(FindingCode.DATE_UNREADABLE, field)
            return None
        if not when.complete:
            self.note(FindingCode.DATE_UNREADABLE, field)
            return None
        return when.earliest

    def sex(self, field: str) -> str:
        written = self.text(field, 20)
        sex = _SEXES.get(written.casefold(), "")
        if written and not sex:
            self.note(FindingCode.SEX_UNREADABLE, field)
        return sex

    def orders(self) -> Orders:
        colour = self.text("notice_colour", 16).lower()
        if colour and colour not in _COLOURS:
            self.note(FindingCode.COLOUR_UNKNOWN, "notice_colour")
            colour = ""
        return Orders(
            **{field: self.text(field, limit) for field, limit in _ORDER_LENGTHS.items()},
            notice_colour=colour,
            review_on=self.day("review_on"),
            expires_on=self.day("expires_on"),
        )


def rows(
    content: bytes,
    mapping: ColumnMapping | None,
    fields: frozenset[str],
    needed: tuple[tuple[str, ...], ...],
    collector: Collector,
) -> Iterator[Cells]:
    """Each row of the file as ``fields``; a row of the wrong width becomes a finding.

    Without a mapping the columns have our fields' own names and dates are YYYY-MM-DD. Of each group of ``needed``
    fields one has to have a column or a constant. Raises a domain error.
    """
    table = open_table(content, mapping)
    columns = _columns(table, mapping, fields)
    constants = dict(mapping.constants) if mapping else {}
    missing = [group[0] for group in needed if not any(one in columns or one in constants for one in group)]
    if missing:
        refusal = ListFieldsUnmapped if mapping and mapping.columns else ListColumnsMissing
        raise refusal(columns=", ".join(missing))
    order = mapping.date_order if mapping and mapping.date_order in DATE_ORDERS else "YMD"
    dates = Dates(order, serials=table.serial_dates)
    for finding in table.findings:
        collector.note(finding.line, finding.reference, finding.code, finding.field)
    for row in table.rows:
        if row.cells is None:
            collector.note(row.line, "", FindingCode.COLUMNS_WRONG)
            continue
        cells = dict(constants)
        for field, names in columns.items():
            if value := _joined(field, names, row.cells):
                cells[field] = value
        yield Cells(row.line, cells, dates)


def _columns(table: Table, mapping: ColumnMapping | None, fields: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """For each field the folded names of its columns in the file."""
    headers = [folded(name) for name in table.headers]
    if mapping is None or not (mapping.columns or mapping.constants):
        columns: dict[str, tuple[str, ...]] = {name: (name,) for name in headers if name in fields}
    else:
        if unknown := sorted({*mapping.columns, *mapping.constants} - fields):
            raise ListMappingUnknown(fields=cut(", ".join(unknown), 300), known=", ".join(sorted(fields)))
        columns = {field: tuple(folded(name) for name in names) for field, names in mapping.columns.items() if names}
    written = {folded(name): name for names in mapping.columns.values() for name in names} if mapping else {}
    used = {name: written.get(name, name) for names in columns.values() for name in names}
    # A name that no record of a JSON file has so far may come in a later one.
    if table.kind is not Kind.JSON and (missing := [used[name] for name in used if name not in headers]):
        raise ListMappedColumnsMissing(columns=cut(", ".join(missing), 300))
    if unclear := [used[name] for name in used if headers.count(name) > 1]:
        raise ListColumnUnclear(columns=cut(", ".join(unclear), 300))
    return columns


def _joined(field: str, names: tuple[str, ...], cells: dict[str, str]) -> str:
    if len(names) == 1:
        value = cells.get(names[0], "")
    else:
        between = ";" if field in _SEVERAL else " "
        value = between.join(one for name in names if (one := cells.get(name, "").strip()))
    return _NOT_UNICODE.sub("", value) if value and not value.isascii() else value.strip()
