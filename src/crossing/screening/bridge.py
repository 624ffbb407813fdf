"""The post's side of the INTERPOL bridge. Whatever goes wrong is an answer: NOT_CHECKED, with its reason."""

import time
from collections.abc import Collection
from concurrent.futures import TimeoutError as TookTooLong
from types import MappingProxyType
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from crossing.platform.clock import Clock
from crossing.platform.http import Client, ClientTls, HttpError, Response, TimedOut, http_client
from crossing.platform.logs import log
from crossing.platform.threads import RequestThreads
from crossing.ports.bridge import BatchAnswer, BatchQuery, BridgeStatus
from crossing.screening import bridge_mapping as mapping
from crossing.screening.bridge_mapping import DATABASE_OF, Asker
from crossing.screening.schemas import INTERPOL_KINDS, CheckKind, CheckResult, Reason, Subject

MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024
_WORKERS: Final = 8
_REFUSALS: Final = MappingProxyType({401: Reason.REFUSED, 403: Reason.REFUSED, 429: Reason.THROTTLED})

Answer = TypeVar("Answer", bound=BaseModel)


class BridgeClient:
    """One per process; calls may come from any thread. Without a ``base_url`` every check is NOT_CHECKED."""

    def __init__(
        self,
        base_url: str | None,
        *,
        clock: Clock,
        tls: ClientTls | None = None,
        timeout_s: float = 4.0,
        legal_basis: str = "border_control",
    ) -> None:
        """``timeout_s`` bounds a whole question, connecting and reading included; ``legal_basis`` goes with each.

        Raises OSError (``ssl.SSLError`` is one) where the files in ``tls`` can't be used.
        """
        self._clock = clock
        self._timeout_s = timeout_s
        self._legal_basis = legal_basis
        self._client: Client | None = None
        if base_url:
            self._client = http_client(base_url, tls=tls, connect_s=min(3.0, timeout_s), total_s=timeout_s)
        self._pool = RequestThreads(_WORKERS, thread_name_prefix="bridge")

    @property
    def configured(self) -> bool:
        return self._client is not None

    def ask(
        self,
        subject: Subject,
        *,
        officer: str,
        post: str,
        purpose: str,
        kinds: Collection[CheckKind] = INTERPOL_KINDS,
    ) -> list[CheckResult]:
        """One result for each of ``kinds``, within the time-out. Never raises.

        ``officer``, ``post`` and ``purpose`` say who asks, where and why; the bridge keeps them with the question.
        """
        started, now = time.monotonic(), self._clock.now()
        wanted = [kind for kind in DATABASE_OF if kind in kinds]
        if self._client is None:
            return [mapping.not_checked(kind, Reason.NO_BRIDGE, now) for kind in wanted]
        asker = Asker(officer, post, purpose, self._legal_basis)
        asked = {kind: mapping.questions(kind, subject, asker) for kind in wanted}
        items = {kind: some for kind, some in asked.items() if not isinstance(some, Reason)}
        answered: BatchAnswer | Reason = Reason.UNSUPPORTED
        if items:
            batch = BatchQuery(items=tuple(item for some in items.values() for item in some))
            answered = self._within_deadline("POST", "/v1/batch", batch, BatchAnswer)
        took = (time.monotonic() - started) * 1000
        return [
            mapping.not_checked(kind, what, now)
            if isinstance(what, Reason)
            else mapping.result(kind, what, answered, now, took)
            for kind, what in asked.items()
        ]

    def status(self) -> BridgeStatus | None:
        """What the bridge says of itself; None where it can't be asked."""
        if self._client is None:
            return None
        answered = self._within_deadline("GET", "/v1/status", None, BridgeStatus)
        return None if isinstance(answered, Reason) else answered

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    def _within_deadline(
        self, method: str, path: str, body: BaseModel | None, expected: type[Answer]
    ) -> Answer | Reason:
        """The HTTP client's limits are for each step of a call; only waiting from outside bounds the whole."""
        future = self._pool.submit(self._send, method, path, body, expected)
        try:
            return future.result(timeout=self._timeout_s)
        except TookTooLong:
            future.cancel()
            return Reason.TIMEOUT
        except Exception as trouble:  # noqa: BLE001 - a question never fails: it is answered NOT_CHECKED
            log.error("bridge_client_failed", error=type(trouble).__name__)
            return Reason.ENGINE_FAILED

    def _send(self, method: str, path: str, body: BaseModel | None, expected: type[Answer]) -> Answer | Reason:
        if self._client is None:
            return Reason.NO_BRIDGE
        content = None if body is None else body.model_dump_json().encode()
        headers = {"Content-Type": "application/json"} if content else None
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
    # Anything else that is no answer (a redirect, a captive portal's page) is not the bridge's word.
    return _REFUSALS.get(status, Reason.UNSUPPORTED if 400 <= status < 500 else Reason.MALFORMED_ANSWER)
