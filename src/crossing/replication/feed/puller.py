"""The puller: a thread of the post that asks the capital what was published, applies it, and never gives up.

It has a connection of its own beside the sender's, and asks for no more at once than the link carries in a second or
two, so that an alert on its way to the capital is not held up.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.logs import log
from crossing.replication.events import MachineRef
from crossing.replication.feed import applying
from crossing.replication.feed.appliers import FeedAppliers
from crossing.replication.feed.pages import MAX_PAGE_BYTES, MOST_ITEMS, Page, PageUnreadable, Place, Question, unpack
from crossing.replication.link import CapitalLink, LinkTrouble, NoLink, Refused, Unable
from crossing.replication.pacing import Backoff, Pacer

PATH: Final = "/sync/v1/feed"
_REFUSED_PAUSE_S: Final = 60.0
_ASIDE_S: Final = 900.0
_SPREAD: Final = (0.85, 1.15)
"""Of the interval: posts that came back in one moment do not ask in one moment for ever after."""


class PullState(StrEnum):
    STOPPED = "stopped"
    CONNECTING = "connecting"
    PULLING = "pulling"
    IDLE = "idle"
    """This post has everything that was published."""
    WAITING = "waiting"
    """Something failed; it is tried again by itself."""
    REFUSED = "refused"
    """The capital refuses this machine: someone must act. It is still asked now and then."""


@dataclass(frozen=True, slots=True)
class PullStatus:
    """How pulling goes. ``problem`` is the code of what last went wrong and still does; ``pulled_at`` is when this
    process last had everything."""

    state: PullState = PullState.STOPPED
    problem: str | None = None
    pulled_at: datetime | None = None
    next_attempt_in_s: float | None = None


class FeedPuller:
    """Runs from :meth:`start` to :meth:`stop`; no failure ends it.

    ``connect`` makes the link; while the post is not enrolled yet it may raise ``OSError``, ``ValueError`` or a
    ``DomainError``. ``interval_s`` is about how often the capital is asked when there was nothing more.
    """

    def __init__(
        self,
        *,
        database: Database,
        connect: Callable[[], CapitalLink],
        of: MachineRef,
        appliers: FeedAppliers,
        clock: Clock,
        interval_s: float = 20.0,
    ) -> None:
        self._database = database
        self._connect = connect
        self._of = of
        self._appliers = appliers
        self._clock = clock
        self._interval_s = interval_s
        self._pacer = Pacer(minimum=1, maximum=MOST_ITEMS, start=25)
        self._backoff = Backoff()
        self._random = secrets.SystemRandom()
        self._retry_aside_at = 0.0
        self._link: CapitalLink | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crossing-feed-puller", daemon=True)
        self._status = PullStatus()
        self._attempt_at: float | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """To be called once."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask the thread to end and wait for it. What is under way is pulled again after the next start."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def status(self) -> PullStatus:
        with self._lock:
            status, attempt_at = self._status, self._attempt_at
        left = None if attempt_at is None else round(max(attempt_at - time.monotonic(), 0.0), 1)
        return replace(status, next_attempt_in_s=left)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                more = self._turn()
            except LinkTrouble as trouble:
                self._pause(trouble)
            except Exception as unforeseen:  # noqa: BLE001 - pulling must survive whatever comes
                log.error("replication.feed_puller", error=type(unforeseen).__name__)
                self._pause(Unable("internal"))
            else:
                self._backoff.reset()
                if not more:
                    self._stopping.wait(self._interval_s * self._random.uniform(*_SPREAD))
        self._drop_link()
        self._say(PullState.STOPPED)

    def _turn(self) -> bool:
        """Pull one page; whether there is more."""
        self._retry_aside_when_due()
        link = self._connected()
        with reading(self._database) as session:
            known = applying.cursor_state(session)
        question = Question.fresh(self._of, known.position, limit=self._pacer.size)
        page = self._asked(link, question)
        now = self._clock.now()
        if page.place is Place.DIVERGED:
            log.warning("replication.feed_begun_anew", sequence=question.after, head=page.head)
        if applying.is_news(page, known, now):
            with self._database.unit_of_work() as session:
                applying.take_in(session, self._appliers, page, capital_key=link.capital_key, now=now)
        self._pulled(page, now)
        return page.end.sequence < page.head

    def _asked(self, link: CapitalLink, question: Question) -> Page:
        started = time.monotonic()
        fetched = link.fetch(PATH, parameters=question.parameters(), most_bytes=MAX_PAGE_BYTES)
        if not question.holds(fetched.content, fetched.signature, link.capital_key):
            raise Unable("bad_signature")
        try:
            page = unpack(fetched.content, question)
        except PageUnreadable as unreadable:
            raise Unable("bad_answer") from unreadable
        if page.items:
            self._pacer.measured(len(page.items), time.monotonic() - started)
        return page

    def _connected(self) -> CapitalLink:
        if self._link is None:
            self._say(PullState.CONNECTING)
            try:
                self._link = self._connect()
            except (OSError, ValueError, DomainError) as not_enrolled:
                raise Refused("not_enrolled") from not_enrolled
        return self._link

    def _retry_aside_when_due(self) -> None:
        """At the start, when an upgrade may have brought what was missing, and then every quarter of an hour. Whether
        there is a link does not matter; nor does it to pulling whether this fails."""
        if time.monotonic() < self._retry_aside_at:
            return
        self._retry_aside_at = time.monotonic() + _ASIDE_S
        try:
            self._retry_aside()
        except Exception as failure:  # noqa: BLE001 - pulling must go on, and the next attempt may go well
            log.error("replication.feed_aside_not_tried", error=type(failure).__name__)

    def _retry_aside(self) -> None:
        applied, after = 0, None
        while True:
            done, after = self._retry_some(after)
            applied += done
            if after is None or self._stopping.is_set():
                break
        if applied:
            log.info("replication.feed_reapplied", items=applied)

    def _retry_some(self, after: tuple[int, UUID] | None) -> tuple[int, tuple[int, UUID] | None]:
        with self._database.unit_of_work() as session:
            return applying.retry_aside(session, self._appliers, now=self._clock.now(), after=after)

    def _pause(self, trouble: LinkTrouble) -> None:
        refused = isinstance(trouble, Refused)
        if isinstance(trouble, NoLink):
            self._pacer.failed()
        if refused or isinstance(trouble, NoLink):
            self._drop_link()
        delay = _REFUSED_PAUSE_S if refused else self._backoff.next_s()
        with self._lock:
            self._attempt_at = time.monotonic() + delay
        self._say(PullState.REFUSED if refused else PullState.WAITING, trouble.code)
        self._stopping.wait(delay)
        with self._lock:
            self._attempt_at = None

    def _pulled(self, page: Page, now: datetime) -> None:
        whole = page.end.sequence == page.head
        with self._lock:
            pulled_at = now if whole else self._status.pulled_at
            self._status = PullStatus(PullState.IDLE if whole else PullState.PULLING, pulled_at=pulled_at)

    def _say(self, state: PullState, problem: str | None = None) -> None:
        with self._lock:
            changed = problem is not None and problem != self._status.problem
            self._status = replace(self._status, state=state, problem=problem or self._status.problem)
        if changed:
            log.warning("replication.feed_waiting", state=state, problem=problem)

    def _drop_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
