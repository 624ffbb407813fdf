"""Every query on face templates, and on which engine serves."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import String
from sqlalchemy.orm import Session

from crossing.faces.engines.base import MadeBy, Template
from crossing.faces.gallery.rows import Keys, keys_of
from crossing.faces.gallery.search import Entry
from crossing.faces.models import FaceServing, FaceTemplate
from crossing.platform.ids import new_id


class SubjectKind(StrEnum):
    WATCHLIST = "watchlist"
    MOVEMENT = "movement"


class FaceTemplateRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, kind: SubjectKind, subject_id: UUID, template: Template, *, now: datetime) -> Entry:
        """Keep ``template``; the answer is what a gallery takes."""
        row = FaceTemplate(
            template_id=new_id(),
            subject_kind=kind,
            subject_id=subject_id,
            engine=template.engine,
            version=template.version,
            calibration=template.calibration,
            vector=template.to_bytes(),
            created_at=now,
        )
        self._session.add(row)
        self._session.flush()
        return Entry(row.template_id, subject_id, template)

    def entries(self, kind: SubjectKind, made_by: MadeBy) -> Iterator[Entry]:
        """Every template of a kind that one engine, version and calibration made, as they were added."""
        rows = self._session.scalars(
            sa.select(FaceTemplate)
            .where(FaceTemplate.subject_kind == kind, _by(made_by))
            .order_by(FaceTemplate.template_id)
            .execution_options(yield_per=1000)
        )
        return (_entry(row) for row in rows)

    def keys(self, kind: SubjectKind, made_by: MadeBy) -> Keys:
        """The ids of template and subject of every such row, n x 32 bytes; no vector is read.

        One text for all of them, as SQLite keeps them (32 hexadecimal digits each): 200,000 in a quarter of a second,
        where as many rows with two UUIDs each take more than one.
        """
        digits = sa.type_coerce(FaceTemplate.template_id, String) + sa.type_coerce(FaceTemplate.subject_id, String)
        query = sa.select(sa.func.group_concat(digits, ""))
        text = self._session.scalar(query.where(FaceTemplate.subject_kind == kind, _by(made_by)))
        return keys_of(bytes.fromhex(text or ""))

    def some(self, template_ids: Sequence[UUID]) -> list[Entry]:
        """The entries of these templates, as far as they are there."""
        rows = self._session.scalars(sa.select(FaceTemplate).where(FaceTemplate.template_id.in_(template_ids)))
        return [_entry(row) for row in rows]

    def of_subject(self, kind: SubjectKind, subject_id: UUID) -> list[Entry]:
        """Every template of one subject, of whatever engine, as they were added."""
        rows = self._session.scalars(
            sa.select(FaceTemplate)
            .where(FaceTemplate.subject_kind == kind, FaceTemplate.subject_id == subject_id)
            .order_by(FaceTemplate.template_id)
        )
        return [_entry(row) for row in rows]

    def of_engine(self, kind: SubjectKind, subject_id: UUID, made_by: MadeBy) -> Entry | None:
        """The latest template of one subject that one engine made."""
        row = self._session.scalar(
            sa.select(FaceTemplate)
            .where(FaceTemplate.subject_kind == kind, FaceTemplate.subject_id == subject_id, _by(made_by))
            .order_by(FaceTemplate.template_id.desc())
            .limit(1)
        )
        return None if row is None else _entry(row)

    def subjects(self, kind: SubjectKind, made_by: MadeBy) -> set[UUID]:
        """Whoever has a template of this engine, version and calibration."""
        return set(
            self._session.scalars(
                sa.select(FaceTemplate.subject_id).where(FaceTemplate.subject_kind == kind, _by(made_by))
            )
        )

    def remove_others(self, made_by: MadeBy, *, limit: int) -> int:
        """Delete at most ``limit`` templates that another engine, version or calibration made; how many."""
        some = sa.select(FaceTemplate.template_id).where(sa.not_(_by(made_by))).limit(limit)
        gone = self._session.scalars(
            sa.delete(FaceTemplate)
            .where(FaceTemplate.template_id.in_(some))
            .returning(FaceTemplate.template_id)
            .execution_options(synchronize_session=False)
        )
        return len(gone.all())

    def remove_subjects(self, kind: SubjectKind, subject_ids: Collection[UUID]) -> None:
        """Delete the templates of many at once; some hundreds at most."""
        gone = sa.delete(FaceTemplate).where(
            FaceTemplate.subject_kind == kind, FaceTemplate.subject_id.in_(subject_ids)
        )
        self._session.execute(gone.execution_options(synchronize_session=False))

    def remove_subject(self, kind: SubjectKind, subject_id: UUID) -> list[UUID]:
        """Delete a subject's templates; the ids, to be taken out of the galleries too."""
        return list(
            self._session.scalars(
                sa.delete(FaceTemplate)
                .where(FaceTemplate.subject_kind == kind, FaceTemplate.subject_id == subject_id)
                .returning(FaceTemplate.template_id)
            )
        )


class FaceServingRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def latest(self) -> FaceServing | None:
        """The engine that was serving when this was last written; None before the first start."""
        return self._session.scalar(
            sa.select(FaceServing).order_by(FaceServing.since.desc(), FaceServing.serving_id.desc()).limit(1)
        )

    def record(self, made_by: MadeBy, *, now: datetime) -> None:
        engine, version, calibration = made_by
        self._session.add(FaceServing(engine=engine, version=version, calibration=calibration, since=now))
        self._session.flush()


def _by(made_by: MadeBy) -> sa.ColumnElement[bool]:
    engine, version, calibration = made_by
    return sa.and_(
        FaceTemplate.engine == engine, FaceTemplate.version == version, FaceTemplate.calibration == calibration
    )


def _entry(row: FaceTemplate) -> Entry:
    template = Template.from_bytes(row.engine, row.version, row.calibration, row.vector)
    return Entry(row.template_id, row.subject_id, template)
