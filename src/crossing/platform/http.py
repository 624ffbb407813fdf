"""The HTTP client: the only place that imports httpx. Every call has a time-out; redirects are refused."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

import httpx

from crossing.platform.logs import HEADER as CORRELATION_HEADER
from crossing.platform.logs import correlation_id

Client = httpx.Client
Response = httpx.Response
HttpError = httpx.HTTPError
TransportError = httpx.TransportError
TimedOut = httpx.TimeoutException

MAX_CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class ClientTls:
    """What a machine shows and trusts: its own certificate and key, and the authority of the other side (PEM)."""

    certificate: Path
    key: Path
    authority: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(self.authority))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(str(self.certificate), str(self.key))
        return context


class Scissors:
    """Ends questions that are waiting for their answer, from another thread: closing a client would wait for them.

    For connections without TLS. A question takes part that is asked with ``extensions=scissors.extensions``; those
    that are cut, and all later ones, raise :data:`HttpError`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: WeakSet[Any] = WeakSet()
        self._closed = False

    @property
    def extensions(self) -> dict[str, Any]:
        return {"trace": self._hear}

    @property
    def closed(self) -> bool:
        return self._closed

    def cut(self) -> None:
        with self._lock:
            self._closed = True
            for line in self._lines:
                _hang_up(line)

    def _hear(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore tells of a request's way; a connection that is kept is told of once."""
        if event != "connection.connect_tcp.complete":
            return
        with self._lock:
            self._lines.add(info["return_value"])
            if self._closed:
                _hang_up(info["return_value"])


def http_client(
    base_url: str,
    *,
    tls: ClientTls | ssl.SSLContext | None = None,
    headers: dict[str, str] | None = None,
    connect_s: float = 3.0,
    total_s: float = 10.0,
    keep_alive_s: float = 5.0,
) -> Client:
    """A client for one other machine; without ``tls`` the usual authorities are trusted. ``total_s`` bounds each read
    and write; connecting has its own limit. A connection that nobody uses is kept for ``keep_alive_s``."""
    return httpx.Client(
        base_url=base_url,
        verify=tls.context() if isinstance(tls, ClientTls) else tls or _usual_authorities(),
        headers=headers,
        timeout=httpx.Timeout(total_s, connect=connect_s),
        limits=httpx.Limits(
            max_connections=MAX_CONNECTIONS, max_keepalive_connections=4, keepalive_expiry=keep_alive_s
        ),
        follow_redirects=False,
        trust_env=False,
        event_hooks={"request": [_pass_correlation_on]},
    )


@cache
def _usual_authorities() -> ssl.SSLContext:
    """Of every client without an authority of its own: reading them takes 30 ms of the processor each time."""
    return httpx.create_ssl_context(trust_env=False)


def _hang_up(line: Any) -> None:
    # It may have been closed in the meantime, by either side.
    with contextlib.suppress(OSError):
        line.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _pass_correlation_on(request: httpx.Request) -> None:
    if current := correlation_id():
        request.headers[CORRELATION_HEADER] = current
