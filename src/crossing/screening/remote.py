"""One question to another service within its time. Whatever goes wrong is an answer: the reason of NOT_CHECKED."""

import ssl
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeVar

from pydantic import BaseModel

from crossing.platform.http import Client, ClientTls, HttpError, Response, TimedOut, http_client
from crossing.platform.logs import log
from crossing.platform.threads import RequestThreads
from crossing.screening.schemas import Reason

MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024
_WORKERS: Final = 8
_REFUSALS: Final = MappingProxyType({401: Reason.REFUSED, 403: Reason.REFUSED, 429: Reason.THROTTLED})

Model = TypeVar("Model", bound=BaseModel)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out. ``content`` is JSON; an answer of another status than ``accepted`` is none. ``means``: what some
    of those statuses say here, where that is not what they say everywhere."""

    method: str
    path: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    accepted: Collection[int] = (200,)
    means: Mapping[int, Reason] = field(default_factory=dict)


class RemoteService:
    """One per service and process; calls may come from any thread."""

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        tls: ClientTls | ssl.SSLContext | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 4.0,
    ) -> None:
        """``timeout_s`` bounds a whole question, connecting and reading included; ``name`` stands in the log.

        Raises OSError (``ssl.SSLError`` is one) where the files in ``tls`` can't be used.
        """
        self._name = name
        self._timeout_s = timeout_s
        self._headers = dict(headers or {})
        self._client: Client = http_client(base_url, tls=tls, connect_s=min(3.0, timeout_s), total_s=timeout_s)
        self._pool = RequestThreads(_WORKERS, thread_name_prefix=name)

    def ask(self, method: str, path: str, body: BaseModel | None, expected: type[Model]) -> Model | Reason:
        """The answer, or why there is none. Never raises."""
        content = None if body is None else body.model_dump_json(by_alias=True).encode()
        return self.begin(Request(method, path, content), expected.model_validate_json)()

    def begin(self, request: Request, read: Callable[[bytes], Answer]) -> Callable[[], Answer | Reason]:
        """Ask in the background; calling what this gives waits for the answer, as :meth:`ask` does.

        ``read`` makes an answer of what was received, and raises ValueError (pydantic's own is one) where it is none.
        The HTTP client's limits are for each step of a call; only waiting from outside bounds the whole, which is
        counted from here.
        """
        until = time.monotonic() + self._timeout_s
        future = self._pool.submit(self._send, request, read, until)
        return lambda: self._awaited(future, until)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _awaited(self, future: Future[Answer | Reason], until: float) -> Answer | Reason:
        try:
            return future.result(timeout=max(0.0, until - time.monotonic()))
        except TookTooLong:
            future.cancel()
            return Reason.TIMEOUT
        except Exception as trouble:  # noqa: BLE001 - a question never fails: it is answered NOT_CHECKED
            log.error("remote_service_failed", service=self._name, error=type(trouble).__name__)
            return Reason.ENGINE_FAILED

    def _send(self, request: Request, read: Callable[[bytes], Answer], until: float) -> Answer | Reason:
        if time.monotonic() > until:
            return Reason.TIMEOUT
        headers = {**self._headers, **request.headers}
        if request.content is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._client.stream(
                request.method, request.path, content=request.content, headers=headers
            ) as response:
                received = _received(response, request, until)
        except TimedOut:
            return Reason.TIMEOUT
        except HttpError:
            return Reason.UNREACHABLE
        if isinstance(received, Reason):
            return received
        try:
            return read(received)
        except ValueError:
            return Reason.MALFORMED_ANSWER


def _received(response: Response, request: Request, until: float) -> bytes | Reason:
    if response.status_code not in request.accepted:
        return request.means.get(response.status_code) or _refusal(response.status_code)
    received = bytearray()
    for piece in response.iter_bytes():
        received += piece
        if len(received) > MAX_ANSWER_BYTES:
            return Reason.MALFORMED_ANSWER
        if time.monotonic() > until:
            return Reason.TIMEOUT
    return bytes(received)


def _refusal(status: int) -> Reason:
    if status >= 500:
        return Reason.BACKEND_ERROR
    # Anything else that is no answer (a redirect, a captive portal's page) is not the service's word.
    return _REFUSALS.get(status, Reason.UNSUPPORTED if 400 <= status < 500 else Reason.MALFORMED_ANSWER)
