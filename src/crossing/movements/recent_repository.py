"""Every query on the face templates of recent travellers."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.faces.engines.base import MadeBy
from crossing.faces.models import FaceTemplate
from crossing.faces.repository import SubjectKind
from crossing.movements.models import Movement


class Owner(NamedTuple):
    """Whose a template is."""

    template_id: UUID
    movement_id: UUID
    traveller_id: UUID


def pictures(session: Session, since: datetime) -> Iterator[tuple[UUID, str]]:
    """Each crossing since then that has a live picture, with its SHA-256. A correction is of the same crossing."""
    query = sa.select(Movement.movement_id, Movement.images).where(_recent(since))
    for movement_id, images in session.execute(query.execution_options(yield_per=1000)):
        if images.get("live"):
            yield movement_id, images["live"]


def picture_of(session: Session, movement_id: UUID, since: datetime) -> str | None:
    """The live picture of one crossing, where it is recent."""
    query = sa.select(Movement.images).where(Movement.movement_id == movement_id, _recent(since))
    images = session.scalar(query)
    return images.get("live") if images else None


def travellers(session: Session, movement_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """By movement, whose it is."""
    query = sa.select(Movement.movement_id, Movement.traveller_id).where(Movement.movement_id.in_(movement_ids))
    return {row.movement_id: row.traveller_id for row in session.execute(query)}


def owners(session: Session, made_by: MadeBy, since: datetime) -> list[Owner]:
    """Every template of one engine, version and calibration of a recent crossing; no vector is read."""
    engine, version, calibration = made_by
    query = (
        sa.select(FaceTemplate.template_id, FaceTemplate.subject_id, Movement.traveller_id)
        .join(Movement, Movement.movement_id == FaceTemplate.subject_id)
        .where(
            FaceTemplate.subject_kind == SubjectKind.MOVEMENT,
            FaceTemplate.engine == engine,
            FaceTemplate.version == version,
            FaceTemplate.calibration == calibration,
            _recent(since),
        )
    )
    return [Owner(*row) for row in session.execute(query)]


def forget(session: Session, since: datetime | None, *, limit: int) -> list[UUID]:
    """Delete at most ``limit`` templates of crossings before ``since``, and of those that are gone; None: of all.
    Gives their ids."""
    outdated = FaceTemplate.subject_kind == SubjectKind.MOVEMENT
    if since is not None:
        recent = sa.select(Movement.movement_id).where(_recent(since))
        outdated = sa.and_(outdated, FaceTemplate.subject_id.not_in(recent))
    some = sa.select(FaceTemplate.template_id).where(outdated).limit(limit)
    gone = session.scalars(
        sa.delete(FaceTemplate)
        .where(FaceTemplate.template_id.in_(some))
        .returning(FaceTemplate.template_id)
        .execution_options(synchronize_session=False)
    )
    return list(gone)


def _recent(since: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Movement.occurred_at >= since, Movement.corrects.is_(None))
