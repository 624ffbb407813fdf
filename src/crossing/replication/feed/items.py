"""An item of the feed as the capital signs it, and as it travels."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from crossing.platform.crypto import SigningKey, signature_holds
from crossing.replication.errors import EventInvalid
from crossing.replication.events import MachineRef, canonical, instant
from crossing.replication.feed.appliers import FeedItem
from crossing.replication.feed.models import AsideItem

MAX_PAYLOAD_BYTES: Final = 64 * 1024
_FORMAT: Final = 1
_ITEM_CONTEXT: Final = b"crossing feed item 1\n"
_MARK_CONTEXT: Final = b"crossing feed mark 1\n"
_TYPE: Final = re.compile(r"[a-z][a-z0-9_.]{0,63}")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of one feed. ``payload`` is canonical JSON; ``not_to`` is the machine it is not meant for."""

    feed_id: UUID
    sequence: int
    item_id: UUID
    type: str
    version: int
    payload: str
    published_at: datetime
    expires_at: datetime
    not_to: MachineRef | None = None

    def document(self) -> bytes:
        """The canonical text that is signed; the payload takes part through its own hash."""
        return canonical(
            {
                "format": _FORMAT,
                "feed_id": str(self.feed_id),
                "sequence": self.sequence,
                "item_id": str(self.item_id),
                "type": self.type,
                "version": self.version,
                "payload_sha256": hashlib.sha256(self.payload.encode()).hexdigest(),
                "published_at": instant(self.published_at),
                "expires_at": instant(self.expires_at),
                "not_to": list(self.not_to) if self.not_to else None,
            }
        )

    def sign(self, key: SigningKey) -> bytes:
        """The capital's signature, 64 bytes."""
        return key.sign(_ITEM_CONTEXT + self.document())

    def holds(self, signature: bytes, capital_key: bytes) -> bool:
        """Whether the capital with this public key signed the item."""
        return signature_holds(capital_key, signature, _ITEM_CONTEXT + self.document())

    def mark(self, before: bytes) -> bytes:
        """32 bytes that stand for the history up to this item, where ``before`` stands for the one up to the last."""
        return hashlib.sha256(_MARK_CONTEXT + before + self.document()).digest()


def first_mark(feed_id: UUID) -> bytes:
    """What stands for a feed without an item."""
    return hashlib.sha256(_MARK_CONTEXT + feed_id.bytes).digest()


def payload_text(payload: Mapping[str, Any]) -> str:
    """A payload in canonical form. Raises :class:`EventInvalid` for one that is too large or is not JSON."""
    text = canonical(payload)
    if len(text) > MAX_PAYLOAD_BYTES:
        raise EventInvalid(reason="payload_size")
    return text.decode()


def require_type(type_: str, version: int) -> None:
    """Raises :class:`EventInvalid` for a type or version that no applier can be registered for."""
    if not _TYPE.fullmatch(type_) or version < 1:
        raise EventInvalid(reason="type")


def for_applier(item: Item | AsideItem) -> FeedItem:
    """Raises :class:`EventInvalid` where the payload is not a JSON object."""
    try:
        payload = json.loads(item.payload)
    except (ValueError, RecursionError) as unreadable:
        raise EventInvalid(reason="payload") from unreadable
    if not isinstance(payload, dict):
        raise EventInvalid(reason="payload")
    return FeedItem(
        item_id=item.item_id,
        sequence=item.sequence,
        type=item.type,
        version=item.version,
        payload=payload,
        published_at=item.published_at,
        expires_at=item.expires_at,
    )


class WireItem(BaseModel):
    """An item on its way, without the feed that the page names for all of its items."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    seq: Annotated[int, Field(ge=1, le=2**53)]
    type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
    v: Annotated[int, Field(ge=1, le=2**31 - 1)]
    payload: Annotated[str, StringConstraints(max_length=MAX_PAYLOAD_BYTES)]
    published: AwareDatetime
    expires: AwareDatetime
    not_to: tuple[str, str] | None = None
    sig: Annotated[str, StringConstraints(max_length=88)]

    def item(self, feed_id: UUID) -> Item:
        return Item(
            feed_id=feed_id,
            sequence=self.seq,
            item_id=self.id,
            type=self.type,
            version=self.v,
            payload=self.payload,
            published_at=self.published,
            expires_at=self.expires,
            not_to=MachineRef(*self.not_to) if self.not_to else None,
        )

    def signature(self) -> bytes:
        """Raises ``ValueError`` where it is not base64."""
        return base64.b64decode(self.sig, validate=True)


def to_wire(item: Item, signature: bytes) -> WireItem:
    return WireItem(
        id=item.item_id,
        seq=item.sequence,
        type=item.type,
        v=item.version,
        payload=item.payload,
        published=item.published_at,
        expires=item.expires_at,
        not_to=tuple(item.not_to) if item.not_to else None,
        sig=base64.b64encode(signature).decode(),
    )


def can_travel(item: Item, signature: bytes) -> bool:
    """Whether it has the form of an item at all."""
    try:
        to_wire(item, signature)
    except ValidationError:
        return False
    return True
