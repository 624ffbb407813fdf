"""Questions to services outside: no caller waits beyond its time, and no queue grows without end."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread

import pytest

from crossing.screening import remote
from crossing.screening.bridge import BridgeClient
from crossing.screening.outside import OutsideServices
from crossing.screening.remote import NoAnswer, RemoteService, Request
from crossing.screening.schemas import CheckKind, Reason, Subject, SubjectName
from crossing.screening.yente.source import NationalServer
from tests.factories.clock import StandingClock
from tests.factories.waiting import wait_until
from tests.integration.screening.test_yente import answering

TRAVELLER = Subject(names=(SubjectName(surname="Kone"),))
ASKED = Request("POST", "/", b"{}")


@contextmanager
def service_at(url: str, *, timeout_s: float) -> Iterator[RemoteService]:
    with closing(RemoteService(url, name="remote", timeout_s=timeout_s)) as service:
        yield service


def test_more_questions_than_it_may_hold_get_no_answer_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MOST_UNDER_WAY", 3)
    with answering(200, b"{}", after_s=1.0) as url, service_at(url, timeout_s=20) as service:
        held = [service.begin(ASKED, bytes) for _ in range(3)]
        started = time.thread_time()
        refused = [service.begin(ASKED, bytes)() for _ in range(100)]
        assert set(refused) == {NoAnswer(Reason.TIMEOUT)}
        assert time.thread_time() - started < 1
        assert [answer() for answer in held] == [b"{}"] * 3
        wait_until(lambda: service.begin(ASKED, bytes)() == b"{}", what="room for another")


def test_questions_that_nobody_waits_for_any_more_give_their_room_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MOST_UNDER_WAY", 12)
    with answering(200, b"{}", after_s=0.5) as url, service_at(url, timeout_s=0.1) as service:
        answers = [service.begin(ASKED, bytes) for _ in range(12)]
        assert {answer() for answer in answers} == {NoAnswer(Reason.TIMEOUT)}
        wait_until(lambda: _has_room(service), what="all of the room")


def _has_room(service: RemoteService) -> bool:
    """Whether all that was held has been given back."""
    taken = 0
    while service._room.acquire(blocking=False):
        taken += 1
    for _ in range(taken):
        service._room.release()
    return taken == remote.MOST_UNDER_WAY


def test_less_time_than_its_own_is_kept() -> None:
    with answering(200, b"{}", after_s=5) as url, service_at(url, timeout_s=60) as service:
        assert service.begin(ASKED, bytes, until=time.monotonic() + 0.1)() == NoAnswer(Reason.TIMEOUT)


def test_a_national_server_that_hangs_ends_with_its_time_for_everybody_who_asks() -> None:
    clock = StandingClock()
    with answering(200, b"{}", after_s=10) as url, service_at(url, timeout_s=0.5) as service:
        national = NationalServer(service, dataset="default", clock=clock)
        results: list[Reason | None] = []

        def ask(outside: OutsideServices) -> None:
            kinds = {CheckKind.NATIONAL_LISTS}
            results.extend(
                one.reason for one in outside.ask(TRAVELLER, officer="o", post="KOR", purpose="p", kinds=kinds)
            )

        with closing(OutsideServices(BridgeClient(None, clock=clock), national)) as outside:
            desks = [Thread(target=ask, args=(outside,)) for _ in range(20)]
            for desk in desks:
                desk.start()
            for desk in desks:
                desk.join(60)
    assert results == [Reason.TIMEOUT] * 20
