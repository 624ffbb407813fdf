"""From what the capital told to the list that travellers are looked up in.

What is told is kept first, by the feed's own transaction; the list follows from all that is in force, and is imported
like any other file. Where that fails it is tried again, and nothing is lost. There is no list before somebody is
looked for; from then on it stays, and that nobody is on it is a good answer.

Whoever passed between being told of elsewhere and being known here is asked about once more, slowly, the last day's
travellers alone: the lists that changed otherwise have their own screening again (``rescreening.py``), which does not
begin anew for every traveller who is looked for.
"""

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.identity.principal import SYSTEM
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.i18n import mark
from crossing.platform.logs import log
from crossing.replication.feed.applying import cursor_state, is_any_aside
from crossing.screening import repository as lists_repository
from crossing.screening.ahead import repository
from crossing.screening.ahead.book import AheadBook
from crossing.screening.ahead.forgetting import forget
from crossing.screening.ahead.models import AheadTraveller
from crossing.screening.ahead.schemas import TOLD, AheadAlert
from crossing.screening.lists.formats.ahead import CODE, NAME, Sought, write
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.provenance import Provenance
from crossing.screening.lists.service import ListService
from crossing.screening.models import ListVersion
from crossing.screening.rescreening import Place, Travellers
from crossing.screening.schemas import CheckKind

LIST_NAME: Final = mark("Looked for by other posts")
LOOKED_BACK: Final = timedelta(days=1)
"""Whoever passed longer ago is found on the traveller's timeline at the capital."""

_SOURCE: Final = "The capital's alerts, by the change feed"
_PURPOSE: Final = "border_control"
_FORGET_EVERY: Final = timedelta(hours=1)
_AT_ONCE: Final = 50
_SHARE: Final = 0.1
"""Of one processor core, at most, for looking back."""

_LAST_ID: Final = UUID(int=2**128 - 1)
_ASKED: Final = frozenset({CheckKind.NAME_LIST, CheckKind.DOCUMENT_LIST})


@dataclass(slots=True)
class _Round:
    """Of looking back: for whom (ids of alerts), and up to where among those who left."""

    sought: frozenset[UUID]
    place: Place


