"""Records that prove something can be added and nothing else, whatever the code above the database does."""

import importlib.util
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crossing import tables
from crossing.platform.db import Database
from tests.factories.databases import postgres_database, sqlcipher_database
from tests.migrations.rows import counts, fill

_REVISION = Path(__file__).parents[3] / "migrations" / "versions" / "0002_append_only.py"
_spec = importlib.util.spec_from_file_location("append_only_revision", _REVISION)
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
PROTECTED: tuple[str, ...] = _module.TABLES


@pytest.fixture(scope="module", params=["sqlcipher", "postgres"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: str
) -> Iterator[Database]:
    """A row in every table; no test here may change one, so that all share it."""
    with ExitStack() as stack:
        if request.param == "sqlcipher":
            one = sqlcipher_database(tmp_path_factory.mktemp("append-only"))
            stack.callback(one.close)
        else:
            one = stack.enter_context(postgres_database(postgres_server))
        fill(one)
        yield one


def test_the_records_that_count_are_among_them() -> None:
    assert {"movements", "movement_keys", "checks", "audit_entries", "outbox_events", "receipts"} <= set(PROTECTED)
    assert set(PROTECTED) <= set(tables.metadata.tables)


@pytest.mark.parametrize("table", PROTECTED)
def test_no_row_is_changed(database: Database, table: str) -> None:
    columns = tables.metadata.tables[table].columns
    for column in columns:
        statement = sa.text(f'UPDATE {table} SET "{column.name}" = "{column.name}"')
        with pytest.raises(DBAPIError, match=f"{table} is append-only"), database.engine.begin() as connection:
            connection.execute(statement)


@pytest.mark.parametrize("table", PROTECTED)
def test_no_row_is_removed(database: Database, table: str) -> None:
    statements = [f"DELETE FROM {table}"]
    if database.engine.dialect.name == "postgresql":
        statements.append(f"TRUNCATE {table} CASCADE")
    for statement in statements:
        with pytest.raises(DBAPIError, match="is append-only"), database.engine.begin() as connection:
            connection.execute(sa.text(statement))
    assert counts(database)[table] == 2


@pytest.mark.parametrize("table", PROTECTED)
def test_no_row_gives_way_to_another_of_the_same_key(database: Database, table: str) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), database.engine.begin() as connection:
        connection.execute(sa.text(_replacing(database.engine.dialect.name, table)))


def test_work_that_tries_is_undone_as_a_whole(database: Database) -> None:
    def try_it() -> None:
        with database.unit_of_work() as session:
            session.execute(sa.text("UPDATE officers SET name = 'someone else'"))
            session.execute(sa.text("UPDATE movements SET surname = 'someone else'"))

    with pytest.raises(DBAPIError, match="movements is append-only"):
        try_it()
    with database.engine.connect() as connection:
        assert "someone else" not in connection.scalars(sa.text("SELECT name FROM officers")).all()


def _replacing(dialect: str, table: str) -> str:
    """The statement by which each database puts a row in the place of another."""
    if dialect == "sqlite":
        return f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    keys = [column.name for column in tables.metadata.tables[table].primary_key.columns]
    into = f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({', '.join(keys)})"
    return f"{into} DO UPDATE SET {keys[0]} = excluded.{keys[0]}"
