"""Every query of the post's side: what goes next, what came back, what waits."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.ids import new_id
from crossing.replication.events import Envelope, Lane, MachineRef, SignedEvent, blob_notes
from crossing.replication.inbox import EpochHead, Known
from crossing.replication.models import (
    OutboxBlob,
    OutboxDelivery,
    OutboxEvent,
    OutboxUpload,
    Receipt,
    SenderInstance,
)
from crossing.replication.outbox import DeliveryState
from crossing.replication.receipts import Outcome, Verdict

MAX_BATCH_TEXT: Final = 512 * 1024
"""Bytes of payload in one batch, before compression; a single event may be larger."""

_TAKEN: Final = (Outcome.APPLIED, Outcome.DUPLICATE, Outcome.QUARANTINED)


@dataclass(frozen=True, slots=True)
class Upload:
    """A blob that waits and may go: an event that announces it is at the capital."""

    sha256: str
    size: int
    lane: Lane


def next_events(session: Session, of: MachineRef, *, limit: int) -> list[SignedEvent]:
    """The machine's most urgent events that wait, oldest first: all of one lane and epoch, at most ``limit``."""
    rows = session.scalars(
        sa.select(OutboxEvent)
        .join(OutboxDelivery, OutboxDelivery.event_id == OutboxEvent.event_id)
        .where(
            OutboxDelivery.state == DeliveryState.WAITING,
            OutboxEvent.post == of.post,
            OutboxEvent.machine == of.machine,
        )
        .order_by(OutboxDelivery.lane, OutboxDelivery.epoch, OutboxDelivery.sequence)
        .limit(limit)
    ).all()
    events: list[SignedEvent] = []
    room = MAX_BATCH_TEXT
    for row in rows:
        room -= len(row.payload)
        if events and (room < 0 or (row.lane, row.epoch) != (rows[0].lane, rows[0].epoch)):
            break
        events.append(_signed(row))
    return events


def next_upload(session: Session, *, busy_with: Collection[str], before: Lane | None) -> Upload | None:
    """The most urgent blob that may go, of a lane more urgent than ``before``, and is not among ``busy_with``."""
    announced = (
        sa.select(OutboxBlob.sha256)
        .join(OutboxDelivery, OutboxDelivery.event_id == OutboxBlob.event_id)
        .where(OutboxBlob.sha256 == OutboxUpload.sha256, OutboxDelivery.outcome.in_(_TAKEN))
    )
    query = (
        sa.select(OutboxUpload.sha256, OutboxUpload.size, OutboxUpload.lane)
        .where(OutboxUpload.state == DeliveryState.WAITING, OutboxUpload.sha256.not_in(busy_with), announced.exists())
        .order_by(OutboxUpload.lane, OutboxUpload.announced_by)
        .limit(1)
    )
    if before is not None:
        query = query.where(OutboxUpload.lane < before)
    row = session.execute(query).one_or_none()
    return Upload(row.sha256, row.size, Lane(row.lane)) if row else None


def record_verdicts(
    session: Session, events: Sequence[SignedEvent], verdicts: Sequence[Verdict], *, document: bytes, signature: bytes
) -> None:
    """Keep the receipt and what it says of each event.

    A refused event is set aside. One that leaned on a refused event's hash was not read for that reason alone: it
    stays, and goes again with the hash spelt out.
    """
    kept = any(verdict.outcome is not Outcome.REFUSED for verdict in verdicts)
    receipt_id = _keep(session, document, signature) if kept else None
    changes: list[dict[str, Any]] = []
    last_refused: int | None = None
    for event, verdict in zip(events, verdicts, strict=True):
        sequence, refused = event.envelope.sequence, verdict.outcome is Outcome.REFUSED
        leaned = refused and last_refused == sequence - 1
        last_refused = sequence if refused else None
        if not leaned:
            changes.append(
                {
                    "event_id": event.envelope.event_id,
                    "state": DeliveryState.SET_ASIDE if refused else DeliveryState.RECEIPTED,
                    "outcome": verdict.outcome,
                    "reason": verdict.reason,
                    "receipt_id": None if refused else receipt_id,
                }
            )
    session.execute(sa.update(OutboxDelivery), changes)


