"""HTTPS to the bureau: certificates that may be renewed, one deadline for an exchange, a limit on what is read."""

import ssl
import threading
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpcore
import structlog

from crossing.ports.breaker import Ticks
from crossing.ports.bridge import NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.connections import Connections, Headers
from interpol_bridge.backends.gateway.access import Credentials, client_context, read_credentials, stamps
from interpol_bridge.backends.gateway.answers import malformed
from interpol_bridge.backends.gateway.interface import Reply
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.settings import Settings

LOOK_AT_FILES_S = 1.0

log = structlog.get_logger(__name__)


class Session:
    """The connections that one set of certificates and credentials opened; a renewed set gets a session of its own.

    :raises ConfigurationError: the files can't be used
    """

    def __init__(self, settings: Settings, headers: Iterable[dict[str, str]]) -> None:
        self.stamp = stamps(settings)
        self.credentials: Credentials = read_credentials(settings.gateway_credentials)
        for templates in headers:
            self.filled(templates)
        self.connections = Connections(_base(settings.backend_url), client_context(settings))

    def filled(self, templates: dict[str, str]) -> Headers:
        """Headers as bytes, with the credentials in them."""
        return [(name.encode(), self.credentials.fill(text).encode()) for name, text in templates.items()]


class Wire:
    """Sends requests below ``backend_url`` and reads the replies, each within ``backend_deadline_s``. Thread-safe.

    Renewed files are used from the next request on; the old connections end with the exchanges that are under way.

    :raises ConfigurationError: the address is no https:// one, or the files can't be used
    """

    def __init__(self, settings: Settings, headers: Iterable[dict[str, str]], *, limit: int, ticks: Ticks) -> None:
        self._settings = settings
        self._headers = tuple(headers)
        self._limit = limit
        self._ticks = ticks
        self._lock = threading.Lock()
        self._session = Session(settings, self._headers)
        self._looked_at = ticks()
        self._unusable: tuple[object, ...] = ()

    def session(self) -> Session:
        """The session of the files as they are now. Files that can't be used leave the one before in force."""
        with self._lock:
            now = self._ticks()
            if now - self._looked_at >= LOOK_AT_FILES_S:
                self._looked_at = now
                self._renew()
            return self._session

    def send(self, session: Session, method: str, path: str, headers: Headers, body: bytes | None) -> Reply:
        """Send one request and read its reply, whatever its status.

        :raises NotAnswered: none came in time, none came at all, or it is too long
        """
        begun = False
        within_s = self._settings.backend_deadline_s
        try:
            with session.connections.exchange(method, path, headers, body, within_s=within_s) as response:
                begun = True
                return Reply(response.status, self._read(response))
        except httpcore.TimeoutException:
            raise NotAnswered(NotCheckedReason.TIMEOUT) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise _as_not_answered(error, begun=begun) from None

    def close(self) -> None:
        with self._lock:
            self._session.connections.close()

    def _read(self, response: httpcore.Response) -> bytes:
        received = bytearray()
        for piece in response.iter_stream():
            received += piece
            if len(received) > self._limit:
                raise malformed(f"it is too long (status {response.status})")
        return bytes(received)

    def _renew(self) -> None:
        found = stamps(self._settings)
        if found in {self._session.stamp, self._unusable}:
            return
        try:
            renewed = Session(self._settings, self._headers)
        except ConfigurationError as error:
            self._unusable = found
            log.warning("gateway_files_not_used", error=str(error))
            return
        self._session.connections.close()
        self._session = renewed
        log.info("gateway_files_renewed")


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
