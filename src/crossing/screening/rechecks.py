"""Questions that INTERPOL did not answer are asked again, until it does or two weeks have passed.

The queue is a table: it is written in the transaction that records the unanswered check, and survives a restart.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from crossing.screening import ledger
from crossing.screening.bridge import Asker, BridgeClient
from crossing.screening.models import Check, Recheck
from crossing.screening.schemas import INTERPOL_KINDS, CheckKind, CheckResult, Reason, Subject

GIVEN_UP_AFTER: Final = timedelta(days=14)
"""The longest time without a link that is designed for."""

BATCH: Final = 20
MOST_BACK_OFF: Final = timedelta(minutes=10)

# What asking again can't change.
_FINAL: Final = frozenset({Reason.NO_NAME, Reason.NO_DOCUMENT, Reason.UNSUPPORTED})
# While one question meets these, the next will too.
_LINK_TROUBLE: Final = frozenset(
    {Reason.NO_BRIDGE, Reason.UNREACHABLE, Reason.TIMEOUT, Reason.THROTTLED, Reason.CIRCUIT_OPEN, Reason.REFUSED}
)

LateHit = Callable[[Session, Recheck, CheckResult], None]
"""Called in the transaction that records a late hit or possible hit; what it writes is committed with it."""


def queue(session: Session, checks: Iterable[Check], subject: Subject, asker: Asker, now: datetime) -> int:
    """Queue those of ``checks`` that INTERPOL left unanswered, in the caller's transaction; how many."""
    rows = [
        Recheck(
            id=new_id(),
            check_id=check.id,
            subject_kind=check.subject_kind,
            subject_id=check.subject_id,
            kind=check.kind,
            question=subject.model_dump(mode="json"),
            officer=asker.officer,
            post=asker.post,
            purpose=asker.purpose,
            legal_basis=asker.legal_basis,
            state="pending",
            attempts=0,
            last_reason=check.reason,
            queued_at=now,
            due_at=now,
            finished_at=None,
        )
        for check in checks
        if check.kind in INTERPOL_KINDS and check.reason is not None and Reason(check.reason) not in _FINAL
    ]
    session.add_all(rows)
    session.flush()
    return len(rows)


def pending(session: Session) -> int:
    """How many questions wait."""
    return session.scalar(sa.select(sa.func.count()).where(Recheck.state == "pending")) or 0


@dataclass(frozen=True, slots=True)
class _Group:
    """The unanswered checks of one subject: asked together."""

    rows: list[Recheck]

    @property
    def kinds(self) -> set[CheckKind]:
        return {CheckKind(row.kind) for row in self.rows}


class Rechecker:
    """A thread that empties the queue. One per post."""

    def __init__(
        self, database: Database, bridge: BridgeClient, clock: Clock, *, on_late_hit: LateHit, interval_s: float = 5.0
    ) -> None:
        """``interval_s``: how often the queue is looked at, and the first pause after a failed attempt."""
        self._database = database
        self._bridge = bridge
        self._clock = clock
        self._on_late_hit = on_late_hit
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rechecker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended, which a running question delays by at most the bridge's deadline."""
        self._stopping.set()
        self._thread.join()

    def run_once(self) -> int:
        """Ask what is due, at most one batch of subjects; how many checks were answered."""
        answered = 0
        for group in self._due():
            if self._stopping.is_set():
                break
            try:
                results = self._ask(group)
                answered += self._keep(group, results)
            except Exception as trouble:  # noqa: BLE001 - one question must not stop those behind it
                log.error("recheck_failed", error=type(trouble).__name__)
                self._keep(group, [])
                continue
            if any(result.reason in _LINK_TROUBLE for result in results):
                break
        return answered

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                self.run_once()
            except SQLAlchemyError as trouble:
                log.error("rechecks_failed", error=type(trouble).__name__)

    def _due(self) -> list[_Group]:
        with reading(self._database) as session:
            rows = session.scalars(
                sa.select(Recheck)
                .where(Recheck.state == "pending", Recheck.due_at <= self._clock.now())
                .order_by(Recheck.due_at, Recheck.id)
                .limit(BATCH * len(INTERPOL_KINDS))
            ).all()
        groups: dict[tuple[str, UUID, str], _Group] = {}
        for row in rows:
            groups.setdefault((row.subject_kind, row.subject_id, row.officer), _Group([])).rows.append(row)
        return list(groups.values())[:BATCH]

    def _ask(self, group: _Group) -> list[CheckResult]:
        first = group.rows[0]
        asker = Asker(first.officer, first.post, first.purpose, first.legal_basis)
        return self._bridge.ask(Subject.model_validate(first.question), asker, kinds=group.kinds)

    def _keep(self, group: _Group, results: list[CheckResult]) -> int:
        by_kind = {result.kind: result for result in results}
        answered = 0
        with self._database.unit_of_work() as session:
            for stale in group.rows:
                row = session.get(Recheck, stale.id, with_for_update=True)
                if row is None or row.state != "pending":
                    continue
                result = by_kind.get(CheckKind(row.kind))
                if result is not None and result.ran:
                    self._answered(session, row, result)
                    answered += 1
                else:
                    self._put_off(row, result.reason if result else Reason.ENGINE_FAILED)
        return answered

    def _answered(self, session: Session, row: Recheck, result: CheckResult) -> None:
        ledger.record(session, row.subject_kind, row.subject_id, [result], supersedes={result.kind: row.check_id})
        if result.alerts:
            self._on_late_hit(session, row, result)
        self._finish(row, "answered")

    def _put_off(self, row: Recheck, reason: Reason | None) -> None:
        now = self._clock.now()
        row.attempts += 1
        row.last_reason = reason
        if now - row.queued_at > GIVEN_UP_AFTER or reason in _FINAL:
            self._finish(row, "given_up")
            return
        pause = timedelta(seconds=self._interval_s * 2 ** min(row.attempts - 1, 16))
        row.due_at = now + min(pause, MOST_BACK_OFF)

    def _finish(self, row: Recheck, state: str) -> None:
        row.state = state
        row.finished_at = self._clock.now()
        row.question = None
