"""The HTTPS server: uvicorn with mutual TLS, and the peer's certificate handed to the app."""

import asyncio
import errno
import socket
import ssl
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from interpol_bridge.errors import ConfigurationError
from interpol_bridge.http.identity import CERTIFICATE_STATE
from interpol_bridge.http.revocation import RevocationLists
from interpol_bridge.settings import Settings

log = structlog.get_logger(__name__)

KEEP_ALIVE_S = 60
IDLE_CLOSING_S = 0.5


class PeerCertificateProtocol(HttpToolsProtocol):
    """HTTP/1.1 that puts the peer's verified certificate (DER, or None) into each request's ``state``.

    uvicorn copies ``app_state`` into the scope of every request of a connection, and a client has no way into it.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls else None
        self.app_state = {**self.app_state, CERTIFICATE_STATE: certificate}

    def shutdown(self) -> None:
        """Close, and don't wait for a client that leaves its idle connection's TLS closing unanswered."""
        super().shutdown()
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(IDLE_CLOSING_S, self.transport.abort)


def server_context(settings: Settings) -> ssl.SSLContext:
    """TLS 1.3 only. A certificate that ``client_ca`` doesn't vouch for, or out of its time, or revoked ends the
    handshake; so does one of an authority that was revoked, or that has no list.

    One that is not shown is let through, so that health checks need none; the app refuses every other path. With
    revocation lists, a list that is out of its own time lets no client of its authority in.

    :raises ConfigurationError: a file is missing or holds no certificate, key or revocation list
    """
    revocations = RevocationLists.of(settings)
    context = _context_of(settings)
    if revocations is not None:
        context.sni_callback = _Current(settings, revocations, context)
    return context


class _Current:
    """Puts the context with the newest revocation lists in the place of the one that the server was started with.

    Called at the begin of every handshake, before the client's certificate is looked at. A new context is made for
    changed lists, since OpenSSL keeps what was loaded before beside what is loaded later.
    """

    def __init__(self, settings: Settings, revocations: RevocationLists, context: ssl.SSLContext) -> None:
        self._settings = settings
        self._revocations = revocations
        self._context = context
        self._version = revocations.version

    def __call__(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        version = self._revocations.look()
        if version != self._version:
            try:
                self._context, self._version = _context_of(self._settings), version
            except ConfigurationError as error:
                log.error("client_crl_not_used", error=str(error))  # noqa: TRY400 - the text says it all
        connection.context = self._context


def _context_of(settings: Settings) -> ssl.SSLContext:
    certificate = _existing("tls_certificate", settings.tls_certificate)
    key = _existing("tls_key", settings.tls_key)
    client_ca = _existing("client_ca", settings.client_ca)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_OPTIONAL
    # A resumed session would bring back a client that was let in before its certificate was revoked.
    context.num_tickets = 0
    try:
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(client_ca)
        if settings.client_crl is not None:
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
            context.load_verify_locations(_existing("client_crl", settings.client_crl))
    except ssl.SSLError as error:
        raise ConfigurationError(f"The TLS files don't fit together: {error.reason or error}.") from error
    return context


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address; port 0 takes any free one.

    :raises ConfigurationError: the port is taken, or the address isn't ours
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it, every answer on a kept-open
    # connection waits some 40 ms for the reader's delayed acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigurationError(f"Port {port} of {host} is taken; choose another with --port.") from error
        raise ConfigurationError(f"Can't listen on {host} port {port}: {error.strerror}.") from error
    return bound


def https_server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """A server of the bridge; run it with ``server.run(sockets=[listen(...)])``."""
    context = server_context(settings)
    config = uvicorn.Config(
        app,
        http=PeerCertificateProtocol,
        ws="none",
        ssl_context_factory=lambda _config, _default: context,
        limit_concurrency=settings.connection_limit,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(settings.backend_deadline_s) + 2,
        server_header=False,
        proxy_headers=False,
        access_log=False,
        log_config=None,
    )
    return uvicorn.Server(config)


def http_server(app: FastAPI) -> uvicorn.Server:
    """A plain server for the simulator; what hangs in it is cut off after a second when it stops."""
    config = uvicorn.Config(
        app, http="h11", ws="none", access_log=False, log_config=None, timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config)


def _existing(name: str, path: Path | None) -> Path:
    if path is None:
        raise ConfigurationError(
            f"Serving needs {name}: INTERPOL_BRIDGE_{name.upper()} or --{name.replace('_', '-')}."
        )
    if not path.is_file():
        raise ConfigurationError(f"{name}: there is no file {path}.")
    return path
