"""The post's side of the INTERPOL bridge. Whatever goes wrong is an answer: NOT_CHECKED, with its reason."""

import time
from collections.abc import Callable, Collection, Sequence
from typing import Final
from uuid import UUID

from crossing.platform.clock import Clock
from crossing.platform.http import ClientTls
from crossing.platform.ids import new_id
from crossing.ports.breaker import CircuitBreaker
from crossing.ports.bridge import (
    BatchAnswer,
    BatchItem,
    BatchQuery,
    BridgeAnswer,
    BridgeStatus,
    HitVerification,
    VerificationState,
)
from crossing.screening import bridge_mapping as mapping
from crossing.screening.bridge_mapping import DATABASE_OF, Answers, Asker, Unanswered
from crossing.screening.remote import NoAnswer, RemoteService, Request
from crossing.screening.schemas import INTERPOL_OF_TRAVELLER, CheckKind, CheckResult, Reason, Subject

FAILURES: Final = 5
RESET_S: Final = 5.0

LINK_S: Final = 1.8
"""What a question may spend on its way: connecting, TLS and itself, each a round trip of 600 ms over a satellite."""
DEADLINE_AT_LEAST_MS: Final = 50
"""The bridge takes no shorter one."""

_SILENT: Final = frozenset(
    {Reason.TIMEOUT, Reason.UNREACHABLE, Reason.BACKEND_ERROR, Reason.MALFORMED_ANSWER, Reason.ENGINE_FAILED}
)
"""What the next question would meet too: the bridge itself gave no answer."""


_PROBLEM: Final = "urn:interpol-bridge:problem:"
"""How the type of every problem begins that the bridge itself tells of; nobody else at its address says it."""

_NEVER_ASKED: Final = _PROBLEM + "question-incomplete"
_WORD_NOT_TAKEN: Final = frozenset(
    _PROBLEM + what
    for what in (
        "unknown-hit",
        "ncb-reference-required",
        "second-approver-required",
        "superseded",
        "word-id-reused",
    )
)


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
        timeout_s: float = 6.0,
        legal_basis: str = "border_control",
    ) -> None:
        """``timeout_s`` bounds a whole question, connecting and reading included; ``legal_basis`` goes with each.

        Raises OSError (``ssl.SSLError`` is one) where the files in ``tls`` can't be used.
        """
        self._clock = clock
        self._breaker = CircuitBreaker(failures=FAILURES, reset_s=RESET_S, ticks=time.monotonic)
        self._legal_basis = legal_basis
        self._timeout_s = timeout_s
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
        answers = self._answers(self._service, [item for some in items.values() for item in some])
        took = (time.monotonic() - started) * 1000
        return [
            mapping.not_checked(kind, what, now)
            if isinstance(what, Reason)
            else mapping.result(kind, what, answers, now, took)
            for kind, what in asked.items()
        ]

    def verify(self, hit_id: UUID, word: HitVerification) -> VerificationState | Reason:
        """Tell the bridge the bureau's word on a hit of its own; why it did not take it, where it did not.

        UNSUPPORTED: it does not know the hit, or takes no such word, and says so itself.
        """
        if self._service is None:
            return Reason.NO_BRIDGE
        answered = self._service.ask("POST", f"/v1/hits/{hit_id}/verification", word, VerificationState)
        if isinstance(answered, NoAnswer):
            return Reason.UNSUPPORTED if answered.problem in _WORD_NOT_TAKEN else answered.reason
        return answered

    def status(self) -> BridgeStatus | None:
        """What the bridge says of itself; None where it can't be asked."""
        if self._service is None:
            return None
        answered = self._service.ask("GET", "/v1/status", None, BridgeStatus)
        return None if isinstance(answered, NoAnswer) else answered

    def close(self) -> None:
        if self._service is not None:
            self._service.close()

    def _answers(self, service: RemoteService, items: Sequence[BatchItem]) -> Answers:
        if not items:
            return {}
        if not self._breaker.allow():
            return _of_each(items, NoAnswer(Reason.CIRCUIT_OPEN))
        until = time.monotonic() + self._timeout_s
        answered = _begin(service, items, until)()
        self._note(answered)
        if not isinstance(answered, NoAnswer) or not answered.is_of_the_question or len(items) == 1:
            return _of_each(items, answered)
        # For one that it does not take the bridge refuses the whole batch.
        one_by_one = [([item], _begin(service, [item], until)) for item in items]
        return {name: said for alone, answer in one_by_one for name, said in _of_each(alone, answer()).items()}

    def _note(self, answered: BatchAnswer | NoAnswer) -> None:
        silent = isinstance(answered, NoAnswer) and not answered.is_of_the_question and answered.reason in _SILENT
        if silent:
            self._breaker.failed()
        else:
            self._breaker.succeeded()


def _begin(service: RemoteService, items: Sequence[BatchItem], until: float) -> Callable[[], BatchAnswer | NoAnswer]:
    batch = BatchQuery(items=tuple(items))
    path = f"/v1/batch?deadline_ms={deadline_ms(until - time.monotonic())}"
    request = Request("POST", path, batch.model_dump_json().encode())
    return service.begin(request, BatchAnswer.model_validate_json, until=until)


def deadline_ms(left_s: float) -> int:
    """When the bridge has to answer, a copy's answer at least, for it to be here in time."""
    return max(DEADLINE_AT_LEAST_MS, round(1000 * max(left_s - LINK_S, left_s / 2)))


def _of_each(items: Sequence[BatchItem], answered: BatchAnswer | NoAnswer) -> Answers:
    if isinstance(answered, NoAnswer):
        return dict.fromkeys(map(mapping.request_id, items), _unanswered(answered))
    told: dict[UUID, BridgeAnswer | Unanswered] = {answer.request_id: answer for answer in answered.answers}
    contradicted = {answer.request_id for answer in answered.answers if told[answer.request_id] != answer}
    return told | dict.fromkeys(contradicted, Unanswered(Reason.MALFORMED_ANSWER))


def _unanswered(told: NoAnswer) -> Unanswered:
    """What stands at the bridge's address may be something else for a while: the bridge's own word alone is final."""
    if told.problem == _NEVER_ASKED:
        return Unanswered(Reason.UNSUPPORTED)
    if told.is_of_the_question and told.problem.startswith(_PROBLEM):
        # It holds another question under this id, or speaks another version of the contract.
        return Unanswered(Reason.REFUSED, put_anew=True)
    return Unanswered(told.reason)
