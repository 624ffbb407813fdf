"""The time, as a parameter: whatever needs it takes a function, so that a test may set it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""The current time, aware, in UTC."""


def utc_now() -> datetime:
    return datetime.now(UTC)
