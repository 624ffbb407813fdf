"""What the capital keeps beside what the posts sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime


class Alert(Base):
    """Something that an analyst must see now. ``alert_id`` is the id of the event that raised it.

    ``traveller``: an :class:`~crossing.capital.schemas.AlertedTraveller`, None where the event does not say who.
    """

    __tablename__ = "alerts"

    alert_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    post: Mapped[str] = mapped_column(String(32))
    lane: Mapped[str] = mapped_column(String(32))
    session_id: Mapped[UUID] = mapped_column(index=True)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    checks: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    traveller: Mapped[dict[str, Any] | None] = mapped_column(Json)


class AlertAhead(Base):
    """That the posts were told to look for the traveller of an alert, and until when. ``ended_by`` is an
    ``EndedAhead``, empty where nothing ended it before its time."""

    __tablename__ = "alerts_ahead"

    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.alert_id"), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(index=True)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(String(24), default="")


class AlertUntold(Base):
    """That the posts could not be told what they are to know of a session: it is tried again at ``next_at``.

    ``post`` and ``machine`` raised it and are not told; ``reason`` is a code, never a text that may name somebody.
    """

    __tablename__ = "alerts_untold"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    post: Mapped[str] = mapped_column(String(32))
    machine: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reason: Mapped[str] = mapped_column(String(100))
