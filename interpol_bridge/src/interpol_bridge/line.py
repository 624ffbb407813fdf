"""The line to a backend: every question has a deadline, and a backend that keeps failing is left alone.

Whatever goes wrong comes out as :class:`NotAnswered` with its reason; nothing here can turn into "no hit".
"""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from crossing.ports.breaker import Circuit, Ticks
from crossing.ports.bridge import Mode, NotCheckedReason
from interpol_bridge.backends.base import Backend, Finding, NotAnswered, Source
from interpol_bridge.calls import Asked, Call, SecondCall
from interpol_bridge.clock import Clock, utc_now
from interpol_bridge.health import Health, NewBreaker
from interpol_bridge.hedging import HedgeBudget, Hedging
from interpol_bridge.questions import Question

Answer = TypeVar("Answer")

THREADS_PER_SECOND_CALL = 4
"""Second calls have threads of their own, one for so many first ones: calls that hang can't keep them from running,
and they can't keep first calls from running."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How one question ended, after ``latency_ms`` milliseconds."""

    result: Finding | NotAnswered
    latency_ms: float
    second_call: SecondCall = SecondCall.NONE


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Questions that were put side by side; None for one that was held back."""

    questions: Sequence[Question]
    asked: Sequence[Asked[Finding] | None]
    began_at: float


class Line:
    """Asks the backend in threads of its own: one that hangs costs the caller ``deadline_s`` seconds and no more.

    ``mode`` is what the backend is until it says so itself. With ``hedging`` a question may be put a second time
    within its deadline; for the circuit breaker it succeeds or fails once, however often it was put.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        deadline_s: float,
        workers: int,
        new_breaker: NewBreaker,
        ticks: Ticks,
        hedging: Hedging | None = None,
        mode: Mode = Mode.ONLINE,
        clock: Clock = utc_now,
    ) -> None:
        self.name = backend.name
        self.health = Health(mode, new_breaker=new_breaker, ticks=ticks, clock=clock)
        self._backend = backend
        self._deadline_s = deadline_s
        self._ticks = ticks
        self._hedge_after_s = hedging.after_s if hedging else None
        self._hedges = HedgeBudget(hedging.share if hedging else 0.0)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="backend")
        seconds = -(-workers // THREADS_PER_SECOND_CALL)
        self._second_pool = ThreadPoolExecutor(seconds, thread_name_prefix="backend-again")

    def ask_all(self, questions: Sequence[Question], within_s: float | None = None) -> list[Reply]:
        """Ask them side by side, and wait; see :meth:`replies`."""
        return self.replies(self.begin(questions), within_s)

    def begin(self, questions: Sequence[Question]) -> UnderWay:
        """Put them side by side. A line that was left alone is tried with a call about nobody, beside them."""
        if self.health.circuit is Circuit.HALF_OPEN and self.health.admits_probe():
            with suppress(RuntimeError):  # the bridge is stopping
                self._second_pool.submit(self._probe)
        began_at = self._ticks()
        return UnderWay(questions, [self._put(question) for question in questions], began_at)

    def replies(self, put: UnderWay, within_s: float | None = None) -> list[Reply]:
        """What came of them by the deadline, which is one for all: a batch takes no longer than a question.

        ``within_s``: the caller waits no longer than that many seconds. What has no answer by then, before the
        deadline, says nothing against the backend.
        """
        hurried = within_s is not None and within_s < self._deadline_s
        allowed_s = within_s if within_s is not None and hurried else self._deadline_s
        self._settle([one for one in put.asked if one is not None], put.began_at + allowed_s)
        pairs = zip(put.questions, put.asked, strict=True)
        return [self._reply(question, asked, hurried=hurried) for question, asked in pairs]

    def drop(self, put: UnderWay) -> None:
        """Nobody waits for these any more."""
        for one in put.asked:
            if one is not None:
                one.expire()

    def probe_if_in_doubt(self, after_s: float) -> None:
        """Ask the backend how it is, where for so long nothing was heard over the line, or only that it failed."""
        if self.health.wants_probe(after_s) and self.health.admits_probe():
            self._probe()

    def close(self) -> None:
        for pool in (self._pool, self._second_pool):
            pool.shutdown(wait=False, cancel_futures=True)
        self._backend.close()

    def _probe(self) -> None:
        probe = Asked(Call(self._pool, self._backend.probe, Source, self._ticks), ticks=self._ticks)
        self._settle([probe], self._ticks() + self._deadline_s)
        self.health.probe_ended(probe.result or NotAnswered(NotCheckedReason.TIMEOUT))

    def _put(self, question: Question) -> Asked[Finding] | None:
        """Put a question, unless the backend, or its database, is left alone."""
        if not self.health.admits(question.database):
            return None
        self._hedges.earn()
        ask = partial(self._backend.ask, question)
        return Asked(
            Call(self._pool, ask, Finding, self._ticks),
            ticks=self._ticks,
            hedge_after_s=self._hedge_after_s,
            again=None if self._hedge_after_s is None else partial(self._put_again, ask),
        )

    def _put_again(self, ask: Callable[[], Finding]) -> Call[Finding] | None:
        if not self._hedges.spend():
            return None
        try:
            return Call(self._second_pool, ask, Finding, self._ticks)
        except RuntimeError:  # the bridge is stopping
            return None

    def _settle(self, asked: Sequence[Asked[Answer]], ends_at: float) -> None:
        """Wait until every question has its result, until ``ends_at`` at the latest."""
        open_ones = [one for one in asked if not one.settled()]
        while open_ones:
            left = ends_at - self._ticks()
            if left <= 0:
                for one in open_ones:
                    one.expire()
                return
            pause = min(left, *(one.look_again_in() for one in open_ones))
            calls = [call for one in open_ones for call in one.under_way]
            wait(calls, timeout=max(0.0, pause), return_when=FIRST_COMPLETED)
            open_ones = [one for one in open_ones if not one.settled()]

    def _reply(self, question: Question, asked: Asked[Finding] | None, *, hurried: bool) -> Reply:
        if asked is None or asked.result is None:
            return Reply(NotAnswered(NotCheckedReason.CIRCUIT_OPEN), 0.0)
        if not (hurried and asked.expired):
            self.health.question_ended(question.database, asked.result)
        return Reply(asked.result, asked.latency_ms, asked.second_call)
