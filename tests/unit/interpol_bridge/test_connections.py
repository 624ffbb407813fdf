"""Connections to a backend: kept open, opened again where the other side hung up, and held to a deadline."""

import socket
import threading
from collections.abc import Iterator

import httpcore
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
            with connection:
                while received := connection.recv(65536):
                    self.asked.append(received)
                    connection.sendall(self._answer)
                    if b"close" in self._answer:
                        break


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    one = Service(request.param)
    yield one
    one.close()


def ask(connections: Connections, within_s: float = 20) -> bytes:
    with connections.exchange("GET", "/status", [], None, within_s=within_s) as response:
        return b"".join(response.iter_stream())


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
    with pytest.raises(httpcore.TimeoutException):
        ask(connections, within_s=0.2)
    connections.close()
