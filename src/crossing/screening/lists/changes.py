"""The difference between the version in use and what a file has, entry by entry, and the rows that write it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.ids import new_id
from crossing.screening import repository
from crossing.screening.documents import fold
from crossing.screening.lists.contents import (
    ListContents,
    ListedDocument,
    ListedPerson,
    ListedVehicle,
    NameGiven,
    Orders,
    fingerprint,
)
from crossing.screening.lists.provenance import EntryDefaults
from crossing.screening.models import DocumentEntry, ListEntry, ListName, VehicleEntry
from crossing.screening.vehicles import fold_plate, tidy_vin

Listed = ListedPerson | ListedDocument | ListedVehicle

_ROW_ORDERS: Final = tuple(Orders.__slots__)


@dataclass(slots=True)
class Comparison:
    """``new`` are the entries to be written, each with its fingerprint; ``gone`` the rows that the file lacks or has
    otherwise, by table; the rest are references, in the file's order."""

    new: list[tuple[Listed, str]] = field(default_factory=list)
    gone: dict[type[Any], list[UUID]] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    served: int = 0


def compare(
    session: Session,
    code: str,
    contents: ListContents,
    *,
    portraits: Mapping[str, str],
    defaults: EntryDefaults,
    believed: bool,
) -> Comparison:
    """``portraits`` gives the SHA-256 of the portraits that were read, by reference. Where the version in use is not
    ``believed``, none of its rows is kept: a fingerprint does not say that its names are still there."""
    found = Comparison()
    kinds: tuple[tuple[type[Any], Sequence[Listed], dict[str, repository.Served]], ...] = (
        (ListEntry, contents.persons, repository.served_persons(session, code)),
        (DocumentEntry, contents.documents, repository.served_documents(session, code)),
        (VehicleEntry, contents.vehicles, repository.served_vehicles(session, code)),
    )
    before = {reference for _, _, served in kinds for reference in served}
    written: set[str] = set()
    for model, entries, served in kinds:
        found.served += len(served)
        for entry in entries:
            mark = mark_of(entry, defaults, portraits.get(entry.reference))
            known = served.get(entry.reference)
            if believed and known is not None and known.fingerprint == mark:
                del served[entry.reference]
                continue
            found.new.append((entry, mark))
            written.add(entry.reference)
            (found.changed if entry.reference in before else found.added).append(entry.reference)
        found.gone[model] = [one.id for one in served.values()]
        found.removed += [reference for reference in served if reference not in written]
    return found


def mark_of(entry: Listed, defaults: EntryDefaults, portrait_sha256: str | None = None) -> str:
    """The fingerprint of an entry as it is served: what the list says, and what is added to it here."""
    orders = defaults.words(entry.orders)
    said = entry if orders is entry.orders else replace(entry, orders=orders)
    return fingerprint(said, f"{portrait_sha256 or ''}{defaults.mark}" or None)


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Turns entries into the rows of version ``number``. ``endings`` are the entries that were ended here."""

    code: str
    number: int
    day: date
    defaults: EntryDefaults
    portraits: Mapping[str, str]
    endings: Mapping[str, date]

    def write(self, session: Session, entries: Sequence[tuple[Listed, str]]) -> dict[str, UUID]:
        """Put them in; gives the ids of the persons among them, by reference."""
        rows: dict[type[Any], list[dict[str, Any]]] = {
            ListEntry: [],
            ListName: [],
            DocumentEntry: [],
            VehicleEntry: [],
        }
        for entry, mark in entries:
            if isinstance(entry, ListedPerson):
                self._person(entry, mark, rows)
            elif isinstance(entry, ListedDocument):
                orders = self._orders(entry.orders, entry.reference)
                rows[DocumentEntry].append(self._document(entry, mark, orders, None))
            else:
                rows[VehicleEntry].append(self._vehicle(entry, mark))
        for model, some in rows.items():
            if some:
                session.execute(sa.insert(model), some)
        return {row["reference"]: row["id"] for row in rows[ListEntry]}

    def source_expiry(self, entry: Listed) -> date | None:
        """When the entry would expire had it not been ended here."""
        return self.defaults.dates(entry.orders, self.day).expires_on

    def _person(self, person: ListedPerson, mark: str, rows: dict[type[Any], list[dict[str, Any]]]) -> None:
        orders = self._orders(person.orders, person.reference)
        row = {
            **self._listed(person.reference, mark, orders),
            "label": person.label[:300],
            "births": [birth.as_json() for birth in person.births],
            "sex": person.sex,
            "nationalities": list(person.nationalities),
            "portrait_file": person.portrait[:130],
            "portrait_sha256": self.portraits.get(person.reference),
            "remarks": person.remarks,
        }
        rows[ListEntry].append(row)
        rows[ListName] += [_name(row["id"], name) for name in person.names]
        rows[DocumentEntry] += [self._document(one, fingerprint(one), orders, row["id"]) for one in person.documents]

    def _document(self, document: ListedDocument, mark: str, orders: Orders, owner: UUID | None) -> dict[str, Any]:
        return {
            **self._listed(document.reference, mark, orders),
            "entry_id": owner,
            "number": document.number,
            "number_key": fold(document.number)[:64],
            "issuer": document.issuer,
            "type": document.type,
            "reason": document.reason,
        }

    def _vehicle(self, vehicle: ListedVehicle, mark: str) -> dict[str, Any]:
        return {
            **self._listed(vehicle.reference, mark, self._orders(vehicle.orders, vehicle.reference)),
            "plate": vehicle.plate[:32],
            "plate_key": fold_plate(vehicle.plate)[:32],
            "country": vehicle.country,
            "vin": tidy_vin(vehicle.vin)[:17],
            "make": vehicle.make[:60],
            "model": vehicle.model[:60],
            "colour": vehicle.colour[:60],
            "reason": vehicle.reason[:300],
        }

    def _orders(self, orders: Orders, reference: str) -> Orders:
        """As they are served: with what is added here, and ended where it was ended here."""
        dated = self.defaults.dates(self.defaults.words(orders), self.day)
        ending = self.endings.get(reference)
        if ending is None:
            return dated
        return replace(dated, expires_on=ending if dated.expires_on is None else min(ending, dated.expires_on))

    def _listed(self, reference: str, mark: str, orders: Orders) -> dict[str, Any]:
        return {
            "id": new_id(),
            "list_code": self.code,
            "reference": reference,
            "fingerprint": mark,
            "added_in": self.number,
            "removed_in": None,
            **{name: getattr(orders, name) for name in _ROW_ORDERS},
        }


def _name(entry_id: UUID, name: NameGiven) -> dict[str, Any]:
    return {
        "id": new_id(),
        "entry_id": entry_id,
        "kind": name.kind.value,
        "surname": name.surname[:200],
        "given_names": name.given_names[:300],
    }
