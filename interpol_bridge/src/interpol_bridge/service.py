"""The work of the bridge: a question is checked, audited, asked, answered and kept."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal
from uuid import UUID, uuid4

import structlog
from pydantic import ValidationError

from crossing.ports.breaker import Circuit
from crossing.ports.bridge import (
    BridgeAnswer,
    BridgeHit,
    BridgeStatus,
    HitVerification,
    Mode,
    NotCheckedReason,
    Outcome,
    VerificationState,
)
from interpol_bridge.backends.base import Finding, NotAnswered, Record, Source
from interpol_bridge.clock import Clock
from interpol_bridge.errors import (
    NcbReferenceRequired,
    NotYourPost,
    RequestIdReused,
    SecondApproverRequired,
    UnknownHit,
)
from interpol_bridge.inflight import InFlight
from interpol_bridge.line import Line, Reply
from interpol_bridge.metrics import Metrics
from interpol_bridge.questions import Question
from interpol_bridge.settings import Settings
from interpol_bridge.store.store import Store, StoredAnswer

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the clock of whoever dates a copy may be ahead of ours."""

log = structlog.get_logger(__name__)


class BridgeService:
    """What callers may do. ``caller`` is the post code of the certificate they showed."""

    def __init__(self, *, line: Line, store: Store, settings: Settings, metrics: Metrics, clock: Clock) -> None:
        self._line = line
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._copy_max_age = timedelta(hours=settings.copy_max_age_hours)
        self._asked_kept = timedelta(hours=settings.asked_data_hours)
        self._answers_kept = timedelta(hours=settings.answer_hours)
        self._probe_interval_s = settings.probe_interval_s
        self._in_flight = InFlight()

    def ask(self, caller: str, questions: Sequence[Question]) -> tuple[BridgeAnswer, ...]:
        """Answer every question, in order; those asked before under the same request id, from the store.

        :raises NotYourPost: a question names another post than the caller; none is asked
        :raises RequestIdReused: a request id stands for another question; none is asked
        """
        if any(question.query.post != caller for question in questions):
            raise NotYourPost("A question names a post other than the one its certificate is of.")
        distinct = self._by_request_id(questions)
        with self._in_flight.hold(f"{caller}/{request_id}" for request_id in distinct):
            stored = self._store.answers(caller, distinct)
            self._check_same_questions(distinct, stored)
            new = [question for request_id, question in distinct.items() if request_id not in stored]
            answers = {request_id: one.answer for request_id, one in stored.items()} | self._ask_new(new)
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

    def status(self) -> BridgeStatus:
        """Whether the databases are being asked; the backend itself is asked where it was silent for a while.

        Questions to be asked again wait at the posts, so this bridge holds none.
        """
        self._line.probe_if_silent_for(self._probe_interval_s)
        source = self._source()
        return BridgeStatus(
            state=self._state(),
            backend=self._line.name,
            mode=source.mode,
            copy_as_of=source.copy_as_of,
            circuit=self._line.circuit.value,
            pending_rechecks=0,
            checked_at=self._clock(),
        )

    def purge(self) -> None:
        """Delete the personal data whose time has passed."""
        now = self._clock()
        gone = self._store.purge(asked_before=now - self._asked_kept, answered_before=now - self._answers_kept)
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

    def _ask_new(self, questions: Sequence[Question]) -> dict[UUID, BridgeAnswer]:
        """Ask what was not asked before. The audit entry is on disk before a question leaves."""
        if not questions:
            return {}
        self._store.record_asked(questions, self._clock())
        replies = self._line.ask_all(questions)
        answered = [
            (question, self._answer(question, reply)) for question, reply in zip(questions, replies, strict=True)
        ]
        self._store.record_answered(answered, self._clock())
        for question, answer in answered:
            self._metrics.answered(answer)
            log.info(
                "answered",
                request_id=str(answer.request_id),
                post=question.query.post,
                operation=answer.database,
                outcome=answer.outcome,
                reason=answer.not_checked_reason,
                latency_ms=round(answer.latency_ms),
            )
        return {answer.request_id: answer for _, answer in answered}

    def _answer(self, question: Question, reply: Reply) -> BridgeAnswer:
        if isinstance(reply.result, NotAnswered):
            return _not_checked(question, reply, self._source(), reply.result.reason)
        finding = reply.result
        if self._is_stale(finding.source):
            return _not_checked(question, reply, finding.source, NotCheckedReason.STALE_COPY)
        try:
            return _checked(question, reply, finding)
        except ValidationError as error:
            log.warning("backend_answered_nonsense", operation=question.database, errors=error.error_count())
            return _not_checked(question, reply, finding.source, NotCheckedReason.MALFORMED_ANSWER)

    def _source(self) -> Source:
        """Where answers come from, as far as the last call showed."""
        last = self._line.last
        return last if isinstance(last, Source) else Source(Mode.ONLINE)

    def _is_stale(self, source: Source) -> bool:
        """A copy that is too old, or of a date that isn't known or lies ahead, answers nothing."""
        if source.mode is Mode.ONLINE:
            return False
        if source.copy_as_of is None:
            return True
        age = self._clock() - source.copy_as_of
        return not -CLOCK_TOLERANCE <= age <= self._copy_max_age

    def _state(self) -> Literal["online", "degraded", "offline"]:
        if self._line.circuit is Circuit.OPEN:
            return "offline"
        last = self._line.last
        if not isinstance(last, Source):
            return "degraded"
        if self._is_stale(last):
            return "offline"
        return "online" if last.mode is Mode.ONLINE else "degraded"


def _check_may_be_said(word: HitVerification, *, changes_verdict: bool) -> None:
    if word.verdict == "confirmed" and not word.ncb_reference:
        raise NcbReferenceRequired("A hit is confirmed only with the reference of the bureau's answer.")
    alone = not word.approver or word.approver.casefold() == word.officer.casefold()
    if alone and (word.verdict == "confirmed" or changes_verdict):
        raise SecondApproverRequired("A confirmation or a changed verdict needs an approver other than the officer.")


def _not_checked(question: Question, reply: Reply, source: Source, reason: NotCheckedReason) -> BridgeAnswer:
    return BridgeAnswer(
        request_id=question.query.request_id,
        database=question.database,
        outcome=Outcome.NOT_CHECKED,
        mode=source.mode,
        copy_as_of=source.copy_as_of,
        latency_ms=reply.latency_ms,
        not_checked_reason=reason,
    )


def _checked(question: Question, reply: Reply, finding: Finding) -> BridgeAnswer:
    """The answer of a finding: an exact record makes a hit, any other a possible one."""
    hits = tuple(_hit(question, record) for record in finding.records)
    if not hits:
        outcome = Outcome.NO_HIT
    elif any(hit.match_type == "exact" for hit in hits):
        outcome = Outcome.HIT
    else:
        outcome = Outcome.POSSIBLE_HIT
    return BridgeAnswer(
        request_id=question.query.request_id,
        database=question.database,
        outcome=outcome,
        mode=finding.source.mode,
        copy_as_of=finding.source.copy_as_of,
        latency_ms=reply.latency_ms,
        hits=hits,
    )


def _hit(question: Question, record: Record) -> BridgeHit:
    return BridgeHit(hit_id=uuid4(), database=question.database, must_verify_with_ncb=True, **record.model_dump())
