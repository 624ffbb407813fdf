"""Real databases for tests: an encrypted SQLCipher file, and a PostgreSQL server shared by the whole run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from crossing import tables  # noqa: F401 - a session needs every table's model
from crossing.platform import migrations
from crossing.platform.db import Database, open_postgres, open_sqlcipher
from crossing.platform.ids import new_id


def sqlcipher_database(folder: Path) -> Database:
    """A fresh post database in ``folder`` with every table."""
    database = Database(open_sqlcipher(folder / "post.db", os.urandom(32)))
    migrations.upgrade(database.engine)
    return database


@contextmanager
def postgres_database(server_url: str) -> Iterator[Database]:
    """A fresh database on the test server with every table, dropped at the end."""
    name = f"t_{new_id().hex}"
    admin = open_postgres(server_url)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    database = Database(open_postgres(sa.make_url(server_url).set(database=name).render_as_string(False)))
    try:
        migrations.upgrade(database.engine)
        yield database
    finally:
        database.close()
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()
