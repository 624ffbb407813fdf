"""The parts of one bridge, put together from backends, a store and settings."""

import math
from datetime import datetime, timedelta
from functools import partial

from crossing.ports.breaker import CircuitBreaker, Ticks
from crossing.ports.bridge import Mode
from interpol_bridge.answering import Answering
from interpol_bridge.backends.base import Backend
from interpol_bridge.clock import Clock
from interpol_bridge.health import NewBreaker
from interpol_bridge.hedging import Hedging
from interpol_bridge.line import Line
from interpol_bridge.metrics import Metrics, Readings
from interpol_bridge.rates import RateLimiter
from interpol_bridge.rechecks import Pace, Rechecks
from interpol_bridge.service import BridgeService
from interpol_bridge.settings import Settings
from interpol_bridge.state import BridgeState
from interpol_bridge.store.store import Store

OFFLINE_COPY = Mode.OFFLINE_COPY.value
"""The name of the backend that is the copy alone."""


class Parts:
    """What a bridge is made of, in the order in which it depends on each other."""

    def __init__(
        self, backend: Backend, copy: Backend | None, store: Store, settings: Settings, clock: Clock, ticks: Ticks
    ) -> None:
        self._store = store
        self._clock = clock
        self.metrics = Metrics()
        self._line = _line_to(backend, settings, clock, ticks)
        self._copy = _line_to_copy(copy, settings, clock, ticks) if copy else None
        asked_online = settings.backend != OFFLINE_COPY
        answering = Answering(
            self._line,
            copy=self._copy,
            copy_max_age=timedelta(hours=settings.copy_max_age_hours),
            rechecks=asked_online,
            clock=clock,
            metrics=self.metrics,
        )
        # Also where the copy alone is asked: what waited before it was is still given up in its time.
        self._rechecks = Rechecks(
            self._line,
            answering=answering,
            store=store,
            metrics=self.metrics,
            pace=Pace.of(settings),
            clock=clock,
            ticks=ticks,
        )
        self._asked_online = asked_online
        self._state = BridgeState(
            self._line, copy=self._copy, answering=answering, store=store, settings=settings, clock=clock
        )
        self.service = BridgeService(
            answering=answering,
            rechecks=self._rechecks,
            state=self._state,
            store=store,
            settings=settings,
            rates=RateLimiter(per_minute=settings.rate_per_minute, burst=settings.rate_burst, ticks=ticks),
            metrics=self.metrics,
            clock=clock,
        )
        self.metrics.read_from(self._readings())

    def start(self) -> None:
        if self._asked_online:
            self._rechecks.start()

    def close(self) -> None:
        self._rechecks.close()
        self._line.close()
        if self._copy is not None:
            self._copy.close()
        self._store.close()

    def _readings(self) -> Readings:
        return Readings(
            circuit=lambda: self._line.health.circuit,
            rechecks_waiting=lambda: float(self._store.waiting().waiting),
            recheck_oldest_s=lambda: self._age_s(self._store.waiting().oldest),
            copy_age_s=lambda: self._age_s(self._state.copy_as_of),
            last_online_age_s=lambda: self._age_s(self._state.last_online_at),
        )

    def _age_s(self, since: datetime | None) -> float:
        return math.nan if since is None else (self._clock() - since).total_seconds()


def _line_to(backend: Backend, settings: Settings, clock: Clock, ticks: Ticks) -> Line:
    """The line to who is asked first. A copy on this machine is never slow in a way that a second call mends."""
    online = settings.backend != OFFLINE_COPY
    deadline_s = settings.backend_deadline_s
    after_s = deadline_s / 3 if settings.hedge_after_s is None else settings.hedge_after_s
    return Line(
        backend,
        deadline_s=deadline_s,
        workers=settings.backend_workers,
        new_breaker=_breakers(settings, ticks),
        ticks=ticks,
        hedging=Hedging(after_s, settings.hedge_share) if online and settings.hedge_share else None,
        mode=Mode.ONLINE if online else Mode.OFFLINE_COPY,
        clock=clock,
    )


def _line_to_copy(copy: Backend, settings: Settings, clock: Clock, ticks: Ticks) -> Line:
    return Line(
        copy,
        deadline_s=settings.copy_deadline_s,
        workers=settings.backend_workers,
        new_breaker=_breakers(settings, ticks),
        ticks=ticks,
        mode=Mode.OFFLINE_COPY,
        clock=clock,
    )


def _breakers(settings: Settings, ticks: Ticks) -> NewBreaker:
    return partial(CircuitBreaker, failures=settings.breaker_failures, reset_s=settings.breaker_reset_s, ticks=ticks)
