"""What became of INTERPOL's hits, told to the bridge: a queue that survives a restart and gives up nothing unseen."""

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.platform.logs import log
from crossing.ports.bridge import HitVerification, VerificationState
from crossing.screening.bridge import BridgeClient
from crossing.screening.models import VerificationToSend
from crossing.screening.schemas import Reason

GIVEN_UP_AFTER: Final = timedelta(days=30)
LONGEST_PAUSE: Final = timedelta(minutes=10)
AT_ONCE: Final = 50

NEEDS_A_LOOK: Final = ("refused", "given_up")
"""States that no machine can end: a person has to speak to the bureau."""


class VerificationView(BaseModel):
    """One word on one hit, and how far it is. ``state``: pending, sent, refused, replaced or given_up;
    ``last_reason`` is a :class:`~crossing.screening.schemas.Reason`, why the bridge has not taken it."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)

    hit_id: UUID
    referral_id: UUID
    verdict: str
    officer: str
    approver: str
    reference: str
    state: str
    attempts: int
    last_reason: Reason | None
    queued_at: AwareDatetime
    finished_at: AwareDatetime | None


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of a hit: ``verdict`` of :class:`~crossing.ports.bridge.HitVerification`, who says it and who
    agreed, and the bureau's ``reference``."""

    verdict: str
    officer: str
    approver: str = ""
    reference: str = ""


class VerificationQueue:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def enqueue(self, session: Session, referral_id: UUID, hits: Iterable[UUID], word: Word) -> None:
        """Have the bridge told of each hit, in the caller's transaction. An older word that was not sent yet on the
        same hit never will be."""
        hit_ids = list(dict.fromkeys(hits))
        now = self._later_than_all_before(session, hit_ids)
        session.execute(
            sa.update(VerificationToSend)
            .where(VerificationToSend.hit_id.in_(hit_ids), VerificationToSend.state == "pending")
            .values(state="replaced", finished_at=now)
        )
        session.add_all(
            VerificationToSend(
                id=new_id(),
                hit_id=hit_id,
                referral_id=referral_id,
                verdict=word.verdict,
                officer=word.officer,
                approver=word.approver,
                reference=word.reference,
                state="pending",
                attempts=0,
                last_reason=None,
                queued_at=now,
                due_at=now,
                finished_at=None,
            )
            for hit_id in hit_ids
        )
        session.flush()

    def _later_than_all_before(self, session: Session, hit_ids: list[UUID]) -> datetime:
        """Now, or just after the newest word on one of the hits: the bridge takes none that is older than another,
        and a clock may have been set back."""
        query = sa.select(sa.func.max(VerificationToSend.queued_at)).where(VerificationToSend.hit_id.in_(hit_ids))
        newest, now = session.scalar(query), self._clock.now()
        return now if newest is None else max(now, newest + timedelta(microseconds=1))

    def counted(self, session: Session) -> dict[str, int]:
        """How many words there are in each state that has any."""
        query = sa.select(VerificationToSend.state, sa.func.count()).group_by(VerificationToSend.state)
        return {row[0]: row[1] for row in session.execute(query)}

    def not_taken(self, session: Session, *, limit: int = 200) -> list[VerificationView]:
        """What the bridge has not been told: what waits and what it refuses, the newest first."""
        states = ("pending", *NEEDS_A_LOOK)
        return _views(session, VerificationToSend.state.in_(states), limit)

    def of_referrals(self, session: Session, referral_ids: Collection[UUID]) -> list[VerificationView]:
        """What was said of the hits of these referrals, the newest first."""
        return _views(session, VerificationToSend.referral_id.in_(referral_ids), 1000)

    def due(self, session: Session) -> list[VerificationToSend]:
        query = (
            sa.select(VerificationToSend)
            .where(VerificationToSend.state == "pending", VerificationToSend.due_at <= self._clock.now())
            .order_by(VerificationToSend.due_at, VerificationToSend.id)
        )
        return list(session.scalars(query.limit(AT_ONCE)))

    def settle(self, row: VerificationToSend, answered: VerificationState | Reason, first_pause: timedelta) -> None:
        """Note what the bridge said. Without an answer the next try comes each time twice as late."""
        now = self._clock.now()
        row.attempts += 1
        row.last_reason = answered.value if isinstance(answered, Reason) else None
        if not isinstance(answered, Reason):
            row.state, row.finished_at = "sent", now
        elif answered is Reason.UNSUPPORTED:
            row.state, row.finished_at = "refused", now
        elif now - row.queued_at > GIVEN_UP_AFTER:
            row.state, row.finished_at = "given_up", now
        else:
            row.due_at = now + min(first_pause * 2 ** min(row.attempts - 1, 16), LONGEST_PAUSE)
        if row.state in NEEDS_A_LOOK:
            log.error("hit_verification_not_taken", hit_id=str(row.hit_id), state=row.state, reason=row.last_reason)


class VerificationSender:
    """A thread that empties the queue. One per post."""

    def __init__(
        self, *, database: Database, queue: VerificationQueue, bridge: BridgeClient, interval_s: float = 5.0
    ) -> None:
        """``interval_s``: how often the queue is looked at, and the first pause after a failed attempt."""
        self._database = database
        self.queue: Final = queue
        self._bridge = bridge
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hit-verifications", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended, which a running call delays by at most the bridge's time-out."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_once(self) -> int:
        """Send what is due, until the bridge can't be reached; how many words it took."""
        with reading(self._database) as session:
            due = self.queue.due(session)
        taken = 0
        for asked in due:
            if self._stopping.is_set():
                break
            answered = self._bridge.verify(asked.hit_id, _word(asked))
            with self._database.unit_of_work() as session:
                row = session.get(VerificationToSend, asked.id, with_for_update=True)
                if row is not None and row.state == "pending":
                    self.queue.settle(row, answered, timedelta(seconds=self._interval_s))
            if isinstance(answered, VerificationState):
                taken += 1
            elif answered is not Reason.UNSUPPORTED:
                break
        return taken

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                self.run_once()
            except SQLAlchemyError as trouble:
                log.error("hit_verifications_failed", error=type(trouble).__name__)


def _word(row: VerificationToSend) -> HitVerification:
    return HitVerification.model_validate(
        {
            "word_id": row.id,
            "said_at": row.queued_at,
            "verdict": row.verdict,
            "officer": row.officer,
            "approver": row.approver,
            "ncb_reference": row.reference,
        }
    )


def _views(session: Session, condition: sa.ColumnElement[bool], limit: int) -> list[VerificationView]:
    query = sa.select(VerificationToSend).where(condition).order_by(VerificationToSend.queued_at.desc())
    rows = session.scalars(query.order_by(VerificationToSend.id.desc()).limit(limit))
    return [VerificationView.model_validate(row, from_attributes=True) for row in rows]
