"""The post's side of the INTERPOL bridge. Whatever goes wrong is an answer: NOT_CHECKED, with its reason."""

import time
from collections.abc import Collection
from types import MappingProxyType
from typing import Final
from uuid import UUID

from crossing.platform.clock import Clock
from crossing.platform.http import ClientTls
from crossing.platform.ids import new_id
from crossing.ports.breaker import CircuitBreaker
from crossing.ports.bridge import BatchAnswer, BatchQuery, BridgeStatus, HitVerification, VerificationState
from crossing.screening import bridge_mapping as mapping
from crossing.screening.bridge_mapping import DATABASE_OF, Asker
from crossing.screening.remote import RemoteService, Request
from crossing.screening.schemas import INTERPOL_OF_TRAVELLER, CheckKind, CheckResult, Reason, Subject

FAILURES: Final = 5
RESET_S: Final = 5.0

_SILENT: Final = frozenset(
    {Reason.TIMEOUT, Reason.UNREACHABLE, Reason.BACKEND_ERROR, Reason.MALFORMED_ANSWER, Reason.ENGINE_FAILED}
)
"""What the next question would meet too: the bridge itself gave no answer."""


_MEANS: Final = MappingProxyType(
    {
        404: Reason.MALFORMED_ANSWER,
        405: Reason.MALFORMED_ANSWER,
        408: Reason.TIMEOUT,
        409: Reason.REFUSED,
    }
)
"""What a bridge can say to any question, whatever it asks; it can be asked again. Where there is nothing to put
questions to, it is no bridge that answered. 409: it holds another question under the same id."""


class BridgeClient:
    """One per process; calls may come from any thread. Without a ``base_url`` every check is NOT_CHECKED.

    After ``FAILURES`` questions in a row without an answer none waits for its time-out any more: the bridge is left
    alone for ``RESET_S`` seconds, then tried with one question.
    """

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
        self._breaker = CircuitBreaker(failures=FAILURES, reset_s=RESET_S, ticks=time.monotonic)
        self._legal_basis = legal_basis
        self._service = RemoteService(base_url, name="bridge", tls=tls, timeout_s=timeout_s) if base_url else None

    @property
    def configured(self) -> bool:
        return self._service is not None

    def ask(
        self,
        subject: Subject,
        *,
        officer: str,
        post: str,
        purpose: str,
        kinds: Collection[CheckKind] = INTERPOL_OF_TRAVELLER,
        question_id: UUID | None = None,
    ) -> list[CheckResult]:
        """One result for each of ``kinds``, within the time-out. Never raises.

        ``officer``, ``post`` and ``purpose`` say who asks, where and why; the bridge keeps them with the question.
        Under the same ``question_id`` the same question is the same for the bridge, which then gives whatever is
        known by now; without one it is a new question.
        """
        started, now = time.monotonic(), self._clock.now()
        wanted = [kind for kind in DATABASE_OF if kind in kinds]
        if self._service is None:
            return [mapping.not_checked(kind, Reason.NO_BRIDGE, now) for kind in wanted]
        asker = Asker(officer, post, purpose, self._legal_basis, question_id or new_id())
        asked = {kind: mapping.questions(kind, subject, asker) for kind in wanted}
        items = {kind: some for kind, some in asked.items() if not isinstance(some, Reason)}
        answered: BatchAnswer | Reason = Reason.UNSUPPORTED
        if items:
            batch = BatchQuery(items=tuple(item for some in items.values() for item in some))
            answered = self._send(self._service, batch)
        took = (time.monotonic() - started) * 1000
        return [
            mapping.not_checked(kind, what, now)
            if isinstance(what, Reason)
            else mapping.result(kind, what, answered, now, took)
            for kind, what in asked.items()
        ]

    def verify(self, hit_id: UUID, word: HitVerification) -> VerificationState | Reason:
        """Tell the bridge the bureau's word on a hit of its own; why it did not take it, where it did not.

        UNSUPPORTED: it does not know the hit, or takes no such word.
        """
        if self._service is None:
            return Reason.NO_BRIDGE
        return self._service.ask("POST", f"/v1/hits/{hit_id}/verification", word, VerificationState)

    def status(self) -> BridgeStatus | None:
        """What the bridge says of itself; None where it can't be asked."""
        if self._service is None:
            return None
        answered = self._service.ask("GET", "/v1/status", None, BridgeStatus)
        return None if isinstance(answered, Reason) else answered

    def close(self) -> None:
        if self._service is not None:
            self._service.close()

    def _send(self, service: RemoteService, batch: BatchQuery) -> BatchAnswer | Reason:
        if not self._breaker.allow():
            return Reason.CIRCUIT_OPEN
        request = Request("POST", "/v1/batch", batch.model_dump_json().encode(), means=_MEANS)
        answered = service.begin(request, BatchAnswer.model_validate_json)()
        if isinstance(answered, Reason) and answered in _SILENT:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        return answered
