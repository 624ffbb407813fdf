"""Asking INTERPOL and the national server without anyone waiting, and taking their answers whenever they come."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.lanes import repository
from crossing.lanes.events import SUBJECT
from crossing.lanes.models import CaptureSession
from crossing.lanes.service import Desk
from crossing.lanes.spellings import asked_about
from crossing.platform.db import Database
from crossing.platform.logs import log
from crossing.platform.threads import RequestThreads
from crossing.screening.outside import OutsideServices
from crossing.screening.rechecks import RecheckQueue
from crossing.screening.schemas import CheckResult, Subject

PURPOSE = "border_control"
_WORKERS = 4


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and about which state of the session: ``evidence`` as it was counted then."""

    session_id: UUID
    evidence: int
    subject: Subject
    officer: str


class BridgeDesk:
    def __init__(self, *, database: Database, services: OutsideServices, rechecks: RecheckQueue, desk: Desk) -> None:
        self._database = database
        self._services = services
        self._rechecks = rechecks
        self._desk = desk
        self._pool = RequestThreads(_WORKERS, thread_name_prefix="bridge")

    def ask(self, question: Question) -> None:
        """Ask in the background; the session says ``checks_pending`` until the answer is in the ledger."""
        self._pool.submit(self._ask, question)

    def resume(self) -> None:
        """Ask again what was being asked when the process ended."""
        with self._database.unit_of_work() as session:
            waiting = [
                Question(row.session_id, row.evidence, asked_about(row), row.opened_by)
                for row in repository.waiting_for_bridge(session)
            ]
        for question in waiting:
            self.ask(question)

    def take_late(self, session: Session, session_id: UUID, result: CheckResult) -> None:
        """A re-check was answered; in the rechecker's transaction.

        While a newer question about the traveller is under way the answer is to an older one, and is dropped.
        """
        row = repository.get(session, session_id)
        if not row.bridge_pending:
            self._desk.answer(session, row, [result])

    def close(self) -> None:
        """What is being asked is asked again by :meth:`resume`."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, question: Question) -> None:
        try:
            results = self._services.ask(
                question.subject, officer=question.officer, post=self._desk.post.code, purpose=PURPOSE
            )
            with self._database.unit_of_work() as session:
                row = repository.get(session, question.session_id)
                if row.evidence == question.evidence:
                    self._take(session, row, question, results)
                else:
                    self._take_outdated(session, row, results)
        except Exception:  # noqa: BLE001 - a background thread has nobody above it to tell
            # The session still says that it waits; resume() asks again after a restart.
            log.exception("bridge_answer_not_stored", session_id=str(question.session_id))

    def _take(self, session: Session, row: CaptureSession, question: Question, results: list[CheckResult]) -> None:
        row.bridge_pending = False
        self._desk.answer(session, row, results)
        self._rechecks.enqueue(
            session,
            subject_kind=SUBJECT,
            subject_id=row.session_id,
            subject=question.subject,
            results=results,
            officer=question.officer,
            post=self._desk.post.code,
            purpose=PURPOSE,
        )

    def _take_outdated(self, session: Session, row: CaptureSession, results: list[CheckResult]) -> None:
        """The document was scanned again meanwhile and is being asked about anew; a hit on the first one stands."""
        alerts = [result for result in results if result.alerts]
        if alerts:
            self._desk.answer(session, row, alerts)
