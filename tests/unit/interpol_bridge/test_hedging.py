"""A question may be put a second time within its deadline: to whom, when, and how often."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.breaker import Circuit, CircuitBreaker
from crossing.ports.bridge import NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.calls import SecondCall
from interpol_bridge.hedging import SAVED_AT_MOST, HedgeBudget, Hedging
from interpol_bridge.line import Line

from .scripted import NO_HIT, Told, question

LONG_S = 30.0
BROKEN = NotAnswered(NotCheckedReason.UNREACHABLE, "the connection broke")


@contextmanager
def line_to(
    backend: Told, *, after_s: float = LONG_S, share: float = 1.0, deadline_s: float = LONG_S, failures: int = 3
) -> Iterator[Line]:
    line = Line(
        backend,
        deadline_s=deadline_s,
        workers=4,
        new_breaker=lambda: CircuitBreaker(failures=failures, reset_s=600, ticks=time.monotonic),
        ticks=time.monotonic,
        hedging=Hedging(after_s, share),
    )
    try:
        yield line
    finally:
        line.close()


def test_a_broken_connection_is_made_again_at_once() -> None:
    backend = Told(BROKEN, NO_HIT)
    with line_to(backend) as line:
        [reply] = line.ask_all([question()])

    assert (reply.result, reply.second_call, len(backend.asked)) == (NO_HIT, SecondCall.WON, 2)
    assert backend.asked[0] == backend.asked[1], "the same question, under the same id"


def test_a_slow_answer_is_overtaken_by_the_second_call() -> None:
    released = threading.Event()
    backend = Told(released, NO_HIT)
    with line_to(backend, after_s=0.05) as line:
        started = time.monotonic()
        [reply] = line.ask_all([question()])
        took = time.monotonic() - started
        released.set()

    assert (reply.result, reply.second_call) == (NO_HIT, SecondCall.WON)
    assert took < LONG_S / 2


def test_a_first_answer_that_comes_after_all_counts() -> None:
    first, second = threading.Event(), threading.Event()
    backend = Told(first, second)
    backend.before_answering = lambda: first.set() if len(backend.asked) == 2 else None
    with line_to(backend, after_s=0.05) as line:
        [reply] = line.ask_all([question()])
        second.set()

    assert (reply.result, reply.second_call) == (NO_HIT, SecondCall.LOST)


@pytest.mark.parametrize(
    "said",
    [
        NotCheckedReason.REFUSED,
        NotCheckedReason.THROTTLED,
        NotCheckedReason.MALFORMED_ANSWER,
        NotCheckedReason.BACKEND_ERROR,
        NotCheckedReason.UNSUPPORTED,
    ],
)
def test_whoever_answered_is_not_asked_twice(said: NotCheckedReason) -> None:
    backend = Told(NotAnswered(said))
    with line_to(backend, after_s=0.0001) as line:
        [reply] = line.ask_all([question()])

    assert isinstance(reply.result, NotAnswered)
    assert reply.result.reason is said
    # The call may still be on its way when it is looked at first; what it says is never the reason for a second one.
    assert len(backend.asked) - (reply.second_call is not SecondCall.NONE) == 1


def test_two_calls_that_fail_are_one_failed_question() -> None:
    backend = Told(BROKEN)
    with line_to(backend, failures=2) as line:
        [first] = line.ask_all([question()])
        after_one = line.health.circuit
        line.ask_all([question()])
        after_two = line.health.circuit

    assert isinstance(first.result, NotAnswered)
    assert first.result.reason is NotCheckedReason.UNREACHABLE
    assert len(backend.asked) == 4
    assert (after_one, after_two) == (Circuit.CLOSED, Circuit.OPEN)


def test_the_deadline_holds_for_both_calls_together() -> None:
    released = threading.Event()
    with line_to(Told(released), after_s=0.1, deadline_s=0.3) as line:
        started = time.monotonic()
        [reply] = line.ask_all([question()])
        took = time.monotonic() - started
        released.set()

    assert isinstance(reply.result, NotAnswered)
    assert reply.result.reason is NotCheckedReason.TIMEOUT
    assert 0.3 <= took < 10


def test_without_a_share_nothing_is_put_twice() -> None:
    backend = Told(BROKEN)
    with line_to(backend, share=0) as line:
        [reply] = line.ask_all([question()])

    assert (len(backend.asked), reply.second_call) == (1, SecondCall.DENIED)


def test_a_service_that_breaks_for_everybody_is_not_asked_twice_as_much() -> None:
    backend = Told(BROKEN)
    with line_to(backend, share=0.1, failures=10_000) as line:
        for _ in range(20):
            line.ask_all([question() for _ in range(10)])

    assert 200 < len(backend.asked) <= 200 + SAVED_AT_MOST + 200 * 0.1


@given(st.floats(0, 1), st.lists(st.booleans(), max_size=200))
def test_second_calls_are_at_most_what_was_saved_and_the_share(share: float, spends: list[bool]) -> None:
    budget = HedgeBudget(share)
    questions = taken = 0
    for spend in spends:
        if spend:
            taken += budget.spend()
        else:
            budget.earn()
            questions += 1
        assert taken <= (SAVED_AT_MOST if share else 0) + questions * share + 1e-6
