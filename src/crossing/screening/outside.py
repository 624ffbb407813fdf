"""All services outside of this machine that are asked about a traveller: INTERPOL's bridge, the national server."""

from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import Final

from crossing.platform.threads import RequestThreads
from crossing.screening.bridge import BridgeClient
from crossing.screening.schemas import INTERPOL_KINDS, OUTSIDE_KINDS, CheckKind, CheckResult, Subject
from crossing.screening.yente.source import NationalServer

_WORKERS: Final = 8


class OutsideServices:
    """One per process; calls may come from any thread. A service that is not set up is not asked, but INTERPOL always
    answers: NOT_CHECKED where there is no bridge."""

    def __init__(self, bridge: BridgeClient, national: NationalServer | None = None) -> None:
        self.bridge: Final = bridge
        self._national = national
        self._pool = RequestThreads(_WORKERS, thread_name_prefix="outside")

    @property
    def kinds(self) -> frozenset[CheckKind]:
        """The checks that are asked for each traveller."""
        return OUTSIDE_KINDS if self._national else INTERPOL_KINDS

    def ask(
        self,
        subject: Subject,
        *,
        officer: str,
        post: str,
        purpose: str,
        kinds: Collection[CheckKind] = OUTSIDE_KINDS,
    ) -> list[CheckResult]:
        """One result for each of ``kinds`` that somebody answers here; all are asked at once. Never raises."""
        national = self._beside(subject, kinds)
        from_bridge = [kind for kind in kinds if kind in INTERPOL_KINDS]
        results = (
            self.bridge.ask(subject, officer=officer, post=post, purpose=purpose, kinds=from_bridge)
            if from_bridge
            else []
        )
        return [*results, national()] if national else results

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.bridge.close()
        if self._national is not None:
            self._national.close()

    def _beside(self, subject: Subject, kinds: Collection[CheckKind]) -> Callable[[], CheckResult] | None:
        """Asks the national server meanwhile; what waits for its answer."""
        if self._national is None or CheckKind.NATIONAL_LISTS not in kinds:
            return None
        answer: Future[CheckResult] = self._pool.submit(self._national.ask, subject)
        return answer.result
