"""Who applies which item of the feed at a post. Each room registers its own; the feed knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class FeedItem:
    """What an applier is given: an item whose signature was proved. ``sequence`` orders the items of one feed.

    ``published_at`` is by the capital's clock, ``expires_at`` by this post's: while nobody sets a wrong clock,
    an item lasts as long as it is meant to.
    """

    item_id: UUID
    sequence: int
    type: str
    version: int
    payload: dict[str, Any]
    published_at: datetime
    expires_at: datetime


Applier = Callable[[Session, FeedItem], None]
"""Writes what an item says into the room's tables.

It must be idempotent: a post that was restored from a backup, or whose capital was, pulls again what it has already
applied, perhaps under other sequences, and only ``item_id`` stays. It works through the session alone (it may be
rolled back and called again) and does not commit. What it raises puts the item aside; the items behind it go on.
"""


class FeedAppliers:
    """The table of appliers, filled once by ``bootstrap``."""

    def __init__(self) -> None:
        self._appliers: dict[tuple[str, int], Applier] = {}

    def register(self, type: str, version: int, applier: Applier) -> None:  # noqa: A002 - the item's own word
        """``applier`` takes items of this type and schema version. Raises ``ValueError`` where one already does."""
        if (type, version) in self._appliers:
            raise ValueError(f"two appliers for {type} version {version}")
        self._appliers[type, version] = applier

    def find(self, type: str, version: int) -> Applier | None:  # noqa: A002
        return self._appliers.get((type, version))
