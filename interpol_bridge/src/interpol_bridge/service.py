"""The work of the bridge: a question is checked, audited, asked, answered and kept."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from crossing.ports.bridge import (
    BridgeAnswer,
    BridgeStatus,
    HitVerification,
    VerificationState,
)
from interpol_bridge.answering import Answering
from interpol_bridge.clock import Clock
from interpol_bridge.errors import (
    NcbReferenceRequired,
    NotYourPost,
    QuotaExceeded,
    RequestIdReused,
    SecondApproverRequired,
    UnknownHit,
)
from interpol_bridge.inflight import InFlight
from interpol_bridge.metrics import Metrics
from interpol_bridge.questions import Question
from interpol_bridge.quotas import Quotas, seconds_to_next_day
from interpol_bridge.rechecks import Rechecks
from interpol_bridge.settings import Settings
from interpol_bridge.state import BridgeState
from interpol_bridge.store.quotas import QuotaSpent
from interpol_bridge.store.store import Store, StoredAnswer, Wait

log = structlog.get_logger(__name__)


class BridgeService:
    """What callers may do. ``caller`` is the post code of the certificate they showed.

    ``rechecks`` asks again what was not answered online; None where there is nobody online to ask.
    """

    def __init__(
        self,
        *,
        answering: Answering,
        rechecks: Rechecks | None,
        state: BridgeState,
        store: Store,
        settings: Settings,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._answering = answering
        self._rechecks = rechecks
        self._state = state
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._quotas = Quotas(settings.quota_per_day, settings.quotas)
        self._wait = Wait(settings.rechecks_per_post, timedelta(seconds=settings.recheck_backoff_s))
        self._asked_kept = timedelta(hours=settings.asked_data_hours)
        self._answers_kept = timedelta(hours=settings.answer_hours)
        self._in_flight = InFlight()

    def ask(self, caller: str, questions: Sequence[Question]) -> tuple[BridgeAnswer, ...]:
        """Answer every question, in order; those asked before under the same request id, from the store, with the
        newest answer there.

        :raises NotYourPost: a question names another post than the caller; none is asked
        :raises RequestIdReused: a request id stands for another question; none is asked
        :raises QuotaExceeded: the new ones are more than the post may still ask today; none is asked
        """
        if any(question.query.post != caller for question in questions):
            raise NotYourPost("A question names a post other than the one its certificate is of.")
        distinct = self._by_request_id(questions)
        with self._in_flight.hold(f"{caller}/{request_id}" for request_id in distinct):
            stored = self._store.answers(caller, distinct)
            self._check_same_questions(distinct, stored)
            new = [question for request_id, question in distinct.items() if request_id not in stored]
            answers = {request_id: one.answer for request_id, one in stored.items()} | self._ask_new(caller, new)
        self._metrics.repeated(len(stored))
        return tuple(answers[question.query.request_id] for question in questions)

    def verify_hit(self, caller: str, hit_id: UUID, word: HitVerification) -> VerificationState:
        """Keep the bureau's word on a hit. The same word again changes nothing; another one replaces it.

        :raises UnknownHit: no such hit was given to this caller
        :raises NcbReferenceRequired: a confirmation without the bureau's reference
        :raises SecondApproverRequired: a confirmation, or a change of the verdict, that the officer approves alone
        """
        with self._in_flight.hold([f"hit/{hit_id}"]):
            try:
                held = self._store.verification(caller, hit_id)
            except LookupError:
                raise UnknownHit("No such hit was given to this caller.") from None
            if held is not None and held.word == word:
                verified_at = held.verified_at
            else:
                _check_may_be_said(word, changes_verdict=held is not None)
                verified_at = self._clock()
                self._store.record_verification(caller, hit_id, word, verified_at)
        return VerificationState(
            hit_id=hit_id, verdict=word.verdict, ncb_reference=word.ncb_reference, verified_at=verified_at
        )

    def status(self, caller: str) -> BridgeStatus:
        """Whether the databases are being asked, and how many questions of the caller wait for that."""
        return self._state.told(pending_rechecks=self._store.waiting(caller).waiting)

    def purge(self) -> None:
        """Delete the personal data whose time has passed."""
        now = self._clock()
        if self._rechecks is not None:
            self._rechecks.give_up_old()
        gone = self._store.purge(
            asked_before=now - self._asked_kept, answered_before=now - self._answers_kept, today=now.date()
        )
        log.info("purged", rows=gone)

    def check(self) -> None:
        """Raise what the store raises if it can't be written."""
        self._store.check()

    def _by_request_id(self, questions: Sequence[Question]) -> dict[UUID, Question]:
        distinct: dict[UUID, Question] = {}
        for question in questions:
            if distinct.setdefault(question.query.request_id, question) != question:
                raise RequestIdReused("A batch carries two questions under one request id.")
        return distinct

    def _check_same_questions(self, asked: dict[UUID, Question], stored: dict[UUID, StoredAnswer]) -> None:
        for request_id, one in stored.items():
            if one.question_hash != self._store.question_hash(asked[request_id]):
                raise RequestIdReused(f"Request {request_id} was another question.")

    def _ask_new(self, caller: str, questions: Sequence[Question]) -> dict[UUID, BridgeAnswer]:
        """Ask what was not asked before. The audit entry is on disk before a question leaves."""
        if not questions:
            return {}
        self._note_asked(caller, questions)
        found = self._answering.answer(questions)
        answers = self._store.record_answered(
            list(zip(questions, found, strict=True)), self._clock(), wait=self._wait
        )
        if self._rechecks is not None:
            self._rechecks.answered(answers)
        for answer in answers:
            self._metrics.answered(answer)
            log.info(
                "answered",
                request_id=str(answer.request_id),
                post=caller,
                operation=answer.database,
                outcome=answer.outcome,
                reason=answer.not_checked_reason,
                online_reason=answer.online_reason,
                latency_ms=round(answer.latency_ms),
            )
        return {answer.request_id: answer for answer in answers}

    def _note_asked(self, caller: str, questions: Sequence[Question]) -> None:
        now = self._clock()
        try:
            self._store.record_asked(caller, questions, now, quota=self._quotas.of(caller))
        except QuotaSpent:
            self._metrics.quota_refused()
            raise QuotaExceeded(seconds_to_next_day(now)) from None


def _check_may_be_said(word: HitVerification, *, changes_verdict: bool) -> None:
    if word.verdict == "confirmed" and not word.ncb_reference:
        raise NcbReferenceRequired("A hit is confirmed only with the reference of the bureau's answer.")
    alone = not word.approver or word.approver.casefold() == word.officer.casefold()
    if alone and (word.verdict == "confirmed" or changes_verdict):
        raise SecondApproverRequired("A confirmation or a changed verdict needs an approver other than the officer.")