def record_upload(session: Session, sha256: str, *, document: bytes, signature: bytes) -> None:
    receipt_id = _keep(session, document, signature)
    session.execute(
        sa.update(OutboxUpload)
        .where(OutboxUpload.sha256 == sha256)
        .values(state=DeliveryState.RECEIPTED, reason=None, receipt_id=receipt_id)
    )


def set_event_aside(session: Session, event_id: UUID, reason: str) -> None:
    session.execute(
        sa.update(OutboxDelivery)
        .where(OutboxDelivery.event_id == event_id)
        .values(state=DeliveryState.SET_ASIDE, reason=reason)
    )


def set_upload_aside(session: Session, sha256: str, reason: str) -> None:
    session.execute(
        sa.update(OutboxUpload)
        .where(OutboxUpload.sha256 == sha256)
        .values(state=DeliveryState.SET_ASIDE, reason=reason)
    )


def retry_set_aside(session: Session) -> None:
    """Let everything that was set aside wait again, with its reason as the last word on it."""
    for table in (OutboxDelivery, OutboxUpload):
        session.execute(
            sa.update(table).where(table.state == DeliveryState.SET_ASIDE).values(state=DeliveryState.WAITING)
        )


def heads(session: Session, of: MachineRef) -> list[EpochHead]:
    """The end of each of the machine's epochs in this outbox."""
    last = (
        sa.select(OutboxEvent.epoch, sa.func.max(OutboxEvent.sequence).label("sequence"))
        .where(OutboxEvent.post == of.post, OutboxEvent.machine == of.machine)
        .group_by(OutboxEvent.epoch)
        .subquery()
    )
    rows = session.execute(
        sa.select(OutboxEvent.epoch, OutboxEvent.sequence, OutboxEvent.hash)
        .join(last, sa.and_(OutboxEvent.epoch == last.c.epoch, OutboxEvent.sequence == last.c.sequence))
        .where(OutboxEvent.post == of.post, OutboxEvent.machine == of.machine)
        .order_by(OutboxEvent.epoch)
    )
    return [EpochHead(row.epoch, row.sequence, row.hash) for row in rows]


def reopen_lost(session: Session, known: Known) -> int:
    """Send again what the capital signed for and no longer has (it was restored from a backup).

    Returns how many events wait again; their blobs are asked for again too.
    """
    receipted = (
        OutboxDelivery.epoch == known.epoch,
        OutboxDelivery.sequence > known.watermark,
        OutboxDelivery.state == DeliveryState.RECEIPTED,
    )
    have = session.scalar(sa.select(sa.func.count()).select_from(OutboxDelivery).where(*receipted)) or 0
    if have <= known.beyond:
        return 0
    lost = sa.select(OutboxDelivery.event_id).where(*receipted)
    blobs = sa.select(OutboxBlob.sha256).where(OutboxBlob.event_id.in_(lost))
    waiting = {"state": DeliveryState.WAITING, "receipt_id": None}
    session.execute(
        sa.update(OutboxUpload)
        .where(OutboxUpload.sha256.in_(blobs))
        .values(waiting)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(OutboxDelivery)
        .where(*receipted)
        .values({**waiting, "outcome": None})
        .execution_options(synchronize_session=False)
    )
    return have


def start_instance(session: Session, clock: Clock, *, remembered: int) -> tuple[str, tuple[str, ...]]:
    """Note a start of the sender; returns its new name, and the names before it, newest first."""
    before = session.scalars(sa.select(SenderInstance.instance).order_by(SenderInstance.id.desc()).limit(remembered))
    lineage = tuple(before)
    instance = secrets.token_hex(8)
    session.add(SenderInstance(id=new_id(), instance=instance, started_at=clock.now()))
    return instance, lineage


def _keep(session: Session, document: bytes, signature: bytes) -> UUID:
    receipt_id = new_id()
    session.execute(sa.insert(Receipt).values(id=receipt_id, document=document.decode(), signature=signature))
    return receipt_id


def _signed(row: OutboxEvent) -> SignedEvent:
    envelope = Envelope(
        event_id=row.event_id,
        post=row.post,
        machine=row.machine,
        epoch=row.epoch,
        sequence=row.sequence,
        previous=row.previous,
        lane=Lane(row.lane),
        type=row.type,
        version=row.version,
        occurred_at=row.occurred_at,
        payload=row.payload,
        blobs=blob_notes(row.blobs),
    )
    return SignedEvent(envelope, row.hash, row.signature)
