"""What replicates: events, their canonical form, their hash chain and their signatures.

An event's envelope names its payload by hash, and the previous event of the same machine and epoch by that one's
hash. So the order of a machine's history is proved by the machine's own key; no clock takes part in it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from crossing.platform.crypto import SigningKey, signature_holds
from crossing.platform.images import MAX_BYTES as MAX_IMAGE_BYTES
from crossing.replication.errors import EventInvalid

FORMAT: Final = 1
GENESIS: Final = bytes(32)
"""What the first event of an epoch names as its predecessor."""
MAX_PAYLOAD_BYTES: Final = 256 * 1024
MAX_BLOBS: Final = 64
MAX_BLOB_BYTES: Final = MAX_IMAGE_BYTES
_EVENT_CONTEXT: Final = b"crossing event 1\n"


class Lane(IntEnum):
    """What goes first over a narrow link. Strict: while a lower number waits, a higher one does not start."""

    ALERT = 1
    BIOGRAPHIC = 2
    FACE = 3
    IMAGES = 4


@dataclass(frozen=True, slots=True)
class BlobNote:
    """A blob that an event announces: SHA-256 in hex, bytes, and the lane in which its content travels."""

    sha256: str
    size: int
    lane: Lane


class MachineRef(NamedTuple):
    """One machine of the nation: the code of its post and its name there, which is never given twice."""

    post: str
    machine: str


@dataclass(frozen=True, slots=True)
class MachineSigner:
    """Who this machine is: its post's code, its name and epoch as enrolled, and the key that signs for it."""

    post: str
    machine: str
    epoch: int
    key: SigningKey

    @property
    def ref(self) -> MachineRef:
        return MachineRef(self.post, self.machine)


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """What an applier is given: an event whose sender and signature were proved."""

    event_id: UUID
    post: str
    machine: str
    epoch: int
    sequence: int
    lane: Lane
    type: str
    version: int
    payload: dict[str, Any]
    occurred_at: datetime
    blobs: tuple[BlobNote, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event as its machine signs it. ``payload`` is canonical JSON; ``previous`` is 32 bytes."""

    event_id: UUID
    post: str
    machine: str
    epoch: int
    sequence: int
    previous: bytes
    lane: Lane
    type: str
    version: int
    occurred_at: datetime
    payload: str
    blobs: tuple[BlobNote, ...]

    @property
    def ref(self) -> MachineRef:
        return MachineRef(self.post, self.machine)

    def hash(self) -> bytes:
        """SHA-256 over the canonical envelope; the payload takes part through its own hash."""
        return hashlib.sha256(
            canonical(
                {
                    "format": FORMAT,
                    "event_id": str(self.event_id),
                    "post": self.post,
                    "machine": self.machine,
                    "epoch": self.epoch,
                    "sequence": self.sequence,
                    "previous": self.previous.hex(),
                    "lane": int(self.lane),
                    "type": self.type,
                    "version": self.version,
                    "occurred_at": instant(self.occurred_at),
                    "payload_sha256": hashlib.sha256(self.payload.encode()).hexdigest(),
                    "blobs": blob_rows(self.blobs),
                }
            )
        ).digest()

    def received(self) -> ReceivedEvent:
        """The event for its applier. Raises :class:`EventInvalid` where the payload is not a JSON object."""
        return ReceivedEvent(
            event_id=self.event_id,
            post=self.post,
            machine=self.machine,
            epoch=self.epoch,
            sequence=self.sequence,
            lane=self.lane,
            type=self.type,
            version=self.version,
            payload=_payload(self.payload),
            occurred_at=self.occurred_at,
            blobs=self.blobs,
        )


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """An envelope with its hash (32 bytes) and the machine's Ed25519 signature (64 bytes)."""

    envelope: Envelope
    hash: bytes
    signature: bytes

    def holds(self, public_key: bytes) -> bool:
        """Whether the machine with this key signed the envelope."""
        return signature_holds(public_key, self.signature, _EVENT_CONTEXT + self.hash)


def sign(envelope: Envelope, key: SigningKey) -> SignedEvent:
    digest = envelope.hash()
    return SignedEvent(envelope, digest, key.sign(_EVENT_CONTEXT + digest))


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one UTF-8 JSON text of a document: keys sorted, no white space, no NaN.

    Raises :class:`EventInvalid` for what JSON or UTF-8 cannot say.
    """
    try:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as unsayable:
        raise EventInvalid(reason="payload") from unsayable


def payload_text(payload: Mapping[str, Any]) -> str:
    """A payload in canonical form. Raises :class:`EventInvalid` for one that is too large or is not JSON."""
    text = canonical(payload)
    if len(text) > MAX_PAYLOAD_BYTES:
        raise EventInvalid(reason="payload_size")
    return text.decode()


def _payload(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError) as unreadable:
        raise EventInvalid(reason="payload") from unreadable
    if not isinstance(payload, dict):
        raise EventInvalid(reason="payload")
    return payload


def instant(moment: datetime) -> str:
    """An instant as it is hashed: UTC, microseconds, ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def blob_rows(blobs: tuple[BlobNote, ...]) -> list[list[str | int]]:
    """Blob notes as JSON: ``[sha256, size, lane]`` each."""
    return [[note.sha256, note.size, int(note.lane)] for note in blobs]


def blob_notes(rows: list[list[Any]]) -> tuple[BlobNote, ...]:
    return tuple(BlobNote(sha256, size, Lane(lane)) for sha256, size, lane in rows)
