"""Tables of replication. Those that prove something are append-only; what changes lies in tables beside them."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime

APPEND_ONLY: Final = (
    "outbox_events",
    "outbox_blobs",
    "receipts",
    "sender_instances",
    "inbox_events",
    "inbox_forks",
    "inbox_alarms",
)
"""The tables that a migration protects against change and deletion."""


class _EventColumns:
    """An event as it was signed; the same at the post and at the capital."""

    post: Mapped[str] = mapped_column(String(32))
    machine: Mapped[str] = mapped_column(String(32))
    epoch: Mapped[int] = mapped_column(Integer)
    sequence: Mapped[int] = mapped_column(BigInteger)
    lane: Mapped[int] = mapped_column(SmallInteger)
    type: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Text, not a JSON type: the bytes that were hashed stay the bytes that are kept.
    payload: Mapped[str] = mapped_column(Text)
    blobs: Mapped[list[Any]] = mapped_column(Json)
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


class OutboxEvent(_EventColumns, Base):
    """At a post: what happened, signed, in the order of this machine."""

    __tablename__ = "outbox_events"
    __table_args__ = (UniqueConstraint("post", "machine", "epoch", "sequence"),)

    event_id: Mapped[UUID] = mapped_column(primary_key=True)


class OutboxDelivery(Base):
    """How far one event has come. ``lane``, ``epoch`` and ``sequence`` are the event's, for the index."""

    __tablename__ = "outbox_deliveries"
    __table_args__ = (Index(None, "state", "lane", "epoch", "sequence"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_events.event_id"), primary_key=True)
    lane: Mapped[int] = mapped_column(SmallInteger)
    epoch: Mapped[int] = mapped_column(Integer)
    sequence: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(100))
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("receipts.id"))


class OutboxBlob(Base):
    """Which event announces which blob."""

    __tablename__ = "outbox_blobs"
    __table_args__ = (Index(None, "sha256"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_events.event_id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)


class OutboxUpload(Base):
    """How far one blob has come. ``announced_by`` is the first event that named it: the oldest goes first."""

    __tablename__ = "outbox_uploads"
    __table_args__ = (Index(None, "state", "lane", "announced_by"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    lane: Mapped[int] = mapped_column(SmallInteger)
    announced_by: Mapped[UUID] = mapped_column(ForeignKey("outbox_events.event_id"))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(100))
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("receipts.id"))


class Receipt(Base):
    """What the capital signed for: the document as it was signed, and the signature."""

    __tablename__ = "receipts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


class SenderInstance(Base):
    """Each start of this post's sender. A copy of the database cannot know the starts of the original."""

    __tablename__ = "sender_instances"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance: Mapped[str] = mapped_column(String(32), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InboxEvent(_EventColumns, Base):
    """At the capital: an event that was accepted, exactly as its machine signed it."""

    __tablename__ = "inbox_events"
    __table_args__ = (UniqueConstraint("post", "machine", "epoch", "sequence"),)

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InboxQuarantine(Base):
    """An accepted event that could not be applied. One without ``resolved_at`` still waits for its applier."""

    __tablename__ = "inbox_quarantine"
    __table_args__ = (Index(None, "resolved_at", "event_id"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("inbox_events.event_id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(100))
    attempts: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InboxFork(_EventColumns, Base):
    """An event that contradicts one already accepted: kept as evidence, never applied."""

    __tablename__ = "inbox_forks"
    __table_args__ = (UniqueConstraint("post", "machine", "epoch", "sequence", "hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InboxMachine(Base):
    """Which installation delivers for a machine. The row is the lock under which its events come in."""

    __tablename__ = "inbox_machines"

    post: Mapped[str] = mapped_column(String(32), primary_key=True)
    machine: Mapped[str] = mapped_column(String(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer)
    instance: Mapped[str] = mapped_column(String(32))
    last_contact_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InboxWatermark(Base):
    """Up to where a machine's history is here without a gap, its chain verified; and the highest number seen."""

    __tablename__ = "inbox_watermarks"

    post: Mapped[str] = mapped_column(String(32), primary_key=True)
    machine: Mapped[str] = mapped_column(String(32), primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    highest: Mapped[int] = mapped_column(BigInteger)


class InboxAlarm(Base):
    """A sign that two machines claim one identity or that a history was rewritten; each noted once."""

    __tablename__ = "inbox_alarms"
    __table_args__ = (UniqueConstraint("post", "machine", "epoch", "kind", "subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    post: Mapped[str] = mapped_column(String(32))
    machine: Mapped[str] = mapped_column(String(32))
    epoch: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(100))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExpectedBlob(Base):
    """A blob that an accepted event announced: only such a blob is taken from that machine."""

    __tablename__ = "expected_blobs"

    post: Mapped[str] = mapped_column(String(32), primary_key=True)
    machine: Mapped[str] = mapped_column(String(32), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("inbox_events.event_id"))
    stored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
