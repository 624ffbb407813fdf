"""The capture session: the one table that changes while a traveller is at the desk. What counts is in movements."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime

_LIVE = text("state IN ('open', 'checked')")


class CaptureSession(Base):
    """``evidence`` counts what was captured or typed, so that answers about an earlier state are known as such.
    ``images``: by kind, ``{"sha256", "size", "media_type"}``. The JSON columns hold the dumps of the schemas.
    ``live_pictures``: earlier live pictures, as in ``images``, with ``asked`` where a person is asked about one.
    ``bridge_pending``: the services outside are being asked about the traveller, under ``question_id``; about the
    vehicle while there is a ``vehicle_question_id``.
    ``mrz_strip`` is a small JPEG, the MRZ cut out of the page for the officer's eye. It lives as long as the session
    and no longer, so it is here and not in the blob store: it goes in the transaction that decides, and does not
    travel, for the page itself is kept and does.

    The partial unique index is what keeps two travellers from ever sharing a lane, whatever the code above does.
    """

    __tablename__ = "capture_sessions"
    __table_args__ = (
        Index("uq_capture_sessions_live_lane", "lane_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_capture_sessions_closed", "closed_at", "session_id"),
    )

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    lane_id: Mapped[UUID]
    lane: Mapped[str] = mapped_column(String(32))
    post: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column()
    direction: Mapped[str] = mapped_column(String(8))
    case: Mapped[str] = mapped_column(String(32))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(String(64))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[dict[str, Any] | None] = mapped_column(Json)
    document: Mapped[dict[str, Any] | None] = mapped_column(Json)
    field_sources: Mapped[dict[str, str]] = mapped_column(Json)
    evidence_level: Mapped[str | None] = mapped_column(String(16))
    witness: Mapped[str] = mapped_column(String(128))
    border_resident: Mapped[bool]
    truncated_name: Mapped[bool]

    reading: Mapped[dict[str, Any] | None] = mapped_column(Json)
    mrz_strip: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    evidence: Mapped[int]
    images: Mapped[dict[str, dict[str, Any]]] = mapped_column(Json)
    face_hints: Mapped[list[str]] = mapped_column(Json)
    stay: Mapped[dict[str, Any] | None] = mapped_column(Json)
    troubles: Mapped[list[dict[str, str]]] = mapped_column(Json)
    stages: Mapped[dict[str, float]] = mapped_column(Json)
    local_answer_ms: Mapped[float | None]
    bridge_pending: Mapped[bool]
    question_id: Mapped[UUID | None]
    vehicle_question_id: Mapped[UUID | None]
    movement_id: Mapped[UUID | None]
    chip: Mapped[dict[str, Any] | None] = mapped_column(Json)
    fingers: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    codes: Mapped[list[dict[str, str]] | None] = mapped_column(Json)
    liveness_cues: Mapped[list[str] | None] = mapped_column(Json)
    portrait_exception: Mapped[dict[str, Any] | None] = mapped_column(Json)
    judgements: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    live_pictures: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    vehicle: Mapped[dict[str, Any] | None] = mapped_column(Json)

    # Two writers of one session: the second finds the version gone and is told, instead of overwriting.
    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy's name and type
        "version_id_col": version
    }
