"""When a worker that died is started again, and what is said of it meanwhile and for a while after."""

import datetime as dt
import time
from typing import Final

from crossing_devices.process import Death

WAITS_S: Final = (0.0, 1.0, 2.0, 4.0, 7.0, 10.0)
GOOD_S: Final = 60.0
"""A worker that ran this long starts with a clean slate."""
TOLD_S: Final = 600.0


class Restarts:
    """At once the first time, then after longer and longer. Used by one thread."""

    def __init__(self) -> None:
        self._deaths = 0
        self._started_at = 0.0
        self._died_at = 0.0
        self._due_at = 0.0
        self._story = ""

    def note_start(self) -> None:
        self._started_at = time.monotonic()

    def note_death(self, death: Death) -> None:
        now = time.monotonic()
        if now - self._started_at >= GOOD_S:
            self._deaths = 0
        wait = WAITS_S[min(self._deaths, len(WAITS_S) - 1)]
        self._deaths += 1
        self._died_at, self._due_at = now, now + wait
        self._story = f"the driver {death.reason} at {_clock():%H:%M}"

    @property
    def due_in_s(self) -> float:
        return max(0.0, self._due_at - time.monotonic())

    @property
    def waiting(self) -> str:
        """What is said until it is started again."""
        again = _clock() + dt.timedelta(seconds=self.due_in_s)
        return f"{self._story}; it is started again at {again:%H:%M:%S}"

    @property
    def told(self) -> str:
        """What is said beside a healthy device for ten minutes; then nothing."""
        recent = self._story and time.monotonic() - self._died_at < TOLD_S
        return f"{self._story}; started again" if recent else ""


def _clock() -> dt.datetime:
    """The time on the post's wall."""
    return dt.datetime.now(dt.UTC).astimezone()
