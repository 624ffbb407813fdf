"""Receipts: what the capital signs for after its commit, and the post keeps as proof before it deletes anything.

A receipt for events names each by id, sequence and hash, but travels without them: the post rebuilds the document
from its own hashes. A capital that had read anything else would have signed another document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from crossing.platform.crypto import SigningKey, signature_holds
from crossing.replication.events import MachineRef, SignedEvent, canonical, instant

_CONTEXT: Final = b"crossing receipt 1\n"


class Outcome(StrEnum):
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    """Kept, but not understood yet: it is applied when its applier appears. The post has nothing left to do."""
    FORK = "fork"
    """Kept as evidence beside the other event of the same number; neither is merged."""
    REFUSED = "refused"
    """Not kept: malformed or not signed by its machine. No receipt stands for it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one event. ``reason`` is a code and carries no data of the event."""

    outcome: Outcome
    reason: str | None = None


def events_receipt(events: Sequence[tuple[SignedEvent, Verdict]], *, of: MachineRef, received_at: datetime) -> bytes:
    """The document signed for a batch. Refused events are left out: nothing was kept of them."""
    return canonical(
        {
            "kind": "events",
            "post": of.post,
            "machine": of.machine,
            "received_at": instant(received_at),
            "events": [
                [
                    str(event.envelope.event_id),
                    event.envelope.epoch,
                    event.envelope.sequence,
                    event.hash.hex(),
                    verdict.outcome,
                    verdict.reason,
                ]
                for event, verdict in events
                if verdict.outcome is not Outcome.REFUSED
            ],
        }
    )


def blob_receipt(*, sha256: str, size: int, of: MachineRef, received_at: datetime) -> bytes:
    """The document signed for a blob that is whole, verified and on disk."""
    return canonical(
        {
            "kind": "blob",
            "post": of.post,
            "machine": of.machine,
            "received_at": instant(received_at),
            "sha256": sha256,
            "size": size,
        }
    )


def sign_receipt(document: bytes, key: SigningKey) -> bytes:
    return key.sign(_CONTEXT + document)


def receipt_holds(document: bytes, signature: bytes, capital_key: bytes) -> bool:
    """Whether the capital with this public key signed the document."""
    return signature_holds(capital_key, signature, _CONTEXT + document)
