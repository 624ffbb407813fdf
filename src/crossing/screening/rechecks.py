"""What a service outside did not answer, or a copy answered for it, is asked again: until it answers itself, or two
weeks have passed.

The queue is a table: it is written in the transaction that records the check, and survives a restart. A question is
asked again under the same ``question_id``, so that the bridge, where it waits too, gives what it has heard by then.
"""

import hashlib
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock, ClockSteps
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.platform.logs import log
from crossing.screening.bridge_mapping import SOURCE as INTERPOL
from crossing.screening.link import LinkWatch
from crossing.screening.models import Recheck
from crossing.screening.outside import OutsideServices
from crossing.screening.schemas import OUTSIDE_KINDS, CheckKind, CheckResult, Reason, Subject
from crossing.screening.waiting import awaits

GIVEN_UP_AFTER: Final = timedelta(days=14)
"""The longest time without a link that is designed for."""

CLOCK_EVEN_FOR: Final = timedelta(hours=1)
"""Nothing is too old before the clock has gone evenly so long. One that is set right makes what was queued before
years old in a moment, and it is often the link just come back that sets it."""

SUBJECTS_AT_ONCE: Final = 20
LONGEST_PAUSE: Final = timedelta(minutes=10)

# While one question meets one of these, the next will too.
_LINK_TROUBLE: Final = frozenset(
    {Reason.NO_BRIDGE, Reason.UNREACHABLE, Reason.TIMEOUT, Reason.THROTTLED, Reason.CIRCUIT_OPEN, Reason.REFUSED}
)


OnAnswer = Callable[[Session, UUID, CheckResult], None]
"""Given the subject and a late answer, records it; in the transaction that takes the question off the queue."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put: about whom, by whom, where and why, and under which id of the post's."""

    question_id: UUID
    subject: Subject
    officer: str
    post: str
    purpose: str


class RecheckQueue:
    def __init__(self, clock: Clock, steps: ClockSteps | None = None) -> None:
        self._clock = clock
        self._steps = steps or ClockSteps(clock)

    def enqueue(
        self,
        session: Session,
        *,
        subject_kind: str,
        subject_id: UUID,
        asked: Asked,
        results: Collection[CheckResult],
    ) -> int:
        """Queue those of ``results`` whose service has yet to answer, in the caller's transaction; how many.

        What still waits for the same subject and kinds of check is dropped: the subject may have been read anew
        since.
        """
        self.drop(session, subject_kind, subject_id, {result.kind for result in results})
        now = self._clock.now()
        rows = [
            Recheck(
                id=new_id(),
                subject_kind=subject_kind,
                subject_id=subject_id,
                kind=result.kind.value,
                source=result.source,
                question_id=asked.question_id,
                question=asked.subject.model_dump(mode="json"),
                officer=asked.officer,
                post=asked.post,
                purpose=asked.purpose,
                state="pending",
                attempts=0,
                last_reason=result.reason.value if result.reason else None,
                told=_digest(result) if result.ran else None,
                queued_at=now,
                due_at=now,
                finished_at=None,
            )
            for result in results
            if result.kind in OUTSIDE_KINDS and awaits(result)
        ]
        session.add_all(rows)
        session.flush()
        return len(rows)

    def drop(self, session: Session, subject_kind: str, subject_id: UUID, kinds: Collection[CheckKind]) -> None:
        """Ask no more about a subject, as far as these kinds of checks go."""
        session.execute(
            sa.update(Recheck)
            .where(
                Recheck.subject_kind == subject_kind,
                Recheck.subject_id == subject_id,
                Recheck.kind.in_(kinds),
                Recheck.state == "pending",
            )
            .values(state="replaced", question=sa.null(), finished_at=self._clock.now())
        )

    def pending(self, session: Session) -> int:
        """How many questions wait."""
        return sum(self.pending_by_source(session).values())

    def pending_by_source(self, session: Session) -> dict[str, int]:
        """How many questions wait for each service; those alone that any waits for."""
        query = sa.select(Recheck.source, sa.func.count()).where(Recheck.state == "pending").group_by(Recheck.source)
        return {row[0]: row[1] for row in session.execute(query)}

    def hasten(self, session: Session, source: str) -> None:
        """Whoever waits for this service is asked about at once, whatever pauses there were before. Those whose turn
        it was already keep their place before the others."""
        now = self._clock.now()
        session.execute(
            sa.update(Recheck)
            .where(Recheck.source == source, Recheck.state == "pending", Recheck.due_at > now)
            .values(due_at=now, attempts=0)
        )

    def due(self, session: Session, source: str) -> list[Recheck]:
        """What this service may be asked now, longest due first.

        Due later than any pause lasts is what was put off while the clock was ahead: nobody waits for that time.
        """
        now = self._clock.now()
        return list(
            session.scalars(
                sa.select(Recheck)
                .where(
                    Recheck.source == source,
                    Recheck.state == "pending",
                    sa.or_(Recheck.due_at <= now, Recheck.due_at > now + LONGEST_PAUSE),
                )
                .order_by(Recheck.due_at, Recheck.id)
                .limit(SUBJECTS_AT_ONCE * len(OUTSIDE_KINDS))
            )
        )

    def answered(self, row: Recheck) -> None:
        self._finish(row, "answered")

    def tell(self, row: Recheck, result: CheckResult) -> bool:
        """Whether an answer that is not the last one says something that was not recorded yet; then it counts as
        recorded."""
        told = _digest(result)
        if row.told == told:
            return False
        row.told = told
        return True

    def put_off(self, row: Recheck, result: CheckResult | None, first_pause: timedelta) -> None:
        """Ask later, each time twice as late, or never again where that would be in vain. ``result`` is what came:
        None where asking itself failed."""
        now = self._clock.now()
        reason = result.reason if result else Reason.ENGINE_FAILED
        row.attempts += 1
        row.last_reason = reason.value if reason else None
        if (result is not None and not awaits(result)) or self._is_too_old(row, now):
            log.error("recheck_given_up", source=row.source, kind=row.kind, reason=row.last_reason)
            self._finish(row, "given_up")
            return
        if result is not None and _is_closed_there(result):
            row.question_id = new_id()
        row.due_at = now + min(first_pause * 2 ** min(row.attempts - 1, 16), LONGEST_PAUSE)

    def _is_too_old(self, row: Recheck, now: datetime) -> bool:
        return now - row.queued_at > GIVEN_UP_AFTER and self._steps.since_last() > CLOCK_EVEN_FOR

    def _finish(self, row: Recheck, state: str) -> None:
        row.state = state
        row.finished_at = self._clock.now()
        row.question = None


