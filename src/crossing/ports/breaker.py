"""A circuit breaker: a service that keeps failing is left alone for a while, then tried with one question."""

import threading
from collections.abc import Callable
from enum import StrEnum

Ticks = Callable[[], float]
"""Seconds on a clock that never goes back, such as ``time.monotonic``."""


class Circuit(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """``failures`` in a row open the circuit; after ``reset_s`` seconds one call is let through as a trial.

    Every call that :meth:`allow` lets through must end in :meth:`succeeded` or :meth:`failed`. A trial that is
    not heard of for ``reset_s`` seconds is given up, and the next call becomes the trial. Thread-safe.
    """

    def __init__(self, *, failures: int, reset_s: float, ticks: Ticks) -> None:
        self._limit = failures
        self._reset_s = reset_s
        self._ticks = ticks
        self._lock = threading.Lock()
        self._failed_in_a_row = 0
        self._opened_at: float | None = None
        self._trial_at: float | None = None

    @property
    def circuit(self) -> Circuit:
        with self._lock:
            return self._circuit()

    def allow(self) -> bool:
        """Whether a call may go out now. In the half-open state the call that is let through is the trial."""
        with self._lock:
            circuit = self._circuit()
            if circuit is Circuit.HALF_OPEN and not self._trial_running():
                self._trial_at = self._ticks()
                return True
            return circuit is Circuit.CLOSED

    def succeeded(self) -> None:
        with self._lock:
            self._failed_in_a_row = 0
            self._opened_at = None
            self._trial_at = None

    def failed(self) -> None:
        with self._lock:
            self._failed_in_a_row += 1
            circuit = self._circuit()
            if circuit is Circuit.HALF_OPEN or (circuit is Circuit.CLOSED and self._failed_in_a_row >= self._limit):
                self._opened_at = self._ticks()
                self._trial_at = None

    def _circuit(self) -> Circuit:
        if self._opened_at is None:
            return Circuit.CLOSED
        waited = self._ticks() - self._opened_at
        return Circuit.HALF_OPEN if waited >= self._reset_s else Circuit.OPEN

    def _trial_running(self) -> bool:
        return self._trial_at is not None and self._ticks() - self._trial_at < self._reset_s
