"""Looking at the bridge, so that no screen waits for one that is slow or gone, and so that the capital is told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.logs import log
from crossing.replication.events import Lane, MachineRef
from crossing.replication.outbox import Outbox
from crossing.screening.bridge import BridgeClient
from crossing.screening.bridge_mapping import SOURCE
from crossing.screening.interpol_state import news as told_news
from crossing.screening.interpol_state.state import Asking, BridgeSeen, InterpolNews
from crossing.screening.rechecks import RecheckQueue

_FRESH_S: Final = 15.0

TOLD_AGAIN_AFTER: Final = timedelta(hours=1)
"""Nothing has changed, and the capital should still know that somebody looked."""


class BridgeWatch:
    """What the bridge last said of itself. Asks in a thread of its own at most every 15 seconds, and only while
    somebody looks."""

    def __init__(self, bridge: BridgeClient, clock: Clock) -> None:
        self._bridge = bridge
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = BridgeSeen(bridge.configured, False, None)
        self._since = (self._seen.asking, clock.now())
        self._asked_at = float("-inf")

    def remember(self, asking: Asking, since: datetime) -> None:
        """What was so before this process started. Where it still is, it has been since then."""
        with self._lock:
            if self._seen.asking in (asking, Asking.UNKNOWN):
                self._since = (asking, since)

    def seen(self) -> BridgeSeen:
        """What is known now. Never waits; an answer that is too old is renewed for the next look."""
        with self._lock:
            if self._bridge.configured and time.monotonic() - self._asked_at > _FRESH_S:
                self._asked_at = time.monotonic()
                threading.Thread(target=self.look, name="bridge-watch", daemon=True).start()
            return self._seen

    def look(self) -> BridgeSeen:
        """Ask now, which takes at most the bridge's time-out."""
        if self._bridge.configured:
            seen = BridgeSeen(True, True, self._bridge.status())
            with self._lock:
                self._asked_at = time.monotonic()
                self._seen = seen
                if self._since[0] is not seen.asking:
                    self._since = (seen.asking, self._clock.now())
        return self._seen

    def news(self, *, post: str, waiting: int) -> InterpolNews:
        """What is known now, with since when it is so."""
        seen = self.seen()
        with self._lock:
            asking, since = self._since
        now = self._clock.now()
        # Between two looks of another thread the word may be newer than its time.
        since = since if asking is seen.asking else now
        return InterpolNews.of(seen, post=post, since=since, now=now, waiting=waiting)


class BridgeReporter:
    """A thread that tells the capital when asking INTERPOL began, changed or ended. One per post.

    It looks every ``interval_s`` and so tells of at most one change in that time; what has not changed is told again
    after an hour. A post that never had a bridge tells nothing.
    """

    def __init__(
        self,
        watch: BridgeWatch,
        *,
        database: Database,
        outbox: Outbox,
        rechecks: RecheckQueue,
        interval_s: float,
    ) -> None:
        self.watch: Final = watch
        self._database = database
        self._outbox = outbox
        self._rechecks = rechecks
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bridge-reporter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended, which a running look delays by at most the bridge's time-out."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def report(self) -> bool:
        """Look, and tell the capital where it has to know; whether it was told."""
        self.watch.look()
        own = self._outbox.signer.ref
        with reading(self._database) as session:
            waiting = self._rechecks.pending_by_source(session).get(SOURCE, 0)
            told = told_news.told(session, own)
        news = self.watch.news(post=own.post, waiting=waiting)
        if not _is_due(news, told):
            return False
        with self._database.unit_of_work() as session:
            self._tell(session, own, news)
        return True

    def _tell(self, session: Session, own: MachineRef, news: InterpolNews) -> None:
        self._outbox.append(
            session,
            lane=Lane.BIOGRAPHIC,
            type=told_news.BRIDGE_STATE,
            version=told_news.BRIDGE_STATE_VERSION,
            payload=news.model_dump(mode="json"),
        )
        told_news.keep_own(session, own, news)

    def _run(self) -> None:
        with _noted():
            self._recall()
        while not self._stopping.wait(self._interval_s):
            with _noted():
                self.report()

    def _recall(self) -> None:
        with reading(self._database) as session:
            told = told_news.told(session, self._outbox.signer.ref)
        if told is not None:
            self.watch.remember(told.asking, told.since)


@contextmanager
def _noted() -> Iterator[None]:
    """A database that is busy or full must not end the thread: the next turn tries again."""
    try:
        yield
    except SQLAlchemyError as trouble:
        log.error("bridge_state_not_told", error=type(trouble).__name__)


def _is_due(news: InterpolNews, told: InterpolNews | None) -> bool:
    if told is None:
        return news.asking is not Asking.NOT_SET_UP
    # A clock that was set back must not silence a post.
    return news.differs_from(told) or abs(news.said_at - told.said_at) >= TOLD_AGAIN_AFTER
