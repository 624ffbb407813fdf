"""Where replication stands, counted from the tables: at a post by lane, at the capital by machine."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.replication.events import Lane, MachineSigner
from crossing.replication.feed.applying import count_aside, cursor_state
from crossing.replication.feed.puller import PullStatus
from crossing.replication.models import (
    ExpectedBlob,
    InboxAlarm,
    InboxEvent,
    InboxFork,
    InboxMachine,
    InboxQuarantine,
    InboxWatermark,
    OutboxDelivery,
    OutboxEvent,
    OutboxUpload,
)
from crossing.replication.outbox import DeliveryState
from crossing.replication.receipts import Outcome
from crossing.replication.schemas import (
    CapitalStatus,
    FeedStatusOut,
    LaneStatus,
    MachineStatus,
    PostStatus,
    SenderStatusOut,
)
from crossing.replication.sender import SenderStatus

_OPEN = (DeliveryState.WAITING, DeliveryState.SET_ASIDE)


def of_post(
    session: Session, signer: MachineSigner, sender: SenderStatus | None, pull: PullStatus | None
) -> PostStatus:
    """What waits in this post's outbox, and what it has of the capital's feed. ``sender`` and ``pull`` are None where
    no capital is configured."""
    last = session.scalar(
        sa.select(sa.func.max(OutboxEvent.sequence)).where(
            OutboxEvent.post == signer.post, OutboxEvent.machine == signer.machine, OutboxEvent.epoch == signer.epoch
        )
    )
    return PostStatus(
        post=signer.post,
        machine=signer.machine,
        epoch=signer.epoch,
        last_sequence=last or 0,
        forks=_with_outcome(session, Outcome.FORK),
        quarantined=_with_outcome(session, Outcome.QUARANTINED),
        lanes=[_lane(session, lane) for lane in Lane],
        sender=_sender(sender) if sender else None,
        feed=of_feed(session, pull) if pull else None,
    )


def of_feed(session: Session, pull: PullStatus) -> FeedStatusOut:
    """How far this post has taken the capital's feed in."""
    known = cursor_state(session)
    return FeedStatusOut(
        state=pull.state,
        problem=pull.problem,
        pulled_at=pull.pulled_at or known.pulled_at,
        next_attempt_in_s=pull.next_attempt_in_s,
        sequence=known.position.sequence if known.position else 0,
        set_aside=count_aside(session),
        diverged_at=known.diverged_at,
    )


def waiting_by_lane(session: Session) -> dict[str, float]:
    """How many events of each lane the capital has not signed for yet."""
    query = (
        sa.select(OutboxDelivery.lane, sa.func.count())
        .where(OutboxDelivery.state.in_(_OPEN))
        .group_by(OutboxDelivery.lane)
    )
    counts = dict(session.execute(query).all())
    return {lane.name.lower(): float(counts.get(int(lane), 0)) for lane in Lane}


def of_capital(session: Session) -> CapitalStatus:
    """What arrived from every machine, one entry for each epoch."""
    contacts = {(row.post, row.machine): row.last_contact_at for row in session.scalars(sa.select(InboxMachine))}
    quarantined = _counts(
        session,
        sa.select(InboxEvent.post, InboxEvent.machine, InboxEvent.epoch, sa.func.count())
        .join(InboxQuarantine, InboxQuarantine.event_id == InboxEvent.event_id)
        .where(InboxQuarantine.resolved_at.is_(None))
        .group_by(InboxEvent.post, InboxEvent.machine, InboxEvent.epoch),
    )
    forks = _counts(
        session,
        sa.select(InboxFork.post, InboxFork.machine, InboxFork.epoch, sa.func.count()).group_by(
            InboxFork.post, InboxFork.machine, InboxFork.epoch
        ),
    )
    awaited = _counts(
        session,
        sa.select(InboxEvent.post, InboxEvent.machine, InboxEvent.epoch, sa.func.count())
        .join(ExpectedBlob, ExpectedBlob.event_id == InboxEvent.event_id)
        .where(ExpectedBlob.stored_at.is_(None))
        .group_by(InboxEvent.post, InboxEvent.machine, InboxEvent.epoch),
    )
    alarms = _alarms(session)
    marks = session.scalars(sa.select(InboxWatermark).order_by(InboxWatermark.post, InboxWatermark.epoch)).all()
    return CapitalStatus(
        machines=[
            MachineStatus(
                post=mark.post,
                machine=mark.machine,
                epoch=mark.epoch,
                watermark=mark.sequence,
                highest=mark.highest,
                missing=_missing(session, mark),
                quarantined=quarantined.get((mark.post, mark.machine, mark.epoch), 0),
                forks=forks.get((mark.post, mark.machine, mark.epoch), 0),
                blobs_awaited=awaited.get((mark.post, mark.machine, mark.epoch), 0),
                alarms=alarms.get((mark.post, mark.machine, mark.epoch), []),
                last_contact_at=contacts.get((mark.post, mark.machine)),
            )
            for mark in marks
        ]
    )