def _digest(result: CheckResult) -> str:
    references = sorted(hit.entry_reference for hit in result.hits)
    return hashlib.sha256(repr((result.outcome.value, references)).encode()).hexdigest()


def _is_closed_there(result: CheckResult) -> bool:
    """Whether the same question would only ever get this answer again. A service that refuses one, and does not keep
    it waiting, may hold another under the same id."""
    return result.put_anew or (result.reason is Reason.REFUSED and not result.recheck)


@dataclass(frozen=True, slots=True)
class _Group:
    """The checks that one service is asked again about one subject, together."""

    source: str
    rows: list[Recheck]

    @property
    def kinds(self) -> set[CheckKind]:
        return {CheckKind(row.kind) for row in self.rows}


class Rechecker:
    """A thread that empties the queue. One per post."""

    def __init__(
        self,
        *,
        database: Database,
        queue: RecheckQueue,
        services: OutsideServices,
        on_answer: OnAnswer,
        interval_s: float = 5.0,
    ) -> None:
        """``interval_s``: how often the queue is looked at, and the first pause after a failed attempt."""
        self._database = database
        self._queue = queue
        self._services = services
        self._on_answer = on_answer
        self._interval_s = interval_s
        self._link = LinkWatch(services.bridge)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rechecker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended, which a running question delays by at most a service's time-out."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_once(self) -> int:
        """Ask what is due, subject by subject, of each service until it fails; how many checks were answered."""
        self._hasten()
        answered = 0
        silent: set[str] = set()
        for group in self._due():
            if self._stopping.is_set():
                break
            if group.source in silent:
                continue
            results: list[CheckResult] = []
            try:
                results = self._ask(group)
                answered += self._keep(group, results)
            except Exception as trouble:  # noqa: BLE001 - one question must not stop those behind it
                log.error("recheck_failed", error=type(trouble).__name__)
                self._keep(group, [])
            if any(map(_is_link_trouble, results)):
                silent.add(group.source)
        return answered

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                # While answers come there may be more of them.
                while self.run_once() and not self._stopping.is_set():
                    pass
            except SQLAlchemyError as trouble:
                log.error("rechecks_failed", error=type(trouble).__name__)

    def _hasten(self) -> None:
        """Leave no pause over once INTERPOL answers again."""
        with reading(self._database) as session:
            waiting = self._queue.pending_by_source(session).get(INTERPOL, 0)
        if waiting and self._link.has_come_back():
            with self._database.unit_of_work() as session:
                self._queue.hasten(session, INTERPOL)

    def _due(self) -> list[_Group]:
        """Of each service the next few: a long queue for one that is silent holds up no other."""
        with reading(self._database) as session:
            sources = self._queue.pending_by_source(session)
            return [group for source in sources for group in _groups(source, self._queue.due(session, source))]

    def _ask(self, group: _Group) -> list[CheckResult]:
        first = group.rows[0]
        return self._services.ask(
            Subject.model_validate(first.question),
            officer=first.officer,
            post=first.post,
            purpose=first.purpose,
            kinds=group.kinds,
            source=group.source,
            question_id=first.question_id,
        )

    def _keep(self, group: _Group, results: list[CheckResult]) -> int:
        by_kind = {result.kind: result for result in results}
        answered = 0
        with self._database.unit_of_work() as session:
            for asked in group.rows:
                row = session.get(Recheck, asked.id, with_for_update=True)
                if row is None or row.state != "pending":
                    continue
                result = by_kind.get(CheckKind(row.kind))
                if result is not None and result.ran and (not awaits(result) or self._queue.tell(row, result)):
                    self._on_answer(session, row.subject_id, result)
                if result is None or awaits(result) or not result.ran:
                    self._queue.put_off(row, result, timedelta(seconds=self._interval_s))
                else:
                    self._queue.answered(row)
                    answered += 1
        return answered


def _groups(source: str, rows: Iterable[Recheck]) -> list[_Group]:
    groups: dict[tuple[str, UUID, UUID], _Group] = {}
    for row in rows:
        together = row.subject_kind, row.subject_id, row.question_id
        groups.setdefault(together, _Group(source, [])).rows.append(row)
    return list(groups.values())[:SUBJECTS_AT_ONCE]


def _is_link_trouble(result: CheckResult) -> bool:
    """Whether the next question would meet the same. What a bridge that is there says of one says nothing of others:
    some of them it may have heard of since."""
    return result.reason in _LINK_TROUBLE and not result.source_version and not result.put_anew
