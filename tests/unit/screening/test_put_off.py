"""Who can't be screened again is tried at longer and longer intervals, and not for ever."""

from uuid import uuid4

import structlog

from crossing.screening.put_off import MOST, MOST_TIMES, PutOff
from tests.factories.clock import StandingClock


def test_each_pause_is_twice_as_long_up_to_an_hour() -> None:
    clock, traveller = StandingClock(), uuid4()
    waiting, pauses = PutOff(clock), []
    for _ in range(8):
        waiting.put_off(traveller)
        minutes = 0
        while not waiting.due(10):
            clock.advance(minutes=1)
            minutes += 1
        pauses.append(minutes)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_who_is_settled_does_not_come_back() -> None:
    clock, traveller = StandingClock(), uuid4()
    waiting = PutOff(clock)
    waiting.put_off(traveller)
    waiting.settled(traveller)
    waiting.settled(traveller)
    clock.advance(hours=2)
    assert waiting.due(10) == []


def test_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    clock, traveller = StandingClock(), uuid4()
    waiting = PutOff(clock)
    waiting.put_off(traveller)
    clock.advance(days=-30)
    assert waiting.due(10) == [traveller]


def test_some_at_a_time_and_the_first_is_given_up_for_one_too_many() -> None:
    clock, travellers = StandingClock(), [uuid4() for _ in range(MOST + 1)]
    waiting = PutOff(clock)
    with structlog.testing.capture_logs() as logged:
        for one in travellers:
            waiting.put_off(one)
    assert [one["event"] for one in logged] == ["rescreening_given_up"]
    clock.advance(hours=2)
    assert waiting.due(3) == travellers[1:4]
    assert len(waiting.due(MOST * 2)) == MOST


def test_after_so_many_times_it_is_given_up() -> None:
    clock, traveller = StandingClock(), uuid4()
    waiting = PutOff(clock)
    for _ in range(MOST_TIMES):
        waiting.put_off(traveller)
        clock.advance(hours=1)
        assert waiting.due(1) == [traveller]
    waiting.put_off(traveller)
    clock.advance(hours=1)
    assert waiting.due(1) == []
