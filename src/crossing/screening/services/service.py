"""A watchlist service as it is asked: within its time, not while it keeps failing, and never clear by mistake."""

import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from crossing.platform.clock import Clock
from crossing.platform.ids import new_id
from crossing.platform.logs import log
from crossing.ports.breaker import Circuit, CircuitBreaker, Ticks
from crossing.screening.remote import RemoteService, Request
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.services import answers
from crossing.screening.services.answers import Said
from crossing.screening.services.asking import Askable, Asker, askable, content_of, vehicle_words
from crossing.screening.services.description import Description, Names, Tls
from crossing.screening.services.expressions import CannotEvaluate
from crossing.screening.services.reading import secret_of

ENGINE: Final = "service"

# It answered, only not about this.
_NO_FAILURE: Final = frozenset({Reason.UNSUPPORTED, Reason.LIST_EXPIRED})

Waiting = Callable[[], CheckResult]
"""Waits for an answer and gives it; never raises."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """How a service is: ``circuit`` is open while it is left alone. ``reason``: why the last question got no answer;
    None where it got one, or where none was asked since the start."""

    code: str
    names: Names
    circuit: Circuit
    last_answer_at: datetime | None
    reason: Reason | None


class WatchlistService:
    """One service. Calls may come from any thread.

    Raises OSError (``ssl.SSLError`` is one) where its files of keys and certificates can't be used, and ValueError
    where its secret can't.
    """

    def __init__(self, description: Description, *, clock: Clock, ticks: Ticks = time.monotonic) -> None:
        self._description = description
        self._clock = clock
        base_url, self._path = _base_and_path(description.url)
        self._remote = RemoteService(
            base_url,
            name=description.code,
            tls=_context(description.tls) if base_url.startswith("https:") else None,
            headers={"Accept": "application/json", **description.headers, **secret_of(description)},
            timeout_s=description.timeout_s,
        )
        limits = description.breaker
        self._breaker = CircuitBreaker(failures=limits.failures, reset_s=limits.reset_s, ticks=ticks)
        self._vehicle_words = vehicle_words(description)
        self._last_answer_at: datetime | None = None
        self._last_reason: Reason | None = None

    @property
    def code(self) -> str:
        return self._description.code

    @property
    def name(self) -> str:
        return self._description.name.fr

    @property
    def state(self) -> ServiceState:
        return ServiceState(
            self.code, self._description.name, self._breaker.circuit, self._last_answer_at, self._last_reason
        )

    def ask(self, subject: Subject, *, officer: str, post: str, purpose: str) -> CheckResult:
        """What the service says of the traveller. Never raises."""
        return self.begin(subject, officer=officer, post=post, purpose=purpose)()

    def begin(
        self, subject: Subject, *, officer: str, post: str, purpose: str, question_id: UUID | None = None
    ) -> Waiting:
        """Ask in the background. The time-out counts from here.

        Under the same ``question_id`` the same request id goes out again; without one it is a new question.
        """
        started, now = time.monotonic(), self._clock.now()
        asked = askable(subject, self._description.answers, self._vehicle_words)
        if asked.unasked is not None:
            return partial(self._result, answers.not_checked(asked.unasked), now)
        request_id = new_id() if question_id is None else uuid5(question_id, self.code)
        asker = Asker(request_id, officer, post, purpose, now)
        try:
            content = content_of(self._description.request.body, subject, asked.about, asker)
        except CannotEvaluate as trouble:
            log.error("watchlist_question_not_made", service=self.code, error=str(trouble))
            return partial(self._result, answers.not_checked(Reason.ENGINE_FAILED), now)
        if content is None:
            return partial(self._result, answers.not_checked(Reason.UNSUPPORTED), now)
        if not self._breaker.allow():
            return partial(self._result, answers.not_checked(Reason.CIRCUIT_OPEN), now)
        answer = self._remote.begin(self._request(content, asker), partial(self._read, now=now))
        return lambda: self._heard(answer(), asked, now, started)

    def close(self) -> None:
        self._remote.close()

    def _request(self, content: bytes, asker: Asker) -> Request:
        about = self._description
        headers = {about.request.idempotency_header: str(asker.request_id)}
        return Request(about.method, self._path, content, headers, about.answer.statuses)

    def _read(self, content: bytes, *, now: datetime) -> Said:
        return answers.read(answers.parsed(content), self._description.answer, source_name=self.name, now=now)

    def _heard(self, answer: Said | Reason, asked: Askable, now: datetime, started: float) -> CheckResult:
        said = answers.not_checked(answer) if isinstance(answer, Reason) else answer
        self._note(said)
        if said.outcome is CheckOutcome.CLEAR and asked.unreadable is not None:
            said = answers.not_checked(asked.unreadable)
        return self._result(said, now, (time.monotonic() - started) * 1000)

    def _note(self, said: Said) -> None:
        self._last_reason = said.reason
        if said.reason is None or said.reason in _NO_FAILURE:
            self._breaker.succeeded()
            self._last_answer_at = self._clock.now()
            return
        self._breaker.failed()
        log.warning("watchlist_service_gave_no_answer", service=self.code, reason=said.reason.value)

    def _result(self, said: Said, now: datetime, took_ms: float = 0.0) -> CheckResult:
        return CheckResult(
            kind=CheckKind.WATCHLIST_SERVICE,
            outcome=said.outcome,
            reason=said.reason,
            source=self.code,
            source_name=self.name,
            source_version=said.version,
            source_as_of=said.as_of,
            engine=ENGINE,
            performed_at=now,
            duration_ms=round(took_ms, 1),
            hits=said.hits,
        ).shown()


class WatchlistServices:
    """All services of a post, in the order of the file."""

    def __init__(self, services: Iterable[WatchlistService] = ()) -> None:
        self._services = {service.code: service for service in services}

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self._services)

    @property
    def states(self) -> tuple[ServiceState, ...]:
        return tuple(service.state for service in self._services.values())

    def begin(
        self,
        subject: Subject,
        *,
        officer: str,
        post: str,
        purpose: str,
        code: str | None = None,
        question_id: UUID | None = None,
    ) -> list[Waiting]:
        """Ask all, or the one with this ``code``, at once and in the background."""
        return [
            service.begin(subject, officer=officer, post=post, purpose=purpose, question_id=question_id)
            for service in self._services.values()
            if code in (None, service.code)
        ]

    def close(self) -> None:
        for service in self._services.values():
            service.close()


def _base_and_path(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{parts.scheme}://{parts.netloc}", f"{path}?{parts.query}" if parts.query else path


def _context(tls: Tls) -> ssl.SSLContext:
    """TLS 1.2 at least: not every ministry's service speaks 1.3 yet."""
    context = ssl.create_default_context(cafile=str(tls.authority) if tls.authority else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.certificate is not None and tls.key is not None:
        context.load_cert_chain(str(tls.certificate), str(tls.key))
    return context
