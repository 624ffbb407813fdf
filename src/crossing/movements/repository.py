"""Every query on movements."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from crossing.movements.keys import DOCUMENT, IDENTITY, NAME, SOUND, births_agree, keys_of, name_sounds, name_tokens
from crossing.movements.models import Movement, MovementKey
from crossing.movements.schemas import (
    Direction,
    Images,
    KnownAtDecision,
    MovementOutcome,
    MovementRecord,
    MovementSummary,
    Pairing,
    Person,
    Stay,
    TravelDocument,
    Vehicle,
)

LIMIT = 200


def add(session: Session, record: MovementRecord, *, recorded_at: datetime) -> None:
    """Write ``record`` and what it is found by."""
    document = record.document
    session.add(
        Movement(
            **record.model_dump(
                include=set(_PLAIN),
            ),
            **record.person.model_dump(),
            recorded_at=recorded_at,
            document_type=document.type if document else None,
            document_number=document.number if document else None,
            document_issuing_state=document.issuing_state if document else None,
            document_expiry_date=document.expiry_date if document else None,
            vehicle=record.vehicle.model_dump(mode="json") if record.vehicle else None,
            stay=record.stay.model_dump(mode="json") if record.stay else None,
            paired_entry=record.paired_entry.model_dump(mode="json") if record.paired_entry else None,
            known_at_decision=record.known_at_decision.model_dump(mode="json"),
            images=record.images.model_dump(mode="json"),
        )
    )
    session.flush()
    session.add_all(
        MovementKey(movement_id=record.movement_id, kind=kind, key=key)
        for kind, key in keys_of(record.person, record.document)
    )


def get(session: Session, movement_id: UUID) -> MovementRecord | None:
    row = session.get(Movement, movement_id)
    return _record(row) if row else None


def of_session(session: Session, session_id: UUID) -> MovementRecord | None:
    row = session.scalars(
        select(Movement).where(Movement.session_id == session_id, Movement.corrects.is_(None))
    ).first()
    return _record(row) if row else None


def in_force(session: Session, movement_id: UUID) -> MovementRecord | None:
    """The record that counts today: ``movement_id`` itself, or its last correction."""
    while (newer := correction_of(session, movement_id)) is not None:
        movement_id = newer
    return get(session, movement_id)


def first_of(session: Session, movement_id: UUID) -> UUID:
    """The record that ``movement_id`` corrects, over all its corrections; itself where it corrects none."""
    while (older := session.scalar(select(Movement.corrects).where(Movement.movement_id == movement_id))) is not None:
        movement_id = older
    return movement_id


def correction_of(session: Session, movement_id: UUID) -> UUID | None:
    """The record that corrects ``movement_id``, if one does."""
    return session.scalars(select(Movement.movement_id).where(Movement.corrects == movement_id)).first()


def latest_with_key(session: Session, kind: str, key: str) -> MovementSummary | None:
    """The newest movement, not itself corrected, that has this key."""
    query = (
        _in_force()
        .join(MovementKey, MovementKey.movement_id == Movement.movement_id)
        .where(MovementKey.kind == kind, MovementKey.key == key)
        .order_by(Movement.occurred_at.desc())
        .limit(1)
    )
    row = session.scalars(query).first()
    return summary(row) if row else None


def with_names(session: Session, name: str, *, limit: int) -> list[Movement]:
    """Movements that share the most name parts with ``name``, as written or as heard, best first."""
    keys = [(NAME, token) for token in name_tokens(name, "")] + [(SOUND, sound) for sound in name_sounds(name, "")]
    shared = (
        select(MovementKey.movement_id, func.count().label("parts"))
        .where(tuple_(MovementKey.kind, MovementKey.key).in_(keys))
        .group_by(MovementKey.movement_id)
        .subquery()
    )
    query = (
        _in_force()
        .join(shared, shared.c.movement_id == Movement.movement_id)
        .order_by(shared.c.parts.desc(), Movement.occurred_at.desc())
        .limit(limit)
    )
    return list(session.scalars(query)) if keys else []


def with_key(session: Session, kind: str, key: str, *, limit: int) -> list[Movement]:
    """Movements that have this key, newest first."""
    query = (
        _in_force()
        .join(MovementKey, MovementKey.movement_id == Movement.movement_id)
        .where(MovementKey.kind == kind, MovementKey.key == key)
        .order_by(Movement.occurred_at.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def travellers_like(session: Session, movement_id: UUID) -> set[UUID]:
    """The traveller of a movement under every id it has: each post numbers its travellers for itself.

    Movements in force with the same document and no other birth date, or with the same whole name and whole birth
    date, count as one traveller's.
    """
    anchor = session.get_one(Movement, movement_id)
    own = select(MovementKey.kind, MovementKey.key).where(
        MovementKey.movement_id == movement_id, MovementKey.kind.in_((DOCUMENT, IDENTITY))
    )
    keys = [tuple(row) for row in session.execute(own)]
    if not keys:
        return {anchor.traveller_id}
    query = (
        _in_force()
        .join(MovementKey, MovementKey.movement_id == Movement.movement_id)
        .where(tuple_(MovementKey.kind, MovementKey.key).in_(keys))
    )
    alike = (row for row in session.scalars(query) if births_agree(row.birth_date, anchor.birth_date))
    return {anchor.traveller_id, *(row.traveller_id for row in alike)}


def of_travellers(session: Session, traveller_ids: set[UUID]) -> list[MovementRecord]:
    """Every movement of these travellers, corrected ones too, newest first."""
    query = (
        select(Movement)
        .where(Movement.traveller_id.in_(traveller_ids))
        .order_by(Movement.occurred_at.desc())
        .limit(LIMIT)
    )
    return [_record(row) for row in session.scalars(query)]


def of_traveller(session: Session, traveller_id: UUID) -> list[MovementSummary]:
    """All that is in force for one traveller, newest first."""
    query = (
        _in_force().where(Movement.traveller_id == traveller_id).order_by(Movement.occurred_at.desc()).limit(LIMIT)
    )
    return [summary(row) for row in session.scalars(query)]


def recent(session: Session, *, post: str | None, before: datetime | None, limit: int) -> list[MovementSummary]:
    """The newest movements, page by page: ``before`` is the last page's oldest."""
    query = _in_force().order_by(Movement.occurred_at.desc()).limit(min(limit, LIMIT))
    if post is not None:
        query = query.where(Movement.post == post)
    if before is not None:
        query = query.where(Movement.occurred_at < before)
    return [summary(row) for row in session.scalars(query)]


