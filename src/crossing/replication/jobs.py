"""Work of the capital that nobody waits for."""

import threading
from typing import Final

from crossing.platform.db import Database
from crossing.platform.logs import log
from crossing.replication.inbox import Inbox

_INTERVAL_S: Final = 900.0


def reapply_quarantined(database: Database, inbox: Inbox) -> int:
    """Try every quarantined event once, in short transactions; returns how many were applied."""
    applied, after = 0, None
    while True:
        with database.unit_of_work() as session:
            done, after = inbox.reapply(session, after=after)
        applied += done
        if after is None:
            return applied


class Reapplier:
    """A thread that tries quarantined events at its start, when an upgrade may have brought what they lacked, and
    then every quarter of an hour, since an event may only have come before another that it builds on."""

    def __init__(self, *, database: Database, inbox: Inbox, interval_s: float = _INTERVAL_S) -> None:
        self._database = database
        self._inbox = inbox
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crossing-reapplier", daemon=True)

    def start(self) -> None:
        """To be called once."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        self._stopping.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            try:
                applied = reapply_quarantined(self._database, self._inbox)
            except Exception as failure:  # noqa: BLE001 - the next turn may find the database back
                log.error("replication.reapplier", error=type(failure).__name__)
            else:
                if applied:
                    log.info("replication.reapplied", events=applied)
            if self._stopping.wait(self._interval_s):
                return
