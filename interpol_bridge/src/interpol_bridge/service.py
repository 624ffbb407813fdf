"""The work of the bridge: a question is checked, audited, asked, answered and kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from crossing.ports.bridge import (
    BridgeAnswer,
    BridgeStatus,
    HitVerification,
    NotCheckedReason,
    VerificationState,
)
from interpol_bridge.answering import Answering
from interpol_bridge.clock import Clock
from interpol_bridge.errors import (
    AskedTooMuch,
    NotYourPost,
    QuotaExceeded,
    RequestIdReused,
)
from interpol_bridge.inflight import InFlight
from interpol_bridge.metrics import Metrics
from interpol_bridge.questions import Question
from interpol_bridge.quotas import Quotas, seconds_to_next_day
from interpol_bridge.rates import RateLimiter
from interpol_bridge.rechecks import Rechecks
from interpol_bridge.settings import Settings
from interpol_bridge.state import BridgeState
from interpol_bridge.store.answers import StoredAnswer
from interpol_bridge.store.quotas import QuotaSpent
from interpol_bridge.store.store import Store, Wait

log = structlog.get_logger(__name__)


class BridgeService:
    """What callers may do. ``caller`` is the post code of the certificate they showed.

    ``rechecks`` asks again what was not answered online, and forgets it in its time.
    """

    def __init__(
        self,
        *,
        answering: Answering,
        rechecks: Rechecks,
        state: BridgeState,
        store: Store,
        settings: Settings,
        rates: RateLimiter,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._answering = answering
        self._rechecks = rechecks
        self._state = state
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._rates = rates
        self._quotas = Quotas(settings.quota_per_day, settings.quotas)
        self._wait = Wait(settings.rechecks_per_post, timedelta(seconds=settings.recheck_backoff_s))
        self._asked_kept = timedelta(hours=settings.asked_data_hours)
        self._answers_kept = timedelta(hours=settings.answer_hours)
        self._in_flight = InFlight()

    def ask(
        self, caller: str, questions: Sequence[Question], within_s: float | None = None
    ) -> tuple[BridgeAnswer, ...]:
        """Answer every question, in order; those asked before under the same request id, from the store, with the
        newest answer there. ``within_s``: the caller waits no longer.

        What is more than the post may ask is answered by the copy that stands by, and asked online later.

        :raises NotYourPost: a question names another post than the caller; none is asked
        :raises RequestIdReused: a request id stands for another question; none is asked
        :raises RateExceeded: the new ones are more than the post may ask in this time, and there is no copy
        :raises QuotaExceeded: they are more than it may still ask today, and there is no copy; none is asked
        """
        if any(question.query.post != caller for question in questions):
            raise NotYourPost("A question names a post other than the one its certificate is of.")
        distinct = self._by_request_id(questions)
        with self._in_flight.hold(f"{caller}/{request_id}" for request_id in distinct):
            stored = self._store.answers(caller, distinct)
            self._check_same_questions(distinct, stored)
            new = [question for request_id, question in distinct.items() if request_id not in stored]
            answers = {request_id: one.answer for request_id, one in stored.items()} | self._ask_new(
                caller, new, within_s
            )
        self._metrics.repeated(len(stored))
        return tuple(answers[question.query.request_id] for question in questions)

    def verify_hit(self, caller: str, hit_id: UUID, word: HitVerification) -> VerificationState:
        """Keep a word on a hit; what stands after it. The same word again changes nothing, a newer one replaces it.

        :raises UnknownHit: no such hit was given to this caller
        :raises WordIdReused: the id is of another word
        :raises WordSuperseded: a word that was said later stands
        :raises NcbReferenceRequired: a word of the bureau's without its reference
        :raises SecondApproverRequired: one of the bureau's, or a changed one, that the officer approves alone
        """
        standing = self._store.verify_hit(caller, hit_id, word, self._clock())
        return VerificationState(
            hit_id=hit_id,
            verdict=standing.word.verdict,
            ncb_reference=standing.word.ncb_reference,
            verified_at=standing.verified_at,
        )

    def status(self, caller: str) -> BridgeStatus:
        """Whether the databases are being asked, and how many questions of the caller wait for that."""
        return self._state.told(pending_rechecks=self._store.waiting(caller).waiting)

    def purge(self) -> None:
        """Delete the personal data whose time has passed."""
        now = self._clock()
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

    def _ask_new(
        self, caller: str, questions: Sequence[Question], within_s: float | None
    ) -> dict[UUID, BridgeAnswer]:
        """Ask what was not asked before. The audit entry is on disk before a question leaves."""
        if not questions:
            return {}
        wait = self._wait
        try:
            self._admit(caller, questions)
        except AskedTooMuch as kept_back:
            if not self._answering.has_copy:
                raise
            wait = replace(wait, pause=max(wait.pause, timedelta(seconds=kept_back.retry_after_s)))
            self._store.record_asked(caller, questions, self._clock(), quota=None, counted=False)
            found = self._answering.answer_from_copy(questions, NotCheckedReason.THROTTLED, within_s)
        else:
            found = self._answering.answer(questions, within_s)
        answers = self._store.record_answered(list(zip(questions, found, strict=True)), self._clock(), wait=wait)
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

    def _admit(self, caller: str, questions: Sequence[Question]) -> None:
        """Take new questions from what the caller may ask, and note that they leave."""
        self._rates.spend(caller, len(questions))
        now = self._clock()
        try:
            self._store.record_asked(caller, questions, now, quota=self._quotas.of(caller))
        except QuotaSpent:
            self._metrics.quota_refused()
            raise QuotaExceeded(seconds_to_next_day(now)) from None
