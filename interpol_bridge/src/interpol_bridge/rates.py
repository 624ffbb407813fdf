"""How much each caller may ask."""

import threading
from dataclasses import dataclass

from crossing.ports.breaker import Ticks
from interpol_bridge.errors import RateExceeded


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimiter:
    """A token bucket per caller: ``burst`` tokens at most, ``per_minute`` of them coming back in a minute.

    Callers are named by their certificates, so there are never more buckets than certificates. Thread-safe.
    """

    def __init__(self, *, per_minute: int, burst: int, ticks: Ticks) -> None:
        self._per_second = per_minute / 60
        self._burst = float(burst)
        self._ticks = ticks
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, caller: str, tokens: int = 1) -> None:
        """Take ``tokens`` from the caller's bucket.

        :raises RateExceeded: fewer are left; none are taken
        """
        with self._lock:
            now = self._ticks()
            bucket = self._buckets.setdefault(caller, _Bucket(self._burst, now))
            bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.filled_at) * self._per_second)
            bucket.filled_at = now
            if bucket.tokens < tokens:
                raise RateExceeded((tokens - bucket.tokens) / self._per_second)
            bucket.tokens -= tokens
