"""Kept-open HTTP/1.1 connections to one service, and one deadline for all of an exchange.

The streams of httpcore, the layer below httpx, are used because there every read of the socket can be held to the
deadline: an answer whose headers trickle would otherwise hold its thread for hours. A thread takes the connection
that was let go of last, or opens one.
"""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpcore

from interpol_bridge.backends.http1 import Headers, Http1Connection, Response, request_bytes
from interpol_bridge.backends.lookups import LookUps

KEEP_ALIVE_S = 30
PORTS = {"http": 80, "https": 443}


class Connections:
    """Connections to the service at ``base`` (scheme, host, port), no more than threads ever asked at once.

    ``base`` may hold a path, which stands before every other. Thread-safe.
    """

    def __init__(self, base: str, ssl_context: ssl.SSLContext | None = None) -> None:
        address = urlsplit(base)
        self._host = (address.hostname or "").encode("idna").decode("ascii")
        self._port = address.port or PORTS[address.scheme]
        self._path = address.path.rstrip("/")
        self._host_header = (b"host", address.netloc.rpartition("@")[2].encode("idna"))
        self._ssl_context = _context(ssl_context) if address.scheme == "https" else None
        self._deadline = _Deadline()
        self._network = _DeadlineNetwork(self._deadline)
        self._guard = threading.Lock()
        self._idle: list[Http1Connection] = []
        self._closed = False

    @contextmanager
    def exchange(
        self, method: str, path: str, headers: Headers, body: bytes | None, *, within_s: float
    ) -> Iterator[Response]:
        """Send a request; the response has its status, and its body yet to be read.

        All of it, reading too, is over within ``within_s`` seconds.

        :raises httpcore.TimeoutException: it is not
        :raises httpcore.NetworkError, httpcore.ProtocolError: the line broke, or no HTTP came over it
        """
        self._deadline.ends_at = time.monotonic() + within_s
        target = (self._path + path).encode("ascii")
        request = request_bytes(method, target, [self._host_header, *headers], body)
        connection = self._taken() or self._opened()
        try:
            yield connection.send(request)
        finally:
            self._let_go(connection)

    def close(self) -> None:
        """Close what is idle now, and every other connection when its exchange is over."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _taken(self) -> Http1Connection | None:
        """One that is idle and still good."""
        while True:
            with self._guard:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            connection.close()

    def _opened(self) -> Http1Connection:
        stream = self._network.connect_tcp(self._host, self._port)
        if self._ssl_context is not None:
            stream = stream.start_tls(self._ssl_context, self._host)
        return Http1Connection(stream, keep_alive_s=KEEP_ALIVE_S)

    def _let_go(self, connection: Http1Connection) -> None:
        with self._guard:
            if connection.rest() and not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def _context(given: ssl.SSLContext | None) -> ssl.SSLContext:
    context = given or ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Deadline(threading.local):
    """When the exchange of this thread must be over, on ``time.monotonic``."""

    ends_at: float = 0.0

    def left(self) -> float:
        """Seconds that are left.

        :raises httpcore.ReadTimeout: none
        """
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline passed")
        return left


class _DeadlineNetwork(httpcore.SyncBackend):
    """Looks names up, connects and reads no longer than the deadline of the thread."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._look_ups = LookUps()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        options = tuple(socket_options or ())
        addresses = self._look_ups.addresses(host, port, within_s=self._deadline.left())
        for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            # An address where nobody answers leaves the others their share of the time.
            share_s = self._deadline.left() / (others + 1)
            try:
                stream = super().connect_tcp(address, port, share_s, local_address, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not others:
                    raise
            else:
                return _DeadlineStream(stream, self._deadline)
        raise httpcore.ConnectError("the host has no address")


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(
            self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
