"""National lists of persons, documents and vehicles: CSV, XLSX or JSON, in our columns or in mapped ones.

The columns are in docs/operations/list-formats.md.
"""

import re
from collections.abc import Iterator
from typing import Final

from crossing.screening.documents import tidy
from crossing.screening.lists.contents import (
    FindingCode,
    ListContents,
    ListedDocument,
    ListedPerson,
    ListedVehicle,
    NameGiven,
    NameKind,
    cut,
)
from crossing.screening.lists.formats.cells import ORDER_FIELDS, Cells, rows
from crossing.screening.lists.formats.collecting import MAX_REFERENCE, Collector
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.names.births import ListedBirth
from crossing.screening.vehicles import VinState, tidy_plate, tidy_vin, vin_state

PERSON_COLUMNS: Final = ORDER_FIELDS | {
    "reference", "surname", "given_names", "full_name", "aliases", "weak_aliases", "birth_dates", "sex",
    "nationalities", "documents", "document_number", "document_type", "document_state", "portrait", "remarks",
}  # fmt: skip
DOCUMENT_COLUMNS: Final = ORDER_FIELDS | {"reference", "number", "issuing_state", "type", "reason"}
VEHICLE_COLUMNS: Final = ORDER_FIELDS | {
    "reference", "plate", "country", "vin", "make", "model", "colour", "reason",
}  # fmt: skip
_PERSON_NEEDS: Final = (("reference",), ("surname", "full_name"))
_DOCUMENT_NEEDS: Final = (("number",), ("issuing_state",), ("type",), ("reason",))
_MAPPED_DOCUMENT_NEEDS: Final = (("number",),)
_VEHICLE_NEEDS: Final = (("plate", "vin"),)

_PORTRAIT: Final = re.compile(r"[\w][\w .-]{0,120}\.(?:jpe?g|png|webp|tiff?|bmp)", re.IGNORECASE)


def read_persons(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error for a file that can't be used as a whole."""
    collector = Collector()
    for cells in rows(content, mapping, PERSON_COLUMNS, _PERSON_NEEDS, collector):
        collector.add(_person(cells), cells)
    return collector.contents


def read_documents(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error for a file that can't be used as a whole."""
    collector = Collector()
    needs = _MAPPED_DOCUMENT_NEEDS if mapping else _DOCUMENT_NEEDS
    for cells in rows(content, mapping, DOCUMENT_COLUMNS, needs, collector):
        collector.add(_document(cells), cells)
    return collector.contents


def read_vehicles(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error for a file that can't be used as a whole."""
    collector = Collector()
    for cells in rows(content, mapping, VEHICLE_COLUMNS, _VEHICLE_NEEDS, collector):
        collector.add(_vehicle(cells), cells)
    return collector.contents


def _person(cells: Cells) -> ListedPerson | None:
    if not cells.reference:
        cells.note(FindingCode.REFERENCE_MISSING)
        return None
    names = cells.names(_names(cells))
    if not names or names[0].kind is not NameKind.PRIMARY:
        cells.note(FindingCode.NAME_MISSING)
        return None
    return ListedPerson(
        reference=cells.reference,
        names=names,
        births=tuple(_births(cells)),
        sex=cells.sex("sex"),
        nationalities=cells.states(cells.values("nationalities"), "nationalities"),
        documents=tuple(_owned_documents(cells)),
        portrait=_portrait(cells),
        remarks=cells.text("remarks", 2000),
        orders=cells.orders(),
    )


def _document(cells: Cells) -> ListedDocument | None:
    number = cells.text("number", 64)
    if not tidy(number):
        cells.note(FindingCode.NUMBER_MISSING, "number")
        return None
    issuer = cells.state(cells.text("issuing_state", 100), "issuing_state")
    cells.reference = cells.reference or f"{issuer}:{tidy(number)}"[:MAX_REFERENCE]
    return ListedDocument(
        reference=cells.reference,
        number=number,
        issuer=issuer,
        type=cells.text("type", 60),
        reason=cells.text("reason", 300),
        orders=cells.orders(),
    )


def _vehicle(cells: Cells) -> ListedVehicle | None:
    plate, vin = cells.text("plate", 30), tidy_vin(cells.text("vin", 40))
    if vin and vin_state(vin) is VinState.MALFORMED:
        cells.note(FindingCode.VIN_UNREADABLE, "vin")
        vin = ""
    if not (tidy_plate(plate) or vin):
        cells.note(FindingCode.NUMBER_MISSING, "plate")
        return None
    country = cells.state(cells.text("country", 100), "country")
    cells.reference = cells.reference or (f"{country}:{tidy_plate(plate)}" if tidy_plate(plate) else f"VIN:{vin}")
    return ListedVehicle(
        reference=cells.reference,
        plate=plate,
        country=country,
        vin=vin,
        make=cells.text("make", 60),
        model=cells.text("model", 60),
        colour=cells.text("colour", 40),
        reason=cells.text("reason", 300),
        orders=cells.orders(),
    )


def _names(cells: Cells) -> Iterator[NameGiven]:
    surname, given, whole = cells.text("surname", 200), cells.text("given_names", 300), cells.text("full_name", 300)
    if surname or given:
        yield NameGiven(NameKind.PRIMARY, surname, given)
    if whole:
        yield NameGiven(NameKind.ALIAS if surname or given else NameKind.PRIMARY, "", whole)
    for field, kind in (("aliases", NameKind.ALIAS), ("weak_aliases", NameKind.WEAK_ALIAS)):
        for alias in cells.values(field):
            family, comma, first = alias.partition(",")
            written = (
                (cells.cut(family, 200, field), cells.cut(first, 300, field))
                if comma
                else ("", cells.cut(alias, 300, field))
            )
            yield NameGiven(kind, *written)


def _births(cells: Cells) -> Iterator[ListedBirth]:
    for written in cells.values("birth_dates"):
        try:
            yield cells.dates.birth(written)
        except ValueError:
            cells.note(FindingCode.BIRTH_UNREADABLE, "birth_dates")


def _owned_documents(cells: Cells) -> Iterator[ListedDocument]:
    """Those written TYPE:STATE:NUMBER, of which the State may be empty, and the one that has columns of its own."""
    given = [_parts(written) for written in cells.values("documents")]
    if number := cells.text("document_number", 64):
        given.append((cells.text("document_type", 60), cells.text("document_state", 100), number))
    for running, (kind, state, number) in enumerate(given, start=1):
        if not tidy(number):
            cells.note(FindingCode.DOCUMENT_UNREADABLE, "documents")
            continue
        yield ListedDocument(
            reference=f"{cells.reference}#{running}"[-MAX_REFERENCE:],
            number=cells.cut(number, 64, "documents"),
            issuer=cells.state(state, "documents"),
            type=cut(kind, 60),
        )


def _parts(written: str) -> tuple[str, str, str]:
    parts = [part.strip() for part in written.split(":", 2)]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", "")


def _portrait(cells: Cells) -> str:
    """A plain file name; anything that could lead out of the folder is refused."""
    name = cells.text("portrait", 130)
    if name and not _PORTRAIT.fullmatch(name):
        cells.note(FindingCode.PORTRAIT_NAME_REFUSED, "portrait")
        return ""
    return name
