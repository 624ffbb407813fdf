"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta


class StandingClock:
    def __init__(self, start: datetime = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, **duration: float) -> None:
        """``advance(minutes=5)``; a negative duration sets the clock back."""
        self._now += timedelta(**duration)


class Uptime:
    """Seconds that nobody sets, as the tests let them pass."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def __call__(self) -> float:
        return self._seconds

    def advance_with(self, clock: StandingClock, duration: timedelta) -> None:
        """Time that passes, rather than a clock that is set."""
        self._seconds += duration.total_seconds()
        clock.advance(seconds=duration.total_seconds())
