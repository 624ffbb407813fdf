"""Systems of other services that ask here: each is known by a key that was shown once, when it was added.

A key is sent as ``Authorization: ApiKey KEY``, as the hosted OpenSanctions API has it, so that clients of yente need
no change. It is 32 random bytes, so that its plain SHA-256 gives nobody a way back to it.
"""

import hashlib
import secrets
import time
from math import ceil
from typing import Final

import sqlalchemy as sa
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from crossing.identity.errors import SystemAsksTooMuch, SystemKeyUnknown, SystemNameTaken, SystemUnknown
from crossing.identity.models import AskingSystem
from crossing.identity.principal import Principal
from crossing.identity.roles import Role
from crossing.identity.schemas import SystemIn, SystemOut
from crossing.platform.clock import Clock
from crossing.platform.db import Session
from crossing.platform.recording import Record

SCHEME: Final = "ApiKey "
_ROLES: Final = frozenset({Role.SYSTEM})
_KEY_BYTES: Final = 32


class AskingSystems:
    """One per process, in ``app.state.systems``. What each has asked lately is counted in memory."""

    def __init__(self, clock: Clock, record: Record[Principal]) -> None:
        self._clock = clock
        self._record = record
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def add(self, session: Session, *, actor: Principal, system: SystemIn) -> str:
        """Add a system; gives its key, which is kept nowhere. Raises SystemNameTaken."""
        if _by_name(session, system.name) is not None:
            raise SystemNameTaken
        key = secrets.token_urlsafe(_KEY_BYTES)
        row = AskingSystem(
            **system.model_dump(),
            key_hash=_hash(key),
            added_at=self._clock.now(),
            added_by=actor.login,
            revoked_at=None,
        )
        session.add(row)
        session.flush()
        self._note(session, actor, "system.added", row)
        return key

    def revoke(self, session: Session, *, actor: Principal, name: str) -> None:
        """End a system's access, from its next question on. Raises SystemUnknown."""
        row = _by_name(session, name)
        if row is None or row.revoked_at is not None:
            raise SystemUnknown
        row.revoked_at = self._clock.now()
        session.flush()
        self._note(session, actor, "system.revoked", row)

    def all(self, session: Session) -> list[SystemOut]:
        """Every system there is or was, by name."""
        rows = session.scalars(sa.select(AskingSystem).order_by(AskingSystem.name))
        return [SystemOut.model_validate(row) for row in rows]

    def principal_for(self, session: Session, key: str) -> Principal:
        """Whose key it is; ``login`` is ``system:NAME``. Raises SystemKeyUnknown."""
        row = session.scalar(sa.select(AskingSystem).where(AskingSystem.key_hash == _hash(key)))
        if row is None or row.revoked_at is not None:
            raise SystemKeyUnknown
        return Principal(id=row.id, login=f"system:{row.name}", name=row.name, roles=_ROLES, kind="machine")

    def count(self, session: Session, asking: Principal, questions: int) -> None:
        """Count ``questions`` against what the system may ask in a minute.

        Raises SystemAsksTooMuch and counts nothing where they are too many, SystemKeyUnknown where it is none.
        """
        row = _serving(session, asking)
        allowed = RateLimitItemPerMinute(row.a_minute)
        if not self._limiter.hit(allowed, row.name, cost=questions):
            free_at = self._limiter.get_window_stats(allowed, row.name).reset_time
            raise SystemAsksTooMuch(retry_after_s=max(1, ceil(free_at - time.time())))

    def purpose_of(self, session: Session, asking: Principal) -> str:
        """Why the system asks, as was said when it was added. Raises SystemKeyUnknown."""
        return _serving(session, asking).purpose

    def _note(self, session: Session, actor: Principal, action: str, row: AskingSystem) -> None:
        self._record(
            session,
            actor=actor,
            action=action,
            subject_kind="system",
            subject_id=row.name,
            purpose="access_management",
        )


def _serving(session: Session, asking: Principal) -> AskingSystem:
    row = session.get(AskingSystem, asking.id)
    if row is None or row.revoked_at is not None:
        raise SystemKeyUnknown
    return row


def _by_name(session: Session, name: str) -> AskingSystem | None:
    return session.scalar(sa.select(AskingSystem).where(AskingSystem.name == name))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
