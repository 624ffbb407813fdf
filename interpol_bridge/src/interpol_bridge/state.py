"""Whether the databases are being asked right now, in the words of the contract."""

from datetime import datetime
from typing import Literal

from crossing.ports.breaker import Circuit
from crossing.ports.bridge import BridgeStatus, Mode, NotCheckedReason
from interpol_bridge.answering import Answering
from interpol_bridge.backends.base import Source
from interpol_bridge.clock import Clock
from interpol_bridge.line import Line
from interpol_bridge.settings import Settings
from interpol_bridge.store.store import Store


class BridgeState:
    """What the lines to the databases and to the copy last showed. ``copy`` is None where no copy stands by."""

    def __init__(
        self,
        main: Line,
        *,
        copy: Line | None,
        answering: Answering,
        store: Store,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._main = main
        self._line = main.health
        self._copy = copy
        self._answering = answering
        self._settings = settings
        self._clock = clock
        self._online_before = store.last_online_at()

    def told(self, *, pending_rechecks: int) -> BridgeStatus:
        """The state now; whoever was silent for a while is asked how it is."""
        self._main.probe_if_in_doubt(self._settings.probe_interval_s)
        source = self._copy_source()
        answering = self._who_answers(source)
        return BridgeStatus(
            state=self._word(answering),
            backend=self._main.name,
            mode=answering or self._line.source.mode,
            copy_as_of=source.copy_as_of if source else None,
            copy_stale=source is not None and self._answering.is_stale(source),
            copy_databases=source.databases if source else (),
            copy_max_age_hours=self._settings.copy_max_age_hours if source else None,
            circuit=self._line.circuit.value,
            failing=tuple(self._line.failing),
            reason=None if answering is Mode.ONLINE else self._reason(),
            last_online_at=self.last_online_at,
            pending_rechecks=pending_rechecks,
            checked_at=self._clock(),
        )

    @property
    def last_online_at(self) -> datetime | None:
        """When the databases last answered, a question or how they are; before this start, a question."""
        return self._line.online_at or self._online_before

    @property
    def copy_as_of(self) -> datetime | None:
        """The date of the copy that stands by or answers."""
        source = self._copy_source()
        return source.copy_as_of if source else None

    def _copy_source(self) -> Source | None:
        """The copy as it is now; undated where it can't be read."""
        if self._copy is not None:
            self._copy.probe_if_in_doubt(self._settings.probe_interval_s)
            last = self._copy.health.last
            return last if isinstance(last, Source) else Source(Mode.OFFLINE_COPY)
        source = self._line.source
        return source if source.mode is Mode.OFFLINE_COPY else None

    def _who_answers(self, copy: Source | None) -> Mode | None:
        """Who would answer a question now; None: nobody, as far as is known."""
        heard = isinstance(self._line.last, Source) and self._line.trouble is None
        reached = heard and self._line.circuit is not Circuit.OPEN
        if reached and self._line.source.mode is Mode.ONLINE:
            return Mode.ONLINE
        if copy is not None and not self._answering.is_stale(copy) and (reached or self._copy is not None):
            return Mode.OFFLINE_COPY
        return None

    def _word(self, answering: Mode | None) -> Literal["online", "degraded", "offline"]:
        if answering is Mode.ONLINE:
            return "online"
        copy_alone = self._line.source.mode is Mode.OFFLINE_COPY
        if answering is None and (copy_alone or self._line.silent):
            return "offline"
        return "degraded"

    def _reason(self) -> NotCheckedReason | None:
        if trouble := self._line.trouble:
            return trouble.reason
        last = self._line.last
        if isinstance(last, Source) and self._answering.is_stale(last):
            return NotCheckedReason.STALE_COPY
        return None
