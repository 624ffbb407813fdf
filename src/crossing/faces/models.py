"""The table of face templates. At a post it lies in the encrypted database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, UtcDateTime
from crossing.platform.ids import new_id


class FaceServing(Base):
    """The engine, version and calibration that serve from ``since`` on; of all rows the newest counts."""

    __tablename__ = "face_serving"

    serving_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    engine: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(100))
    calibration: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class FaceTally(Base):
    """How often, in one month at one post, officers judged what the engine said of a group of travellers in one way.

    Counts alone: no traveller, day or officer can be found by them. ``kind`` is a
    :class:`~crossing.faces.figures.schemas.FigureKind`; what was ``said`` of each kind, and counted as what, is in
    ``figure_cuts.py``. ``judged``: a :class:`~crossing.faces.schemas.Judgement` or ``none``. ``sex`` is empty where
    it was not stated; the other groups are in ``groups.py``. ``month``: YYYY-MM, in UTC.
    """

    __tablename__ = "face_tallies"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    post: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    engine: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[str] = mapped_column(String(160), primary_key=True)
    sex: Mapped[str] = mapped_column(String(1), primary_key=True)
    age_band: Mapped[str] = mapped_column(String(8), primary_key=True)
    nationality_group: Mapped[str] = mapped_column(String(32), primary_key=True)
    said: Mapped[str] = mapped_column(String(16), primary_key=True)
    judged: Mapped[str] = mapped_column(String(8), primary_key=True)
    count: Mapped[int]


class FaceTemplate(Base):
    """One template of one subject: an entry of a list, or a movement.

    ``vector``: little-endian float32 of unit length. A template is personal data that can't be changed like a
    password; it goes when its subject goes (ISO/IEC 24745).
    """

    __tablename__ = "face_templates"
    __table_args__ = (
        CheckConstraint("subject_kind IN ('watchlist', 'movement')", name="subject_kind"),
        Index("ix_face_templates_subject", "subject_kind", "subject_id"),
        Index(
            "ix_face_templates_gallery",
            *("subject_kind", "engine", "version", "calibration", "template_id", "subject_id"),
        ),
    )

    template_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[UUID]
    engine: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(100))
    calibration: Mapped[str] = mapped_column(String(32))
    vector: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
