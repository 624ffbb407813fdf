"""A row in every table, made from the tables themselves, so that a table added later is filled too."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from itertools import count
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from crossing import tables
from crossing.platform.db import Database, UtcDateTime
from crossing.platform.ids import new_id

CHOSEN: Final[Mapping[tuple[str, str], Any]] = MappingProxyType(
    {
        ("checks", "outcome"): "clear",
        ("checks", "reason"): None,
        ("entry_decisions", "decision"): "approved",
        ("entry_proposals", "change"): "add",
        ("clearances", "kind"): "name_list",
        ("clearances", "second_officer"): "another",
        ("face_templates", "subject_kind"): "movement",
        ("hit_verifications", "approver"): "another",
        ("hit_verifications", "state"): "pending",
        ("hit_verifications", "verdict"): "confirmed",
        ("lanes", "direction"): "both",
        ("officers", "secret_hash"): None,
        ("officers", "secret_kind"): "none",
        ("rechecks", "state"): "pending",
        ("watchlist_imports", "state"): "finished",
        ("watchlist_names", "kind"): "primary",
    }
)
"""Columns that a CHECK constraint lets only few values into."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def fill(database: Database, *, rows: int = 2) -> dict[str, int]:
    """``rows`` rows in every table; gives how many each table has now. Keys point to rows made here."""
    made: dict[str, list[dict[str, Any]]] = {}
    numbers = count(1)
    with database.engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            made[table.name] = [_row(table, index, next(numbers), made) for index in range(rows)]
            connection.execute(sa.insert(table), made[table.name])
    return counts(database)


def counts(database: Database) -> dict[str, int]:
    """The number of rows of every table of ours that is there."""
    there = set(sa.inspect(database.engine).get_table_names())
    with database.engine.connect() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in tables.metadata.tables.items()
            if name in there
        }


def columns(database: Database) -> dict[str, set[str]]:
    """The columns that each table of ours that is there has now."""
    inspected = sa.inspect(database.engine)
    there = set(inspected.get_table_names()) & set(tables.metadata.tables)
    return {name: {column["name"] for column in inspected.get_columns(name)} for name in there}


def contents(database: Database, of: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Every row of every table, in an order of its own, as text; of each only the columns that ``of`` names."""
    with database.engine.connect() as connection:
        return {
            name: sorted(
                repr(tuple(row))
                for row in connection.execute(sa.select(*(one for one in table.columns if one.name in of[name])))
            )
            for name, table in tables.metadata.tables.items()
            if name in of
        }


def _row(table: sa.Table, index: int, number: int, made: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {column.name: _value(column, index, number, made) for column in table.columns}


def _value(column: sa.Column[Any], index: int, number: int, made: Mapping[str, list[dict[str, Any]]]) -> Any:
    chosen = (column.table.name, column.name)
    if chosen in CHOSEN:
        return CHOSEN[chosen]
    for key in column.foreign_keys:
        return made[key.column.table.name][index][key.column.name]
    return _of_type(column.type, number)


_MAKERS: Final[tuple[tuple[type[sa.types.TypeEngine[Any]], Callable[[int], Any]], ...]] = (
    (UtcDateTime, lambda number: datetime(2031, 3, 1, 8, 0, number % 60, 123456, tzinfo=UTC)),
    (sa.Uuid, lambda _: new_id()),
    (sa.JSON, lambda number: {"number": number}),
    (sa.Boolean, lambda number: bool(number % 2)),
    (sa.Date, lambda number: date(2031, 1, 1 + number % 28)),
    (sa.LargeBinary, lambda number: number.to_bytes(32, "big")),
    (sa.Integer, lambda number: number),
    (sa.Float, float),
)


def _of_type(kind: sa.types.TypeEngine[Any], number: int) -> Any:
    if isinstance(kind, sa.String):
        return _text(number)[-(kind.length or 32) :]
    return next(make for of, make in _MAKERS if isinstance(kind, of))(number)


def _text(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits
