"""The line to the backend: every call has a deadline, and a backend that keeps failing is left alone.

Whatever goes wrong comes out as :class:`NotAnswered` with its reason; nothing here can turn into "no hit".
"""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import structlog

from crossing.ports.breaker import Circuit, CircuitBreaker, Ticks
from crossing.ports.bridge import NotCheckedReason
from interpol_bridge.backends.base import Backend, Finding, NotAnswered, Source
from interpol_bridge.questions import Question

Answer = TypeVar("Answer")

ANSWERED_ALL_THE_SAME = frozenset({NotCheckedReason.UNSUPPORTED, NotCheckedReason.STALE_COPY})
"""Reasons that say nothing against the backend's health: it answered, only not with records."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """How one question ended, after ``latency_ms`` milliseconds."""

    result: Finding | NotAnswered
    latency_ms: float


class Line:
    """Asks the backend in threads of its own: one that hangs costs the caller ``deadline_s`` seconds and no more."""

    def __init__(
        self, backend: Backend, *, deadline_s: float, workers: int, breaker: CircuitBreaker, ticks: Ticks
    ) -> None:
        self.name = backend.name
        self._backend = backend
        self._deadline_s = deadline_s
        self._breaker = breaker
        self._ticks = ticks
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="backend")
        self._heard_at: float | None = None
        self._last: Source | NotAnswered | None = None

    @property
    def circuit(self) -> Circuit:
        return self._breaker.circuit

    @property
    def last(self) -> Source | NotAnswered | None:
        """What the last call showed: where answers come from, or why none came; None before the first call."""
        return self._last

    def ask_all(self, questions: Sequence[Question]) -> list[Reply]:
        """Ask them side by side. The deadline is one for all: a batch takes no longer than a question."""
        calls = [self._start(partial(self._backend.ask, question)) for question in questions]
        return [self._reply(call) for call in calls]

    def probe_if_silent_for(self, seconds: float) -> None:
        """Ask the backend how it is, unless it was heard of within ``seconds``."""
        if self._heard_at is not None and self._ticks() - self._heard_at < seconds:
            return
        call = self._start(self._backend.probe)
        if call is not None:
            self._finish(call, Source)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._backend.close()

    def _start(self, ask: Callable[[], Answer]) -> "_Call[Answer] | None":
        return _Call(self._pool, ask, self._ticks) if self._breaker.allow() else None

    def _reply(self, call: "_Call[Finding] | None") -> Reply:
        if call is None:
            return Reply(NotAnswered(NotCheckedReason.CIRCUIT_OPEN), 0.0)
        result = self._finish(call, Finding)
        return Reply(result, call.latency_ms)

    def _finish(self, call: "_Call[Answer]", kind: type[Answer]) -> Answer | NotAnswered:
        """Wait for a call until its deadline, and remember what it says about the backend."""
        result = call.result(kind, self._deadline_s)
        self._heard_at = self._ticks()
        if isinstance(result, NotAnswered) and result.reason not in ANSWERED_ALL_THE_SAME:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        if isinstance(result, Finding):
            self._last = result.source
        elif isinstance(result, Source | NotAnswered):
            self._last = result
        return result


class _Call(Generic[Answer]):
    """A call on its way."""

    def __init__(self, pool: ThreadPoolExecutor, ask: Callable[[], Answer], ticks: Ticks) -> None:
        self._ticks = ticks
        self._started_at = ticks()
        self._finished_at: float | None = None
        self._future = pool.submit(self._run, ask)

    @property
    def latency_ms(self) -> float:
        """Milliseconds until the answer, or until now where none came."""
        finished_at = self._finished_at if self._finished_at is not None else self._ticks()
        return max(0.0, (finished_at - self._started_at) * 1000)

    def result(self, kind: type[Answer], deadline_s: float) -> Answer | NotAnswered:
        """The answer, if it is one of ``kind`` and comes within ``deadline_s`` seconds of the start."""
        try:
            error = self._future.exception(max(0.0, self._started_at + deadline_s - self._ticks()))
        except TimeoutError:
            self._future.cancel()
            return NotAnswered(NotCheckedReason.TIMEOUT, "the deadline passed")
        except CancelledError:
            return NotAnswered(NotCheckedReason.UNREACHABLE, "the bridge is stopping")
        if isinstance(error, NotAnswered):
            return error
        if error is not None:
            log.warning("backend_raised", error=type(error).__name__)
            return NotAnswered(NotCheckedReason.BACKEND_ERROR, type(error).__name__)
        answer = self._future.result()
        return answer if isinstance(answer, kind) else NotAnswered(NotCheckedReason.MALFORMED_ANSWER)

    def _run(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        finally:
            self._finished_at = self._ticks()
