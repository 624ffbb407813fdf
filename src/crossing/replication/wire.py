"""How events travel: JSON, gzip'd in batches, over HTTPS or in a file; read with every limit that a stranger needs.

A batch says once what all its events share. Events that follow each other in the machine's history leave out the
predecessor's hash, since the batch itself has it. A payload travels as the text that was hashed, not as JSON inside
JSON: two programs need not agree on how a number is written.
"""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from crossing.replication.errors import BatchInvalid, BatchTooLarge, EventInvalid
from crossing.replication.events import (
    FORMAT,
    MAX_BLOB_BYTES,
    MAX_BLOBS,
    MAX_PAYLOAD_BYTES,
    BlobNote,
    Envelope,
    Lane,
    SignedEvent,
    blob_rows,
    instant,
)

MAX_BATCH: Final = 500
MAX_PACKED_BYTES: Final = 4 * 1024 * 1024
MAX_BATCH_BYTES: Final = 16 * 1024 * 1024
_MAX_NUMBER: Final = 2**53
_GZIP: Final = 16 + zlib.MAX_WBITS

_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_BlobRow = tuple[_Sha256, Annotated[int, Field(gt=0, le=MAX_BLOB_BYTES)], Lane]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Batch(_Strict):
    """Some events of one machine and one epoch. ``instance`` is the sender's, None in a file carried by hand."""

    format: Literal[1]
    post: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    machine: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    epoch: Annotated[int, Field(ge=1, le=2**31 - 1)]
    instance: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = None
    events: Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH)]


class _WireEvent(_Strict):
    id: UUID
    seq: Annotated[int, Field(ge=1, le=_MAX_NUMBER)]
    prev: str | None = None
    lane: Lane
    type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
    v: Annotated[int, Field(ge=1, le=2**31 - 1)]
    at: AwareDatetime
    # PostgreSQL keeps no NUL in a text, and canonical JSON has none.
    payload: Annotated[str, StringConstraints(max_length=MAX_PAYLOAD_BYTES, pattern=r"^[^\x00]*$")]
    blobs: Annotated[list[_BlobRow], Field(max_length=MAX_BLOBS)] = []
    sig: str


def pack(events: Sequence[SignedEvent], *, instance: str | None = None) -> bytes:
    """A batch of events of one machine and epoch, ready to be sent."""
    first = events[0].envelope
    document = {
        "format": FORMAT,
        "post": first.post,
        "machine": first.machine,
        "epoch": first.epoch,
        "events": [_to_wire(event, events[at - 1] if at else None) for at, event in enumerate(events)],
    }
    if instance is not None:
        document["instance"] = instance
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def unpack(packed: bytes) -> Batch:
    """The batch in ``packed``, its events not yet read. Raises :class:`BatchTooLarge` or :class:`BatchInvalid`."""
    if len(packed) > MAX_PACKED_BYTES:
        raise BatchTooLarge
    stream = zlib.decompressobj(_GZIP)
    try:
        text = stream.decompress(packed, MAX_BATCH_BYTES)
        if stream.unconsumed_tail:
            raise BatchTooLarge
        if not stream.eof or stream.unused_data:
            raise BatchInvalid
        return Batch.model_validate(json.loads(text))
    except (zlib.error, ValueError, RecursionError) as unreadable:
        raise BatchInvalid from unreadable


def read_events(batch: Batch) -> list[SignedEvent | None]:
    """The batch's events in order, None for one that is malformed. Signatures are not checked here."""
    events: list[SignedEvent | None] = []
    for item in batch.events:
        try:
            events.append(_from_wire(batch, item, events[-1] if events else None))
        except (ValidationError, EventInvalid, binascii.Error, ValueError, RecursionError):
            events.append(None)
    return events


def _follows(envelope: Envelope, before: SignedEvent | None) -> bool:
    return before is not None and before.envelope.sequence + 1 == envelope.sequence


def _to_wire(event: SignedEvent, before: SignedEvent | None) -> dict[str, Any]:
    envelope = event.envelope
    item: dict[str, Any] = {
        "id": str(envelope.event_id),
        "seq": envelope.sequence,
        "lane": int(envelope.lane),
        "type": envelope.type,
        "v": envelope.version,
        "at": instant(envelope.occurred_at),
        "payload": envelope.payload,
        "sig": base64.b64encode(event.signature).decode(),
    }
    if envelope.blobs:
        item["blobs"] = blob_rows(envelope.blobs)
    if before is None or not _follows(envelope, before) or before.hash != envelope.previous:
        item["prev"] = base64.b64encode(envelope.previous).decode()
    return item


def _from_wire(batch: Batch, item: Any, before: SignedEvent | None) -> SignedEvent:
    wire = _WireEvent.model_validate(item)
    envelope = Envelope(
        event_id=wire.id,
        post=batch.post,
        machine=batch.machine,
        epoch=batch.epoch,
        sequence=wire.seq,
        previous=_previous(wire, before),
        lane=wire.lane,
        type=wire.type,
        version=wire.v,
        occurred_at=wire.at,
        payload=wire.payload,
        blobs=tuple(BlobNote(*row) for row in wire.blobs),
    )
    return SignedEvent(envelope, envelope.hash(), _bytes(wire.sig, 64))


def _previous(wire: _WireEvent, before: SignedEvent | None) -> bytes:
    if wire.prev is not None:
        return _bytes(wire.prev, 32)
    if before is None or before.envelope.sequence + 1 != wire.seq:
        raise EventInvalid(reason="previous")
    return before.hash


def _bytes(text: str, length: int) -> bytes:
    content = base64.b64decode(text, validate=True)
    if len(content) != length:
        raise EventInvalid(reason="length")
    return content
