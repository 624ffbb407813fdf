"""A clock that is set is told from one that goes on."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.platform.clock import ClockSteps, SystemClock
from tests.factories.clock import StandingClock, Uptime

HOUR = timedelta(hours=1)


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=30)), max_size=20))
def test_while_time_only_passes_there_is_no_step(passed: list[timedelta]) -> None:
    clock, uptime = StandingClock(), Uptime()
    steps = ClockSteps(clock, uptime)
    for duration in passed:
        uptime.advance_with(clock, duration)
        steps.since_last()
    assert abs(steps.since_last() - sum(passed, timedelta())) < timedelta(seconds=1)


@pytest.mark.parametrize("years", [-6, 6])
def test_since_a_step_the_count_begins_anew(years: int) -> None:
    clock, uptime = StandingClock(), Uptime()
    steps = ClockSteps(clock, uptime)
    uptime.advance_with(clock, HOUR)
    clock.advance(days=365 * years)
    assert steps.since_last() == timedelta(0)
    uptime.advance_with(clock, HOUR)
    assert steps.since_last() == HOUR


def test_a_clock_that_is_brought_near_slowly_does_not_step() -> None:
    clock, uptime = StandingClock(), Uptime()
    steps = ClockSteps(clock, uptime)
    for _ in range(100):
        uptime.advance_with(clock, HOUR)
        clock.advance(seconds=1.8)
        steps.since_last()
    assert steps.since_last() == 100 * HOUR


def test_the_machines_own_clock_goes_evenly() -> None:
    assert timedelta(0) <= ClockSteps(SystemClock()).since_last() < HOUR
