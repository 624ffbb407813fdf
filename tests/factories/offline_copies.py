"""Offline copies of a simulator's scenario, made as a bureau makes them: of files, with a key of its own."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from interpol_bridge.backends.offline_copy import MakingKey, Order, make_copy
from interpol_bridge.simulator.scenario import Nominal, NoticedDocument, Scenario, StolenDocument

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def copy_of(
    scenario: Scenario, folder: Path, key: MakingKey, *, as_of: datetime = AS_OF, now: datetime | None = None
) -> Path:
    """A whole copy in ``folder`` of all that a scenario holds; its sources are written beside it."""
    order = sources_of(scenario, folder.with_name(f"{folder.name}-sources"), as_of)
    make_copy(order, folder, key, now or max(as_of, NOW), print)
    return folder


def sources_of(scenario: Scenario, folder: Path, as_of: datetime = AS_OF) -> Order:
    """The files that a bureau would make a copy of. Databases of which the scenario has nothing are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    return Order(
        as_of=as_of,
        sltd=_documents(folder / "sltd.csv", scenario.sltd),
        tdawn=_documents(folder / "tdawn.csv", scenario.tdawn),
        smv=_written(
            folder / "smv.csv",
            ("vin", "plate", "plate_country", "make"),
            [(one.vin, one.plate, one.plate_country or "", one.make) for one in scenario.smv],
        ),
        persons=_persons(folder / "persons.csv", scenario.nominals),
    )


def _documents(path: Path, held: Sequence[StolenDocument | NoticedDocument]) -> Path | None:
    rows = [
        (
            one.document_number,
            one.issuing_state,
            one.document_type,
            one.fraud_type if isinstance(one, StolenDocument) else one.notice_colour,
            one.reported_on or "",
        )
        for one in held
    ]
    return _written(path, ("number", "issuing_state", "type", "reason", "reported_on"), rows)


def _persons(path: Path, held: Sequence[Nominal]) -> tuple[tuple[str, Path], ...]:
    columns = (
        "reference", "surname", "given_names", "aliases", "birth_dates", "sex", "nationalities", "notice_colour",
        "action", "caution", "owner", "remarks",
    )  # fmt: skip
    rows = [
        (
            one.reference or f"nominal-{place}",
            one.family_name,
            one.forenames,
            ";".join(one.aliases),
            one.birth_date or "",
            one.sex,
            one.nationality or "",
            one.notice_colour,
            one.action,
            one.caution,
            one.owner_bureau,
            one.charges,
        )
        for place, one in enumerate(held, start=1)
    ]
    written = _written(path, columns, rows)
    return (("national_persons", written),) if written else ()


def _written(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path | None:
    rows = list(rows)
    if not rows:
        return None
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path
