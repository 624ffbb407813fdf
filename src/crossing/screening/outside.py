"""All services outside of this machine that are asked about a traveller: INTERPOL's bridge, the national server,
watchlist services."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple
from uuid import UUID

from crossing.platform.ids import new_id
from crossing.screening.bridge import BridgeClient
from crossing.screening.bridge_mapping import SOURCE
from crossing.screening.schemas import (
    INTERPOL_KINDS,
    INTERPOL_OF_TRAVELLER,
    WATCHLIST_KINDS,
    CheckKind,
    CheckResult,
    Subject,
)
from crossing.screening.services.asking import Asker
from crossing.screening.services.service import WatchlistService, WatchlistServices
from crossing.screening.yente.source import SOURCE as NATIONAL
from crossing.screening.yente.source import SOURCE_NAME as NATIONAL_NAME
from crossing.screening.yente.source import NationalServer


class Beside(NamedTuple):
    """A check that a service beside INTERPOL answers, and who that is."""

    kind: CheckKind
    source: str
    source_name: str


class OutsideServices:
    """One per process; calls may come from any thread. A service that is not set up is not asked, but INTERPOL always
    answers: NOT_CHECKED where there is no bridge."""

    def __init__(
        self,
        bridge: BridgeClient,
        national: NationalServer | None = None,
        *,
        watchlists: Iterable[WatchlistService] = (),
    ) -> None:
        self.bridge: Final = bridge
        self.watchlists: Final = WatchlistServices(watchlists)
        self._national = national

    @property
    def kinds(self) -> frozenset[CheckKind]:
        """The checks that are asked for each traveller."""
        national = {CheckKind.NATIONAL_LISTS} if self._national else set[CheckKind]()
        return INTERPOL_OF_TRAVELLER | national | {CheckKind.WATCHLIST_SERVICE}

    @property
    def beside(self) -> tuple[Beside, ...]:
        """Whatever is asked here beside INTERPOL."""
        national = (Beside(CheckKind.NATIONAL_LISTS, NATIONAL, NATIONAL_NAME),) if self._national else ()
        return (*national, *(Beside(kind, one.code, one.name) for kind, one in self.watchlists.asked))

    def ask(
        self,
        subject: Subject,
        *,
        officer: str,
        post: str,
        purpose: str,
        kinds: Collection[CheckKind] | None = None,
        source: str | None = None,
        question_id: UUID | None = None,
    ) -> list[CheckResult]:
        """One result for each of ``kinds`` and each service that answers it here (where none are given, those that
        are asked for each traveller); all are asked at once. Never raises.

        ``source``: ask this service alone. ``question_id`` is the question's at this post: whoever is asked again
        under it is asked the same question.
        """
        kinds = self._of_source(source, self.kinds if kinds is None else kinds)
        asker = Asker(question_id or new_id(), officer, post, purpose)
        watchlists = self.watchlists.begin(kinds, subject, asker, code=source)
        national = [self._national.begin(subject)] if self._national and CheckKind.NATIONAL_LISTS in kinds else []
        from_bridge = [kind for kind in kinds if kind in INTERPOL_KINDS]
        results = (
            self.bridge.ask(
                subject, officer=officer, post=post, purpose=purpose, kinds=from_bridge, question_id=question_id
            )
            if from_bridge
            else []
        )
        return [*results, *(said() for said in (*national, *watchlists))]

    def close(self) -> None:
        self.bridge.close()
        if self._national is not None:
            self._national.close()
        self.watchlists.close()

    def _of_source(self, source: str | None, kinds: Collection[CheckKind]) -> Collection[CheckKind]:
        answered_by = {SOURCE: INTERPOL_KINDS, NATIONAL: frozenset({CheckKind.NATIONAL_LISTS})}
        return kinds if source is None else answered_by.get(source, WATCHLIST_KINDS) & frozenset(kinds)
