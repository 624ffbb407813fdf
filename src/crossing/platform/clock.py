"""The time, as a port: a post's clock may be wrong, a test's clock stands still, and nothing orders by it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_NO_STEP_S: Final = 60.0
"""What a clock and the uptime may differ by from one look to the next: slewing, and the time a look takes."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, in UTC, time zone aware."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ClockSteps:
    """When a clock last stepped: was set, or went on while the machine slept. Either makes what waits look old."""

    def __init__(self, clock: Clock, uptime_s: Callable[[], float] = time.monotonic) -> None:
        """``uptime_s``: seconds that nobody sets."""
        self._clock = clock
        self._uptime_s = uptime_s
        self._stepped_at = uptime_s()
        self._offset = self._offset_at(self._stepped_at)

    def since_last(self) -> timedelta:
        """How long the clock has gone evenly, at most as long as this object lives. A step counts from the first look
        after it."""
        uptime = self._uptime_s()
        before, self._offset = self._offset, self._offset_at(uptime)
        if abs(self._offset - before) > _NO_STEP_S:
            self._stepped_at = uptime
        return timedelta(seconds=uptime - self._stepped_at)

    def _offset_at(self, uptime: float) -> float:
        return self._clock.now().timestamp() - uptime
