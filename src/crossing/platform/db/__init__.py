"""One database layer for both databases: SQLCipher at a post, PostgreSQL at the capital."""

from sqlalchemy.orm import Session

from crossing.platform.db.base import Base, Json, UtcDateTime
from crossing.platform.db.database import Database, SessionDep
from crossing.platform.db.engines import open_postgres, open_sqlcipher

__all__ = [
    "Base",
    "Database",
    "Json",
    "Session",
    "SessionDep",
    "UtcDateTime",
    "open_postgres",
    "open_sqlcipher",
]
