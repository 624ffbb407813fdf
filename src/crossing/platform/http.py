"""The HTTP client: the only place that imports httpx. Every call has a time-out; redirects are refused."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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


def http_client(
    base_url: str,
    *,
    tls: ClientTls | None = None,
    headers: dict[str, str] | None = None,
    connect_s: float = 3.0,
    total_s: float = 10.0,
) -> Client:
    """A client for one other machine. ``total_s`` bounds each read and write; connecting has its own limit."""
    return httpx.Client(
        base_url=base_url,
        verify=tls.context() if tls else True,
        headers=headers,
        timeout=httpx.Timeout(total_s, connect=connect_s),
        limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=4),
        follow_redirects=False,
        trust_env=False,
        event_hooks={"request": [_pass_correlation_on]},
    )


def _pass_correlation_on(request: httpx.Request) -> None:
    if current := correlation_id():
        request.headers[CORRELATION_HEADER] = current
