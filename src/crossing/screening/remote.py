"""One question to another service within its time. Whatever goes wrong is an answer: the reason of NOT_CHECKED."""

import json
import ssl
import threading
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
MOST_UNDER_WAY: Final = 64
"""Questions to one service that are being asked or wait for a thread; one more gets no answer at once."""

KEEP_ALIVE_S: Final = 55.0
"""A connection serves the next traveller too: a new one costs two round trips, seconds over a satellite. Shorter
than the bridge keeps it, which is 60 s."""

_MAX_PROBLEM_BYTES: Final = 16 * 1024
_WORKERS: Final = 8
_REFUSALS: Final = MappingProxyType(
    {
        401: Reason.REFUSED,
        403: Reason.REFUSED,
        408: Reason.TIMEOUT,
        409: Reason.REFUSED,
        429: Reason.THROTTLED,
    }
)
_OF_THE_QUESTION: Final = frozenset({400, 409, 413, 422})

Model = TypeVar("Model", bound=BaseModel)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out. ``content`` is JSON; an answer of another status than ``accepted`` is none."""

    method: str
    path: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    accepted: Collection[int] = (200,)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why there is none. ``status`` is what came instead (of HTTP; 0 where nothing came), ``problem`` the type of the
    problem (RFC 9457) in it.

    A status alone is never the service's last word on a question: a proxy, a captive portal or a wrong path says it
    too.
    """

    reason: Reason
    status: int = 0
    problem: str = ""

    @property
    def is_of_the_question(self) -> bool:
        """Whether this one question was not taken, which says nothing of others."""
        return self.status in _OF_THE_QUESTION


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
        self._client: Client = http_client(
            base_url, tls=tls, connect_s=min(3.0, timeout_s), total_s=timeout_s, keep_alive_s=KEEP_ALIVE_S
        )
        self._pool = RequestThreads(_WORKERS, thread_name_prefix=name)
        self._room = threading.BoundedSemaphore(MOST_UNDER_WAY)

    def ask(self, method: str, path: str, body: BaseModel | None, expected: type[Model]) -> Model | NoAnswer:
        """The answer, or why there is none. Never raises."""
        content = None if body is None else body.model_dump_json(by_alias=True).encode()
        return self.begin(Request(method, path, content), expected.model_validate_json)()

    def begin(
        self, request: Request, read: Callable[[bytes], Answer], *, until: float | None = None
    ) -> Callable[[], Answer | NoAnswer]:
        """Ask in the background; calling what this gives waits for the answer, as :meth:`ask` does.

        ``read`` makes an answer of what was received, and raises ValueError (pydantic's own is one) where it is none.
        The HTTP client's limits are for each step of a call; only waiting from outside bounds the whole, which is
        counted from here. ``until``: by ``time.monotonic``, where there is less time than that.
        """
        latest = time.monotonic() + self._timeout_s
        until = latest if until is None else min(until, latest)
        if not self._room.acquire(blocking=False):
            log.error("remote_service_overrun", service=self._name)
            return lambda: NoAnswer(Reason.TIMEOUT)
        future = self._pool.submit(self._in_room, request, read, until)
        return lambda: self._awaited(future, until)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _awaited(self, future: Future[Answer | NoAnswer], until: float) -> Answer | NoAnswer:
        try:
            return future.result(timeout=max(0.0, until - time.monotonic()))
        except TookTooLong:
            return NoAnswer(Reason.TIMEOUT)
        except Exception as trouble:  # noqa: BLE001 - a question never fails: it is answered NOT_CHECKED
            log.error("remote_service_failed", service=self._name, error=type(trouble).__name__)
            return NoAnswer(Reason.ENGINE_FAILED)

    def _in_room(self, request: Request, read: Callable[[bytes], Answer], until: float) -> Answer | NoAnswer:
        try:
            return self._send(request, read, until)
        finally:
            self._room.release()

    def _send(self, request: Request, read: Callable[[bytes], Answer], until: float) -> Answer | NoAnswer:
        if time.monotonic() > until:
            return NoAnswer(Reason.TIMEOUT)
        headers = {**self._headers, **request.headers}
        if request.content is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._client.stream(
                request.method, request.path, content=request.content, headers=headers
            ) as response:
                received = _received(response, request.accepted, until)
        except TimedOut:
            return NoAnswer(Reason.TIMEOUT)
        except HttpError:
            return NoAnswer(Reason.UNREACHABLE)
        if isinstance(received, NoAnswer):
            return received
        try:
            return read(received)
        except ValueError:
            return NoAnswer(Reason.MALFORMED_ANSWER)


def _received(response: Response, accepted: Collection[int], until: float) -> bytes | NoAnswer:
    if response.status_code not in accepted:
        return _refusal(response, until)
    return _body(response, MAX_ANSWER_BYTES, until)


def _refusal(response: Response, until: float) -> NoAnswer:
    status = response.status_code
    # Anything that is no answer (a redirect, a portal's page, a path that nobody knows) is not the service's word.
    reason = Reason.BACKEND_ERROR if status >= 500 else _REFUSALS.get(status, Reason.MALFORMED_ANSWER)
    if response.headers.get("content-type", "").partition(";")[0] != "application/problem+json":
        return NoAnswer(reason, status)
    said = _body(response, _MAX_PROBLEM_BYTES, until)
    return NoAnswer(reason, status, "" if isinstance(said, NoAnswer) else _problem_in(said))


def _problem_in(content: bytes) -> str:
    """The type of the problem; empty where it has none."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    kind = said.get("type") if isinstance(said, dict) else None
    return kind if isinstance(kind, str) else ""


def _body(response: Response, most: int, until: float) -> bytes | NoAnswer:
    received = bytearray()
    for piece in response.iter_bytes():
        received += piece
        if len(received) > most:
            return NoAnswer(Reason.MALFORMED_ANSWER)
        if time.monotonic() > until:
            return NoAnswer(Reason.TIMEOUT)
    return bytes(received)
