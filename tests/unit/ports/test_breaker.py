"""The circuit breaker against a model of it, on a clock that the test moves."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crossing.ports.breaker import Circuit, CircuitBreaker

FAILURES = 3
RESET_S = 10.0


class Ticks:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def breaker(ticks: Ticks) -> CircuitBreaker:
    return CircuitBreaker(failures=FAILURES, reset_s=RESET_S, ticks=ticks)


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        assert breaker.allow()
        breaker.failed()


def test_failures_in_a_row_open_it(breaker: CircuitBreaker) -> None:
    fail(breaker, FAILURES)

    assert breaker.circuit is Circuit.OPEN
    assert not breaker.allow()


def test_a_success_between_failures_keeps_it_closed(breaker: CircuitBreaker) -> None:
    fail(breaker, FAILURES - 1)
    breaker.succeeded()
    fail(breaker, FAILURES - 1)

    assert breaker.circuit is Circuit.CLOSED


def test_after_the_pause_one_call_tries(breaker: CircuitBreaker, ticks: Ticks) -> None:
    fail(breaker, FAILURES)
    ticks.now += RESET_S

    assert breaker.circuit is Circuit.HALF_OPEN
    assert [breaker.allow() for _ in range(3)] == [True, False, False]


def test_a_trial_that_succeeds_closes_it(breaker: CircuitBreaker, ticks: Ticks) -> None:
    fail(breaker, FAILURES)
    ticks.now += RESET_S
    breaker.allow()
    breaker.succeeded()

    assert breaker.circuit is Circuit.CLOSED
    assert breaker.allow()


def test_a_trial_that_fails_opens_it_for_another_pause(breaker: CircuitBreaker, ticks: Ticks) -> None:
    fail(breaker, FAILURES)
    ticks.now += RESET_S
    fail(breaker, 1)

    assert breaker.circuit is Circuit.OPEN
    ticks.now += RESET_S - 0.1
    assert not breaker.allow()
    ticks.now += 0.1
    assert breaker.allow()


def test_a_trial_that_is_never_heard_of_is_replaced(breaker: CircuitBreaker, ticks: Ticks) -> None:
    fail(breaker, FAILURES)
    ticks.now += RESET_S
    assert breaker.allow()
    ticks.now += RESET_S

    assert breaker.allow()


def test_a_late_failure_of_an_earlier_call_does_not_prolong_the_pause(breaker: CircuitBreaker, ticks: Ticks) -> None:
    fail(breaker, FAILURES)
    ticks.now += RESET_S - 1
    breaker.failed()
    ticks.now += 1

    assert breaker.circuit is Circuit.HALF_OPEN


class BreakerModel(RuleBasedStateMachine):
    """Calls come, end well or badly, in any order, while time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.ticks = Ticks()
        self.breaker = CircuitBreaker(failures=FAILURES, reset_s=RESET_S, ticks=self.ticks)
        self.under_way = 0
        self.failed_in_a_row = 0
        self.open_until: float | None = None
        self.trial_until: float | None = None

    @rule(seconds=st.sampled_from([0.5, 1.0, 4.0, RESET_S]))
    def time_passes(self, seconds: float) -> None:
        self.ticks.now += seconds

    @rule()
    def a_call_comes(self) -> None:
        allowed = self.breaker.allow()
        trial_free = self.trial_until is None or self.ticks.now >= self.trial_until
        if self.open_until is None:
            assert allowed
        elif self.ticks.now < self.open_until:
            assert not allowed
        else:
            assert allowed == trial_free
            if allowed:
                self.trial_until = self.ticks.now + RESET_S
        self.under_way += allowed

    @precondition(lambda self: self.under_way)
    @rule()
    def a_call_succeeds(self) -> None:
        self.breaker.succeeded()
        self.under_way -= 1
        self.failed_in_a_row, self.open_until, self.trial_until = 0, None, None

    @precondition(lambda self: self.under_way)
    @rule()
    def a_call_fails(self) -> None:
        self.breaker.failed()
        self.under_way -= 1
        self.failed_in_a_row += 1
        waited = self.open_until is not None and self.ticks.now >= self.open_until
        if waited or (self.open_until is None and self.failed_in_a_row >= FAILURES):
            self.open_until, self.trial_until = self.ticks.now + RESET_S, None

    @invariant()
    def the_state_is_the_models(self) -> None:
        if self.open_until is None:
            expected = Circuit.CLOSED
        else:
            expected = Circuit.OPEN if self.ticks.now < self.open_until else Circuit.HALF_OPEN
        assert self.breaker.circuit is expected


TestBreakerModel = BreakerModel.TestCase
TestBreakerModel.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
