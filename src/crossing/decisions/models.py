"""Referrals to the second line. The decision itself lives in the movement that it wrote."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime


class Referral(Base):
    """One call to the second line. ``reasons`` are the checks it was made for, as they stood."""

    __tablename__ = "referrals"
    __table_args__ = (Index("ix_referrals_state", "state", "opened_at"),)

    referral_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(index=True)
    post: Mapped[str] = mapped_column(String(32))
    lane: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(24))
    late: Mapped[bool]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(1000))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    resolution: Mapped[dict[str, Any] | None] = mapped_column(Json)
    resolved_by: Mapped[str] = mapped_column(String(64))
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[str] = mapped_column(String(64))
