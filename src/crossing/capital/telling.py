"""When the posts are told: once at the end of each transaction that took events in, and again where that failed.

At the end, since whoever tells the posts holds the feed until the commit: no other machine's batch waits for the
events of this one. Telling fails by itself: the events and their alerts are kept, and which session it was for, so
that it is tried again until nobody would be looked for any more.
"""

import threading
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.capital.ahead import AheadTeller
from crossing.capital.models import Alert, AlertUntold
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.logs import log
from crossing.replication.applying import raise_if_no_event_is_to_blame
from crossing.replication.events import MachineRef
from crossing.replication.feed.publishing import feed_held

FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)
"""Between two attempts for one session; each wait is twice the one before."""

_AT_ONCE: Final = 100
_INTERVAL_S: Final = 30.0
_NOTED: Final = "capital.sessions_to_tell_of"
"""In the ``info`` of a database session: the sessions of travellers that its events were about."""


class AheadTelling:
    """One per process. ``hours``: for how long after a failure it is tried again."""

    def __init__(self, teller: AheadTeller, clock: Clock, *, hours: int) -> None:
        self._teller = teller
        self._clock = clock
        self._time = timedelta(hours=hours)

    def note(self, session: Session, machine: MachineRef, session_id: UUID) -> None:
        """An event of this machine's may have changed what the posts are to be told of this session."""
        session.info.setdefault(_NOTED, {})[session_id] = machine

    def tell_noted(self, session: Session) -> None:
        """Tell what is to be told of the sessions that were noted in this transaction, just before its commit."""
        noted = cast("Mapping[UUID, MachineRef]", session.info.pop(_NOTED, {}))
        if not noted:
            return
        session.flush()
        alerted = sa.select(Alert.session_id).where(Alert.session_id.in_(noted)).distinct()
        outcomes = {one: self._told(session, noted[one], one) for one in session.scalars(alerted).all()}
        failed = {one: code for one, code in outcomes.items() if code is not None}
        _forget(session, outcomes.keys() - failed.keys())
        if failed:
            # Whoever writes of what failed holds the feed first, as whoever tells: two never wait for each other.
            feed_held(session)
            _forget(session, failed.keys())
            for one, code in failed.items():
                self._keep(session, noted[one], one, code)

    def due(self, session: Session) -> list[UUID]:
        """The sessions of whom the posts are to be told again now, the one that waits longest first. Whoever would
        wait longer than anybody can is among them: the clock was set back."""
        now, at = self._clock.now(), AlertUntold.next_at
        waiting = sa.select(AlertUntold.session_id).where(sa.or_(at <= now, at > now + LONGEST_WAIT))
        return list(session.scalars(waiting.order_by(AlertUntold.next_at).limit(_AT_ONCE)))

    def tell_again(self, session: Session, session_id: UUID) -> bool:
        """Whether the posts know now what they are to know of this session, or nobody need tell them any more."""
        feed_held(session)
        row = session.get(AlertUntold, session_id, populate_existing=True)
        if row is None:
            return True
        if row.since + self._time <= self._clock.now():
            log.error("capital.ahead_given_up", attempts=row.attempts, error=row.reason)
            _forget(session, [session_id])
            return True
        machine = MachineRef(row.post, row.machine)
        code = self._told(session, machine, session_id)
        if code is not None:
            self._keep(session, machine, session_id, code)
            return False
        log.info("capital.ahead_told_again", attempts=row.attempts + 1)
        _forget(session, [session_id])
        return True

    def _told(self, session: Session, machine: MachineRef, session_id: UUID) -> str | None:
        """None, or the code of what kept them from being told. Raises where another transaction was in the way."""
        try:
            with session.begin_nested():
                self._teller.settle(session, machine, session_id)
                session.flush()
        except Exception as failure:  # noqa: BLE001 - a traveller's data may hold anything
            raise_if_no_event_is_to_blame(failure)
            # A code, never the error's text: that may hold a person's data.
            code = failure.code if isinstance(failure, DomainError) else type(failure).__name__
            log.error("capital.ahead_not_told", error=code)
            return code[:100]
        return None

    def _keep(self, session: Session, machine: MachineRef, session_id: UUID, reason: str) -> None:
        now = self._clock.now()
        row = session.get(AlertUntold, session_id, populate_existing=True)
        if row is None:
            row = AlertUntold(session_id=session_id, since=now, attempts=0)
            session.add(row)
        row.post, row.machine, row.reason = machine.post, machine.machine, reason
        row.attempts += 1
        row.next_at = _next(now, row.attempts)
        session.flush()


def count_untold(session: Session) -> int:
    """Of how many sessions the posts could not be told yet."""
    return session.scalar(sa.select(sa.func.count()).select_from(AlertUntold)) or 0


class AheadRetrier:
    """A thread that tells the posts again what they could not be told, each session in a transaction of its own."""

    def __init__(self, *, database: Database, telling: AheadTelling, interval_s: float = _INTERVAL_S) -> None:
        self._database = database
        self._telling = telling
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crossing-ahead-retrier", daemon=True)

    def start(self) -> None:
        """To be called once."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        self._stopping.set()
        self._thread.join(timeout_s)

    def run_once(self) -> int:
        """Try what is due, once; how many sessions that settled."""
        with reading(self._database) as session:
            due = self._telling.due(session)
        settled = 0
        for one in due:
            if self._stopping.is_set():
                break
            with self._database.unit_of_work() as session:
                settled += self._telling.tell_again(session, one)
        return settled

    def _run(self) -> None:
        while True:
            try:
                self.run_once()
            except Exception as failure:  # noqa: BLE001 - the next turn may find the database back
                log.error("capital.ahead_retrier", error=type(failure).__name__)
            if self._stopping.wait(self._interval_s):
                return


def _forget(session: Session, sessions: Collection[UUID]) -> None:
    if sessions:
        session.execute(sa.delete(AlertUntold).where(AlertUntold.session_id.in_(sessions)))


def _next(now: datetime, attempts: int) -> datetime:
    doubled: int = 2 ** min(attempts - 1, 16)
    return now + min(FIRST_WAIT * doubled, LONGEST_WAIT)
