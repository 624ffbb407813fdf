"""What calls have shown of a backend: whether the line to it works, and which of its databases fail for themselves.

A bureau may lack one database, or have one that fails for days, while the others answer. So one question that fails
says that the line may be down; a database that fails again after the line was seen to work says something of itself
alone, and is left alone by itself.
"""

import threading
from collections.abc import Callable
from datetime import datetime

from crossing.ports.breaker import Circuit, CircuitBreaker, Ticks
from crossing.ports.bridge import Database, Mode, NotCheckedReason
from interpol_bridge.backends.base import Finding, NotAnswered, Source
from interpol_bridge.clock import Clock

NewBreaker = Callable[[], CircuitBreaker]

SILENT_AFTER = 3
"""So many calls about nobody failed in a row: nobody is there, also where no question was asked meanwhile."""


class Health:
    """``mode`` is what the backend is until it says so itself; ``new_breaker`` makes the line's breaker, and those of
    databases that fail for themselves. Thread-safe."""

    def __init__(self, mode: Mode, *, new_breaker: NewBreaker, ticks: Ticks, clock: Clock) -> None:
        self._mode = mode
        self._new_breaker = new_breaker
        self._breaker = new_breaker()
        self._of_database: dict[Database, CircuitBreaker] = {}
        self._ticks = ticks
        self._clock = clock
        self._lock = threading.Lock()
        self._last: Source | NotAnswered | None = None
        self._heard_at: float | None = None
        self._probed_at: float | None = None
        self._failed_probes = 0
        self._online_at: datetime | None = None
        self._answering: set[Database] = set()
        self._suspected: set[Database] = set()
        self._failing: dict[Database, NotAnswered] = {}

    @property
    def circuit(self) -> Circuit:
        """Of the line; that a database is left alone by itself doesn't change it."""
        return self._breaker.circuit

    @property
    def last(self) -> Source | NotAnswered | None:
        """What was last heard over the line: where answers come from, or why none came; None before a first call."""
        return self._last

    @property
    def source(self) -> Source:
        """Where answers come from, as far as the last call showed."""
        last = self._last
        return last if isinstance(last, Source) else Source(self._mode)

    @property
    def online_at(self) -> datetime | None:
        """When the databases themselves last answered, a question or how they are; None if they never did."""
        return self._online_at

    @property
    def failing(self) -> dict[Database, NotAnswered]:
        """The databases that go on failing over a line that works, with what they last did."""
        with self._lock:
            return dict(self._failing)

    @property
    def trouble(self) -> NotAnswered | None:
        """Why nobody would get an answer now: the line's own trouble, or that of every database that was asked."""
        with self._lock:
            if isinstance(self._last, NotAnswered):
                return self._last
            if self._failing and not self._answering:
                return next(reversed(self._failing.values()))
            return None

    @property
    def silent(self) -> bool:
        """Whether nobody answers: questions failed until the line was left alone, or calls about nobody did."""
        return self.circuit is Circuit.OPEN or self._failed_probes >= SILENT_AFTER

    def admits(self, database: Database) -> bool:
        """Whether a question may leave. It is never the trial of the line, which is a probe; of a database that fails
        by itself it is, since a probe asks none."""
        if self._breaker.circuit is not Circuit.CLOSED:
            return False
        own = self._of_database.get(database)
        return own is None or own.allow()

    def admits_probe(self) -> bool:
        """Whether the backend may be asked how it is; where it was left alone, that is the trial."""
        if not self._breaker.allow():
            return False
        self._probed_at = self._ticks()
        return True

    def wants_probe(self, after_s: float) -> bool:
        """Whether nothing was heard over the line for so long, or only that it failed."""
        now = self._ticks()
        if self._heard_at is None or now - self._heard_at >= after_s:
            return True
        failed = isinstance(self._last, NotAnswered)
        return failed and (self._probed_at is None or now - self._probed_at >= after_s)

    def question_ended(self, database: Database, result: Finding | NotAnswered) -> None:
        """Note what came of a question that left."""
        with self._lock:
            if isinstance(result, Finding):
                self._answered(database, result.source)
            elif result.reason is NotCheckedReason.STALE_COPY:
                self._answered(database, Source(Mode.OFFLINE_COPY))
            elif result.reason is not NotCheckedReason.UNSUPPORTED:
                self._failed(database, result)
            elif own := self._of_database.get(database):
                own.succeeded()

    def probe_ended(self, result: Source | NotAnswered) -> None:
        """Note what came of a call about nobody."""
        with self._lock:
            if isinstance(result, Source):
                self._works(result)
            elif result.reason is NotCheckedReason.STALE_COPY:
                self._works(Source(Mode.OFFLINE_COPY))
            else:
                self._heard(result)
                self._failed_probes += 1
                # Questions that fail open the circuit; probes, which may be many, only keep it open.
                if self._breaker.circuit is not Circuit.CLOSED:
                    self._breaker.failed()

    def _answered(self, database: Database, source: Source) -> None:
        self._suspected.discard(database)
        self._failing.pop(database, None)
        self._of_database.pop(database, None)
        self._answering.add(database)
        self._works(source)

    def _works(self, source: Source) -> None:
        self._heard(source)
        self._failed_probes = 0
        self._breaker.succeeded()
        if source.mode is Mode.ONLINE:
            self._online_at = self._clock()

    def _failed(self, database: Database, result: NotAnswered) -> None:
        self._answering.discard(database)
        if database in self._suspected and isinstance(self._last, Source):
            self._failing.pop(database, None)
            self._failing[database] = result
            self._of_database.setdefault(database, self._new_breaker()).failed()
            return
        self._suspected.add(database)
        self._line_failed(result)

    def _line_failed(self, result: NotAnswered) -> None:
        self._heard(result)
        self._breaker.failed()

    def _heard(self, result: Source | NotAnswered) -> None:
        self._heard_at = self._ticks()
        self._last = result
