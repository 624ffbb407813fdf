"""Applications behind a real server on loopback, in a thread of this process."""

import gc
import itertools
import os
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from crossing.platform.tls import ServerTls, server_config
from tests.factories.waiting import wait_until

PLAIN: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""What a client verifies that only ever speaks plain HTTP: reading the usual authorities takes 30 ms each time."""


@contextmanager
def serving(app: ASGIApp, *, tls: ServerTls | None = None, port: int = 0) -> Iterator[int]:
    """Run ``app``, lifespan included, as the commands do; gives its port."""
    server = uvicorn.Server(server_config(app, host="127.0.0.1", port=port, tls=tls))
    with listening(port) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        wait_until(lambda: server.started or not thread.is_alive(), within_s=30)
        assert thread.is_alive(), "the application did not start"
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(60)
            _forget_cut_connections()
    assert not thread.is_alive()


def listening(port: int = 0) -> socket.socket:
    """A listening socket on loopback, on a free port unless one is named."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def free_ports(count: int) -> int:
    """The first of ``count`` ports in a row that nobody listens on at this moment, outside the kernel's own range.

    No port is given twice in a process, since a server that is stopped to be started again still needs its own; and
    processes begin far from one another, since those of other test workers look at the same ports."""
    for _ in range(len(_PORTS) // count):
        base = _PORTS[next(_taken) % len(_PORTS)]
        for _ in range(count - 1):
            next(_taken)
        if _all_free(range(base, base + count)):
            return base
    raise AssertionError(f"no {count} free ports in a row")


_PORTS: Final = range(20_000, 32_000)
_taken: Final = itertools.count(os.getpid() * 1_009)


def _all_free(ports: range) -> bool:
    with ExitStack() as held:
        try:
            for port in ports:
                held.enter_context(closing(listening(port)))
        except OSError:
            return False
    return True


def _forget_cut_connections() -> None:
    """A server that stops does not wait for its peers' farewell, so some sockets are closed by the collector.

    They are young; to walk all that a test run keeps takes three seconds of the processor."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect(1)
