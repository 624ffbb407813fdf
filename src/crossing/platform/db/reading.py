"""Reading without a place in the writers' queue: one snapshot, no lock, and no way to write."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from crossing.platform.db.database import Database
from crossing.platform.db.engines import READING


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """A session that sees the database as it is at its first query, until the block ends. Writing raises."""
    connecting = database.engine.connect()
    if connecting.dialect.name == "sqlite":
        connecting = connecting.execution_options(**{READING: True})
    else:
        connecting = connecting.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with connecting as connection, Session(connection, expire_on_commit=False) as session:
        if connection.dialect.name != "sqlite":
            yield session
            return
        connection.exec_driver_sql("PRAGMA query_only = ON")
        try:
            yield session
        finally:
            connection.exec_driver_sql("PRAGMA query_only = OFF")
