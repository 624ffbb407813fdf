"""How many new questions each post may ask in a day (UTC)."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta


class Quotas:
    """``per_day`` of a post, or of those in ``of_post`` their own; None: as many as it likes."""

    def __init__(self, per_day: int | None, of_post: Mapping[str, int]) -> None:
        self._per_day = per_day
        self._of_post = dict(of_post)

    def of(self, post: str) -> int | None:
        return self._of_post.get(post, self._per_day)


def seconds_to_next_day(now: datetime) -> float:
    """Until the next day begins in UTC."""
    utc = now.astimezone(UTC)
    return (datetime.combine(utc.date() + timedelta(days=1), time(), UTC) - utc).total_seconds()
