"""What INTERPOL or the national server did not answer is asked again, until they do or two weeks have passed.

The queue is a table: it is written in the transaction that records the unanswered check, and survives a restart.
"""

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.platform.logs import log
from crossing.screening.models import Recheck
from crossing.screening.outside import OutsideServices
from crossing.screening.schemas import INTERPOL_KINDS, OUTSIDE_KINDS, CheckKind, CheckResult, Reason, Subject

GIVEN_UP_AFTER: Final = timedelta(days=14)
"""The longest time without a link that is designed for."""

SUBJECTS_AT_ONCE: Final = 20
LONGEST_PAUSE: Final = timedelta(minutes=10)

# What asking again can't change.
_FINAL: Final = frozenset(
    {
        Reason.NO_NAME,
        Reason.NAME_UNREADABLE,
        Reason.NO_DOCUMENT,
        Reason.NUMBER_UNREADABLE,
        Reason.UNSUPPORTED,
    }
)
# While one question meets one of these, the next will too.
_LINK_TROUBLE: Final = frozenset(
    {Reason.NO_BRIDGE, Reason.UNREACHABLE, Reason.TIMEOUT, Reason.THROTTLED, Reason.CIRCUIT_OPEN, Reason.REFUSED}
)

OnAnswer = Callable[[Session, UUID, CheckResult], None]
"""Given the subject and a late answer, records it; in the transaction that takes the question off the queue."""


class RecheckQueue:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def enqueue(
        self,
        session: Session,
        *,
        subject_kind: str,
        subject_id: UUID,
        subject: Subject,
        results: Iterable[CheckResult],
        officer: str,
        post: str,
        purpose: str,
    ) -> int:
        """Queue those of ``results`` that a service left unanswered, in the caller's transaction; how many.

        What still waits for the same subject is dropped: the subject may have been read anew since.
        """
        now = self._clock.now()
        session.execute(
            sa.update(Recheck)
            .where(Recheck.subject_kind == subject_kind, Recheck.subject_id == subject_id, Recheck.state == "pending")
            .values(state="replaced", question=sa.null(), finished_at=now)
        )
        rows = [
            Recheck(
                id=new_id(),
                subject_kind=subject_kind,
                subject_id=subject_id,
                kind=result.kind.value,
                question=subject.model_dump(mode="json"),
                officer=officer,
                post=post,
                purpose=purpose,
                state="pending",
                attempts=0,
                last_reason=result.reason.value,
                queued_at=now,
                due_at=now,
                finished_at=None,
            )
            for result in results
            if result.kind in OUTSIDE_KINDS and result.reason is not None and result.reason not in _FINAL
        ]
        session.add_all(rows)
        session.flush()
        return len(rows)

    def pending(self, session: Session) -> int:
        """How many questions wait."""
        return session.scalar(sa.select(sa.func.count()).where(Recheck.state == "pending")) or 0

    def due(self, session: Session) -> list[Recheck]:
        """What may be asked now, longest due first."""
        return list(
            session.scalars(
                sa.select(Recheck)
                .where(Recheck.state == "pending", Recheck.due_at <= self._clock.now())
                .order_by(Recheck.due_at, Recheck.id)
                .limit(SUBJECTS_AT_ONCE * len(OUTSIDE_KINDS))
            )
        )

    def answered(self, row: Recheck) -> None:
        self._finish(row, "answered")

    def put_off(self, row: Recheck, reason: Reason, first_pause: timedelta) -> None:
        """Ask later, each time twice as late, or never again where that would be in vain."""
        now = self._clock.now()
        row.attempts += 1
        row.last_reason = reason.value
        if reason in _FINAL or now - row.queued_at > GIVEN_UP_AFTER:
            self._finish(row, "given_up")
        else:
            row.due_at = now + min(first_pause * 2 ** min(row.attempts - 1, 16), LONGEST_PAUSE)

    def _finish(self, row: Recheck, state: str) -> None:
        row.state = state
        row.finished_at = self._clock.now()
        row.question = None


@dataclass(frozen=True, slots=True)
class _Group:
    """The unanswered checks of one subject: asked together."""

    rows: list[Recheck]

    @property
    def kinds(self) -> set[CheckKind]:
        return {CheckKind(row.kind) for row in self.rows}

    def leave_out(self, kinds: Collection[CheckKind]) -> None:
        self.rows[:] = [row for row in self.rows if CheckKind(row.kind) not in kinds]


def _of_same_service(kinds: Iterable[CheckKind]) -> frozenset[CheckKind]:
    """These kinds, and all others that the same services answer."""
    known = frozenset(kinds)
    return known | INTERPOL_KINDS if known & INTERPOL_KINDS else known


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
        answered = 0
        silent: frozenset[CheckKind] = frozenset()
        for group in self._due():
            if self._stopping.is_set():
                break
            group.leave_out(silent)
            if not group.rows:
                continue
            results: list[CheckResult] = []
            try:
                results = self._ask(group)
                answered += self._keep(group, results)
            except Exception as trouble:  # noqa: BLE001 - one question must not stop those behind it
                log.error("recheck_failed", error=type(trouble).__name__)
                self._keep(group, [])
            # A service that can't be reached for one question can't for the next.
            silent |= _of_same_service(result.kind for result in results if result.reason in _LINK_TROUBLE)
        return answered

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                self.run_once()
            except SQLAlchemyError as trouble:
                log.error("rechecks_failed", error=type(trouble).__name__)

    def _due(self) -> list[_Group]:
        with reading(self._database) as session:
            rows = self._queue.due(session)
        groups: dict[tuple[str, UUID], _Group] = {}
        for row in rows:
            groups.setdefault((row.subject_kind, row.subject_id), _Group([])).rows.append(row)
        return list(groups.values())[:SUBJECTS_AT_ONCE]

    def _ask(self, group: _Group) -> list[CheckResult]:
        first = group.rows[0]
        subject = Subject.model_validate(first.question)
        return self._services.ask(
            subject, officer=first.officer, post=first.post, purpose=first.purpose, kinds=group.kinds
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
                if result is not None and result.ran:
                    self._on_answer(session, row.subject_id, result)
                    self._queue.answered(row)
                    answered += 1
                else:
                    reason = (result.reason if result else None) or Reason.ENGINE_FAILED
                    self._queue.put_off(row, reason, timedelta(seconds=self._interval_s))
        return answered
