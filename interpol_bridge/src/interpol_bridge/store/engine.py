"""The connection to the bridge's SQLCipher file."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlcipher3 import dbapi2

from interpol_bridge.store import driver

BUSY_TIMEOUT_S = 10


def open_engine(path: Path, key: bytes) -> Engine:
    """An engine whose transactions begin with a write lock, or, with the execution option ``reads_only``, without.

    A deferred transaction that reads and then writes fails under concurrency instead of waiting. Statement
    parameters are hidden from errors and logs: they are personal data.
    """

    def connect() -> Any:
        connection = dbapi2.connect(str(path), timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        return connection

    engine = create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        module=dbapi2,
        poolclass=QueuePool,
        # The connection that read last remembers the newest pages.
        pool_use_lifo=True,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only", False)
    driver.run(connection, "BEGIN" if reads_only else "BEGIN IMMEDIATE")
