"""Asking INTERPOL and the other services without anyone waiting, and taking their answers whenever they come."""

import threading
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from crossing.lanes import repository
from crossing.lanes.events import SUBJECT
from crossing.lanes.models import CaptureSession
from crossing.lanes.service import Desk
from crossing.lanes.spellings import asked_about
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.platform.logs import log
from crossing.platform.threads import RequestThreads
from crossing.screening.outside import OutsideServices
from crossing.screening.rechecks import Asked, RecheckQueue
from crossing.screening.schemas import OUTSIDE_OF_VEHICLE, CheckResult, Subject

PURPOSE = "border_control"
MOST_UNDER_WAY: Final = 64
"""Questions held in memory. More of them wait in their sessions, and are taken up as soon as these are answered."""

TAKEN_UP_AGAIN_AFTER_S: Final = 2.0
"""How long an answer that could not be stored is left, the first time; each time twice as long."""

_LONGEST_PAUSE_S: Final = 600.0
_WORKERS: Final = 4
_MOST_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and about which state of the session: ``evidence`` as it was counted then. ``of_vehicle``: about
    what the traveller crosses in, and not about the traveller."""

    question_id: UUID
    session_id: UUID
    evidence: int
    subject: Subject
    officer: str
    of_vehicle: bool = False

    def is_about(self, row: CaptureSession) -> bool:
        """Whether the session has not gone on to something else since."""
        if self.of_vehicle:
            return row.vehicle_question_id == self.question_id
        return row.evidence == self.evidence


class BridgeDesk:
    def __init__(self, *, database: Database, services: OutsideServices, rechecks: RecheckQueue, desk: Desk) -> None:
        self._database = database
        self._services = services
        self._rechecks = rechecks
        self._desk = desk
        self._pool = RequestThreads(_WORKERS, thread_name_prefix="bridge")
        self._lock = threading.Lock()
        self._under_way: set[UUID] = set()
        self._left_over = False
        self._closed = False
        self._again: threading.Timer | None = None
        self._failed_in_a_row = 0
        self._not_stored = 0

    @property
    def not_stored(self) -> int:
        """How many times since the start an answer that had come could not be put into the ledger."""
        return self._not_stored

    def ask(self, question: Question) -> None:
        """Ask in the background; the session says ``checks_pending`` until the answer is in the ledger."""
        with self._lock:
            if self._closed or question.question_id in self._under_way:
                return
            if len(self._under_way) >= MOST_UNDER_WAY:
                self._left_over = True
                return
            self._under_way.add(question.question_id)
            self._pool.submit(self._ask, question)

    def resume(self) -> None:
        """Ask what the sessions wait for: what was being asked when the process ended, under the same ids."""
        with self._lock:
            # What ends while the sessions are read would be taken for waiting still.
            under_way = frozenset(self._under_way)
        with self._database.unit_of_work() as session:
            waiting = [one for row in repository.waiting_for_bridge(session) for one in _questions_of(row)]
        for question in waiting:
            if question.question_id not in under_way:
                self.ask(question)

    def take_late(self, session: Session, session_id: UUID, result: CheckResult) -> None:
        """A re-check was answered; in the rechecker's transaction.

        While a newer question is under way the answer is to an older one: a hit of it stands, the rest is dropped.
        """
        row = repository.get(session, session_id)
        under_way = row.vehicle_question_id is not None if result.kind in OUTSIDE_OF_VEHICLE else row.bridge_pending
        if result.alerts or not under_way:
            self._desk.answer_from_outside(session, row, [result])

    def forget_vehicle(self, session: Session, row: CaptureSession) -> None:
        """There is no vehicle after all: nobody waits for an answer about it."""
        row.vehicle_question_id = None
        self._rechecks.drop(session, SUBJECT, row.session_id, OUTSIDE_OF_VEHICLE)

    def close(self) -> None:
        """What is being asked is asked again by :meth:`resume`."""
        with self._lock:
            self._closed = True
            again = self._again
        if again is not None:
            again.cancel()
            again.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, question: Question) -> None:
        try:
            results = self._services.ask(
                question.subject,
                officer=question.officer,
                post=self._desk.post.code,
                purpose=PURPOSE,
                kinds=OUTSIDE_OF_VEHICLE if question.of_vehicle else None,
                question_id=question.question_id,
            )
            self._store(question, results)
        except Exception as trouble:  # noqa: BLE001 - a background thread has nobody above it to tell
            log.error("bridge_answer_not_stored", session_id=str(question.session_id), error=type(trouble).__name__)
            self._ended(question, stored=False)
        else:
            self._ended(question, stored=True)

    def _ended(self, question: Question, *, stored: bool) -> None:
        with self._lock:
            self._under_way.discard(question.question_id)
            room_again = self._left_over and len(self._under_way) <= MOST_UNDER_WAY // 2
            if room_again:
                self._left_over = False
            if stored:
                self._failed_in_a_row = 0
            else:
                self._not_stored += 1
        if room_again:
            self._take_up()
        if not stored:
            self._take_up_later()

    def _take_up(self) -> None:
        try:
            self.resume()
        except SQLAlchemyError as trouble:
            log.error("bridge_questions_not_resumed", error=type(trouble).__name__)
            self._take_up_later()

    def _take_up_later(self) -> None:
        """The session says that it waits, and the services give the same answer under the same id."""
        with self._lock:
            if self._closed or self._again is not None:
                return
            pause_s = min(TAKEN_UP_AGAIN_AFTER_S * 2 ** min(self._failed_in_a_row, 16), _LONGEST_PAUSE_S)
            self._failed_in_a_row += 1
            self._again = threading.Timer(pause_s, self._take_up_now)
            self._again.daemon = True
            self._again.start()

    def _take_up_now(self) -> None:
        with self._lock:
            self._again = None
        self._take_up()

    def _store(self, question: Question, results: list[CheckResult]) -> None:
        """Somebody may take a step of the same session at the same moment: then it is read anew."""
        for tried in range(1, _MOST_TRIES + 1):
            try:
                with self._database.unit_of_work() as session:
                    row = repository.get(session, question.session_id)
                    if question.is_about(row):
                        self._take(session, row, question, results)
                    else:
                        self._take_outdated(session, row, results)
            except StaleDataError:
                if tried == _MOST_TRIES:
                    raise
            else:
                return

    def _take(self, session: Session, row: CaptureSession, question: Question, results: list[CheckResult]) -> None:
        if question.of_vehicle:
            row.vehicle_question_id = None
        else:
            row.bridge_pending = False
        self._desk.answer(session, row, results)
        self._rechecks.enqueue(
            session,
            subject_kind=SUBJECT,
            subject_id=row.session_id,
            asked=Asked(question.question_id, question.subject, question.officer, self._desk.post.code, PURPOSE),
            results=results,
        )

    def _take_outdated(self, session: Session, row: CaptureSession, results: list[CheckResult]) -> None:
        """The document was scanned again meanwhile and is being asked about anew; a hit on the first one stands."""
        alerts = [result for result in results if result.alerts]
        if alerts:
            self._desk.answer(session, row, alerts)


def put_question(row: CaptureSession, subject: Subject, *, officer: str) -> Question:
    """The session waits for an answer about the traveller as read now; what there was before is not waited for."""
    row.bridge_pending = True
    row.question_id = new_id()
    return Question(row.question_id, row.session_id, row.evidence, subject, officer)


def put_vehicle_question(row: CaptureSession, *, officer: str) -> Question:
    """The session waits for an answer about the vehicle that is noted now."""
    row.vehicle_question_id = new_id()
    vehicle = Subject(vehicle=asked_about(row).vehicle)
    return Question(row.vehicle_question_id, row.session_id, row.evidence, vehicle, officer, of_vehicle=True)


def _questions_of(row: CaptureSession) -> list[Question]:
    """What a session waits for, as it was put: by whoever opened it."""
    questions: list[Question] = []
    subject = asked_about(row)
    if row.bridge_pending:
        question_id = row.question_id or new_id()
        questions.append(Question(question_id, row.session_id, row.evidence, subject, row.opened_by))
    if row.vehicle_question_id is not None and subject.vehicle is not None:
        vehicle = Subject(vehicle=subject.vehicle)
        asked = Question(
            row.vehicle_question_id, row.session_id, row.evidence, vehicle, row.opened_by, of_vehicle=True
        )
        questions.append(asked)
    return questions