def _with_outcome(session: Session, outcome: Outcome) -> int:
    counted = sa.select(sa.func.count()).select_from(OutboxDelivery).where(OutboxDelivery.outcome == outcome)
    return session.scalar(counted) or 0


def _lane(session: Session, lane: Lane) -> LaneStatus:
    events = (OutboxDelivery.lane == lane, OutboxDelivery.state.in_(_OPEN))
    uploads = (OutboxUpload.lane == lane, OutboxUpload.state.in_(_OPEN))
    waiting = session.scalar(sa.select(sa.func.count()).select_from(OutboxDelivery).where(*events)) or 0
    blobs, size = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(OutboxUpload.size), 0)).where(*uploads)
    ).one()
    return LaneStatus(
        lane=lane,
        events=waiting,
        blobs=blobs,
        blob_bytes=int(size),
        set_aside=_set_aside(session, lane),
        oldest_at=_oldest(session, events, uploads),
    )


def _set_aside(session: Session, lane: Lane) -> int:
    return sum(
        session.scalar(
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.lane == lane, table.state == DeliveryState.SET_ASIDE)
        )
        or 0
        for table in (OutboxDelivery, OutboxUpload)
    )


def _oldest(session: Session, events: Sequence[Any], uploads: Sequence[Any]) -> datetime | None:
    """When the event was written that waits longest here, for itself or for its blobs."""
    event = session.scalar(
        sa.select(OutboxEvent.occurred_at)
        .join(OutboxDelivery, OutboxDelivery.event_id == OutboxEvent.event_id)
        .where(*events)
        .order_by(OutboxDelivery.epoch, OutboxDelivery.sequence)
        .limit(1)
    )
    blob = session.scalar(
        sa.select(OutboxEvent.occurred_at)
        .join(OutboxUpload, OutboxUpload.announced_by == OutboxEvent.event_id)
        .where(*uploads)
        .order_by(OutboxUpload.announced_by)
        .limit(1)
    )
    return min((at for at in (event, blob) if at is not None), default=None)


def _sender(status: SenderStatus) -> SenderStatusOut:
    return SenderStatusOut(
        state=status.state,
        problem=status.problem,
        last_success_at=status.last_success_at,
        next_attempt_in_s=status.next_attempt_in_s,
        watermark=status.watermark,
        bytes_per_second=status.bytes_per_second,
    )


def _missing(session: Session, mark: InboxWatermark) -> int:
    if mark.highest == mark.sequence:
        return 0
    here = session.scalar(
        sa.select(sa.func.count())
        .select_from(InboxEvent)
        .where(
            InboxEvent.post == mark.post,
            InboxEvent.machine == mark.machine,
            InboxEvent.epoch == mark.epoch,
            InboxEvent.sequence > mark.sequence,
        )
    )
    return mark.highest - mark.sequence - (here or 0)


def _counts(session: Session, query: sa.Select[str, str, int, int]) -> dict[tuple[str, str, int], int]:
    return {(post, machine, epoch): count for post, machine, epoch, count in session.execute(query)}


def _alarms(session: Session) -> dict[tuple[str, str, int], list[str]]:
    rows = session.execute(
        sa.select(InboxAlarm.post, InboxAlarm.machine, InboxAlarm.epoch, InboxAlarm.kind).order_by(
            InboxAlarm.noted_at
        )
    )
    found: dict[tuple[str, str, int], list[str]] = {}
    for post, machine, epoch, kind in rows:
        kinds = found.setdefault((post, machine, epoch), [])
        if kind not in kinds:
            kinds.append(kind)
    return found
