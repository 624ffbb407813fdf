"""OpenSanctions' entities.ftm.json: one FollowTheMoney entity a line (followthemoney.tech/explorer/schemata).

Persons and vehicles are read. A person's passports, other identifications and sanctions are entities of their own
that name the person, before it or after it in the file. All other schemas are counted, and so are persons who are no
target but are known as somebody's relative or associate.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from crossing.screening.documents import tidy
from crossing.screening.errors import ListMalformed, ListTooLarge
from crossing.screening.lists.contents import (
    MAX_BYTES,
    MAX_ENTRIES,
    FindingCode,
    ListContents,
    ListedDocument,
    ListedPerson,
    ListedVehicle,
    NameGiven,
    NameKind,
    Orders,
    cut,
)
from crossing.screening.lists.formats import json_text
from crossing.screening.lists.formats.collecting import MAX_REFERENCE, Collector, Notes
from crossing.screening.lists.formats.dates import Dates
from crossing.screening.lists.formats.opensanctions_simple import PUBLISHER, instant
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.names.births import ListedBirth
from crossing.screening.vehicles import VinState, tidy_plate, tidy_vin, vin_state

_DATES: Final = Dates()
_SEXES: Final = {"male": "M", "female": "F", "other": "X"}
_DOCUMENT_SCHEMAS: Final = frozenset({"Passport", "Identification"})
_MAX_LINKED: Final = 4 * MAX_ENTRIES
_MAX_DOCUMENTS: Final = 100

Properties = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class _Sanction:
    authority: str
    programme: str
    reason: str
    since: str
    until: str


@dataclass(slots=True)
class _Linked:
    """What other entities say of persons, by the person's id."""

    documents: dict[str, list[tuple[int, str, str, str]]] = field(default_factory=dict)
    sanctions: dict[str, list[_Sanction]] = field(default_factory=dict)
    count: int = 0

    def grow(self) -> None:
        self.count += 1
        if self.count > _MAX_LINKED:
            raise ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)


