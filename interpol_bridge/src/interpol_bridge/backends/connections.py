"""Kept-open HTTP/1.1 connections to one service, and one deadline for all of an exchange.

httpcore, the layer below httpx, is used because there alone every read of the socket can be held to the deadline: an
answer whose headers trickle would otherwise hold its thread for hours. Its pool looks at every connection again and
again for each request, which costs a bridge more than the request; a thread here takes the connection that was let go
of last, or opens one.
"""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpcore

from interpol_bridge.backends.lookups import LookUps

KEEP_ALIVE_S = 30

Headers = list[tuple[bytes, bytes]]


class Connections:
    """Connections to the service at ``base`` (scheme, host, port), no more than threads ever asked at once.

    ``base`` may hold a path, which stands before every other. Thread-safe.
    """

    def __init__(self, base: str, ssl_context: ssl.SSLContext | None = None) -> None:
        address = urlsplit(base)
        host = (address.hostname or "").encode("idna")
        self._url = httpcore.URL(scheme=address.scheme.encode(), host=host, port=address.port, target=b"/")
        self._path = address.path.rstrip("/")
        self._ssl_context = ssl_context
        self._deadline = _Deadline()
        self._network = _DeadlineNetwork(self._deadline)
        self._guard = threading.Lock()
        self._idle: list[httpcore.HTTPConnection] = []
        self._closed = False

    @contextmanager
    def exchange(
        self, method: str, path: str, headers: Headers, body: bytes | None, *, within_s: float
    ) -> Iterator[httpcore.Response]:
        """Send a request; the response has its status, and its body yet to be read.

        All of it, reading too, is over within ``within_s`` seconds.

        :raises httpcore.TimeoutException: it is not
        :raises httpcore.NetworkError, httpcore.ProtocolError: the line broke, or no HTTP came over it
        """
        self._deadline.ends_at = time.monotonic() + within_s
        target = (self._path + path).encode("ascii")
        url = httpcore.URL(scheme=self._url.scheme, host=self._url.host, port=self._url.port, target=target)
        connection = self._taken()
        try:
            with connection.stream(method, url, headers=headers, content=body) as response:
                yield response
        finally:
            self._let_go(connection)

    def close(self) -> None:
        """Close what is idle now, and every other connection when its exchange is over."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _taken(self) -> httpcore.HTTPConnection:
        while True:
            with self._guard:
                if not self._idle:
                    break
                connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            connection.close()
        return httpcore.HTTPConnection(
            self._url.origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=self._network,
        )

    def _let_go(self, connection: httpcore.HTTPConnection) -> None:
        with self._guard:
            if connection.is_available() and not self._closed:
                self._idle.append(connection)
                return
        connection.close()


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
