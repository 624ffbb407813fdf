"""From questions to answers: the databases are asked, and where they give no answer, the copy that stands by.

An answer of the copy says why the databases gave none, and that the question waits to be asked there. A copy that is
too old, undated or dated ahead answers nothing, neither a hit nor the lack of one.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import structlog
from pydantic import ValidationError

from crossing.ports.bridge import BridgeAnswer, BridgeHit, Mode, NotCheckedReason, Outcome
from interpol_bridge.backends.base import Finding, NotAnswered, Record, Source
from interpol_bridge.clock import Clock
from interpol_bridge.line import Line, Reply
from interpol_bridge.metrics import Metrics
from interpol_bridge.questions import Question

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the clock of whoever dates a copy may be ahead of ours."""

log = structlog.get_logger(__name__)


class Answering:
    """``main`` leads to who is asked first, ``copy`` to the copy that stands by, if there is one.

    ``rechecks``: what ``main`` did not answer is to be asked there again, which its answer then promises.
    """

    def __init__(
        self,
        main: Line,
        *,
        copy: Line | None,
        copy_max_age: timedelta,
        rechecks: bool,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._main = main
        self._copy = copy
        self._copy_max_age = copy_max_age
        self._rechecks = rechecks
        self._clock = clock
        self._metrics = metrics

    def answer(self, questions: Sequence[Question]) -> list[BridgeAnswer]:
        """One answer for each question, in their order."""
        answers = self.answer_online(questions)
        open_at = [at for at, answer in enumerate(answers) if _may_be_answered_elsewhere(answer)]
        copied = self._answer_from_copy([(questions[at], answers[at]) for at in open_at])
        for at, answer in zip(open_at, copied, strict=True):
            answers[at] = answer
        return answers

    def answer_online(self, questions: Sequence[Question]) -> list[BridgeAnswer]:
        """The same from the first one asked alone, with no promise of another answer."""
        return self._ask(self._main, questions)

    def is_stale(self, source: Source) -> bool:
        """A copy that is too old, or of a date that isn't known or lies ahead, answers nothing."""
        if source.mode is Mode.ONLINE:
            return False
        if source.copy_as_of is None:
            return True
        age = self._clock() - source.copy_as_of
        return not -CLOCK_TOLERANCE <= age <= self._copy_max_age

    def _answer_from_copy(self, not_answered: Sequence[tuple[Question, BridgeAnswer]]) -> list[BridgeAnswer]:
        """The copy's answers, or where it has none either the ones that are there; all promise another one."""
        if self._copy is None or not not_answered:
            return [answer.model_copy(update={"recheck": self._rechecks}) for _, answer in not_answered]
        copied = self._ask(self._copy, [question for question, _ in not_answered])
        answers = []
        for (_, online), copy in zip(not_answered, copied, strict=True):
            waited = {"recheck": self._rechecks, "latency_ms": online.latency_ms + copy.latency_ms}
            if copy.outcome is Outcome.NOT_CHECKED:
                answers.append(online.model_copy(update=waited))
            else:
                answers.append(copy.model_copy(update=waited | {"online_reason": online.not_checked_reason}))
        return answers

    def _ask(self, line: Line, questions: Sequence[Question]) -> list[BridgeAnswer]:
        answers = []
        for question, reply in zip(questions, line.ask_all(questions), strict=True):
            answer = self._answer(line, question, reply)
            self._metrics.asked(answer, reply.second_call)
            answers.append(answer)
        return answers

    def _answer(self, line: Line, question: Question, reply: Reply) -> BridgeAnswer:
        if isinstance(reply.result, NotAnswered):
            return _not_checked(question, reply, line.source, reply.result.reason)
        finding = reply.result
        if self.is_stale(finding.source):
            return _not_checked(question, reply, finding.source, NotCheckedReason.STALE_COPY)
        try:
            return _checked(question, reply, finding)
        except ValidationError as error:
            log.warning("backend_answered_nonsense", operation=question.database, errors=error.error_count())
            return _not_checked(question, reply, finding.source, NotCheckedReason.MALFORMED_ANSWER)


def _may_be_answered_elsewhere(answer: BridgeAnswer) -> bool:
    """A database that whoever was asked doesn't have is no matter of now and later."""
    unsupported = answer.not_checked_reason is NotCheckedReason.UNSUPPORTED
    return answer.outcome is Outcome.NOT_CHECKED and not unsupported


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
