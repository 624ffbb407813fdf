"""How much at once, and how long to wait after a failure."""

import secrets
import threading
from typing import Final

_FIRST_S: Final = 1.0
_LONGEST_S: Final = 60.0


class Pacer:
    """Finds the amount (bytes, events) that the link carries in ``target_s``.

    It measures what is really under way: where two pieces share the link, each is timed with the other beside it.
    """

    def __init__(self, *, minimum: int, maximum: int, start: int, target_s: float = 1.5) -> None:
        self._minimum = minimum
        self._maximum = maximum
        self._target_s = target_s
        self._size = start
        self._rate: float | None = None
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        with self._lock:
            return self._size

    @property
    def rate(self) -> float | None:
        """Amount per second of the last piece, None before the first."""
        with self._lock:
            return self._rate

    def measured(self, amount: int, seconds: float) -> None:
        """Learn from a piece that went through. A piece much smaller than asked for says too little of the link."""
        with self._lock:
            self._rate = amount / max(seconds, 1e-3)
            if amount * 2 >= self._size or seconds > self._target_s:
                wanted = int(self._rate * self._target_s)
                wanted = min(max(wanted, self._size // 2), self._size * 2)
                self._size = min(max(wanted, self._minimum), self._maximum)

    def failed(self) -> None:
        """A piece did not go through: the next is half as large."""
        with self._lock:
            self._size = max(self._size // 2, self._minimum)


class Backoff:
    """Waits that double from 1 s to 60 s, each shortened at random so that posts do not come back all at once."""

    def __init__(self) -> None:
        self._random = secrets.SystemRandom()
        self._failures = 0

    def next_s(self) -> float:
        longest = min(_FIRST_S * 2.0**self._failures, _LONGEST_S)
        self._failures = min(self._failures + 1, 16)
        return longest * self._random.uniform(0.5, 1.0)

    def reset(self) -> None:
        self._failures = 0
