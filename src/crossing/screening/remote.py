"""One question to another service within its time. Whatever goes wrong is an answer: the reason of NOT_CHECKED."""

import time
from collections.abc import Mapping
from concurrent.futures import TimeoutError as TookTooLong
from types import MappingProxyType
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from crossing.platform.http import Client, ClientTls, HttpError, Response, TimedOut, http_client
from crossing.platform.logs import log
from crossing.platform.threads import RequestThreads
from crossing.screening.schemas import Reason

MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024
_WORKERS: Final = 8
_REFUSALS: Final = MappingProxyType({401: Reason.REFUSED, 403: Reason.REFUSED, 429: Reason.THROTTLED})

Answer = TypeVar("Answer", bound=BaseModel)


class RemoteService:
    """One per service and process; calls may come from any thread."""

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        tls: ClientTls | None = None,
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

    def ask(self, method: str, path: str, body: BaseModel | None, expected: type[Answer]) -> Answer | Reason:
        """The answer, or why there is none. Never raises.

        The HTTP client's limits are for each step of a call; only waiting from outside bounds the whole.
        """
        future = self._pool.submit(self._send, method, path, body, expected)
        try:
            return future.result(timeout=self._timeout_s)
        except TookTooLong:
            future.cancel()
            return Reason.TIMEOUT
        except Exception as trouble:  # noqa: BLE001 - a question never fails: it is answered NOT_CHECKED
            log.error("remote_service_failed", service=self._name, error=type(trouble).__name__)
            return Reason.ENGINE_FAILED

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _send(self, method: str, path: str, body: BaseModel | None, expected: type[Answer]) -> Answer | Reason:
        content = None if body is None else body.model_dump_json(by_alias=True).encode()
        headers = self._headers | ({"Content-Type": "application/json"} if content else {})
        until = time.monotonic() + self._timeout_s
        try:
            with self._client.stream(method, path, content=content, headers=headers) as response:
                return _read(response, expected, until)
        except TimedOut:
            return Reason.TIMEOUT
        except HttpError:
            return Reason.UNREACHABLE


def _read(response: Response, expected: type[Answer], until: float) -> Answer | Reason:
    if response.status_code != 200:
        return _refusal(response.status_code)
    received = b""
    for piece in response.iter_bytes():
        received += piece
        if len(received) > MAX_ANSWER_BYTES:
            return Reason.MALFORMED_ANSWER
        if time.monotonic() > until:
            return Reason.TIMEOUT
    try:
        return expected.model_validate_json(received)
    except ValidationError:
        return Reason.MALFORMED_ANSWER


def _refusal(status: int) -> Reason:
    if status >= 500:
        return Reason.BACKEND_ERROR
    # Anything else that is no answer (a redirect, a captive portal's page) is not the service's word.
    return _REFUSALS.get(status, Reason.UNSUPPORTED if 400 <= status < 500 else Reason.MALFORMED_ANSWER)
