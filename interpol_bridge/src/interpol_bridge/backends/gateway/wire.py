"""HTTPS to the bureau: kept-open connections, one deadline for all of an exchange, a limit on what is read.

httpcore, the layer below httpx, is used because there alone every read of the socket can be held to the deadline: an
answer whose headers trickle would otherwise hold its thread for hours.
"""

import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpcore
import structlog

from crossing.ports.breaker import Ticks
from crossing.ports.bridge import NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.gateway.access import Credentials, client_context, read_credentials, stamp
from interpol_bridge.backends.gateway.answers import malformed
from interpol_bridge.backends.gateway.interface import Reply
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.settings import Settings

KEEP_ALIVE_S = 30
LOOK_AT_FILES_S = 1.0

log = structlog.get_logger(__name__)


class Session:
    """The connections that one set of certificates and credentials opened; a renewed set gets a session of its own.

    :raises ConfigurationError: the files can't be used
    """

    def __init__(self, settings: Settings, headers: Iterable[dict[str, str]]) -> None:
        self.stamp = stamp(settings)
        self.credentials: Credentials = read_credentials(settings.gateway_credentials)
        for templates in headers:
            self.filled(templates)
        self.clock = _Deadline()
        self.pool = httpcore.ConnectionPool(
            ssl_context=client_context(settings),
            max_connections=settings.backend_workers,
            max_keepalive_connections=settings.backend_workers,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=_DeadlineNetwork(self.clock),
        )

    def filled(self, templates: dict[str, str]) -> list[tuple[bytes, bytes]]:
        """Headers as bytes, with the credentials in them."""
        return [(name.encode(), self.credentials.fill(text).encode()) for name, text in templates.items()]


class Wire:
    """Sends requests below ``backend_url`` and reads the replies, each within ``backend_deadline_s``. Thread-safe.

    Renewed files are used from the next request on; the old connections end when their exchanges can only be over.

    :raises ConfigurationError: the address is no https:// one, or the files can't be used
    """

    def __init__(self, settings: Settings, headers: Iterable[dict[str, str]], *, limit: int, ticks: Ticks) -> None:
        self._base = _base(settings.backend_url)
        self._settings = settings
        self._headers = tuple(headers)
        self._limit = limit
        self._ticks = ticks
        self._lock = threading.Lock()
        self._session = Session(settings, self._headers)
        self._looked_at = ticks()
        self._retired: list[tuple[float, Session]] = []
        self._unusable: tuple[object, ...] = ()

    def session(self) -> Session:
        """The session of the files as they are now. Files that can't be used leave the one before in force."""
        with self._lock:
            now = self._ticks()
            if now - self._looked_at >= LOOK_AT_FILES_S:
                self._looked_at = now
                self._renew(now)
                self._close_retired(now)
            return self._session

    def send(
        self, session: Session, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes | None
    ) -> Reply:
        """Send one request and read its reply, whatever its status.

        :raises NotAnswered: none came in time, none came at all, or it is too long
        """
        begun = False
        session.clock.ends_at = time.monotonic() + self._settings.backend_deadline_s
        try:
            with session.pool.stream(
                method,
                self._base + path,
                headers=headers,
                content=body,
                extensions={"timeout": {"pool": self._settings.backend_deadline_s}},
            ) as response:
                begun = True
                return Reply(response.status, self._read(response))
        except httpcore.TimeoutException:
            raise NotAnswered(NotCheckedReason.TIMEOUT) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise _as_not_answered(error, begun=begun) from None

    def close(self) -> None:
        with self._lock:
            for _, session in self._retired:
                session.pool.close()
            self._retired.clear()
            self._session.pool.close()

    def _read(self, response: httpcore.Response) -> bytes:
        received = bytearray()
        for piece in response.iter_stream():
            received += piece
            if len(received) > self._limit:
                raise malformed(f"it is too long (status {response.status})")
        return bytes(received)

    def _renew(self, now: float) -> None:
        found = stamp(self._settings)
        if found in {self._session.stamp, self._unusable}:
            return
        try:
            renewed = Session(self._settings, self._headers)
        except ConfigurationError as error:
            self._unusable = found
            log.warning("gateway_files_not_used", error=str(error))
            return
        self._retired.append((now, self._session))
        self._session = renewed
        log.info("gateway_files_renewed")

    def _close_retired(self, now: float) -> None:
        over = now - 2 * self._settings.backend_deadline_s
        for retired_at, session in self._retired:
            if retired_at < over:
                session.pool.close()
        self._retired = [(at, session) for at, session in self._retired if at >= over]


def _base(url: str) -> str:
    """The address before every path. It may hold a path of its own, but nobody's password."""
    try:
        address = urlsplit(url)
        usable = address.scheme == "https" and address.hostname and address.port != 0
    except ValueError:
        usable = False
    if not usable or address.username is not None or address.query or address.fragment:
        raise ConfigurationError(
            "The gateway is asked over TLS: INTERPOL_BRIDGE_BACKEND_URL must be https://HOST:PORT"
        )
    return url.rstrip("/")


def _as_not_answered(error: Exception, *, begun: bool) -> NotAnswered:
    """What a broken exchange means. A refused certificate is told from a broken line by OpenSSL's own words."""
    tls = _tls_error(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return NotAnswered(
            NotCheckedReason.UNREACHABLE, f"the gateway's certificate is not accepted: {tls.verify_message}"
        )
    if tls is not None and "alert" in (tls.reason or "").lower():
        return NotAnswered(NotCheckedReason.REFUSED, f"the gateway refused our TLS: {tls.reason}")
    if isinstance(error, httpcore.ProtocolError) and begun:
        return malformed("it ends before its end")
    if isinstance(error, httpcore.ProtocolError):
        return NotAnswered(
            NotCheckedReason.UNREACHABLE, "the gateway hung up without a word; does it know our certificate?"
        )
    return NotAnswered(NotCheckedReason.UNREACHABLE, type(error).__name__)


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


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
    """Connects and reads no longer than the deadline of the thread."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, self._deadline.left(), local_address, socket_options)
        return _DeadlineStream(stream, self._deadline)


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
