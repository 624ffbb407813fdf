"""Serialising writers of one chain."""

import zlib

import sqlalchemy as sa
from sqlalchemy.orm import Session


def hold_until_commit(session: Session, name: str) -> None:
    """Let one transaction at a time past this point for ``name``, until it ends.

    On SQLite every write transaction already excludes all others (BEGIN IMMEDIATE), so nothing is to be done.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(zlib.crc32(name.encode()))))
