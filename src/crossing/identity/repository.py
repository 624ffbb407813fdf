"""Queries about officers."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from crossing.identity.models import Officer
from crossing.platform.db import Session


def officer(session: Session, officer_id: UUID) -> Officer | None:
    return session.get(Officer, officer_id)


def officer_by_login(session: Session, login: str) -> Officer | None:
    """None, without asking, for what cannot be a login: PostgreSQL takes not every text."""
    if not login.isascii() or not login.isprintable():
        return None
    return session.scalar(sa.select(Officer).where(Officer.login == login))


def officers(session: Session) -> Sequence[Officer]:
    return session.scalars(sa.select(Officer).order_by(Officer.login)).all()
