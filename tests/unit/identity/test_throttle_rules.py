"""The throttle, attempt by attempt, against a model of what it promises."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crossing.identity import throttle
from crossing.identity.errors import SignInThrottled
from crossing.identity.throttle import ADDRESS, FORGOTTEN_AFTER, LOGIN, LONGEST
from tests.factories.clock import StandingClock
from tests.factories.databases import sqlcipher_database


def test_three_slips_cost_nothing_then_the_delay_doubles_up_to_five_minutes() -> None:
    seconds = [LOGIN.delay(failures).total_seconds() for failures in range(1, 15)]
    assert seconds == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert LOGIN.delay(10**9) == LONGEST


def test_an_address_has_more_patience_because_a_post_sits_behind_one() -> None:
    assert ADDRESS.delay(20) == timedelta(0)
    assert ADDRESS.delay(21) == timedelta(seconds=1)


class Throttling(RuleBasedStateMachine):
    """One guesser, one address: fails, waits, or is an officer who knows the password after all."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._database = sqlcipher_database(Path(self._folder.name))
        self._clock = StandingClock()
        self._failures = 0
        self._told_to_wait_s = 1.0
        self._open_at = self._last_at = self._clock.now()

    def teardown(self) -> None:
        self._database.close()
        self._folder.cleanup()

    def _attempt(self, *, right: bool) -> bool:
        """Whether the attempt was looked at."""
        now = self._clock.now()
        try:
            with self._database.unit_of_work() as session:
                throttle.count_attempt(session, login="a.d", address="192.0.2.1", now=now)
                if right:
                    throttle.forgive(session, login="a.d", address="192.0.2.1")
        except SignInThrottled as refused:
            self._told_to_wait_s = float(refused.params["retry_after_s"])
            return False
        return True

    @rule(times=st.integers(1, 6))
    def fail(self, times: int) -> None:
        for _ in range(times):
            if self._clock.now() - self._last_at > FORGOTTEN_AFTER:
                self._failures = 0
            looked_at = self._attempt(right=False)
            assert looked_at == (self._clock.now() >= self._open_at)
            if looked_at:
                self._failures += 1
                self._last_at = self._clock.now()
                self._open_at = self._last_at + LOGIN.delay(self._failures)

    @precondition(lambda self: self._clock.now() >= self._open_at)
    @rule()
    def succeed(self) -> None:
        assert self._attempt(right=True)
        self._failures = 0
        self._open_at = self._last_at = self._clock.now()

    @rule(seconds=st.sampled_from([0.5, 1, 2, 30, 299, 3601]))
    def wait(self, seconds: float) -> None:
        self._clock.advance(seconds=seconds)

    @invariant()
    def nobody_is_kept_out_for_longer_than_the_longest_delay(self) -> None:
        assert self._open_at - self._clock.now() <= LONGEST
        assert 1 <= self._told_to_wait_s <= LONGEST.total_seconds()


TestThrottling = pytest.mark.timeout(60)(Throttling.TestCase)
TestThrottling.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
