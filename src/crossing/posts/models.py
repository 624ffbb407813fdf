"""Posts, the lanes in them, and the machines that the capital has let in."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, UtcDateTime
from crossing.platform.ids import new_id

LANE_NUMBERS: Final = range(1, 1000)
"""What may be painted above a lane."""


class LaneDirection(StrEnum):
    ENTRY = "entry"
    EXIT = "exit"
    BOTH = "both"


class Post(Base):
    """A crossing point. ``code`` is what everything else names it by; ``country`` is ISO 3166-1 alpha-3."""

    __tablename__ = "posts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(3))


class Lane(Base):
    """One desk of a post, with the devices that stand there (device ids as the device agent gives them)."""

    __tablename__ = "lanes"
    __table_args__ = (
        UniqueConstraint("post_code", "number"),
        CheckConstraint("direction IN ('entry', 'exit', 'both')", name="direction"),
        CheckConstraint("number > 0", name="number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    post_code: Mapped[str] = mapped_column(ForeignKey("posts.code"), index=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    direction: Mapped[str] = mapped_column(String(5))
    scanner_device: Mapped[str | None] = mapped_column(String(128))
    camera_device: Mapped[str | None] = mapped_column(String(128))
    chip_device: Mapped[str | None] = mapped_column(String(128))
    swipe_device: Mapped[str | None] = mapped_column(String(128))
    code_device: Mapped[str | None] = mapped_column(String(128))
    finger_device: Mapped[str | None] = mapped_column(String(128))


class Machine(Base):
    """A machine that the capital enrolled. Keys and fingerprints are lower-case hex; none is ever used twice."""

    __tablename__ = "machines"
    __table_args__ = (UniqueConstraint("post_code", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    post_code: Mapped[str] = mapped_column(ForeignKey("posts.code"), index=True)
    name: Mapped[str] = mapped_column(String(32))
    signing_public_key: Mapped[str] = mapped_column(String(64), unique=True)
    tls_public_key_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    certificate_fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    certificate: Mapped[str] = mapped_column(Text)
    epoch: Mapped[int]
    enrolled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
