"""In-process notices: who waits for something to change is woken, and looks for itself what changed.

A notice carries no data. A reader that misses one loses nothing, since it reads the truth from the database.
"""

import threading
from collections import Counter
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session


class Notices:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts: Counter[str] = Counter()

    def publish(self, topic: str) -> None:
        """Wake everyone who waits for ``topic``; to be called after the commit that made the change visible."""
        with self._changed:
            self._counts[topic] += 1
            self._changed.notify_all()

    def count(self, topic: str) -> int:
        with self._changed:
            return self._counts[topic]

    def wait(self, topic: str, *, seen: int, timeout_s: float) -> int:
        """The topic's count once it differs from ``seen``, or after ``timeout_s`` as it then is."""
        with self._changed:
            self._changed.wait_for(lambda: self._counts[topic] != seen, timeout=timeout_s)
            return self._counts[topic]


def publish_after_commit(session: Session, notices: Notices, topic: str) -> None:
    """Publish ``topic`` once ``session`` has committed, and not at all where it rolls back."""
    after_commit(session, lambda: notices.publish(topic))


def after_commit(session: Session, do: Callable[[], None]) -> None:
    """Call ``do`` once, when ``session`` has committed, and not at all where it rolls back. It must not raise, and
    must not take long: whoever committed waits for it."""

    done = False

    def committed(_session: Session) -> None:
        nonlocal done
        # The end of a savepoint is announced as a commit too; what it wrote is not visible to anybody yet.
        if not done and not session.in_nested_transaction():
            done = True
            do()

    event.listen(session, "after_commit", committed)
