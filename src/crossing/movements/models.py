"""The movements table: append-only. A correction is a new row that points to the old one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime


class Movement(Base):
    """One entry or exit. ``known_at_decision`` holds every check as it stood when the officer decided."""

    __tablename__ = "movements"
    __table_args__ = (Index("ix_movements_traveller", "traveller_id", "occurred_at"),)

    movement_id: Mapped[UUID] = mapped_column(primary_key=True)
    traveller_id: Mapped[UUID]
    session_id: Mapped[UUID] = mapped_column(index=True)
    post: Mapped[str] = mapped_column(String(32))
    lane: Mapped[str] = mapped_column(String(32))
    direction: Mapped[str] = mapped_column(String(8))
    case: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(16))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    surname: Mapped[str] = mapped_column(String(128))
    given_names: Mapped[str] = mapped_column(String(128))
    birth_date: Mapped[str | None] = mapped_column(String(10))
    birth_approximate: Mapped[bool]
    sex: Mapped[str] = mapped_column(String(1))
    nationality: Mapped[str | None] = mapped_column(String(3))
    residence: Mapped[str] = mapped_column(String(128))

    document_type: Mapped[str | None] = mapped_column(String(2))
    document_number: Mapped[str | None] = mapped_column(String(32))
    document_issuing_state: Mapped[str | None] = mapped_column(String(3))
    document_expiry_date: Mapped[date | None]

    vehicle: Mapped[dict[str, Any] | None] = mapped_column(Json)

    evidence_level: Mapped[str] = mapped_column(String(16))
    stay: Mapped[dict[str, Any] | None] = mapped_column(Json)
    purpose: Mapped[str] = mapped_column(String(64))
    destination: Mapped[str] = mapped_column(String(128))
    reason_code: Mapped[str] = mapped_column(String(64))
    handling: Mapped[str] = mapped_column(String(500))
    note: Mapped[str] = mapped_column(String(1000))
    decided_by: Mapped[str] = mapped_column(String(64))
    approved_by: Mapped[str] = mapped_column(String(64))
    paired_entry: Mapped[dict[str, Any] | None] = mapped_column(Json)
    known_at_decision: Mapped[dict[str, Any]] = mapped_column(Json)
    images: Mapped[dict[str, Any]] = mapped_column(Json)
    corrects: Mapped[UUID | None] = mapped_column(index=True)
    correction_reason: Mapped[str] = mapped_column(String(500))
    corrected_by: Mapped[str] = mapped_column(String(64))


class MovementKey(Base):
    """What a movement can be found by: its document and its name, normalised (``keys.py``)."""

    __tablename__ = "movement_keys"
    __table_args__ = (Index("ix_movement_keys_kind_key", "kind", "key"),)

    movement_id: Mapped[UUID] = mapped_column(ForeignKey("movements.movement_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(192), primary_key=True)
