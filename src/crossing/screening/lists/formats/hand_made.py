"""Entries made by hand as a file: what two persons agreed on, in one canonical form.

JSON in UTF-8, one entry a line, sorted by reference; keys sorted and only those with a value. The same entries always
give the same bytes, so that an import of nothing new changes nothing. See ``proposals/entry.py`` for an entry.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from crossing.screening.errors import ListMalformed, ListNotUtf8, ListTooLarge
from crossing.screening.lists.contents import (
    MAX_BYTES,
    MAX_ENTRIES,
    Finding,
    FindingCode,
    ListContents,
    ListedDocument,
    ListedPerson,
    ListedVehicle,
    NameGiven,
    Orders,
)
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.proposals.entry import Entry, EntryDocument, EntrySubject, EntryVehicle, birth_of

NAME: Final = "hand_made"
POST_CODE: Final = "local"
NATION_CODE: Final = "national-hand"
CODES: Final = frozenset({POST_CODE, NATION_CODE})
"""No other list may be kept under these codes, and these in no other format."""

_HEAD: Final = f'{{"format":"{NAME}","entries":['
_MAX_REFERENCE: Final = 64
_FIRST_LINE: Final = 2


def is_made_by_hand(code: str, *formats: str | None) -> bool:
    """Whether nothing comes into a list, nor goes, but what two officers agreed on: from before its first."""
    return code in CODES or NAME in formats


def write(entries: Mapping[str, Entry]) -> bytes:
    """The file of these entries, by reference."""
    lines = ",\n".join(_line(reference, entries[reference]) for reference in sorted(entries))
    return f"{_HEAD}\n{lines}\n]}}\n".encode()


def read(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error for a file that can't be used as a whole. A mapping means nothing to it."""
    contents = ListContents()
    for line, written in enumerate(_entries(content), start=_FIRST_LINE):
        _take(contents, line, written)
    return contents


def _line(reference: str, entry: Entry) -> str:
    said = entry.model_dump(mode="json", exclude_defaults=True) | {"reference": reference}
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _entries(content: bytes) -> list[Any]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise ListNotUtf8 from wrong
    try:
        read = json.loads(text)
    except json.JSONDecodeError as damaged:
        raise ListMalformed(line=damaged.lineno) from damaged
    except (RecursionError, ValueError) as hostile:
        raise ListMalformed(line=1) from hostile
    if not isinstance(read, dict) or read.get("format") != NAME or not isinstance(read.get("entries"), list):
        raise ListMalformed(line=1)
    entries: list[Any] = read["entries"]
    if len(entries) > MAX_ENTRIES:
        raise ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)
    return entries


def _take(contents: ListContents, line: int, written: Any) -> None:
    said = dict(written) if isinstance(written, dict) else {}
    reference = said.pop("reference", None)
    if not isinstance(reference, str) or not 0 < len(reference) <= _MAX_REFERENCE or not reference.isprintable():
        contents.findings.append(Finding(line, "", FindingCode.REFERENCE_MISSING))
        return
    if reference in contents.lines:
        contents.findings.append(Finding(line, reference, FindingCode.REFERENCE_REPEATED))
        return
    try:
        entry = Entry.model_validate(said)
    except ValidationError as wrong:
        field = str(wrong.errors()[0]["loc"][0]) if wrong.errors()[0]["loc"] else ""
        contents.findings.append(Finding(line, reference, FindingCode.COLUMNS_WRONG, field[:64]))
        return
    contents.lines[reference] = line
    _ADDERS[entry.subject](contents, line, reference, entry)


def _add_person(contents: ListContents, line: int, reference: str, entry: Entry) -> None:
    if not entry.label:
        contents.findings.append(Finding(line, reference, FindingCode.NAME_MISSING))
        return
    contents.persons.append(
        ListedPerson(
            reference=reference,
            names=tuple(NameGiven(one.kind, one.surname, one.given_names) for one in entry.names),
            births=tuple(birth_of(one) for one in entry.births),
            sex=entry.sex,
            nationalities=entry.nationalities,
            documents=tuple(
                _document(f"{reference}#{running}", one, entry)
                for running, one in enumerate(entry.documents, start=1)
            ),
            portrait=entry.portrait_sha256,
            remarks=" ".join(filter(None, (entry.reason, entry.remarks))),
            orders=_orders(entry),
        )
    )


def _add_document(contents: ListContents, line: int, reference: str, entry: Entry) -> None:
    if not entry.documents:
        contents.findings.append(Finding(line, reference, FindingCode.NUMBER_MISSING))
    for running, one in enumerate(entry.documents, start=1):
        contents.documents.append(_document(reference if running == 1 else f"{reference}#{running}", one, entry))


def _add_vehicle(contents: ListContents, line: int, reference: str, entry: Entry) -> None:
    vehicle = entry.vehicle or EntryVehicle()
    if not (vehicle.plate or vehicle.vin):
        contents.findings.append(Finding(line, reference, FindingCode.NUMBER_MISSING))
        return
    contents.vehicles.append(
        ListedVehicle(reference=reference, **vehicle.model_dump(), reason=entry.reason, orders=_orders(entry))
    )


_ADDERS: Final = {
    EntrySubject.PERSON: _add_person,
    EntrySubject.DOCUMENT: _add_document,
    EntrySubject.VEHICLE: _add_vehicle,
}


def _document(reference: str, document: EntryDocument, entry: Entry) -> ListedDocument:
    return ListedDocument(
        reference=reference,
        number=document.number,
        issuer=document.issuer,
        type=document.type,
        reason=entry.reason,
        orders=_orders(entry),
    )


def _orders(entry: Entry) -> Orders:
    return Orders(
        action=entry.action,
        caution=entry.caution,
        handling=entry.handling,
        notice_colour=str(entry.notice_colour),
        legal_basis=entry.legal_basis,
        authority=entry.authority,
        owner=entry.owner,
        review_on=entry.review_on,
        expires_on=entry.expires_on,
    )
