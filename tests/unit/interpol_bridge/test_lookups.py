"""A name server that does not answer holds one thread, and nobody who asks longer than agreed."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpcore
import pytest

from interpol_bridge.backends.connections import Connections
from interpol_bridge.backends.lookups import LookUps, system_addresses

LONG_S = 20.0


class NameServer:
    """Answers when it is told to, and counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = threading.Event()

    def resolve(self, host: str, port: int) -> tuple[str, ...]:
        self.asked += 1
        assert self.answers.wait(LONG_S)
        if host == "nobody.test":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ("192.0.2.1",)


@pytest.fixture
def server() -> Iterator[NameServer]:
    made = NameServer()
    yield made
    made.answers.set()


def test_however_many_wait_one_thread_asks_and_all_are_let_go_in_time(server: NameServer) -> None:
    look_ups = LookUps(server.resolve)

    def wait() -> str:
        with pytest.raises(httpcore.ConnectTimeout) as raised:
            look_ups.addresses("bureau.test", 443, within_s=0.05)
        return str(raised.value)

    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda _: wait(), range(24)))

    assert len(said) == 24
    assert server.asked == 1


def test_the_answer_is_for_all_who_wait_and_the_next_asks_anew(server: NameServer) -> None:
    look_ups = LookUps(server.resolve)
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(look_ups.addresses, "bureau.test", 443, within_s=LONG_S) for _ in range(4)]
        server.answers.set()
        assert {one.result(LONG_S) for one in waiting} == {("192.0.2.1",)}
    asked = server.asked

    assert look_ups.addresses("bureau.test", 443, within_s=LONG_S) == ("192.0.2.1",)
    assert server.asked == asked + 1


def test_a_name_that_nobody_has_is_said_so_each_time(server: NameServer) -> None:
    server.answers.set()
    look_ups = LookUps(server.resolve)

    for _ in range(2):
        with pytest.raises(httpcore.ConnectError):
            look_ups.addresses("nobody.test", 443, within_s=LONG_S)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_an_address_is_not_looked_up(server: NameServer, address: str) -> None:
    assert LookUps(server.resolve).addresses(address, 443, within_s=LONG_S) == (address,)
    assert server.asked == 0


def test_the_system_knows_this_machine() -> None:
    assert set(system_addresses("localhost", 80)) & {"127.0.0.1", "::1"}


def test_a_service_is_reached_by_its_name_at_whichever_address_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        answering = threading.Thread(target=answer)
        answering.start()
        connections = Connections(f"http://localhost:{listening.getsockname()[1]}")
        with connections.exchange("GET", "/", [(b"Host", b"localhost")], None, within_s=LONG_S) as response:
            status = response.status
        connections.close()
        answering.join(LONG_S)

    assert status == 204
