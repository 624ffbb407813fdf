"""Officers, their sessions, and the memory of failed sign-ins."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime
from crossing.platform.ids import new_id


class SecretKind(StrEnum):
    PASSWORD = "password"  # noqa: S105 - the kind of secret, not one
    CODE = "code"
    NONE = "none"
    """The code was used up, and no password is chosen yet."""


class Officer(Base):
    """Someone with an account. There is exactly one secret at a time: a password, a one-time code, or none."""

    __tablename__ = "officers"
    __table_args__ = (
        CheckConstraint("secret_kind IN ('password', 'code', 'none')", name="secret_kind"),
        CheckConstraint("(secret_kind = 'none') = (secret_hash IS NULL)", name="secret_hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    roles: Mapped[list[Any]] = mapped_column(Json)
    post: Mapped[str | None] = mapped_column(String(16))
    locale: Mapped[str] = mapped_column(String(2))
    active: Mapped[bool]
    secret_kind: Mapped[str] = mapped_column(String(8))
    secret_hash: Mapped[str | None] = mapped_column(Text)
    code_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def password_set(self) -> bool:
        return self.secret_kind == SecretKind.PASSWORD


class OfficerSession(Base):
    """A signed-in browser. The token itself is only in the browser's cookie; here is its SHA-256."""

    __tablename__ = "officer_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officers.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SignInFailures(Base):
    """How often sign-in failed for one login or from one address, lately.

    ``subject`` is a hash: people type passwords into the login field, and those must not be found here.
    """

    __tablename__ = "sign_in_failures"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str] = mapped_column(String(64), unique=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)


class AskingSystem(Base):
    """A system of another service that may ask here. The key itself is only there; here is its SHA-256."""

    __tablename__ = "asking_systems"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    owner: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(String(64))
    legal_basis: Mapped[str] = mapped_column(String(300))
    a_minute: Mapped[int]
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(String(64))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
