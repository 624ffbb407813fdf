"""The questions that wait to be asked online, in the store.

A row holds the question, personal data, while it waits; when it has ended, only that it was there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, text, update

from crossing.ports.bridge import NotCheckedReason
from interpol_bridge.questions import Question
from interpol_bridge.store import driver
from interpol_bridge.store.tables import rechecks

OF_THE_LINE = (
    NotCheckedReason.UNREACHABLE,
    NotCheckedReason.TIMEOUT,
    NotCheckedReason.CIRCUIT_OPEN,
    NotCheckedReason.REFUSED,
)
"""Reasons that lie with the way to the databases: when that works again, the question need not wait longer."""

WAITS = rechecks.c.state == "waiting"
COUNT_OF_POST = "SELECT questions FROM waiting WHERE post = ?"
COUNT_OF_ALL = "SELECT coalesce(sum(questions), 0) FROM waiting"
OLDEST_OF_POST = "SELECT min(queued_at) FROM rechecks WHERE state = 'waiting' AND post = ?"
# Post by post, so that each is the first row of the index.
OLDEST_OF_ALL = """
    SELECT min((SELECT min(queued_at) FROM rechecks WHERE state = 'waiting' AND rechecks.post = waiting.post))
    FROM waiting WHERE questions > 0
"""

Ended = Literal["answered", "given_up"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that waits. ``question`` is None where this version can't read what an earlier one wrote."""

    post: str
    request_id: UUID
    database: str
    attempts: int
    reason: NotCheckedReason
    question: Question | None

    @property
    def held_back(self) -> bool:
        """Whether it has never left, because of a quota or a rate."""
        return self.attempts == 0 and self.reason is NotCheckedReason.THROTTLED


@dataclass(frozen=True, slots=True)
class Queue:
    """How many questions wait, and since when the oldest does."""

    waiting: int
    oldest: datetime | None


def queue(
    connection: Connection, question: Question, reason: NotCheckedReason, now: datetime, due_at: datetime
) -> None:
    """Let a question wait until ``due_at``."""
    connection.execute(
        insert(rechecks).values(
            post=question.query.post,
            request_id=str(question.query.request_id),
            database=question.database,
            question=question.query.model_dump_json(),
            reason=reason,
            queued_at=now.isoformat(),
            due_at=due_at.isoformat(),
            attempts=0,
            state="waiting",
        )
    )


def waiting(connection: Connection, post: str | None = None) -> Queue:
    """What waits, of one post or of all."""
    if post is None:
        [(count_of_all,)] = driver.run(connection, COUNT_OF_ALL)
        [(oldest,)] = driver.run(connection, OLDEST_OF_ALL)
        return Queue(count_of_all, datetime.fromisoformat(oldest) if oldest else None)
    [(oldest,)] = driver.run(connection, OLDEST_OF_POST, (post,))
    return Queue(count(connection, post), datetime.fromisoformat(oldest) if oldest else None)


def count(connection: Connection, post: str) -> int:
    """How many questions of a post wait."""
    [(of_post,)] = driver.run(connection, COUNT_OF_POST, (post,)) or [(0,)]
    return int(of_post)


def count_anew(connection: Connection) -> None:
    """Count what waits: a store of an earlier version has no counts."""
    connection.execute(text("DELETE FROM waiting"))
    connection.execute(
        text("INSERT INTO waiting SELECT post, count(*) FROM rechecks WHERE state = 'waiting' GROUP BY post")
    )


def next_due(connection: Connection) -> datetime | None:
    """When the next question is due; None where none waits."""
    due_at = connection.execute(select(func.min(rechecks.c.due_at)).where(WAITS)).scalar()
    return datetime.fromisoformat(due_at) if due_at else None


def due(connection: Connection, now: datetime, at_most: int) -> list[Waiting]:
    """Questions to be asked now: those that failed least first, so that one that always fails holds up no other."""
    # The plus keeps SQLite from finding all that are due first and sorting them, tens of thousands after an outage.
    is_due = text("+rechecks.due_at <= :now").bindparams(now=now.isoformat())
    wanted = select(rechecks).where(WAITS, is_due)
    rows = connection.execute(wanted.order_by(rechecks.c.attempts, rechecks.c.due_at).limit(at_most))
    return [_waiting(row) for row in rows]


def queued_before(connection: Connection, before: datetime, at_most: int) -> list[Waiting]:
    """Questions that wait since before a time."""
    wanted = select(rechecks).where(WAITS, rechecks.c.queued_at < before.isoformat())
    return [_waiting(row) for row in connection.execute(wanted.limit(at_most))]


def all_due(connection: Connection, now: datetime) -> int:
    """Let no question wait longer for a line that works again; how many were brought forward."""
    untried = (rechecks.c.attempts == 0) & (rechecks.c.reason != NotCheckedReason.THROTTLED)
    held_up = untried | rechecks.c.reason.in_(OF_THE_LINE)
    sooner = update(rechecks).where(WAITS, held_up, rechecks.c.due_at > now.isoformat())
    return connection.execute(sooner.values(due_at=now.isoformat())).rowcount


def some_beyond(connection: Connection, beyond: datetime) -> bool:
    """Whether a question is due later than any pause lasts: the clock was set back since it was put off."""
    return bool(connection.execute(select(WAITS).where(WAITS, _put_off_beyond(beyond)).limit(1)).first())


def bring_forward(connection: Connection, now: datetime, beyond: datetime) -> int:
    """Let those be due now; how many they were."""
    sooner = update(rechecks).where(WAITS, _put_off_beyond(beyond)).values(due_at=now.isoformat())
    return connection.execute(sooner).rowcount


def postpone(connection: Connection, one: Waiting, reason: NotCheckedReason, due_at: datetime, attempts: int) -> None:
    """Let a question that got no answer wait until ``due_at``."""
    changed = {"reason": reason, "due_at": due_at.isoformat(), "attempts": attempts}
    connection.execute(update(rechecks).where(_is(one)).values(**changed))


def end(connection: Connection, one: Waiting, state: Ended, now: datetime) -> None:
    """End the wait, and forget the question."""
    connection.execute(update(rechecks).where(_is(one)).values(state=state, question="", due_at=now.isoformat()))


def forget(connection: Connection, ended_before: datetime) -> int:
    """Delete the rows that ended before a time; how many went."""
    gone = delete(rechecks).where(rechecks.c.state != "waiting", rechecks.c.due_at < ended_before.isoformat())
    return connection.execute(gone).rowcount


def _put_off_beyond(beyond: datetime) -> ColumnElement[bool]:
    """What a quota holds back has a longer wait: until its day is over."""
    held_back = (rechecks.c.attempts == 0) & (rechecks.c.reason == NotCheckedReason.THROTTLED)
    return and_(rechecks.c.due_at > beyond.isoformat(), ~held_back)


def _is(one: Waiting) -> ColumnElement[bool]:
    return and_(rechecks.c.post == one.post, rechecks.c.request_id == str(one.request_id))


def _waiting(row: Row[tuple[object, ...]]) -> Waiting:
    try:
        question = Question.from_json(row.database, row.question)
    except (ValidationError, ValueError):
        question = None
    return Waiting(
        post=row.post,
        request_id=UUID(row.request_id),
        database=row.database,
        attempts=row.attempts,
        reason=NotCheckedReason(row.reason),
        question=question,
    )
