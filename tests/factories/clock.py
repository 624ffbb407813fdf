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
