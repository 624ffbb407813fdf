"""What calls show: a line that is down, and a database that fails for itself."""

from crossing.ports.breaker import Circuit, CircuitBreaker
from crossing.ports.bridge import Database, Mode, NotCheckedReason
from interpol_bridge.backends.base import Finding, NotAnswered, Source
from interpol_bridge.clock import utc_now
from interpol_bridge.health import Health

ONLINE = Source(Mode.ONLINE)
NO_HIT = Finding(ONLINE, ())
TIMEOUT = NotAnswered(NotCheckedReason.TIMEOUT)
UNSUPPORTED = NotAnswered(NotCheckedReason.UNSUPPORTED)
SLTD, SMV = Database.SLTD, Database.SMV


class Ticks:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def health(ticks: Ticks, failures: int = 2) -> Health:
    def new_breaker() -> CircuitBreaker:
        return CircuitBreaker(failures=failures, reset_s=15, ticks=ticks)

    return Health(Mode.ONLINE, new_breaker=new_breaker, ticks=ticks, clock=utc_now)


def seen_of(line: Health) -> tuple[object, object]:
    return line.last, line.trouble


def test_a_database_that_is_not_there_says_nothing_for_and_nothing_against_the_line() -> None:
    seen = health(Ticks())
    seen.question_ended(SLTD, NO_HIT)
    seen.question_ended(SMV, UNSUPPORTED)
    assert seen_of(seen) == (ONLINE, None)

    seen.question_ended(SLTD, TIMEOUT)
    seen.question_ended(SMV, UNSUPPORTED)
    seen.question_ended(SLTD, TIMEOUT)

    assert (*seen_of(seen), seen.circuit) == (TIMEOUT, TIMEOUT, Circuit.OPEN)


def test_a_first_failure_is_the_lines_one_that_comes_again_over_a_line_that_works_is_the_databases() -> None:
    seen = health(Ticks())
    seen.question_ended(SMV, TIMEOUT)
    assert (seen.last, seen.failing) == (TIMEOUT, {})
    seen.question_ended(SLTD, NO_HIT)

    seen.question_ended(SMV, TIMEOUT)

    assert (seen.last, seen.failing, seen.trouble) == (ONLINE, {SMV: TIMEOUT}, None)


def test_a_database_that_fails_for_itself_is_left_alone_by_itself_and_tried_again() -> None:
    ticks = Ticks()
    seen = health(ticks)
    for _ in range(3):
        seen.question_ended(SMV, TIMEOUT)
        seen.question_ended(SLTD, NO_HIT)

    assert (seen.admits(SMV), seen.admits(SLTD), seen.circuit) == (False, True, Circuit.CLOSED)
    ticks.now = 15
    assert seen.admits(SMV)
    seen.question_ended(SMV, NO_HIT)
    assert (seen.admits(SMV), seen.failing) == (True, {})


def test_where_all_that_is_asked_fails_a_probe_that_works_does_not_hide_it() -> None:
    seen = health(Ticks())
    seen.question_ended(SLTD, TIMEOUT)
    seen.probe_ended(ONLINE)
    assert seen_of(seen) == (ONLINE, None)
    seen.question_ended(SLTD, TIMEOUT)

    assert seen_of(seen) == (ONLINE, TIMEOUT)


def test_a_line_that_was_left_alone_is_tried_with_a_probe_and_with_no_question() -> None:
    ticks = Ticks()
    seen = health(ticks, failures=1)
    seen.question_ended(SLTD, TIMEOUT)
    ticks.now = 15

    assert (seen.circuit, seen.admits(SLTD)) == (Circuit.HALF_OPEN, False)
    assert seen.admits_probe()
    seen.probe_ended(ONLINE)
    assert seen.admits(SLTD)


def test_a_line_that_failed_is_asked_how_it_is_however_much_is_heard_of_its_failures() -> None:
    ticks = Ticks()
    seen = health(ticks, failures=1000)
    assert seen.wants_probe(5)
    assert seen.admits_probe()
    seen.probe_ended(ONLINE)
    ticks.now = 3
    seen.question_ended(SLTD, TIMEOUT)
    assert not seen.wants_probe(5), "it was asked three seconds ago"
    ticks.now = 6
    seen.question_ended(SLTD, TIMEOUT)

    assert seen.wants_probe(5)


def test_probes_that_fail_again_and_again_say_that_nobody_is_there() -> None:
    seen = health(Ticks())
    seen.probe_ended(ONLINE)
    said = []
    for _ in range(3):
        seen.probe_ended(TIMEOUT)
        said.append(seen.silent)
    assert said == [False, False, True]

    seen.probe_ended(ONLINE)

    assert not seen.silent


def test_probes_that_fail_keep_a_circuit_open_and_open_none() -> None:
    ticks = Ticks()
    seen = health(ticks)
    for _ in range(5):
        seen.probe_ended(TIMEOUT)
    assert (seen.last, seen.circuit) == (TIMEOUT, Circuit.CLOSED)

    seen.question_ended(SLTD, TIMEOUT)
    seen.question_ended(SLTD, TIMEOUT)
    ticks.now = 15
    assert seen.admits_probe()
    seen.probe_ended(TIMEOUT)

    assert seen.circuit is Circuit.OPEN


def test_failures_of_one_database_alone_keep_nobody_from_asking_how_the_line_is() -> None:
    ticks = Ticks()
    seen = health(ticks)
    for _ in range(2):
        seen.question_ended(SMV, TIMEOUT)
        seen.question_ended(SLTD, NO_HIT)
    ticks.now = 6
    seen.question_ended(SMV, TIMEOUT)

    assert seen.wants_probe(5)


def test_a_backend_whose_copy_is_too_old_is_there_but_undated() -> None:
    seen = health(Ticks())
    seen.question_ended(SLTD, NotAnswered(NotCheckedReason.STALE_COPY))

    assert (seen.last, seen.circuit) == (Source(Mode.OFFLINE_COPY), Circuit.CLOSED)
