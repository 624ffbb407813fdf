"""Connections to a backend: kept open, opened again where the other side hung up, and held to a deadline."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException

import pytest

from interpol_bridge.backends.connections import Connections

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
LAST_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"


class Service:
    """Answers each request with ``answer``, or with nothing, and counts who connected."""

    def __init__(self, answer: bytes) -> None:
        self.connected = 0
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/below"
        self.asked: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connected += 1
            with connection, suppress(ConnectionError):
                while received := connection.recv(65536):
                    self.asked.append(received)
                    connection.sendall(self._answer)
                    if b"close" in self._answer:
                        break
                    if b"cut off" in self._answer:
                        connection.shutdown(socket.SHUT_WR)


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    one = Service(request.param)
    yield one
    one.close()


def ask(connections: Connections, within_s: float = 20) -> bytes:
    with connections.exchange("GET", "/status", [], None, within_s=within_s) as response:
        return b"".join(response.pieces())


@pytest.mark.parametrize("service", [ANSWER], indirect=True)
def test_one_connection_serves_one_question_after_the_other_below_the_path(service: Service) -> None:
    connections = Connections(service.url)
    assert [ask(connections) for _ in range(3)] == [b"ok"] * 3
    connections.close()
    assert service.connected == 1
    assert all(request.startswith(b"GET /below/status HTTP/1.1\r\n") for request in service.asked)


@pytest.mark.parametrize("service", [LAST_ANSWER], indirect=True)
def test_where_the_service_hung_up_another_connection_is_opened(service: Service) -> None:
    connections = Connections(service.url)
    assert [ask(connections) for _ in range(2)] == [b"ok"] * 2
    connections.close()
    assert service.connected == 2


@pytest.mark.parametrize("service", [ANSWER], indirect=True)
def test_what_is_asked_after_the_end_leaves_no_connection_open(service: Service) -> None:
    connections = Connections(service.url)
    connections.close()
    assert [ask(connections) for _ in range(2)] == [b"ok"] * 2
    assert service.connected == 2


@pytest.mark.parametrize("service", [b""], indirect=True)
def test_an_exchange_without_an_answer_ends_with_its_deadline(service: Service) -> None:
    connections = Connections(service.url)
    with pytest.raises(TimeoutError):
        ask(connections, within_s=0.2)
    connections.close()


WHOLE = {
    "in chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
    "with a trailer": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n",
    "after interim ones": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + ANSWER,
}


@pytest.mark.parametrize("service", WHOLE.values(), indirect=True, ids=WHOLE)
def test_an_answer_is_read_to_its_end_and_its_connection_kept(service: Service) -> None:
    connections = Connections(service.url)
    assert [ask(connections) for _ in range(2)] == [b"ok"] * 2
    connections.close()
    assert service.connected == 1


NOT_KEPT = {
    "another answer follows": ANSWER + ANSWER,
    "something follows": ANSWER + b"more",
    "the end of the line is its end": b"HTTP/1.1 200 OK\r\nx-end: close\r\n\r\nok",
    "it is of HTTP/1.0": b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
}


@pytest.mark.parametrize("service", NOT_KEPT.values(), indirect=True, ids=NOT_KEPT)
def test_the_next_question_gets_a_connection_of_its_own_where(service: Service) -> None:
    connections = Connections(service.url)
    assert [ask(connections) for _ in range(2)] == [b"ok"] * 2
    connections.close()
    assert service.connected == 2


NO_ANSWERS = {
    "cut off in its head": b"HTTP/1.1 200 OK\r\nx-is: cut off\r\n",
    "cut off in its body": b"HTTP/1.1 200 OK\r\nx-is: cut off\r\ncontent-length: 9\r\n\r\nok",
    "cut off in its chunks": b"HTTP/1.1 200 OK\r\nx-is: cut off\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
    "of two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
    "of a length that is none": b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nok",
    "of a length, in chunks": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "of a coding that nobody asked for": b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\nx-is: cut off\r\n\r\nok",
    "of a head with a line that is no header": b"HTTP/1.1 200 OK\r\nno header\r\nx-is: cut off\r\n\r\nok",
    "of chunks that are none": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nmany\r\n",
    "of another protocol": b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
    "all head": b"HTTP/1.1 200 OK\r\n" + b"x-more: and more\r\n" * 10_000,
}


@pytest.mark.parametrize("service", NO_ANSWERS.values(), indirect=True, ids=NO_ANSWERS)
def test_no_answer_is_one_that_is(service: Service) -> None:
    connections = Connections(service.url)
    with pytest.raises(HTTPException):
        ask(connections)
    connections.close()


@pytest.mark.parametrize("service", [ANSWER], indirect=True)
def test_what_would_say_something_else_on_the_line_is_not_sent(service: Service) -> None:
    connections = Connections(service.url)
    broken = b"a\r\nx-other: b"
    for path, headers in (("/a b", []), ("/", [(b"x-one", broken)]), ("/", [(broken, b"a")])):
        with (
            pytest.raises(HTTPException),
            connections.exchange("GET", path, headers, None, within_s=20),
        ):
            pass
    connections.close()
    assert not service.asked


@pytest.mark.parametrize("service", [NO_ANSWERS["of chunks that are none"]], indirect=True)
def test_after_what_is_no_answer_the_next_question_gets_a_connection_of_its_own(service: Service) -> None:
    connections = Connections(service.url)
    for _ in range(2):
        with pytest.raises(HTTPException):
            ask(connections)
    connections.close()
    assert service.connected == 2
