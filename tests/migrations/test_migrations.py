"""Migrations, on both databases and with data in every table: up, down and up again."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from crossing import tables
from crossing.platform import migrations
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from tests.migrations.rows import columns, contents, counts, fill

SCRIPTS = ScriptDirectory(str(Path(__file__).parents[2] / "migrations"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


def test_revisions_form_one_line() -> None:
    assert len(SCRIPTS.get_heads()) == len(SCRIPTS.get_bases()) == 1
    assert [SCRIPTS.get_revision(one).down_revision for one in REVISIONS] == [None, *REVISIONS[:-1]]
    assert migrations.head() == REVISIONS[-1]


def test_the_tables_are_what_the_models_say(any_database: Database) -> None:
    migrations.check(any_database.engine)
    assert set(sa.inspect(any_database.engine).get_table_names()) == {*tables.metadata.tables, "alembic_version"}


def test_a_database_at_the_newest_version_is_left_alone(any_database: Database) -> None:
    before = fill(any_database)
    migrations.upgrade(any_database.engine)
    assert counts(any_database) == before


def test_every_step_back_and_forth_keeps_whatever_it_does_not_remove(any_database: Database) -> None:
    migrations.downgrade(any_database.engine, REVISIONS[0])
    lasting = columns(any_database)
    migrations.upgrade(any_database.engine)
    filled = fill(any_database)
    assert set(filled.values()) == {2}
    as_they_were = contents(any_database, lasting)
    for below in reversed(REVISIONS[:-1]):
        migrations.downgrade(any_database.engine, below)
        assert migrations.current(any_database.engine) == below
        assert set(counts(any_database).values()) == {2}
    for above in REVISIONS[1:]:
        migrations.upgrade(any_database.engine, above)
        assert migrations.current(any_database.engine) == above
    assert contents(any_database, lasting) == as_they_were
    migrations.check(any_database.engine)


def test_down_to_nothing_with_data_and_up_again(any_database: Database) -> None:
    fill(any_database)
    migrations.downgrade(any_database.engine, "base")
    assert sa.inspect(any_database.engine).get_table_names() == ["alembic_version"]
    assert _functions(any_database) == []
    migrations.upgrade(any_database.engine)
    assert set(fill(any_database).values()) == {2}
    migrations.check(any_database.engine)


def test_rows_are_protected_again_after_a_way_down_and_up(any_database: Database) -> None:
    fill(any_database)
    migrations.downgrade(any_database.engine, "0001")
    with any_database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE movements SET note = 'changed'"))
    migrations.upgrade(any_database.engine)
    with pytest.raises(DBAPIError, match="append-only"), any_database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE movements SET note = 'changed again'"))


def test_the_release_before_reads_no_reason_that_it_does_not_know(any_database: Database) -> None:
    fill(any_database)
    with any_database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alerts_ahead SET ended_by = 'restricted'"))
    migrations.downgrade(any_database.engine, "0014")
    with any_database.engine.connect() as connection:
        assert set(connection.scalars(sa.text("SELECT ended_by FROM alerts_ahead"))) == {"no_longer_a_hit"}


def test_foreign_keys_count_again_after_a_migration(any_database: Database) -> None:
    migrations.downgrade(any_database.engine, "0001")
    migrations.upgrade(any_database.engine)
    orphan = {"movement_id": new_id(), "kind": "name", "key": "DIALLO"}
    with pytest.raises(DBAPIError), any_database.engine.begin() as connection:
        connection.execute(sa.insert(tables.metadata.tables["movement_keys"]), orphan)


def test_a_migration_that_leaves_a_row_pointing_to_nothing_is_rolled_back(post_database: Database) -> None:
    """SQLite alone: there foreign keys are off while a migration runs."""
    filled = fill(post_database)
    with post_database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute("INSERT INTO movement_keys (movement_id, kind, key) VALUES ('nobody', 'name', 'DIALLO')")
        driver.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(migrations.DanglingKeys):
        migrations.downgrade(post_database.engine, "0001")
    assert migrations.current(post_database.engine) == REVISIONS[-1]
    assert counts(post_database) == filled | {"movement_keys": 3}
    with pytest.raises(DBAPIError, match="append-only"), post_database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM movements"))


def test_a_migration_that_fails_says_why_changes_nothing_and_can_be_tried_again(any_database: Database) -> None:
    migrations.downgrade(any_database.engine, "base")
    with any_database.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE movements (in_the_way INTEGER)"))
    with pytest.raises(DBAPIError, match="already exists"):
        migrations.upgrade(any_database.engine)
    assert migrations.current(any_database.engine) is None
    assert set(sa.inspect(any_database.engine).get_table_names()) == {"alembic_version", "movements"}
    with any_database.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE movements"))
    migrations.upgrade(any_database.engine)
    assert migrations.current(any_database.engine) == REVISIONS[-1]


def _functions(database: Database) -> list[str]:
    if database.engine.dialect.name == "sqlite":
        return []
    with database.engine.connect() as connection:
        ours = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        return list(connection.scalars(sa.text(ours)))
