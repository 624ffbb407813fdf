"""Imports that take longer than a request: one after the other in a thread, to be looked at and cancelled.

A job's row says how it ended. One that was still waiting or running when the process ended is said to be interrupted
at the next start: its list is what it was before, and the file has to be sent again.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.identity.principal import Principal
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.ids import new_id
from crossing.platform.logs import log
from crossing.platform.notify import Notices
from crossing.platform.problems import Unexpected
from crossing.screening.errors import (
    ListImportCancelled,
    ListImportRunning,
    ListImportsFull,
    ListImportTooLate,
    ListImportUnknown,
)
from crossing.screening.lists.contents import MAX_BYTES
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.progress import Stage
from crossing.screening.lists.service import ListService
from crossing.screening.lists.views import ImportJob, ImportState, Refusal
from crossing.screening.models import ListImport

IMPORTS_TOPIC: Final = "list_imports"
"""The topic of :class:`~crossing.platform.notify.Notices` on which every step of every import is told."""

MOST_WAITING: Final = 8
_MOST_WAITING_BYTES: Final = MAX_BYTES
_TOLD_EVERY_S: Final = 0.5
_SHOWN: Final = 50
_OPEN: Final = (ImportState.WAITING, ImportState.RUNNING)


@dataclass(slots=True)
class _Job:
    id: UUID
    order: ImportOrder
    stage: Stage | None = None
    done: int = 0
    total: int | None = None
    cancelled: bool = False
    told_at: float = field(default=0.0)

    @property
    def may_be_cancelled(self) -> bool:
        return self.stage is None or self.stage.may_be_cancelled


class ImportJobs:
    """One per process, and one process per database. Calls may come from any thread."""

    def __init__(
        self, database: Database, lists: ListService, *, clock: Clock, audit: Audit, notices: Notices
    ) -> None:
        self._database = database
        self._lists = lists
        self._clock = clock
        self._audit = audit
        self._notices = notices
        self._changed = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._running: _Job | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="list-imports", daemon=True)

    def start(self) -> None:
        """Say of what an earlier process left behind that it was interrupted, and take orders."""
        with self._database.unit_of_work() as session:
            session.execute(
                sa.update(ListImport)
                .where(ListImport.state.in_(_OPEN))
                .values(state=ImportState.INTERRUPTED, finished_at=self._clock.now())
            )
        self._thread.start()

    def stop(self) -> None:
        """Interrupt what runs, unless it is being put in its place, and return once the thread has ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def stopping(self) -> bool:
        return self._stopping

    def submit(self, order: ImportOrder) -> ImportJob:
        """Import ``order`` when its turn comes. Raises ListImportRunning where one of the same list is open, and
        ListImportsFull where too many wait, or too much."""
        job = _Job(new_id(), order)
        with self._changed:
            self._refuse(order)
            with self._database.unit_of_work() as session:
                row = ListImport(
                    id=job.id,
                    list_code=order.code,
                    state=ImportState.WAITING,
                    asked_by=order.actor.login[:64],
                    asked_at=self._clock.now(),
                )
                session.add(row)
            self._waiting.append(job)
            self._changed.notify_all()
        self._notices.publish(IMPORTS_TOPIC)
        return self.job(order.code, job.id)

    def job(self, code: str, import_id: UUID) -> ImportJob:
        """Raises ListImportUnknown."""
        with reading(self._database) as session:
            return self._view(_row(session, code, import_id))

    def jobs(self, code: str) -> list[ImportJob]:
        """The newest imports of a list, the newest first."""
        with reading(self._database) as session:
            rows = session.scalars(
                sa.select(ListImport)
                .where(ListImport.list_code == code)
                .order_by(ListImport.asked_at.desc(), ListImport.id.desc())
                .limit(_SHOWN)
            )
            return [self._view(row) for row in rows]

    def cancel(self, code: str, import_id: UUID, *, actor: Principal) -> ImportJob:
        """Raises ListImportUnknown, or ListImportTooLate once the version is being put in its place."""
        with self._changed:
            job = self._open(import_id)
            if job is None or job.order.code != code:
                with reading(self._database) as session:
                    _row(session, code, import_id)
                raise ListImportTooLate
            if not job.may_be_cancelled:
                raise ListImportTooLate
            job.cancelled = True
            if job in self._waiting:
                self._waiting.remove(job)
                self._end(job, ImportState.CANCELLED)
        with self._database.unit_of_work() as session:
            self._audit.record(
                session,
                actor=actor,
                action="list.import_cancelled",
                subject_kind="watchlist",
                subject_id=code,
                purpose="list_maintenance",
                detail={"import": str(import_id)},
            )
        return self.job(code, import_id)

    def _refuse(self, order: ImportOrder) -> None:
        if any(job.order.code == order.code for job in self._all()):
            raise ListImportRunning
        size = sum(len(job.order.content) for job in self._waiting) + len(order.content)
        if self._stopping or len(self._waiting) >= MOST_WAITING or (self._waiting and size > _MOST_WAITING_BYTES):
            raise ListImportsFull(waiting=len(self._waiting))

    def _all(self) -> list[_Job]:
        return [*self._waiting, *([self._running] if self._running else [])]

    def _open(self, import_id: UUID) -> _Job | None:
        return next((job for job in self._all() if job.id == import_id), None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    for job in self._waiting:
                        self._end(job, ImportState.INTERRUPTED)
                    self._waiting.clear()
                    return
                job = self._running = self._waiting.popleft()
            try:
                self._import(job)
            except Exception as trouble:  # noqa: BLE001 - the next in the queue must not wait for a database that fails
                log.error("list_import_lost", error=type(trouble).__name__)
            finally:
                with self._changed:
                    self._running = None

    def _import(self, job: _Job) -> None:
        self._set(job, ImportState.RUNNING)

        def progress(stage: Stage, done: int, total: int | None) -> None:
            self._step(job, stage, done, total)

        try:
            report = self._lists.import_list(job.order, progress)
        except ListImportCancelled:
            self._end(job, ImportState.CANCELLED if job.cancelled else ImportState.INTERRUPTED)
        except DomainError as refused:
            self._end(job, ImportState.REFUSED, problem=refused)
        except Exception as trouble:  # noqa: BLE001 - the row has to say that it ended; the log says of what
            log.error("list_import_failed", list=job.order.code, error=type(trouble).__name__)
            self._end(job, ImportState.REFUSED, problem=Unexpected())
        else:
            self._end(job, ImportState.FINISHED, version=report.version)

    def _step(self, job: _Job, stage: Stage, done: int, total: int | None) -> None:
        now = time.monotonic()
        with self._changed:
            # The first word of sealing is the last moment: who cancels before it is heard here, and nobody after.
            if (job.cancelled or self._stopping) and job.may_be_cancelled:
                raise ListImportCancelled
            new = stage is not job.stage
            job.stage, job.done, job.total = stage, done, total
            if not new and now - job.told_at < _TOLD_EVERY_S:
                return
            job.told_at = now
        self._notices.publish(IMPORTS_TOPIC)

    def _end(
        self, job: _Job, state: ImportState, *, version: int | None = None, problem: DomainError | None = None
    ) -> None:
        job.order = replace(job.order, content=b"")
        self._set(job, state, version=version, problem=problem)

    def _set(
        self, job: _Job, state: ImportState, *, version: int | None = None, problem: DomainError | None = None
    ) -> None:
        values = {
            "state": state,
            "version": version,
            "problem": Refusal.of(problem).model_dump() if problem else None,
            "finished_at": None if state in _OPEN else self._clock.now(),
        }
        with self._database.unit_of_work() as session:
            session.execute(sa.update(ListImport).where(ListImport.id == job.id).values(values))
        self._notices.publish(IMPORTS_TOPIC)

    def _view(self, row: ListImport) -> ImportJob:
        job = self._open(row.id) if row.state in _OPEN else None
        return ImportJob(
            import_id=row.id,
            code=row.list_code,
            state=ImportState(row.state),
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            finished_at=row.finished_at,
            stage=job.stage if job else None,
            done=job.done if job else 0,
            total=job.total if job else None,
            version=row.version,
            problem=Refusal.model_validate(row.problem) if row.problem else None,
            may_be_cancelled=job is not None and not job.cancelled and job.may_be_cancelled,
        )


def _row(session: Session, code: str, import_id: UUID) -> ListImport:
    row = session.get(ListImport, import_id)
    if row is None or row.list_code != code:
        raise ListImportUnknown
    return row