def open_entry(movements: Sequence[MovementSummary]) -> MovementSummary | None:
    """The newest admitted entry that no exit has followed, of one traveller's movements, newest first."""
    for movement in movements:
        if movement.outcome is MovementOutcome.REFUSED:
            continue
        return movement if movement.direction is Direction.ENTRY else None
    return None


def summary(row: Movement) -> MovementSummary:
    return MovementSummary.model_validate(row, from_attributes=True)


def summary_of(record: MovementRecord) -> MovementSummary:
    """The line of a list for a record that was read whole."""
    return MovementSummary(
        **{name: getattr(record, name) for name in _SUMMARY},
        surname=record.person.surname,
        given_names=record.person.given_names,
        birth_date=record.person.birth_date,
        nationality=record.person.nationality,
        document_number=record.document.number if record.document else None,
    )


def _in_force() -> Select[Movement]:
    newer = aliased(Movement)
    return select(Movement).where(
        ~exists().where(newer.corrects == Movement.movement_id, newer.post == Movement.post)
    )


_PLAIN = (
    "movement_id",
    "traveller_id",
    "session_id",
    "post",
    "lane",
    "direction",
    "case",
    "outcome",
    "occurred_at",
    "evidence_level",
    "purpose",
    "destination",
    "reason_code",
    "handling",
    "note",
    "decided_by",
    "approved_by",
    "corrects",
    "correction_reason",
    "corrected_by",
)

_SUMMARY = (
    "movement_id",
    "traveller_id",
    "post",
    "lane",
    "direction",
    "case",
    "outcome",
    "occurred_at",
)


def _record(row: Movement) -> MovementRecord:
    document = None
    if row.document_number and row.document_type and row.document_issuing_state:
        document = TravelDocument(
            type=row.document_type,
            number=row.document_number,
            issuing_state=row.document_issuing_state,
            expiry_date=row.document_expiry_date,
        )
    return MovementRecord(
        **{name: getattr(row, name) for name in _PLAIN},
        person=Person.model_validate(row, from_attributes=True),
        document=document,
        vehicle=Vehicle.model_validate(row.vehicle) if row.vehicle else None,
        stay=Stay.model_validate(row.stay) if row.stay else None,
        paired_entry=Pairing.model_validate(row.paired_entry) if row.paired_entry else None,
        known_at_decision=KnownAtDecision.model_validate(row.known_at_decision),
        images=Images.model_validate(row.images),
    )
