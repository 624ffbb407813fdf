"""Work of the capital on the feed that nobody waits for."""

import threading
from typing import Final

from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.logs import log
from crossing.replication.feed.publishing import forget_expired

_INTERVAL_S: Final = 300.0


class FeedForgetter:
    """A thread that forgets what expired items said, at its start and then every few minutes."""

    def __init__(self, *, database: Database, clock: Clock, interval_s: float = _INTERVAL_S) -> None:
        self._database = database
        self._clock = clock
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crossing-feed-forgetter", daemon=True)

    def start(self) -> None:
        """To be called once."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        self._stopping.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            try:
                self._forget()
            except Exception as failure:  # noqa: BLE001 - the next turn may find the database back
                log.error("replication.feed_forgetter", error=type(failure).__name__)
            if self._stopping.wait(self._interval_s):
                return

    def _forget(self) -> None:
        """In short transactions, until nothing is left to forget."""
        while not self._stopping.is_set():
            with self._database.unit_of_work() as session:
                if not forget_expired(session, self._clock.now()):
                    return
