"""The line to a backend: every question has a deadline, and a backend that keeps failing is left alone.

Whatever goes wrong comes out as :class:`NotAnswered` with its reason; nothing here can turn into "no hit".
"""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from crossing.ports.breaker import Circuit, CircuitBreaker, Ticks
from crossing.ports.bridge import Mode, NotCheckedReason
from interpol_bridge.backends.base import Backend, Finding, NotAnswered, Source
from interpol_bridge.calls import Asked, Call, SecondCall
from interpol_bridge.clock import Clock, utc_now
from interpol_bridge.hedging import HedgeBudget, Hedging
from interpol_bridge.questions import Question

Answer = TypeVar("Answer")

ANSWERED_ALL_THE_SAME = frozenset({NotCheckedReason.UNSUPPORTED, NotCheckedReason.STALE_COPY})
"""Reasons that say nothing against the backend's health: it answered, only not with records."""

THREADS_PER_SECOND_CALL = 4
"""Second calls have threads of their own, one for so many first ones: calls that hang can't keep them from running,
and they can't keep first calls from running."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How one question ended, after ``latency_ms`` milliseconds."""

    result: Finding | NotAnswered
    latency_ms: float
    second_call: SecondCall = SecondCall.NONE


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
        breaker: CircuitBreaker,
        ticks: Ticks,
        hedging: Hedging | None = None,
        mode: Mode = Mode.ONLINE,
        clock: Clock = utc_now,
    ) -> None:
        self.name = backend.name
        self._mode = mode
        self._backend = backend
        self._deadline_s = deadline_s
        self._breaker = breaker
        self._ticks = ticks
        self._clock = clock
        self._hedge_after_s = hedging.after_s if hedging else None
        self._hedges = HedgeBudget(hedging.share if hedging else 0.0)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="backend")
        seconds = -(-workers // THREADS_PER_SECOND_CALL)
        self._second_pool = ThreadPoolExecutor(seconds, thread_name_prefix="backend-again")
        self._heard_at: float | None = None
        self._last: Source | NotAnswered | None = None
        self._online_at: datetime | None = None

    @property
    def circuit(self) -> Circuit:
        return self._breaker.circuit

    @property
    def last(self) -> Source | NotAnswered | None:
        """What the last call showed: where answers come from, or why none came; None before the first call."""
        return self._last

    @property
    def online_at(self) -> datetime | None:
        """When the databases themselves last answered, a question or how they are; None if they never did."""
        return self._online_at

    @property
    def source(self) -> Source:
        """Where answers come from, as far as the last call showed."""
        return self._last if isinstance(self._last, Source) else Source(self._mode)

    def ask_all(self, questions: Sequence[Question]) -> list[Reply]:
        """Ask them side by side. The deadline is one for all: a batch takes no longer than a question."""
        ends_at = self._ticks() + self._deadline_s
        asked = [self._put(partial(self._backend.ask, question)) for question in questions]
        self._settle([one for one in asked if one is not None], ends_at)
        return [self._reply(one) for one in asked]

    def probe_if_silent_for(self, seconds: float) -> None:
        """Ask the backend how it is, unless it was heard of within ``seconds``."""
        if self._heard_at is not None and self._ticks() - self._heard_at < seconds:
            return
        if not self._breaker.allow():
            return
        probe = Asked(Call(self._pool, self._backend.probe, Source, self._ticks), ticks=self._ticks)
        self._settle([probe], self._ticks() + self._deadline_s)
        self._remember(probe.result)

    def close(self) -> None:
        for pool in (self._pool, self._second_pool):
            pool.shutdown(wait=False, cancel_futures=True)
        self._backend.close()

    def _put(self, ask: Callable[[], Finding]) -> Asked[Finding] | None:
        """Put a question, unless the backend is left alone."""
        if not self._breaker.allow():
            return None
        self._hedges.earn()
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

    def _reply(self, asked: Asked[Finding] | None) -> Reply:
        if asked is None or asked.result is None:
            return Reply(NotAnswered(NotCheckedReason.CIRCUIT_OPEN), 0.0)
        self._remember(asked.result)
        return Reply(asked.result, asked.latency_ms, asked.second_call)

    def _remember(self, result: Finding | Source | NotAnswered | None) -> None:
        """Keep what a call says about the backend."""
        self._heard_at = self._ticks()
        if isinstance(result, NotAnswered) and result.reason not in ANSWERED_ALL_THE_SAME:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        self._last = result.source if isinstance(result, Finding) else result
        if isinstance(self._last, Source) and self._last.mode is Mode.ONLINE:
            self._online_at = self._clock()
