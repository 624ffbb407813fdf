"""The post's side of the INTERPOL bridge. Whatever goes wrong is an answer: NOT_CHECKED, with its reason."""

import time
from collections.abc import Collection

from crossing.platform.clock import Clock
from crossing.platform.http import ClientTls
from crossing.ports.bridge import BatchAnswer, BatchQuery, BridgeStatus
from crossing.screening import bridge_mapping as mapping
from crossing.screening.bridge_mapping import DATABASE_OF, Asker
from crossing.screening.remote import RemoteService
from crossing.screening.schemas import INTERPOL_KINDS, CheckKind, CheckResult, Reason, Subject


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
        kinds: Collection[CheckKind] = INTERPOL_KINDS,
    ) -> list[CheckResult]:
        """One result for each of ``kinds``, within the time-out. Never raises.

        ``officer``, ``post`` and ``purpose`` say who asks, where and why; the bridge keeps them with the question.
        """
        started, now = time.monotonic(), self._clock.now()
        wanted = [kind for kind in DATABASE_OF if kind in kinds]
        if self._service is None:
            return [mapping.not_checked(kind, Reason.NO_BRIDGE, now) for kind in wanted]
        asker = Asker(officer, post, purpose, self._legal_basis)
        asked = {kind: mapping.questions(kind, subject, asker) for kind in wanted}
        items = {kind: some for kind, some in asked.items() if not isinstance(some, Reason)}
        answered: BatchAnswer | Reason = Reason.UNSUPPORTED
        if items:
            batch = BatchQuery(items=tuple(item for some in items.values() for item in some))
            answered = self._service.ask("POST", "/v1/batch", batch, BatchAnswer)
        took = (time.monotonic() - started) * 1000
        return [
            mapping.not_checked(kind, what, now)
            if isinstance(what, Reason)
            else mapping.result(kind, what, answered, now, took)
            for kind, what in asked.items()
        ]

    def status(self) -> BridgeStatus | None:
        """What the bridge says of itself; None where it can't be asked."""
        if self._service is None:
            return None
        answered = self._service.ask("GET", "/v1/status", None, BridgeStatus)
        return None if isinstance(answered, Reason) else answered

    def close(self) -> None:
        if self._service is not None:
            self._service.close()
