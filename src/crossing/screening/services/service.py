"""A watchlist service as it is asked: within its time, not while it keeps failing, and never clear by mistake."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Final
from uuid import uuid5

from crossing.platform.clock import Clock
from crossing.platform.ids import new_id
from crossing.platform.logs import log
from crossing.ports.breaker import Circuit, CircuitBreaker, Ticks
from crossing.screening.remote import NoAnswer, RemoteService, Request
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.services import answers
from crossing.screening.services.answers import Said
from crossing.screening.services.asking import Askable, Asker, askable, content_of, vehicle_words
from crossing.screening.services.connecting import base_and_path, context_of, secret_of
from crossing.screening.services.description import Description, Names, Subjects
from crossing.screening.services.expressions import CannotEvaluate

ENGINE: Final = "service"

_SUBJECTS_OF: Final[Mapping[CheckKind, frozenset[Subjects]]] = MappingProxyType(
    {
        CheckKind.WATCHLIST_SERVICE: frozenset({Subjects.PERSONS, Subjects.DOCUMENTS}),
        CheckKind.WATCHLIST_VEHICLE: frozenset({Subjects.VEHICLES}),
    }
)
"""A vehicle is noted apart from its traveller, and asked about apart."""

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
        base_url, self._path = base_and_path(description.url)
        self._remote = RemoteService(
            base_url,
            name=description.code,
            tls=context_of(description.tls) if base_url.startswith("https:") else None,
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
    def kinds(self) -> frozenset[CheckKind]:
        """The checks that the service answers."""
        return frozenset(kind for kind, subjects in _SUBJECTS_OF.items() if subjects & self._description.answers)

    @property
    def name(self) -> str:
        return self._description.name.fr

    @property
    def state(self) -> ServiceState:
        return ServiceState(
            self.code, self._description.name, self._breaker.circuit, self._last_answer_at, self._last_reason
        )

    def ask(self, kind: CheckKind, subject: Subject, *, officer: str, post: str, purpose: str) -> CheckResult:
        """What the service says of the traveller or the vehicle. Never raises."""
        return self.begin(kind, subject, Asker(new_id(), officer, post, purpose))()

    def begin(self, kind: CheckKind, subject: Subject, asker: Asker) -> Waiting:
        """Ask in the background for one of :attr:`kinds`. The time-out counts from here."""
        started, now = time.monotonic(), self._clock.now()
        result = partial(self._result, kind, now)
        asked = askable(subject, self._description.answers & _SUBJECTS_OF[kind], self._vehicle_words)
        if asked.unasked is not None:
            return partial(result, answers.not_checked(asked.unasked))
        try:
            content = content_of(self._description.request.body, subject, asked.about, asker, now)
        except CannotEvaluate as trouble:
            log.error("watchlist_question_not_made", service=self.code, error=str(trouble))
            return partial(result, answers.not_checked(Reason.ENGINE_FAILED))
        if content is None:
            return partial(result, answers.not_checked(Reason.UNSUPPORTED))
        if not self._breaker.allow():
            return partial(result, answers.not_checked(Reason.CIRCUIT_OPEN))
        answer = self._remote.begin(self._request(content, asker), partial(self._read, now=now))
        return lambda: result(self._heard(answer(), asked), (time.monotonic() - started) * 1000)

    def close(self) -> None:
        self._remote.close()

    def _request(self, content: bytes, asker: Asker) -> Request:
        about = self._description
        headers = {about.request.idempotency_header: str(asker.request_id)}
        return Request(about.method, self._path, content, headers, about.answer.statuses)

    def _read(self, content: bytes, *, now: datetime) -> Said:
        return answers.read(answers.parsed(content), self._description.answer, source_name=self.name, now=now)

    def _heard(self, answer: Said | NoAnswer, asked: Askable) -> Said:
        if isinstance(answer, NoAnswer):
            said = answers.not_checked(answer.reason)
            self._note(said, failed=not answer.is_of_the_question)
        else:
            said = answer
            self._note(said, failed=said.reason is not None and said.reason not in _NO_FAILURE)
        if said.outcome is CheckOutcome.CLEAR and asked.unreadable is not None:
            return answers.not_checked(asked.unreadable)
        return said

    def _note(self, said: Said, *, failed: bool) -> None:
        self._last_reason = said.reason
        if not failed:
            self._breaker.succeeded()
            self._last_answer_at = self._clock.now()
            return
        self._breaker.failed()
        log.warning("watchlist_service_gave_no_answer", service=self.code, reason=said.reason)

    def _result(self, kind: CheckKind, now: datetime, said: Said, took_ms: float = 0.0) -> CheckResult:
        return CheckResult(
            kind=kind,
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

    @property
    def asked(self) -> tuple[tuple[CheckKind, WatchlistService], ...]:
        """Every check that is made here, with who answers it."""
        return tuple((kind, one) for one in self._services.values() for kind in sorted(one.kinds))

    def begin(
        self, kinds: Collection[CheckKind], subject: Subject, asker: Asker, *, code: str | None = None
    ) -> list[Waiting]:
        """Ask all that answer one of ``kinds``, or of them the one with this ``code``, at once and in the background.

        Each gets a request id of its own, which follows from the asker's: under the same id the same question is the
        same for each.
        """
        return [
            service.begin(kind, subject, replace(asker, request_id=uuid5(asker.request_id, f"{service.code} {kind}")))
            for kind, service in self.asked
            if kind in kinds and code in (None, service.code)
        ]

    def close(self) -> None:
        for service in self._services.values():
            service.close()
