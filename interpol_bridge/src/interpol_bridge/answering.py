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

BEHIND_A_COPY = NotCheckedReason.UNREACHABLE
"""Why INTERPOL itself did not answer, where the bureau answers from a copy of its own."""

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

    @property
    def has_copy(self) -> bool:
        return self._copy is not None

    def answer(self, questions: Sequence[Question], within_s: float | None = None) -> list[BridgeAnswer]:
        """One answer for each question, in their order; within ``within_s`` seconds, where a caller waits no longer.

        The copy is asked beside the databases: its answer is ready when their time is over.
        """
        copied = self._copy.begin(questions) if self._copy else None
        online = self._read(self._main, questions, self._main.ask_all(questions, within_s))
        if self._copy is None or copied is None:
            return [self._told(answer, None) for answer in online]
        if all(answer.outcome is not Outcome.NOT_CHECKED for answer in online):
            self._copy.drop(copied)
            return [self._told(answer, None) for answer in online]
        from_copy = self._read(self._copy, questions, self._copy.replies(copied, within_s))
        return [self._told(answer, copy) for answer, copy in zip(online, from_copy, strict=True)]

    def answer_online(self, questions: Sequence[Question]) -> list[BridgeAnswer]:
        """The answers of the first one asked alone, with no promise of another one."""
        return self._read(self._main, questions, self._main.ask_all(questions))

    def answer_from_copy(
        self, questions: Sequence[Question], reason: NotCheckedReason, within_s: float | None = None
    ) -> list[BridgeAnswer]:
        """The same as :meth:`answer`, for questions that are kept from the databases now, for ``reason``."""
        kept_back = Reply(NotAnswered(reason), 0.0)
        online = [_not_checked(question, kept_back, self._main.health.source, reason) for question in questions]
        if self._copy is None:
            return [self._told(answer, None) for answer in online]
        from_copy = self._read(self._copy, questions, self._copy.ask_all(questions, within_s))
        return [self._told(answer, copy) for answer, copy in zip(online, from_copy, strict=True)]

    def is_stale(self, source: Source) -> bool:
        """A copy that is too old, or of a date that isn't known or lies ahead, answers nothing."""
        if source.mode is Mode.ONLINE:
            return False
        if source.copy_as_of is None:
            return True
        age = self._clock() - source.copy_as_of
        return not -CLOCK_TOLERANCE <= age <= self._copy_max_age

    def _told(self, online: BridgeAnswer, copy: BridgeAnswer | None) -> BridgeAnswer:
        """The answer of the two that is told. It promises another one, unless the databases have said theirs: a copy
        is not their word, their own copy neither."""
        if online.outcome is not Outcome.NOT_CHECKED:
            if online.mode is Mode.ONLINE or not self._rechecks:
                return online
            return online.model_copy(update={"online_reason": BEHIND_A_COPY, "recheck": True})
        reason = online.not_checked_reason
        told = {"recheck": self._rechecks and reason is not NotCheckedReason.UNSUPPORTED}
        if copy is None or copy.outcome is Outcome.NOT_CHECKED:
            return online.model_copy(update=told)
        took = {"latency_ms": max(online.latency_ms, copy.latency_ms)}
        return copy.model_copy(update=told | took | {"online_reason": reason})

    def _read(self, line: Line, questions: Sequence[Question], replies: Sequence[Reply]) -> list[BridgeAnswer]:
        answers = []
        for question, reply in zip(questions, replies, strict=True):
            answer = self._answer(line, question, reply)
            self._metrics.asked(answer, reply.second_call)
            answers.append(answer)
        return answers

    def _answer(self, line: Line, question: Question, reply: Reply) -> BridgeAnswer:
        if isinstance(reply.result, NotAnswered):
            return _not_checked(question, reply, line.health.source, reply.result.reason)
        finding = reply.result
        if self.is_stale(finding.source):
            return _not_checked(question, reply, finding.source, NotCheckedReason.STALE_COPY)
        try:
            return _checked(question, reply, finding)
        except ValidationError as error:
            log.warning("backend_answered_nonsense", operation=question.database, errors=error.error_count())
            return _not_checked(question, reply, finding.source, NotCheckedReason.MALFORMED_ANSWER)


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
