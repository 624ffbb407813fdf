"""A question on its way to the backend: its first call, perhaps a second, and what came of them."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum
from typing import Generic, TypeVar

import structlog

from crossing.ports.breaker import Ticks
from crossing.ports.bridge import NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.hedging import AT_ONCE

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


class SecondCall(StrEnum):
    """Whether a question was put a second time, and whether that brought its answer."""

    NONE = "none"
    DENIED = "denied"
    WON = "won"
    LOST = "lost"


class Asked(Generic[Answer]):
    """A question that is being asked. One thread looks after it; its calls run in threads of ``pool``.

    ``again`` starts the second call, or gives None where there is none to be had; without one, or without
    ``hedge_after_s``, there is one call.
    """

    def __init__(
        self,
        first: "Call[Answer]",
        *,
        ticks: Ticks,
        hedge_after_s: float | None = None,
        again: "Callable[[], Call[Answer] | None] | None" = None,
    ) -> None:
        self.second_call = SecondCall.NONE
        self.result: Answer | NotAnswered | None = None
        self.expired = False
        self._first = first
        self._second: Call[Answer] | None = None
        self._ticks = ticks
        self._hedge_after_s = hedge_after_s
        self._again = again
        self._started_at = ticks()
        self._ended_at: float | None = None

    @property
    def latency_ms(self) -> float:
        """Milliseconds until the answer, or until now where none came."""
        ended_at = self._ended_at if self._ended_at is not None else self._ticks()
        return max(0.0, (ended_at - self._started_at) * 1000)

    @property
    def under_way(self) -> list[Future[Answer]]:
        return [call.future for call in self._calls if not call.future.done()]

    def settled(self) -> bool:
        """Look at what has come, put the question again where that is due, and say whether it has its answer."""
        ended = [(call, call.outcome()) for call in self._calls]
        for call, came in ended:
            if came is not None and not isinstance(came, NotAnswered):
                self._end(came, call)
                return True
        if self._again is not None and self._due():
            self._put_again()
            return self.settled()
        last, came = ended[-1]
        if came is None or any(outcome is None for _, outcome in ended):
            return False
        self._end(came, last)
        return True

    def expire(self) -> None:
        """The deadline has passed: what has failed by then says why there is no answer, or else the time itself."""
        self.expired = True
        failed = [call.outcome() for call in self._calls if call.future.done()]
        for call in self._calls:
            call.future.cancel()
        self._end(
            failed[-1] if failed and failed[-1] else NotAnswered(NotCheckedReason.TIMEOUT, "the deadline passed")
        )

    def look_again_in(self) -> float:
        """Seconds until a second call is due if nothing comes before."""
        if self._again is None or self._hedge_after_s is None:
            return float("inf")
        return self._hedge_after_s - self._first.running_s

    @property
    def _calls(self) -> "list[Call[Answer]]":
        return [self._first] if self._second is None else [self._first, self._second]

    def _due(self) -> bool:
        if self._first.future.done():
            failed = self._first.outcome()
            return isinstance(failed, NotAnswered) and failed.reason in AT_ONCE and not self._first.future.cancelled()
        return self._hedge_after_s is not None and self._first.running_s >= self._hedge_after_s

    def _put_again(self) -> None:
        assert self._again is not None
        self._second = self._again()
        self._again = None
        self.second_call = SecondCall.LOST if self._second else SecondCall.DENIED

    def _end(self, result: Answer | NotAnswered, by: "Call[Answer] | None" = None) -> None:
        self.result = result
        self._ended_at = by.ended_at if by else None
        if self._ended_at is None:
            self._ended_at = self._ticks()
        if by is not None and by is self._second and not isinstance(result, NotAnswered):
            self.second_call = SecondCall.WON


class Call(Generic[Answer]):
    """One call of the backend in a thread of ``pool``, for an answer of ``kind``.

    :raises RuntimeError: the pool was shut down
    """

    def __init__(self, pool: ThreadPoolExecutor, ask: Callable[[], Answer], kind: type[Answer], ticks: Ticks) -> None:
        self.ended_at: float | None = None
        self._began_at: float | None = None
        self._kind = kind
        self._ticks = ticks
        self.future = pool.submit(self._run, ask)

    @property
    def running_s(self) -> float:
        """How long it has been running; 0 while it waits for a thread."""
        return 0.0 if self._began_at is None else self._ticks() - self._began_at

    def outcome(self) -> Answer | NotAnswered | None:
        """What came of it; None while it is under way."""
        if not self.future.done():
            return None
        if self.future.cancelled():
            return NotAnswered(NotCheckedReason.UNREACHABLE, "the bridge is stopping")
        error = self.future.exception()
        if isinstance(error, NotAnswered):
            return error
        if error is not None:
            log.warning("backend_raised", error=type(error).__name__)
            return NotAnswered(NotCheckedReason.BACKEND_ERROR, type(error).__name__)
        answer = self.future.result()
        return answer if isinstance(answer, self._kind) else NotAnswered(NotCheckedReason.MALFORMED_ANSWER)

    def _run(self, ask: Callable[[], Answer]) -> Answer:
        self._began_at = self._ticks()
        try:
            return ask()
        except NotAnswered as error:
            log.warning("backend_did_not_answer", reason=error.reason, detail=str(error))
            raise
        finally:
            self.ended_at = self._ticks()
