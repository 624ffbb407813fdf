"""Verifying the chain: entry by entry from the first, the first that is not as it was written is named.

The hashes are not keyed, so someone who may write to the database and knows how can forge a whole new chain. Against
that helps what lies elsewhere: note the head that a verification prints, and hand it to a later one as ``expected``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from crossing.audit import repository
from crossing.audit.chain import FIRST, entry_hash
from crossing.audit.repository import Head
from crossing.platform.db import Database, Session
from crossing.platform.db.reading import reading


class Fault(StrEnum):
    """What is wrong with an entry."""

    ALTERED = "altered"
    """It no longer says what it said."""
    REMOVED = "removed"
    """Its place is empty."""
    OUT_OF_ORDER = "out_of_order"
    """It does not follow from the entry before it: moved, put in, or written over together with its hash."""
    NOT_EXPECTED = "not_expected"
    """It is not the entry that was noted elsewhere at this place."""


@dataclass(frozen=True, slots=True)
class Broken:
    """``sequence`` counts from 1; ``entry_id`` is None where the entry is gone."""

    sequence: int
    fault: Fault
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A head noted at an earlier verification."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How a verification ended: ``broken`` is None for a whole chain of ``head.sequence`` entries."""

    broken: Broken | None
    head: Head


def verify(database: Database, *, expected: Expected | None = None) -> Verified:
    """Verify over one snapshot, beside everyone who goes on working. For ``crossing audit verify``."""
    with reading(database) as session:
        return Verified(first_broken(session, expected=expected), repository.head(session))


def first_broken(session: Session, *, expected: Expected | None = None) -> Broken | None:
    """The first entry that is altered, removed, out of order or not what was ``expected``; None for a whole chain.

    ``session`` must see one snapshot (:func:`crossing.platform.db.reading.reading`), or exclude writers.
    """
    last = Head(0, FIRST)
    for entry in repository.in_order(session):
        if broken := _broken(entry, last, expected):
            return broken
        last = Head(entry["sequence"], entry["hash"])
    return _broken_end(repository.recorded_head(session), last, expected)


def _broken(entry: Mapping[str, Any], last: Head, expected: Expected | None) -> Broken | None:
    place = last.sequence + 1
    if entry["sequence"] > place:
        return Broken(place, Fault.REMOVED)
    if entry["sequence"] < place or entry["previous_hash"] != last.hash:
        return Broken(entry["sequence"], Fault.OUT_OF_ORDER, entry["id"])
    if entry_hash(entry) != entry["hash"]:
        return Broken(place, Fault.ALTERED, entry["id"])
    if expected and expected.sequence == place and expected.hash != entry["hash"]:
        return Broken(place, Fault.NOT_EXPECTED, entry["id"])
    return None


def _broken_end(head: Head | None, last: Head, expected: Expected | None) -> Broken | None:
    """Entries cut off at the end, or added past it without the service."""
    ends = max(head.sequence if head else 0, expected.sequence if expected else 0)
    if ends > last.sequence:
        return Broken(last.sequence + 1, Fault.REMOVED)
    if head != (last if last.sequence else None):
        return Broken(last.sequence, Fault.OUT_OF_ORDER)
    return None
