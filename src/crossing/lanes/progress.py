"""How far the readings under way are: told a few times a second, so it is kept in memory and in no table."""

from threading import Lock
from uuid import UUID

from crossing.platform.notify import Notices
from crossing.ports.devices import Progress


def topic(session_id: UUID) -> str:
    """The notice that a session has changed, or how far the reading of its chip is."""
    return f"session:{session_id}"


class LiveProgress:
    """One per process: the chip that is being read for each session. Only what has begun and not ended is kept."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._lock = Lock()
        self._under_way: dict[UUID, Progress] = {}

    def begin(self, session_id: UUID, first: Progress) -> None:
        with self._lock:
            self._under_way[session_id] = first
        self._notices.publish(topic(session_id))

    def tell(self, session_id: UUID, progress: Progress) -> None:
        with self._lock:
            changed = self._under_way.get(session_id, progress) != progress
            if changed:
                self._under_way[session_id] = progress
        if changed:
            self._notices.publish(topic(session_id))

    def end(self, session_id: UUID) -> None:
        with self._lock:
            self._under_way.pop(session_id, None)
        self._notices.publish(topic(session_id))

    def of(self, session_id: UUID) -> Progress | None:
        """None where nothing is being read."""
        with self._lock:
            return self._under_way.get(session_id)
