"""Kept-open HTTP/1.1 connections to one service, and one deadline for all of an exchange.

A thread takes the connection that was let go of last, or opens one.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from interpol_bridge.backends.deadlines import Deadline, Line
from interpol_bridge.backends.http1 import Connection, Headers, Response
from interpol_bridge.backends.lookups import LookUps

PORTS = {"http": 80, "https": 443}


class Connections:
    """Connections to the service at ``base`` (scheme, host, port), no more than threads ever asked at once.

    ``base`` may hold a path, which stands before every other. Thread-safe.
    """

    def __init__(self, base: str, ssl_context: ssl.SSLContext | None = None) -> None:
        address = urlsplit(base)
        self._host = (address.hostname or "").encode("idna").decode("ascii")
        self._default_port = PORTS[address.scheme]
        self._port = address.port or self._default_port
        self._path = address.path.rstrip("/")
        self._ssl_context = _context(ssl_context) if address.scheme == "https" else None
        self._deadline = Deadline()
        self._look_ups = LookUps()
        self._guard = threading.Lock()
        self._idle: list[Connection] = []
        self._closed = False

    @contextmanager
    def exchange(
        self, method: str, path: str, headers: Headers, body: bytes | None, *, within_s: float
    ) -> Iterator[Response]:
        """Send a request; the response has its status, and its body yet to be read.

        All of it, reading too, is over within ``within_s`` seconds.

        :raises OSError: the line broke, or it is not (TimeoutError)
        :raises HTTPException: the request is none, or no HTTP came back
        """
        self._deadline.ends_at = time.monotonic() + within_s
        connection = self._taken() or self._opened()
        try:
            yield connection.ask(method, self._path + path, headers, body)
        finally:
            self._let_go(connection)

    def close(self) -> None:
        """Close what is idle now, and every other connection when its exchange is over."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.hang_up()

    def _taken(self) -> Connection | None:
        """One that is idle and still good."""
        while True:
            with self._guard:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            connection.hang_up()

    def _opened(self) -> Connection:
        line = Line(self._secured(self._connected()), self._deadline)
        return Connection(self._host, self._port, line, default_port=self._default_port)

    def _secured(self, connected: socket.socket) -> socket.socket:
        if self._ssl_context is None:
            return connected
        try:
            connected.settimeout(self._deadline.left())
            return self._ssl_context.wrap_socket(connected, server_hostname=self._host)
        except OSError:
            connected.close()
            raise

    def _connected(self) -> socket.socket:
        addresses = self._look_ups.addresses(self._host, self._port, within_s=self._deadline.left())
        for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            # An address where nobody answers leaves the others their share of the time.
            share_s = self._deadline.left() / (others + 1)
            try:
                connected = socket.create_connection((address, self._port), share_s)
            except OSError:
                if not others:
                    raise
            else:
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connected
        raise OSError("the host has no address")

    def _let_go(self, connection: Connection) -> None:
        with self._guard:
            if connection.rest() and not self._closed:
                self._idle.append(connection)
                return
        connection.hang_up()


def _context(given: ssl.SSLContext | None) -> ssl.SSLContext:
    context = given or ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