def read(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """Raises a domain error. The date is that of the newest ``last_seen``."""
    collector, linked = Collector(), _Linked()
    contents = collector.contents
    contents.publisher = PUBLISHER
    newest, sources, entities = "", dict[str, None](), 0
    for line, entity in json_text.line_records(content):
        if not isinstance(entity, dict) or not isinstance(entity.get("schema"), str):
            raise ListMalformed(line=line)
        entities += 1
        seen = entity.get("last_seen")
        newest = max(newest, seen[:19]) if isinstance(seen, str) else newest
        if len(sources) < 20:
            sources.update(dict.fromkeys(_strings(entity.get("datasets"))))
        _take(entity, line, collector, linked)
    if not entities:
        raise ListMalformed(line=1)
    contents.persons = [_completed(person, linked, collector) for person in contents.persons]
    _report_orphans(linked, collector)
    contents.as_of = instant(newest)
    contents.source = cut("; ".join(sources), 300)
    return contents


def _take(entity: dict[str, Any], line: int, collector: Collector, linked: _Linked) -> None:
    schema, said = entity["schema"], _properties(entity)
    notes = Notes(line, cut(entity["id"], MAX_REFERENCE) if isinstance(entity.get("id"), str) else "")
    if schema == "Person" and entity.get("target") is False:
        collector.leave_out("person who is no target")
    elif schema == "Person":
        collector.add(_person(entity, said, notes), notes)
    elif schema == "Vehicle":
        collector.add(_vehicle(said, notes), notes)
    elif schema in _DOCUMENT_SCHEMAS:
        linked.grow()
        kind = _first(said, "type") or ("passport" if schema == "Passport" else "identification")
        for holder in said.get("holder", ()):
            for number in said.get("number") or said.get("passportNumber") or [""]:
                linked.documents.setdefault(holder, []).append((line, kind, _first(said, "country"), number))
    elif schema == "Sanction":
        linked.grow()
        for holder in said.get("entity", ()):
            linked.sanctions.setdefault(holder, []).append(_sanction(said))
    else:
        collector.leave_out(cut(schema, 40))


def _strings(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _properties(entity: dict[str, Any]) -> Properties:
    """The values that are text. In nested exports a linked entity stands in the place of its id."""
    given = entity.get("properties")
    said: Properties = {}
    for name, values in given.items() if isinstance(given, dict) else ():
        for value in values if isinstance(values, list) else [values]:
            text = value.get("id") if isinstance(value, dict) else value
            if isinstance(text, str) and text.strip():
                said.setdefault(name, []).append(text)
    return said


def _first(said: Properties, name: str) -> str:
    return next(iter(said.get(name, ())), "")


def _person(entity: dict[str, Any], said: Properties, notes: Notes) -> ListedPerson | None:
    if not notes.reference:
        notes.note(FindingCode.REFERENCE_MISSING)
        return None
    names = notes.names(_names(entity, said, notes))
    if not names:
        notes.note(FindingCode.NAME_MISSING)
        return None
    countries = [*said.get("nationality", ()), *said.get("citizenship", ())] or said.get("country", [])
    sex = _first(said, "gender").lower()
    if sex and sex not in _SEXES:
        notes.note(FindingCode.SEX_UNREADABLE, "gender")
    remarks = [*said.get("topics", ()), *said.get("position", ()), *said.get("notes", ())]
    return ListedPerson(
        reference=notes.reference,
        names=names,
        births=tuple(dict.fromkeys(_births(said, notes))),
        sex=_SEXES.get(sex, ""),
        nationalities=notes.states((one.upper() for one in countries), "nationality"),
        documents=tuple(_numbers(said, notes)),
        remarks=notes.cut("; ".join(remarks), 2000, "notes"),
        orders=Orders(authority=notes.cut("; ".join(_strings(entity.get("datasets"))), 200, "datasets")),
    )


def _names(entity: dict[str, Any], said: Properties, notes: Notes) -> Iterator[NameGiven]:
    """The caption first: it is the name that the publisher chose to show. Then every other."""
    caption = entity.get("caption")
    shown = said.get("name", [])
    if not shown:
        shown = [" ".join([*said.get("firstName", ())[:1], *said.get("lastName", ())[:1]])]
    primary = caption if isinstance(caption, str) and caption in shown else shown[0]
    yield NameGiven(NameKind.PRIMARY, "", notes.cut(primary, 300, "name"))
    for name in (*shown, *said.get("alias", ()), *said.get("previousName", ())):
        if name != primary:
            yield NameGiven(NameKind.ALIAS, "", notes.cut(name, 300, "alias"))
    for name in said.get("weakAlias", ()):
        yield NameGiven(NameKind.WEAK_ALIAS, "", notes.cut(name, 300, "weakAlias"))


def _births(said: Properties, notes: Notes) -> Iterator[ListedBirth]:
    for written in said.get("birthDate", ()):
        try:
            yield ListedBirth.exact(_DATES.read(written))
        except ValueError:
            notes.note(FindingCode.BIRTH_UNREADABLE, "birthDate")


def _numbers(said: Properties, notes: Notes) -> Iterator[ListedDocument]:
    """The numbers that the person itself has. Those with a State come as entities, and take their place."""
    running = 0
    for name, kind in (("passportNumber", "passport"), ("idNumber", "identification")):
        for number in said.get(name, ())[:_MAX_DOCUMENTS]:
            running += 1
            if document := _document(notes, running, kind, "", number):
                yield document


def _document(notes: Notes, running: int, kind: str, state: str, number: str) -> ListedDocument | None:
    if not any(character.isdigit() for character in tidy(number)):
        notes.note(FindingCode.DOCUMENT_UNREADABLE, "number")
        return None
    return ListedDocument(
        reference=f"{notes.reference}#{running}"[-MAX_REFERENCE:],
        number=notes.cut(number, 64, "number"),
        issuer=notes.state(state.upper(), "country"),
        type=cut(kind, 60),
    )


def _vehicle(said: Properties, notes: Notes) -> ListedVehicle | None:
    plate, vin = _first(said, "registrationNumber"), tidy_vin(_first(said, "vin"))
    if vin and vin_state(vin) is VinState.MALFORMED:
        notes.note(FindingCode.VIN_UNREADABLE, "vin")
        vin = ""
    if not notes.reference:
        notes.note(FindingCode.REFERENCE_MISSING)
        return None
    if not (tidy_plate(plate) or vin):
        notes.note(FindingCode.NUMBER_MISSING, "registrationNumber")
        return None
    return ListedVehicle(
        reference=notes.reference,
        plate=notes.cut(plate, 30, "registrationNumber"),
        country=notes.state(_first(said, "country").upper(), "country"),
        vin=vin,
        model=notes.cut(_first(said, "model"), 60, "model"),
        make=notes.cut(_first(said, "type"), 60, "type"),
        reason=notes.cut("; ".join(said.get("topics", ())), 300, "topics"),
    )


def _sanction(said: Properties) -> _Sanction:
    programmes = said.get("program") or said.get("programId") or said.get("provisions") or []
    return _Sanction(
        authority=cut("; ".join(said.get("authority", ())), 200),
        programme=cut("; ".join(programmes), 300),
        reason=cut("; ".join(said.get("reason", ())), 500),
        since=cut(_first(said, "listingDate") or _first(said, "startDate"), 10),
        until=cut(_first(said, "endDate"), 10),
    )


def _completed(person: ListedPerson, linked: _Linked, collector: Collector) -> ListedPerson:
    """The person with the documents and the sanctions that other entities gave it."""
    given = linked.documents.pop(person.reference, [])
    sanctions = linked.sanctions.pop(person.reference, [])
    if not (given or sanctions):
        return person
    notes = Notes(collector.contents.lines[person.reference], person.reference)
    better = {tidy(number) for _, _, _, number in given}
    documents = [one for one in person.documents if tidy(one.number) not in better]
    for line, kind, state, number in dict.fromkeys(given[:_MAX_DOCUMENTS]):
        notes.line = line
        if document := _document(notes, len(documents) + len(person.documents) + 1, kind, state, number):
            documents.append(document)
    for finding in notes.findings:
        collector.note(finding.line, finding.reference, finding.code, finding.field)
    remarks = [person.remarks, *(f"{one.since} {one.reason}".strip() for one in sanctions if one.reason or one.since)]
    return replace(
        person,
        documents=tuple(documents),
        remarks=cut("; ".join(filter(None, remarks)), 2000),
        orders=_orders(person.orders, sanctions),
    )


def _orders(orders: Orders, sanctions: list[_Sanction]) -> Orders:
    """An entry ends with the last of its sanctions, if each of them has an end."""
    if not sanctions:
        return orders
    ends = []
    for one in sanctions:
        try:
            ends.append(_DATES.read(one.until).latest)
        except ValueError:
            ends = []
            break
    authorities = dict.fromkeys(one.authority for one in sanctions if one.authority)
    programmes = dict.fromkeys(one.programme for one in sanctions if one.programme)
    return replace(
        orders,
        authority=cut("; ".join(authorities), 200) or orders.authority,
        legal_basis=cut("; ".join(programmes), 300),
        expires_on=max(ends) if ends else None,
    )


def _report_orphans(linked: _Linked, collector: Collector) -> None:
    """Documents of organisations and of relatives are no loss; they are counted with the rest that is left out."""
    for kind, by_id in (("document", linked.documents), ("sanction", linked.sanctions)):
        if count := sum(len(of_one) for of_one in by_id.values()):
            collector.contents.left_out[f"{kind} of another entity"] = count
