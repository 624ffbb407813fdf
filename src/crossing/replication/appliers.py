"""Who applies which event at the capital. Each room registers its own; replication knows none of them."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from crossing.replication.events import ReceivedEvent

Applier = Callable[[Session, ReceivedEvent], None]
"""Writes what an event says into the room's tables.

It works through the session alone (it may be rolled back and called again), it does not commit, and it applies by
the payload's own version, since lanes bring events out of order. What it raises quarantines the event.
"""


AtEnd = Callable[[Session], None]
"""Is called at the end of each transaction in which events were applied, just before its commit.

There belongs what other transactions must wait for, so that they wait for no event's sake. What it raises undoes the
transaction, and the post sends the batch again: it must keep the faults of single events to itself.
"""


class ForeignPost(ValueError):
    """An event speaks of another post than the one whose machine signed it."""


def require_own_post(event: ReceivedEvent, post: str) -> None:
    """A machine speaks for its own post only: a stolen laptop must not write another post's history.

    Raises :class:`ForeignPost`, which quarantines the event.
    """
    if event.post != post:
        raise ForeignPost(post)


class Appliers:
    """The table of appliers, filled once by ``bootstrap``."""

    def __init__(self) -> None:
        self._appliers: dict[tuple[str, int], Applier] = {}
        self._at_end: list[AtEnd] = []

    def register(self, type: str, version: int, applier: Applier) -> None:  # noqa: A002 - the event's own word
        """``applier`` takes events of this type and schema version. Raises ``ValueError`` where one already does."""
        if (type, version) in self._appliers:
            raise ValueError(f"two appliers for {type} version {version}")
        self._appliers[type, version] = applier

    def find(self, type: str, version: int) -> Applier | None:  # noqa: A002
        return self._appliers.get((type, version))

    def at_end(self, do: AtEnd) -> None:
        self._at_end.append(do)

    def end(self, session: Session) -> None:
        """To be called once all events of a transaction were applied."""
        for do in self._at_end:
            do(session)
