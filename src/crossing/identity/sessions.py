"""Sessions: what a browser's cookie stands for, and for how long."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from starlette.responses import Response

from crossing.identity.models import Officer, OfficerSession
from crossing.identity.principal import Principal
from crossing.identity.roles import Role
from crossing.platform.db import Database, Session
from crossing.platform.db.reading import reading
from crossing.platform.logs import log

ABSOLUTE: Final = timedelta(hours=12)
IDLE: Final = timedelta(minutes=30)
_NOTED_EVERY: Final = timedelta(minutes=1)
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """``name`` differs per service: cookies know no ports, and a post and a capital may share a host."""

    name: str = "crossing_session"
    secure: bool = False

    def set(self, response: Response, token: str) -> None:
        response.set_cookie(
            self.name,
            token,
            max_age=int(ABSOLUTE.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def clear(self, response: Response) -> None:
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="strict")


@dataclass(frozen=True, slots=True)
class CurrentSession:
    """A session as found good. ``csrf_token`` goes into every form; ``expires_at`` is the absolute end."""

    principal: Principal
    csrf_token: str
    password_required: bool
    expires_at: datetime


def start(session: Session, officer: Officer, now: datetime) -> tuple[str, CurrentSession]:
    """A new session's token, 256 random bits that exist nowhere else, and the session. Drops those that are over."""
    session.execute(sa.delete(OfficerSession).where(_over(now)))
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = OfficerSession(
        officer_id=officer.id,
        token_hash=_hash(token),
        started_at=now,
        last_seen_at=now,
        expires_at=now + ABSOLUTE,
    )
    session.add(row)
    session.flush()
    return token, _current(token, row.expires_at, officer)


def find(database: Database, token: str, now: datetime, *, in_use: bool) -> CurrentSession | None:
    """The session behind ``token`` if it is still good.

    Reads only, but for one note a minute that the session is ``in_use``, which is what puts off its idle end.
    """
    query = (
        sa.select(OfficerSession, Officer)
        .join(Officer, Officer.id == OfficerSession.officer_id)
        .where(OfficerSession.token_hash == _hash(token), Officer.active.is_(True), ~_over(now))
    )
    with reading(database) as session:
        found = session.execute(query).first()
    if found is None:
        return None
    row, officer = found
    if in_use and abs(now - row.last_seen_at) >= _NOTED_EVERY:
        _note_use(database, row, now)
    return _current(token, row.expires_at, officer)


def end(session: Session, token: str) -> None:
    session.execute(sa.delete(OfficerSession).where(OfficerSession.token_hash == _hash(token)))


def end_all(session: Session, officer: Officer, *, but: str | None = None) -> None:
    """End every session of ``officer``, or all but the one behind the token ``but``."""
    ended = sa.delete(OfficerSession).where(OfficerSession.officer_id == officer.id)
    session.execute(ended if but is None else ended.where(OfficerSession.token_hash != _hash(but)))


def principal_of(officer: Officer) -> Principal:
    return Principal(
        id=officer.id,
        login=officer.login,
        name=officer.name,
        roles=frozenset(Role(one) for one in officer.roles),
        post=officer.post,
        locale=officer.locale,
    )


def _current(token: str, expires_at: datetime, officer: Officer) -> CurrentSession:
    return CurrentSession(
        principal=principal_of(officer),
        csrf_token=hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest(),
        password_required=not officer.password_set,
        expires_at=expires_at,
    )


def _note_use(database: Database, row: OfficerSession, now: datetime) -> None:
    noted = sa.update(OfficerSession).where(OfficerSession.id == row.id).values(last_seen_at=now)
    try:
        with database.unit_of_work() as session:
            session.execute(noted)
    except OperationalError as error:
        # A full disk or a long writer: the officer reads on, and the next minute tries again.
        log.warning("session_use_not_noted", driver_error=type(error.orig).__name__)


def _over(now: datetime) -> sa.ColumnElement[bool]:
    """Past its end, idle for too long, or begun in the future: a clock set back must not make a session longer."""
    return sa.or_(
        OfficerSession.expires_at <= now,
        OfficerSession.last_seen_at <= now - IDLE,
        OfficerSession.started_at > now + IDLE,
    )


def _hash(token: str) -> str:
    # A token is 256 random bits: it needs no salt and no slow hash, and is looked up by this.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
