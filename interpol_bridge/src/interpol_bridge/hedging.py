"""When a question is put to the backend a second time, and how often that may be."""

import threading
from dataclasses import dataclass

from crossing.ports.bridge import NotCheckedReason

AT_ONCE = frozenset({NotCheckedReason.UNREACHABLE})
"""Failures after which a question is put again at once: a kept-open connection that the other side had closed, a
packet lost on the way. Whoever refused, throttled or answered nonsense was reached, and is not asked twice."""

SAVED_AT_MOST = 10.0
"""Second calls saved up while all goes well: a short disturbance is bridged, a long one not doubled."""


@dataclass(frozen=True, slots=True)
class Hedging:
    """A second call after ``after_s`` seconds without an answer, for at most ``share`` of the questions."""

    after_s: float
    share: float


class HedgeBudget:
    """Every question earns ``share`` of a second call. A backend that is slow for everyone uses up what was saved,
    and then gets 1 + ``share`` calls a question, not two. Thread-safe."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._saved = SAVED_AT_MOST if share else 0.0
        self._lock = threading.Lock()

    def earn(self) -> None:
        with self._lock:
            self._saved = min(SAVED_AT_MOST, self._saved + self._share)

    def spend(self) -> bool:
        """Whether there is a second call to be had; it is taken."""
        with self._lock:
            if self._saved < 1:
                return False
            self._saved -= 1
            return True
