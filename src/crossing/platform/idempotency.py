"""Idempotency keys: a request repeated after a lost answer gets the first answer again, and does nothing twice."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, TypeVar

from fastapi import Header
from pydantic import BaseModel
from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from crossing.platform.clock import Clock
from crossing.platform.db import Base, Json, UtcDateTime
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.errors import DomainError, Kind

REMEMBERED_FOR: Final = timedelta(hours=24)
"""Longer than any client repeats a request. The answers hold travellers' data, so they don't stay longer."""

Answer = TypeVar("Answer", bound=BaseModel)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=64,
        pattern=r"^[A-Za-z0-9._:-]+$",
        description="Chosen by the caller. The same key with the same body gets the same answer.",
    ),
]


class KeyReused(DomainError):
    kind = Kind.CONFLICT
    code = "idempotency_key_reused"
    message = "This idempotency key was used before, with another content."


class RememberedAnswer(Base):
    __tablename__ = "remembered_answers"

    actor: Mapped[str] = mapped_column(String(64), primary_key=True)
    operation: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_sha256: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Once:
    """Does a piece of work once for each (actor, operation, key), in the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def do(
        self,
        session: Session,
        *,
        actor: str,
        operation: str,
        key: str | None,
        body: BaseModel,
        work: Callable[[], Answer],
        answer_type: type[Answer],
    ) -> Answer:
        """``work()``'s answer, or the one it gave before. Raises :class:`KeyReused` where ``body`` differs."""
        if key is None:
            return work()
        hold_until_commit(session, f"idempotency:{actor}:{operation}:{key}")
        digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
        earlier = session.get(RememberedAnswer, (actor, operation, key))
        if earlier is not None:
            if earlier.body_sha256 != digest:
                raise KeyReused
            return answer_type.model_validate(earlier.answer)
        answer = work()
        now = self._clock.now()
        session.execute(delete(RememberedAnswer).where(RememberedAnswer.created_at < now - REMEMBERED_FOR))
        session.add(
            RememberedAnswer(
                actor=actor,
                operation=operation,
                key=key,
                body_sha256=digest,
                answer=answer.model_dump(mode="json"),
                created_at=now,
            )
        )
        return answer
