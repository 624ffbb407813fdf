"""The tables of the audit trail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, UtcDateTime
from crossing.platform.ids import new_id


class AuditEntry(Base):
    """One thing that someone did or saw. Append-only.

    ``detail`` is the canonical JSON text that was hashed, kept as text: a JSON column may hand a number back in
    another spelling than it was given (PostgreSQL turns 1e16 into an integer), and the hash would no longer hold.
    """

    __tablename__ = "audit_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sequence: Mapped[int] = mapped_column(BigInteger, unique=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID] = mapped_column(index=True)
    actor_login: Mapped[str] = mapped_column(Text)
    actor_kind: Mapped[str] = mapped_column(String(8))
    actor_post: Mapped[str | None] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(Text, index=True)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text, index=True)
    purpose: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """Where the chain ends, in one row: without it, entries cut off the end would not be missed."""

    __tablename__ = "audit_heads"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
