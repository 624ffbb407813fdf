"""Travellers whose screening again failed: looked at another time, each pause twice as long as the one before.

They are known in memory alone: after a restart they are screened again with the next version of a list.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from crossing.platform.clock import Clock
from crossing.platform.logs import log

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
MOST: Final = 1000
"""The one that was put off first is given up for another."""

MOST_TIMES: Final = 48
"""Some two days."""


@dataclass(slots=True)
class _Waiting:
    times: int
    since: datetime
    pause: timedelta


class PutOff:
    """For one thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[UUID, _Waiting] = {}

    def due(self, limit: int) -> list[UUID]:
        """Whose pause is over. A clock that is set to another time ends each: nobody waits for days."""
        now = self._clock.now()
        over = (one for one, waiting in self._waiting.items() if abs(now - waiting.since) >= waiting.pause)
        return [one for one, _ in zip(over, range(limit), strict=False)]

    def put_off(self, traveller: UUID) -> None:
        """It failed, for the first time or again."""
        known = self._waiting.get(traveller)
        times = known.times + 1 if known else 1
        if times > MOST_TIMES:
            self._give_up(traveller)
            return
        doubled: int = 2 ** min(times - 1, 16)
        self._waiting[traveller] = _Waiting(times, self._clock.now(), min(FIRST_PAUSE * doubled, LONGEST_PAUSE))
        if len(self._waiting) > MOST:
            self._give_up(next(iter(self._waiting)))

    def settled(self, traveller: UUID) -> None:
        """It went well, or there is nothing left to ask."""
        self._waiting.pop(traveller, None)

    def _give_up(self, traveller: UUID) -> None:
        given_up = self._waiting.pop(traveller)
        log.error("rescreening_given_up", times=given_up.times)
