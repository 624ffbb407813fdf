"""Offline copies of a scenario's records, made as a bureau makes them: of CSV files and of notices, signed, dated."""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from interpol_bridge.backends.offline_copy import MakingKey, Order, make_copy
from interpol_bridge.backends.offline_copy.sources import NOTICES
from interpol_bridge.clock import utc_now
from interpol_bridge.simulator.scenario import DocumentEntry, Nominal, Scenario, Vehicle

COLUMNS = ("number", "issuing_state", "type", "reason", "number_to", "reported_on")
VEHICLE_COLUMNS = ("vin", "plate", "plate_country", "make")
NOTICE = "https://ws-public.interpol.int/notices/v1"


def copy_of(scenario: Scenario, folder: Path, *, as_of: datetime | None = None) -> dict[str, object]:
    """A copy in ``folder`` of what the scenario holds, without the databases of which it holds nothing.

    Gives the settings of a bridge that has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = MakingKey.new()
    key.reading.write(folder / "copy-reading.key")
    order = Order(
        as_of=as_of or utc_now(),
        sltd=_csv(folder / "sltd.csv", COLUMNS, [_document(one, one.fraud_type) for one in scenario.sltd]),
        tdawn=_csv(folder / "tdawn.csv", COLUMNS, [_document(one, one.notice_colour) for one in scenario.tdawn]),
        smv=_csv(folder / "smv.csv", VEHICLE_COLUMNS, map(_vehicle, scenario.smv)),
        persons=_notices(folder / "notices.json", scenario.nominals),
    )
    make_copy(order, folder / "copy", key, utc_now(), lambda _: None)
    return {"copy_folder": folder / "copy", "copy_key": folder / "copy-reading.key"}


def _document(one: DocumentEntry, reason: str) -> tuple[str, ...]:
    return one.document_number, one.issuing_state, one.document_type, reason, "", one.reported_on or ""


def _vehicle(one: Vehicle) -> tuple[str, ...]:
    return one.vin, one.plate, one.plate_country or "", one.make


def _csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path | None:
    """The file of these rows; None for none."""
    listed = list(rows)
    if not listed:
        return None
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(listed)
    return path


def _notices(path: Path, nominals: Sequence[Nominal]) -> tuple[tuple[str, Path], ...]:
    """A page as the public API gives it, with the details of each notice; nothing for nobody."""
    if not nominals:
        return ()
    notices = [_notice(one, place) for place, one in enumerate(nominals, start=1)]
    path.write_text(json.dumps({"total": str(len(notices)), "_embedded": {"notices": notices}}), encoding="utf-8")
    return ((NOTICES, path),)


def _notice(one: Nominal, place: int) -> dict[str, Any]:
    aliases = [alias.partition(", ") for alias in one.aliases]
    return {
        "entity_id": one.reference or f"NOMINALS-{place:04d}",
        "name": one.family_name,
        "forename": one.forenames,
        "date_of_birth": (one.birth_date or "").replace("-", "/"),
        "sex_id": one.sex or "U",
        "nationalities": [one.nationality] if one.nationality else [],
        "aliases": [{"name": family, "forename": forename} for family, _, forename in aliases],
        "_links": {"self": {"href": f"{NOTICE}/{one.notice_colour}/{place}"}},
    }
