"""Slowing down whoever guesses: a delay that grows with each failure, per login and per address, and never a lock.

An attempt is counted before the password is looked at and taken back when it was right, so that a hundred guesses
sent at once count as a hundred. Attempts that come during a delay are refused without being counted: nobody can keep
an officer out for longer than the delay by going on.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

import sqlalchemy as sa

from crossing.identity.errors import SignInThrottled
from crossing.identity.models import SignInFailures
from crossing.platform.db import Session
from crossing.platform.db.locks import hold_until_commit

LONGEST: Final = timedelta(minutes=5)
FORGOTTEN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many failures cost nothing; each one more doubles the delay, from one second to :data:`LONGEST`."""

    kind: str
    free: int

    def delay(self, failures: int) -> timedelta:
        over = failures - self.free
        return min(timedelta(seconds=2 ** min(over - 1, 16)), LONGEST) if over > 0 else timedelta(0)

    def subject(self, value: str) -> str:
        return hashlib.sha256(f"{self.kind}:{value}".encode("utf-8", "replace")).hexdigest()


LOGIN: Final = Allowance("login", free=3)
# A whole post may sit behind one address, and everybody mistypes on a Monday.
ADDRESS: Final = Allowance("address", free=20)


def count_attempt(session: Session, *, login: str, address: str, now: datetime) -> None:
    """Count an attempt for ``login`` from ``address``, or raise SignInThrottled and count nothing."""
    hold_until_commit(session, "sign_in")
    _forget(session, now)
    rows = [(allowance, _row(session, allowance.subject(value))) for allowance, value in _subjects(login, address)]
    blocked = max((row.blocked_until for _, row in rows if row), default=now)
    if blocked > now:
        raise SignInThrottled(retry_after_s=ceil((blocked - now).total_seconds()))
    for (allowance, row), (_, value) in zip(rows, _subjects(login, address), strict=True):
        failures = (row.failures if row else 0) + 1
        values = {"failures": failures, "last_at": now, "blocked_until": now + allowance.delay(failures)}
        if row is None:
            session.add(SignInFailures(subject=allowance.subject(value), **values))
        else:
            session.execute(sa.update(SignInFailures).where(SignInFailures.id == row.id).values(**values))
    session.flush()


def forgive(session: Session, *, login: str, address: str) -> None:
    """The attempt was right: the login starts afresh, and the address gets back the one attempt.

    Not more, or one account of one's own would buy any number of guesses at others'.
    """
    hold_until_commit(session, "sign_in")
    session.execute(sa.delete(SignInFailures).where(SignInFailures.subject == LOGIN.subject(login)))
    row = _row(session, ADDRESS.subject(address))
    if row is not None:
        failures = max(row.failures - 1, 0)
        blocked_until = row.last_at + ADDRESS.delay(failures)
        session.execute(
            sa.update(SignInFailures)
            .where(SignInFailures.id == row.id)
            .values(failures=failures, blocked_until=blocked_until)
        )


def _forget(session: Session, now: datetime) -> None:
    """Drop what is old, and what is from the future: after a clock was set back, it would block for that long."""
    stale = sa.or_(SignInFailures.last_at < now - FORGOTTEN_AFTER, SignInFailures.last_at > now + LONGEST)
    session.execute(sa.delete(SignInFailures).where(stale))


def _subjects(login: str, address: str) -> tuple[tuple[Allowance, str], ...]:
    return (LOGIN, login), (ADDRESS, address)


def _row(session: Session, subject: str) -> SignInFailures | None:
    return session.scalar(sa.select(SignInFailures).where(SignInFailures.subject == subject))
