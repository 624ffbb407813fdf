"""The outbox: an event is written in the transaction of the rows that it tells of, or not at all."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.ids import new_id
from crossing.platform.notify import Notices, publish_after_commit
from crossing.replication.errors import EventInvalid
from crossing.replication.events import (
    GENESIS,
    MAX_BLOB_BYTES,
    MAX_BLOBS,
    BlobNote,
    Envelope,
    Lane,
    MachineSigner,
    SignedEvent,
    blob_rows,
    payload_text,
    sign,
)
from crossing.replication.models import OutboxBlob, OutboxDelivery, OutboxEvent, OutboxUpload

TOPIC: Final = "outbox"
"""The notice that wakes the sender."""

_TYPE: Final = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class DeliveryState(StrEnum):
    WAITING = "waiting"
    RECEIPTED = "receipted"
    SET_ASIDE = "set_aside"
    """The capital (or this disk) refuses it for now; it is tried again slowly and holds up nothing."""


class Outbox:
    """Writes this machine's history, signed and chained. One machine at a time writes into a database."""

    def __init__(self, signer: MachineSigner, clock: Clock, notices: Notices | None = None) -> None:
        self.signer = signer
        self._clock = clock
        self._notices = notices

    def append(
        self,
        session: Session,
        *,
        lane: Lane,
        type: str,  # noqa: A002 - the event's own word
        version: int,
        payload: Mapping[str, Any],
        blobs: Sequence[BlobNote] = (),
    ) -> UUID:
        """Write an event in the caller's transaction; returns its id.

        ``type`` and ``version`` (from 1) name the applier at the capital; ``payload`` is any JSON object of at most
        256 KiB; ``blobs`` must already be in the blob store. Raises :class:`EventInvalid`.
        """
        notes = _checked(type, version, blobs)
        text = payload_text(payload)
        hold_until_commit(session, TOPIC)
        sequence, previous = self._head(session)
        envelope = Envelope(
            event_id=new_id(),
            post=self.signer.post,
            machine=self.signer.machine,
            epoch=self.signer.epoch,
            sequence=sequence + 1,
            previous=previous,
            lane=lane,
            type=type,
            version=version,
            occurred_at=self._clock.now(),
            payload=text,
            blobs=notes,
        )
        _write(session, sign(envelope, self.signer.key))
        if self._notices is not None:
            publish_after_commit(session, self._notices, TOPIC)
        return envelope.event_id

    def _head(self, session: Session) -> tuple[int, bytes]:
        """The last sequence of this machine and epoch, and its hash."""
        row = session.execute(
            sa.select(OutboxEvent.sequence, OutboxEvent.hash)
            .where(
                OutboxEvent.post == self.signer.post,
                OutboxEvent.machine == self.signer.machine,
                OutboxEvent.epoch == self.signer.epoch,
            )
            .order_by(OutboxEvent.sequence.desc())
            .limit(1)
        ).one_or_none()
        return (row.sequence, row.hash) if row else (0, GENESIS)


def event_values(event: SignedEvent) -> dict[str, Any]:
    """The columns that an event has in every table that keeps events."""
    envelope = event.envelope
    return {
        "event_id": envelope.event_id,
        "post": envelope.post,
        "machine": envelope.machine,
        "epoch": envelope.epoch,
        "sequence": envelope.sequence,
        "lane": int(envelope.lane),
        "type": envelope.type,
        "version": envelope.version,
        "occurred_at": envelope.occurred_at,
        "payload": envelope.payload,
        "blobs": blob_rows(envelope.blobs),
        "previous": envelope.previous,
        "hash": event.hash,
        "signature": event.signature,
    }


def _checked(type_: str, version: int, blobs: Sequence[BlobNote]) -> tuple[BlobNote, ...]:
    if not _TYPE.fullmatch(type_) or version < 1:
        raise EventInvalid(reason="type")
    notes = tuple({note.sha256: note for note in blobs}.values())
    if len(notes) > MAX_BLOBS:
        raise EventInvalid(reason="blobs")
    for note in notes:
        if not _SHA256.fullmatch(note.sha256) or not 0 < note.size <= MAX_BLOB_BYTES:
            raise EventInvalid(reason="blob")
    return notes


def _write(session: Session, event: SignedEvent) -> None:
    envelope = event.envelope
    session.execute(sa.insert(OutboxEvent).values(event_values(event)))
    session.execute(
        sa.insert(OutboxDelivery).values(
            event_id=envelope.event_id,
            lane=int(envelope.lane),
            epoch=envelope.epoch,
            sequence=envelope.sequence,
            state=DeliveryState.WAITING,
        )
    )
    for note in envelope.blobs:
        session.execute(sa.insert(OutboxBlob).values(event_id=envelope.event_id, sha256=note.sha256))
        known = session.scalar(sa.select(OutboxUpload.sha256).where(OutboxUpload.sha256 == note.sha256))
        if known is None:
            session.execute(
                sa.insert(OutboxUpload).values(
                    sha256=note.sha256,
                    size=note.size,
                    lane=int(note.lane),
                    announced_by=envelope.event_id,
                    state=DeliveryState.WAITING,
                )
            )
