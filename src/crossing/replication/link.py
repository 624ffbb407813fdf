"""The post's end of the line: what it asks the capital over mutual TLS, and what each failure means."""

import base64
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from crossing.platform.http import ClientTls, HttpError, Response, http_client
from crossing.replication.events import MachineSigner, SignedEvent
from crossing.replication.receipts import Outcome, Verdict, blob_receipt, events_receipt, receipt_holds
from crossing.replication.schemas import (
    INSTANCE_HEADER,
    OFFSET_HEADER,
    RECEIVED_AT_HEADER,
    SIGNATURE_HEADER,
    EventsOut,
    HelloIn,
    HelloOut,
)
from crossing.replication.wire import pack

_TIMEOUT_S: Final = 30.0
_CONNECT_S: Final = 10.0
_FETCH_S: Final = 120.0
"""For a whole body that is fetched, however slowly it drips in."""

_Body = TypeVar("_Body", HelloOut, EventsOut)


class LinkTrouble(Exception):
    """Delivery cannot go on for now. ``code`` is stable and is shown; it names no data."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoLink(LinkTrouble):
    """The capital is not reached, or the line broke."""


class Unable(LinkTrouble):
    """The capital answers, and cannot now (busy, disk full, database away), or its answer makes no sense."""


class Refused(LinkTrouble):
    """The capital does not take anything from this machine; people must act, so it is asked only now and then."""


class HelloNeeded(LinkTrouble):
    """The capital does not know this sender (any more)."""


class BatchRejected(LinkTrouble):
    """The capital cannot read the batch as a whole: a smaller one may pass."""


class BlobRejected(LinkTrouble):
    """The capital does not take this blob; others may pass."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch, with the receipt as it was verified."""

    verdicts: tuple[Verdict, ...]
    watermark: int
    document: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body as it was sent, and the signature that came with it; neither is verified yet."""

    content: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class BlobState:
    """How far a blob is; whole where ``signature`` stands for the receipt ``document``."""

    offset: int
    document: bytes | None = None
    signature: bytes | None = None


class CapitalLink:
    """One connection pool to the capital. ``capital_key`` is its public signing key, 32 bytes, from the enrolment.
    A connection that nobody uses is kept for ``keep_alive_s``."""

    def __init__(
        self, url: str, *, tls: ClientTls, capital_key: bytes, signer: MachineSigner, keep_alive_s: float = 5.0
    ) -> None:
        self._client = http_client(url, tls=tls, connect_s=_CONNECT_S, total_s=_TIMEOUT_S, keep_alive_s=keep_alive_s)
        self.capital_key = capital_key
        self._signer = signer
        self._lock = threading.Lock()
        self._calls = 0
        self._closed = False

    def close(self) -> None:
        """Take no more calls; the connections are closed with the last one that is under way."""
        with self._lock:
            self._closed = True
            idle = self._calls == 0
        if idle:
            self._client.close()

    def hello(self, body: HelloIn) -> HelloOut:
        answer = self._call("POST", "/sync/v1/hello", json=body.model_dump(mode="json"))
        return _parsed(HelloOut, answer)

    def deliver(self, events: Sequence[SignedEvent], *, instance: str) -> Delivered:
        """Send a batch; what comes back is signed for exactly these events, or this raises :class:`Unable`."""
        answer = self._call(
            "POST",
            "/sync/v1/events",
            content=pack(events, instance=instance),
            headers={"Content-Type": "application/gzip"},
        )
        body = _parsed(EventsOut, answer)
        verdicts = tuple(_verdict(text) for text in body.verdicts)
        if len(verdicts) != len(events):
            raise Unable("bad_answer")
        document = events_receipt(
            list(zip(events, verdicts, strict=True)),
            of=self._signer.ref,
            received_at=_instant(body.received_at),
        )
        return Delivered(verdicts, body.watermark, document, self._verified(document, body.signature))

    def blob_state(self, sha256: str, size: int, *, instance: str) -> BlobState:
        headers = {INSTANCE_HEADER: instance}
        return self._blob(self._call("HEAD", f"/sync/v1/blobs/{sha256}", headers=headers), sha256, size)

    def send_piece(self, sha256: str, size: int, *, offset: int, piece: bytes, instance: str) -> BlobState:
        headers = {
            INSTANCE_HEADER: instance,
            OFFSET_HEADER: str(offset),
            "Content-Type": "application/octet-stream",
        }
        answer = self._call("PATCH", f"/sync/v1/blobs/{sha256}", headers=headers, content=piece)
        return self._blob(answer, sha256, size)

    def fetch(self, path: str, *, parameters: Mapping[str, str], most_bytes: int) -> Fetched:
        """A body that the capital signs, of at most ``most_bytes`` as sent."""
        try:
            with self._open(), self._client.stream("GET", path, params=dict(parameters)) as answer:
                content = _bounded(answer, most_bytes)
        except HttpError as error:
            raise NoLink("no_link") from error
        if not answer.is_success:
            raise _trouble(path, Response(answer.status_code, content=content))
        return Fetched(content, _signature(answer.headers.get(SIGNATURE_HEADER, "")))

    def _call(self, method: str, path: str, **parts: Any) -> Response:
        try:
            with self._open():
                answer = self._client.request(method, path, **parts)
        except HttpError as error:
            raise NoLink("no_link") from error
        if not answer.is_success:
            raise _trouble(path, answer)
        return answer

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Closing a client under a call of another thread would leave that call's socket behind."""
        with self._lock:
            if self._closed:
                raise NoLink("no_link")
            self._calls += 1
        try:
            yield
        finally:
            with self._lock:
                self._calls -= 1
                last = self._closed and self._calls == 0
            if last:
                self._client.close()

    def _blob(self, answer: Response, sha256: str, size: int) -> BlobState:
        offset = answer.headers.get(OFFSET_HEADER, "")
        if not offset.isdigit() or int(offset) > size:
            raise Unable("bad_answer")
        if int(offset) < size:
            return BlobState(int(offset))
        document = blob_receipt(
            sha256=sha256,
            size=size,
            of=self._signer.ref,
            received_at=_instant(answer.headers.get(RECEIVED_AT_HEADER, "")),
        )
        return BlobState(size, document, self._verified(document, answer.headers.get(SIGNATURE_HEADER, "")))

    def _verified(self, document: bytes, signature: str) -> bytes:
        content = _signature(signature)
        if not receipt_holds(document, content, self.capital_key):
            raise Unable("bad_receipt")
        return content


