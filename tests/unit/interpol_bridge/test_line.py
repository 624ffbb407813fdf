"""The line to the backend: late, raising and babbling backends never become "no hit"."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from crossing.ports.breaker import Circuit, CircuitBreaker
from crossing.ports.bridge import Database, DocumentQuery, Mode, NotCheckedReason
from interpol_bridge.backends.base import Finding, NotAnswered, Source
from interpol_bridge.line import Line, Reply
from interpol_bridge.questions import Question

NO_HIT = Finding(Source(Mode.ONLINE), ())
QUESTION = Question(
    Database.SLTD,
    DocumentQuery(
        request_id=uuid4(),
        officer="o",
        post="KOR-01",
        purpose="p",
        legal_basis="l",
        document_number="A1",
        issuing_state="UTO",
    ),
)


class Scripted:
    """Answers with what it was given: an exception is raised, an event is waited for."""

    name = "scripted"

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.asked = 0

    def ask(self, question: Question) -> Finding:
        self.asked += 1
        answer: Any = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, threading.Event):
            answer.wait(60)
            return NO_HIT
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    def probe(self) -> Source:
        return self.ask(QUESTION).source

    def close(self) -> None:
        """Nothing is held open."""


@contextmanager
def line_to(backend: Scripted, **options: Any) -> Iterator[Line]:
    breaker = partial(CircuitBreaker, failures=options.pop("failures", 3), reset_s=60, ticks=time.monotonic)
    plain = {"deadline_s": 0.2, "workers": 4, "new_breaker": breaker, "ticks": time.monotonic}
    line = Line(backend, **(plain | options))
    try:
        yield line
    finally:
        line.close()


def reason(reply: Reply) -> NotCheckedReason | None:
    return reply.result.reason if isinstance(reply.result, NotAnswered) else None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (NotAnswered(NotCheckedReason.THROTTLED), "throttled"),
        (ValueError("names of people"), "backend_error"),
        (TimeoutError(), "backend_error"),
        (None, "malformed_answer"),
        ({"records": []}, "malformed_answer"),
    ],
)
def test_what_is_no_answer_has_a_reason(answer: object, expected: str) -> None:
    with line_to(Scripted(answer)) as line:
        [reply] = line.ask_all([QUESTION])

    assert reason(reply) == expected


def test_an_answer_comes_with_its_latency() -> None:
    with line_to(Scripted(NO_HIT)) as line:
        [reply] = line.ask_all([QUESTION])

    assert reply.result == NO_HIT
    assert 0 <= reply.latency_ms < 200
    assert line.health.last == Source(Mode.ONLINE)


def test_a_hanging_backend_costs_the_deadline_even_when_every_thread_hangs() -> None:
    released = threading.Event()
    with line_to(Scripted(released), workers=2) as line:
        started = time.monotonic()
        replies = line.ask_all([QUESTION] * 6)
        took = time.monotonic() - started
        released.set()

    assert {reason(reply) for reply in replies} == {NotCheckedReason.TIMEOUT}
    assert 0.2 <= took < 10
    assert all(0 < reply.latency_ms < 10_000 for reply in replies)


def test_an_open_circuit_asks_nothing() -> None:
    backend = Scripted(ValueError())
    with line_to(backend, failures=2) as line:
        reasons = [reason(line.ask_all([QUESTION])[0]) for _ in range(4)]
        circuit = line.health.circuit

    assert reasons == ["backend_error", "backend_error", "circuit_open", "circuit_open"]
    assert circuit is Circuit.OPEN
    assert backend.asked == 2


@pytest.mark.parametrize("said", [NotCheckedReason.UNSUPPORTED, NotCheckedReason.STALE_COPY])
def test_a_backend_that_answers_without_records_is_not_left_alone(said: NotCheckedReason) -> None:
    with line_to(Scripted(NotAnswered(said)), failures=1) as line:
        reasons = {reason(line.ask_all([QUESTION])[0]) for _ in range(3)}

    assert reasons == {said}


def test_it_probes_only_when_nothing_was_heard_for_a_while() -> None:
    backend = Scripted(NO_HIT)
    with line_to(backend) as line:
        line.probe_if_in_doubt(60)
        line.probe_if_in_doubt(60)
        assert backend.asked == 1
        line.probe_if_in_doubt(0)
        assert backend.asked == 2
