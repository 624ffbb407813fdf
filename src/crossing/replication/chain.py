"""The chain of a machine's history at the capital: verified link by link as gaps fill."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.orm import Session

from crossing.replication import inbox_repository as repository
from crossing.replication.events import MachineRef, SignedEvent
from crossing.replication.models import InboxWatermark


class _Link(NamedTuple):
    sequence: int
    previous: bytes
    hash: bytes


def advance(session: Session, mark: InboxWatermark, fresh: Iterable[SignedEvent]) -> int | None:
    """Move the watermark over everything that now follows it without a gap.

    ``fresh`` are the events of this transaction, already inserted. Returns the number of an event that does not
    continue the chain, and then the watermark stays before it; None where every link holds.
    """
    links = sorted(_Link(e.envelope.sequence, e.envelope.previous, e.hash) for e in fresh)
    if links:
        mark.highest = max(mark.highest, links[-1].sequence)
    broken = _follow(mark, links)
    # The rest of the way are events that came earlier, out of order.
    while broken is None and _next_is_here(session, mark):
        stored = repository.links_beyond(session, MachineRef(mark.post, mark.machine), mark.epoch, mark.sequence)
        broken = _follow(mark, [_Link(row.sequence, row.previous, row.hash) for row in stored])
    return broken


def _next_is_here(session: Session, mark: InboxWatermark) -> bool:
    if mark.sequence >= mark.highest:
        return False
    return repository.hash_at(session, MachineRef(mark.post, mark.machine), mark.epoch, mark.sequence + 1) is not None


def _follow(mark: InboxWatermark, links: Iterable[_Link]) -> int | None:
    for link in links:
        if link.sequence != mark.sequence + 1:
            return None
        if link.previous != mark.hash:
            return link.sequence
        mark.sequence, mark.hash = link.sequence, link.hash
    return None
