"""Every query of the capital's side of replication."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from crossing.platform.ids import new_id
from crossing.replication.events import GENESIS, Envelope, Lane, MachineRef, SignedEvent, blob_notes
from crossing.replication.models import (
    ExpectedBlob,
    InboxAlarm,
    InboxEvent,
    InboxFork,
    InboxMachine,
    InboxQuarantine,
    InboxWatermark,
)
from crossing.replication.outbox import event_values


def machine_row(session: Session, of: MachineRef) -> InboxMachine | None:
    """The machine's row, held until the transaction ends: one batch of a machine at a time."""
    return session.scalar(
        sa.select(InboxMachine)
        .where(InboxMachine.post == of.post, InboxMachine.machine == of.machine)
        .with_for_update()
    )


def delivering_instance(session: Session, of: MachineRef) -> str | None:
    return session.scalar(
        sa.select(InboxMachine.instance).where(InboxMachine.post == of.post, InboxMachine.machine == of.machine)
    )


def note_contact(session: Session, of: MachineRef, at: datetime) -> None:
    session.execute(
        sa.update(InboxMachine)
        .where(InboxMachine.post == of.post, InboxMachine.machine == of.machine)
        .values(last_contact_at=at)
    )


def watermark(session: Session, of: MachineRef, epoch: int) -> InboxWatermark:
    row = session.get(InboxWatermark, (*of, epoch))
    if row is None:
        row = InboxWatermark(post=of.post, machine=of.machine, epoch=epoch, sequence=0, hash=GENESIS, highest=0)
        session.add(row)
    return row


def hash_at(session: Session, of: MachineRef, epoch: int, sequence: int) -> bytes | None:
    found: bytes | None = session.scalar(
        _events_of(of, epoch, InboxEvent.hash).where(InboxEvent.sequence == sequence)
    )
    return found


def count_beyond(session: Session, of: MachineRef, epoch: int, sequence: int) -> int:
    """How many events with a higher number than ``sequence`` are here."""
    beyond = _events_of(of, epoch, sa.func.count()).where(InboxEvent.sequence > sequence)
    return session.scalar(beyond) or 0


def links_beyond(
    session: Session, of: MachineRef, epoch: int, sequence: int
) -> Sequence[sa.Row[tuple[int, bytes, bytes]]]:
    """(sequence, previous, hash) of the events after ``sequence``, in order, a bounded piece at a time."""
    return session.execute(
        _events_of(of, epoch, InboxEvent.sequence, InboxEvent.previous, InboxEvent.hash)
        .where(InboxEvent.sequence > sequence)
        .order_by(InboxEvent.sequence)
        .limit(1000)
    ).all()


def known_keys(session: Session, of: MachineRef, epoch: int, sequences: Collection[int]) -> dict[int, bytes]:
    """The hash of each of these numbers that is already here."""
    rows = session.execute(
        _events_of(of, epoch, InboxEvent.sequence, InboxEvent.hash).where(InboxEvent.sequence.in_(sequences))
    )
    return {row.sequence: row.hash for row in rows}


def known_ids(session: Session, ids: Collection[UUID]) -> set[UUID]:
    return set(session.scalars(sa.select(InboxEvent.event_id).where(InboxEvent.event_id.in_(ids))))


def insert_events(session: Session, events: Sequence[SignedEvent], received_at: datetime) -> int:
    """Insert the events whose number and id are new; returns how many they were."""
    # The table and not the model: nobody needs the rows as objects, and making them doubles the time.
    table = cast(sa.Table, InboxEvent.__table__)
    rows = [{**event_values(event), "received_at": received_at} for event in events]
    insert = postgresql.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return session.connection().execute(insert, rows).rowcount


def keep_fork(session: Session, event: SignedEvent, received_at: datetime) -> None:
    envelope = event.envelope
    known = sa.select(InboxFork.id).where(
        InboxFork.post == envelope.post,
        InboxFork.machine == envelope.machine,
        InboxFork.epoch == envelope.epoch,
        InboxFork.sequence == envelope.sequence,
        InboxFork.hash == event.hash,
    )
    if session.scalar(known) is None:
        values = {**event_values(event), "id": new_id(), "received_at": received_at}
        session.execute(sa.insert(InboxFork).values(values))


def note_alarm(session: Session, of: MachineRef, *, epoch: int, kind: str, subject: str, at: datetime) -> bool:
    """Note an alarm unless it already is; returns whether it is new."""
    known = sa.select(InboxAlarm.id).where(
        InboxAlarm.post == of.post,
        InboxAlarm.machine == of.machine,
        InboxAlarm.epoch == epoch,
        InboxAlarm.kind == kind,
        InboxAlarm.subject == subject,
    )
    if session.scalar(known) is not None:
        return False
    session.add(
        InboxAlarm(
            id=new_id(), post=of.post, machine=of.machine, epoch=epoch, kind=kind, subject=subject, noted_at=at
        )
    )
    return True


def expect_blobs(session: Session, of: MachineRef, epoch: int, sequences: Sequence[int]) -> None:
    """Note the blobs that these events, already inserted, announce; each once per machine."""
    note = sa.func.jsonb_array_elements(InboxEvent.blobs).table_valued(sa.column("value", postgresql.JSONB))
    announced = (
        sa.select(
            InboxEvent.post,
            InboxEvent.machine,
            note.c.value[0].astext,
            note.c.value[1].astext.cast(sa.BigInteger),
            InboxEvent.event_id,
        )
        .join(note, sa.true())
        .where(
            InboxEvent.post == of.post,
            InboxEvent.machine == of.machine,
            InboxEvent.epoch == epoch,
            InboxEvent.sequence == sa.any_(sa.literal(list(sequences), postgresql.ARRAY(sa.BigInteger))),
        )
    )
    session.execute(
        postgresql.insert(ExpectedBlob)
        .from_select(["post", "machine", "sha256", "size", "event_id"], announced)
        .on_conflict_do_nothing()
    )


def expected_blob(session: Session, of: MachineRef, sha256: str) -> ExpectedBlob | None:
    return session.get(ExpectedBlob, (*of, sha256))


def quarantine(session: Session, reasons: Sequence[tuple[SignedEvent, str]], at: datetime) -> None:
    if reasons:
        session.execute(
            sa.insert(InboxQuarantine),
            [
                {
                    "event_id": event.envelope.event_id,
                    "reason": reason,
                    "attempts": 1,
                    "since": at,
                }
                for event, reason in reasons
            ],
        )


def waiting_in_quarantine(
    session: Session, *, after: UUID | None, limit: int
) -> Sequence[tuple[InboxQuarantine, InboxEvent]]:
    """Quarantined events in the order of their ids, locked, those that another process works on left out."""
    query = (
        sa.select(InboxQuarantine, InboxEvent)
        .join(InboxEvent, InboxEvent.event_id == InboxQuarantine.event_id)
        .where(InboxQuarantine.resolved_at.is_(None))
        .order_by(InboxQuarantine.event_id)
        .limit(limit)
        .with_for_update(of=InboxQuarantine, skip_locked=True)
    )
    if after is not None:
        query = query.where(InboxQuarantine.event_id > after)
    return [(row[0], row[1]) for row in session.execute(query)]


def envelope_of(row: InboxEvent) -> Envelope:
    return Envelope(
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


def _events_of(of: MachineRef, epoch: int, *columns: Any) -> sa.Select[Any]:
    return sa.select(*columns).where(
        InboxEvent.post == of.post, InboxEvent.machine == of.machine, InboxEvent.epoch == epoch
    )
