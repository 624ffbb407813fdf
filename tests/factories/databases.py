"""Real databases for tests: an encrypted SQLCipher file, and a PostgreSQL server shared by the whole run.

The schema is made once by the real migrations; every further database is a copy of that one.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from crossing import tables  # noqa: F401 - a session needs every table's model
from crossing.platform import migrations
from crossing.platform.db import Database, open_postgres, open_sqlcipher
from crossing.platform.ids import new_id

KEY: Final = os.urandom(32)
"""Of every post database of this run; another process needs it to open one."""


def sqlcipher_database(folder: Path) -> Database:
    """A fresh post database in ``folder`` with every table."""
    path = folder / "post.db"
    path.write_bytes(_sqlcipher_template())
    return Database(open_sqlcipher(path, KEY))


@contextmanager
def postgres_database(server_url: str) -> Iterator[Database]:
    """A fresh database on the test server with every table, dropped at the end."""
    template = _postgres_template(server_url)
    name = f"t_{new_id().hex}"
    _as_admin(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    database = Database(open_postgres(_url(server_url, name)))
    try:
        yield database
    finally:
        database.close()
        _as_admin(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _sqlcipher_template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        engine = open_sqlcipher(path, KEY)
        migrations.upgrade(engine)
        # The last connection that closes folds the write-ahead log into the file.
        engine.dispose()
        return path.read_bytes()


@cache
def _postgres_template(server_url: str) -> str:
    name = f"template_{new_id().hex}"
    _as_admin(server_url, f"CREATE DATABASE {name}")
    engine = open_postgres(_url(server_url, name))
    migrations.upgrade(engine)
    engine.dispose()
    return name


def _as_admin(server_url: str, statement: str) -> None:
    admin = open_postgres(server_url)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    admin.dispose()


def _url(server_url: str, name: str) -> str:
    return sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)