class AheadKeeper:
    """A thread that keeps the list of those who are looked for. One per post."""

    def __init__(
        self,
        book: AheadBook,
        *,
        database: Database,
        lists: ListService,
        travellers: Travellers,
        clock: Clock,
        audit: Audit,
        legal_basis: str,
        interval_s: float = 5.0,
    ) -> None:
        """``legal_basis``: on which the post looks for anybody. ``interval_s``: how soon an end that came is noticed,
        and how long after a failure it is tried again; what the capital tells wakes it at once."""
        self._book = book
        self._database = database
        self._lists = lists
        self._travellers = travellers
        self._clock = clock
        self._audit = audit
        self._provenance = Provenance(source=_SOURCE, legal_basis=legal_basis)
        self._interval_s = interval_s
        self._round: _Round | None = None
        self._forgotten_at: datetime | None = None
        self._one_at_a_time = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)

    def load(self) -> None:
        """Know those whom the list has already, before the first traveller is asked about."""
        with reading(self._database) as session:
            self._fill(session, repository.in_force(session, self._clock.now()))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended, which an import that runs delays."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Somebody else is looked for, or somebody no more. Returns at once."""
        self._wake.set()

    def keep(self) -> bool:
        """End what is over, and bring the list up to what is in force; whether it is. Never raises for what it will
        try again. Must not be called within a transaction: an import opens its own."""
        with self._one_at_a_time:
            self._end()
            self._forget_when_due()
            with reading(self._database) as session:
                rows = repository.in_force(session, self._clock.now())
                known = lists_repository.get_list(session, CODE)
                serving = lists_repository.version(session, CODE, known.serving) if known and known.serving else None
                # First who they are, then the list that finds them: no hit goes without its reasons.
                self._fill(session, rows)
            content = write(_sought(rows))
            if serving is None and not rows:
                return True
            if serving is not None and serving.sha256 == hashlib.sha256(content).hexdigest():
                return self._listed(rows, serving.number)
            return self._import(rows, content, serving)

    def look_back(self) -> bool:
        """Ask about the next few who left here before somebody was known to be looked for; whether there are more.

        Whoever is looked for since a round began waits for the next one: where many come and go, a round that began
        anew with each of them would never reach those who left last.
        """
        with reading(self._database) as session:
            rows = repository.to_look_back(session, self._clock.now())
            if not rows:
                self._round = None
                return False
            current = self._round_of(rows)
            places = self._travellers.left_after(session, current.place, limit=_AT_ONCE)
        for place in places:
            if self._stopping.is_set():
                return True
            self._screen_slowly(place.id)
            current.place = place
        if len(places) == _AT_ONCE:
            return True
        with self._database.unit_of_work() as session:
            repository.mark_looked_back(session, current.sought, self._clock.now())
        self._round = None
        return any(one.alert_id not in current.sought for one in rows)

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self._interval_s
            try:
                self.keep()
                pause = 0.0 if self.look_back() else self._interval_s
            except SQLAlchemyError as trouble:
                log.error("ahead_not_kept", error=type(trouble).__name__)
            self._wake.wait(pause)
            self._wake.clear()

    def _fill(self, session: Session, rows: Sequence[AheadTraveller]) -> None:
        aside = is_any_aside(session, TOLD, self._clock.now())
        self._book.fill(_alerts(rows), cursor_state(session).pulled_at, is_whole=not aside)

    def _end(self) -> None:
        now = self._clock.now()
        with reading(self._database) as session:
            if not repository.is_any_over(session, now):
                return
        with self._database.unit_of_work() as session:
            if ended := repository.end(session, now):
                self._record(session, "ahead.ended", ended, "retention")

    def _forget_when_due(self) -> None:
        """Whom versions had that were replaced days ago: at the start, and then every hour."""
        now = self._clock.now()
        if self._forgotten_at is not None and abs(now - self._forgotten_at) < _FORGET_EVERY:
            return
        while not self._stopping.is_set():
            with self._database.unit_of_work() as session:
                forgotten = forget(session, now)
                if not forgotten:
                    break
                self._record(session, "ahead.forgotten", forgotten, "retention")
        self._forgotten_at = now

    def _import(self, rows: Sequence[AheadTraveller], content: bytes, serving: ListVersion | None) -> bool:
        now = self._clock.now()
        order = ImportOrder(
            code=CODE,
            content=content,
            # A clock that was set back must not keep anybody from being looked for.
            as_of=max(now, serving.as_of) if serving else now,
            actor=SYSTEM,
            name=LIST_NAME,
            format=NAME,
            accept_loss=True,
            provenance=self._provenance,
            approved=True,
        )
        try:
            report = self._lists.import_list(order)
        except DomainError as refused:
            log.error("ahead_not_listed", code=refused.code, waiting=len(rows))
            return False
        except Exception as trouble:  # noqa: BLE001 - whatever it is, they stay looked for and it is tried again
            log.error("ahead_not_listed", error=type(trouble).__name__, waiting=len(rows))
            return False
        return self._listed(rows, report.version)

    def _listed(self, rows: Sequence[AheadTraveller], version: int) -> bool:
        """Written down once for each; a traveller who is withdrawn meanwhile is no longer there to be written of."""
        new = [one.alert_id for one in rows if one.listed_in is None]
        if new:
            with self._database.unit_of_work() as session:
                repository.mark_listed(session, new, version)
                self._record(session, "ahead.listed", len(new), _PURPOSE)
        return True

    def _round_of(self, rows: Sequence[AheadTraveller]) -> _Round:
        """The round that goes on; another for all who wait, once there is none or nobody of it is looked for."""
        waiting = frozenset(one.alert_id for one in rows)
        if self._round is None or not self._round.sought & waiting:
            now = self._clock.now()
            earliest = min((one.left_at for one in rows if one.left_at), default=now)
            self._round = _Round(waiting, Place(max(earliest, now - LOOKED_BACK), _LAST_ID))
        return self._round

    def _screen_slowly(self, traveller: UUID) -> None:
        started = time.monotonic()
        try:
            self._travellers.screen(traveller, _ASKED)
        except Exception as trouble:  # noqa: BLE001 - one traveller must not stop those behind
            log.error("traveller_not_looked_back_at", error=type(trouble).__name__)
        worked = time.monotonic() - started
        self._stopping.wait(min(1.0, worked * (1 - _SHARE) / _SHARE))

    def _record(self, session: Session, action: str, travellers: int, purpose: str) -> None:
        self._audit.record(
            session,
            actor=SYSTEM,
            action=action,
            subject_kind="watchlist",
            subject_id=CODE,
            purpose=purpose,
            detail={"travellers": travellers},
        )


def _alerts(rows: Sequence[AheadTraveller]) -> list[AheadAlert]:
    return [AheadAlert.model_validate(one.content) for one in rows]


def _sought(rows: Sequence[AheadTraveller]) -> list[Sought]:
    return [Sought(AheadAlert.model_validate(one.content), one.expires_at) for one in rows]
