"""Engines with the settings that were measured, and no others.

SQLCipher: WAL with synchronous=FULL survives a power cut; BEGIN IMMEDIATE, because a deferred transaction that
reads first and writes later fails with "database is locked" as soon as a second lane is at work.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

BUSY_TIMEOUT_MS = 10_000
POSTGRES_STATEMENT_TIMEOUT_MS = 30_000
READING = "crossing_reading"
"""Execution option of a connection that only reads: on SQLite it waits for no writer and holds none up."""


def open_sqlcipher(path: Path, key: bytes, *, pool_size: int = 8) -> sa.Engine:
    """The encrypted database of a post. ``key`` is 32 raw bytes; a wrong key fails on the first statement."""
    if len(key) != 32:
        raise ValueError("a SQLCipher raw key is 32 bytes")
    from sqlcipher3 import dbapi2  # noqa: PLC0415 - only a post carries SQLCipher

    def connect() -> Any:
        connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
        cursor = connection.cursor()
        # A raw key skips the key derivation of 256,000 rounds, which every new connection would pay again.
        cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")
        # Without it, INSERT OR REPLACE removes the old row past the triggers that make a table append-only.
        cursor.execute("PRAGMA recursive_triggers = ON")
        cursor.close()
        return connection

    engine = sa.create_engine(
        "sqlite://", creator=connect, module=dbapi2, poolclass=QueuePool, pool_size=pool_size, max_overflow=8
    )

    @event.listens_for(engine, "begin")
    def begin_immediate(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get(READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def open_postgres(url: str, *, pool_size: int = 8) -> sa.Engine:
    """The capital's database. ``url`` is any libpq URL; psycopg 3 is the driver whatever it says."""
    parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=8,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 5,
            "options": f"-c statement_timeout={POSTGRES_STATEMENT_TIMEOUT_MS} -c lock_timeout=10000 -c timezone=UTC",
        },
    )