def _bounded(answer: Response, most_bytes: int) -> bytes:
    """The body as it comes in, given up when it is too large or too slow."""
    until = time.monotonic() + _FETCH_S
    content = bytearray()
    for piece in answer.iter_raw():
        content += piece
        if len(content) > most_bytes:
            raise Unable("bad_answer")
        if time.monotonic() > until:
            raise NoLink("no_link")
    return bytes(content)


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Unable("bad_answer") from None


def _parsed(kind: type[_Body], answer: Response) -> _Body:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError:
        raise Unable("bad_answer") from None


def _verdict(text: str) -> Verdict:
    outcome, _, reason = text.partition(":")
    try:
        return Verdict(Outcome(outcome), reason or None)
    except ValueError:
        raise Unable("bad_answer") from None


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unable("bad_answer") from None


def _trouble(path: str, answer: Response) -> LinkTrouble:
    """What a refusal means. A HEAD carries no problem body: its status alone speaks."""
    code, status = _problem_code(answer), answer.status_code
    blob = path.startswith("/sync/v1/blobs/")
    kinds: dict[int, type[LinkTrouble]] = {401: Refused, 403: Refused, 409: Refused}
    if code == "hello_required":
        return HelloNeeded(code)
    if blob and (status in (404, 413, 422) or code == "blob_mismatch"):
        return BlobRejected(code)
    if code == "offset_mismatch":
        return Unable(code)
    if blob and status == 409 and not answer.content:
        return HelloNeeded(code)  # the hello will say which conflict it is
    if status in (400, 413, 422):
        return BatchRejected(code)
    return kinds.get(status, Unable)(code)


def _problem_code(answer: Response) -> str:
    try:
        body = answer.json()
        return str(body["code"])[:64]
    except (ValueError, KeyError, TypeError):
        return f"http_{answer.status_code}"
