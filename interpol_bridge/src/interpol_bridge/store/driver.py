"""Statements that every question runs, given to SQLite's own driver.

SQLAlchemy takes ten times as long over a statement as SQLite does. What is rare stays with it; here are the handful
that a question costs, in the same connections and transactions, with the same errors.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

Values = Mapping[str, Any] | Sequence[Any]


def run(connection: Connection, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """The rows that a statement gives, within the transaction of ``connection``.

    :raises sqlalchemy.exc.DBAPIError: as SQLAlchemy would raise it, without the values
    """
    return _rows(connection.connection.dbapi_connection, statement, values)


def read(engine: Engine, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """The rows of one statement that only reads; it needs no transaction beside its own.

    :raises sqlalchemy.exc.DBAPIError: as :func:`run`
    """
    pooled = engine.raw_connection()
    try:
        return _rows(pooled.dbapi_connection, statement, values)
    finally:
        pooled.close()


def insertion(table: str, columns: Sequence[str], *, replaces: bool = False) -> str:
    """An ``INSERT`` of one row, whose values are given by the columns' names."""
    verb = "INSERT OR REPLACE" if replaces else "INSERT"
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{one}' for one in columns)})"


def _rows(driver: Any, statement: str, values: Values) -> list[tuple[Any, ...]]:
    try:
        rows: list[tuple[Any, ...]] = driver.execute(statement, values).fetchall()
    except dbapi2.Error as error:
        raise DBAPIError.instance(statement, None, error, dbapi2.Error, hide_parameters=True) from error
    return rows
