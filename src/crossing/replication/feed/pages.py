"""A page of the feed: what a post asks, and what the capital answers, signed for this machine and this question.

The question carries a random nonce that the signature covers, so that an old answer is of no use to anybody.
"""

import gzip
import hashlib
import itertools
import json
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from crossing.platform.crypto import SigningKey, signature_holds
from crossing.replication.events import MachineRef, canonical
from crossing.replication.feed.items import Item, WireItem, to_wire

MOST_ITEMS: Final = 100
MOST_PAYLOAD_BYTES: Final = 256 * 1024
"""Of all payloads of a page together; a page of one item may always be sent."""
MAX_PAGE_BYTES: Final = 1024 * 1024
"""Of a page, packed or not: payloads with every sign escaped, and what goes around them."""
_GZIP: Final = 16 + zlib.MAX_WBITS
_ANSWER_CONTEXT: Final = b"crossing feed answer 1\n"

Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
_Sequence = Annotated[int, Field(ge=0, le=2**53)]


class Place(StrEnum):
    """What the capital says to the place that a post has come to."""

    KNOWN = "known"
    AGED = "aged"
    """So old that its mark was forgotten: the post begins anew with what has not expired."""
    DIVERGED = "diverged"
    """Not of this feed's history: the capital was restored or replaced. The post begins anew."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a feed was read: the sequence, and the mark (32 bytes) of the history up to there."""

    feed_id: UUID
    sequence: int
    mark: bytes


@dataclass(frozen=True, slots=True)
class Question:
    """What one machine asks: at most ``limit`` items after ``since``, None for the beginning."""

    of: MachineRef
    since: Position | None
    limit: int
    nonce: str

    @classmethod
    def fresh(cls, of: MachineRef, since: Position | None, *, limit: int = MOST_ITEMS) -> "Question":
        return cls(of, since, limit, secrets.token_hex(16))

    @property
    def after(self) -> int:
        return self.since.sequence if self.since else 0

    def parameters(self) -> dict[str, str]:
        """As it stands in the address; it names no person."""
        asked = {"after": str(self.after), "limit": str(self.limit), "nonce": self.nonce}
        if self.since is not None:
            asked |= {"feed": str(self.since.feed_id), "mark": self.since.mark.hex()}
        return asked

    def _signed_text(self, packed: bytes) -> bytes:
        return _ANSWER_CONTEXT + canonical(
            {
                "post": self.of.post,
                "machine": self.of.machine,
                "question": self.parameters(),
                "sha256": hashlib.sha256(packed).hexdigest(),
            }
        )

    def sign(self, packed: bytes, key: SigningKey) -> bytes:
        """The capital's signature (64 bytes) under this answer to this question."""
        return key.sign(self._signed_text(packed))

    def holds(self, packed: bytes, signature: bytes, capital_key: bytes) -> bool:
        return signature_holds(capital_key, signature, self._signed_text(packed))


@dataclass(frozen=True, slots=True)
class Page:
    """Items in the order of their sequence, each with its signature, not yet verified.

    They follow ``start``, which is 0 where the place is not known. ``end`` is up to where nothing else is for this
    machine, ``head`` the highest sequence that was published. ``answered_at`` is by the capital's clock.
    """

    place: Place
    start: int
    items: tuple[tuple[Item, bytes], ...]
    end: Position
    head: int
    answered_at: datetime


class PageUnreadable(ValueError):
    """What came is not an answer to what was asked."""


class _PageOut(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: UUID
    place: Place
    start: _Sequence
    items: Annotated[list[WireItem], Field(max_length=MOST_ITEMS)]
    end: _Sequence
    mark: Hex32
    head: _Sequence
    answered_at: AwareDatetime


def pack(page: Page) -> bytes:
    """A page as gzip'd JSON."""
    body = _PageOut(
        feed=page.end.feed_id,
        place=page.place,
        start=page.start,
        items=[to_wire(item, signature) for item, signature in page.items],
        end=page.end.sequence,
        mark=page.end.mark.hex(),
        head=page.head,
        answered_at=page.answered_at,
    )
    return gzip.compress(body.model_dump_json(exclude_none=True).encode(), compresslevel=6, mtime=0)


def unpack(packed: bytes, question: Question) -> Page:
    """The page that answers ``question``; its signature must have been verified.

    Raises :class:`PageUnreadable`, also for items that go backwards or lie outside of what the page covers.
    """
    try:
        body = _PageOut.model_validate(json.loads(_unzipped(packed)))
        items = tuple((one.item(body.feed), one.signature()) for one in body.items)
        end = Position(body.feed, body.end, bytes.fromhex(body.mark))
    except (ValueError, RecursionError, zlib.error) as unreadable:
        raise PageUnreadable("form") from unreadable
    page = Page(body.place, body.start, items, end, body.head, body.answered_at)
    if not (_begins_where_asked(page, question) and _goes_forward(page) and _is_for(page, question.of)):
        raise PageUnreadable("order")
    return page


def _unzipped(packed: bytes) -> bytes:
    stream = zlib.decompressobj(_GZIP)
    text = stream.decompress(packed, MAX_PAGE_BYTES)
    if stream.unconsumed_tail or not stream.eof or stream.unused_data:
        raise PageUnreadable("size")
    return text


def _begins_where_asked(page: Page, question: Question) -> bool:
    if page.place is not Place.KNOWN:
        return page.start == 0
    same = question.since is None or question.since.feed_id == page.end.feed_id
    return same and page.start == question.after


def _goes_forward(page: Page) -> bool:
    """Each step is upwards, and a page that is not the last one goes on, though perhaps over what nobody can send."""
    steps = [page.start, *(item.sequence for item, _ in page.items)]
    upwards = all(before < after for before, after in itertools.pairwise(steps))
    whole = page.end.sequence == page.head
    return upwards and steps[-1] <= page.end.sequence <= page.head and (whole or page.end.sequence > page.start)


def _is_for(page: Page, machine: MachineRef) -> bool:
    return all(item.not_to != machine for item, _ in page.items)
