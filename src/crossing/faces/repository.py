"""Every query on face templates."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.faces.engines.base import Template
from crossing.faces.gallery import Entry
from crossing.faces.models import FaceTemplate
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

    def entries(self, kind: SubjectKind, made_by: tuple[str, str, str]) -> Iterator[Entry]:
        """Every template of a kind that one engine, version and calibration made, as they were added."""
        engine, version, calibration = made_by
        rows = self._session.scalars(
            sa.select(FaceTemplate)
            .where(
                FaceTemplate.subject_kind == kind,
                FaceTemplate.engine == engine,
                FaceTemplate.version == version,
                FaceTemplate.calibration == calibration,
            )
            .order_by(FaceTemplate.template_id)
            .execution_options(yield_per=1000)
        )
        return (_entry(row) for row in rows)

    def of_subject(self, kind: SubjectKind, subject_id: UUID) -> list[Entry]:
        """Every template of one subject, of whatever engine, as they were added."""
        rows = self._session.scalars(
            sa.select(FaceTemplate)
            .where(FaceTemplate.subject_kind == kind, FaceTemplate.subject_id == subject_id)
            .order_by(FaceTemplate.template_id)
        )
        return [_entry(row) for row in rows]

    def remove_subject(self, kind: SubjectKind, subject_id: UUID) -> list[UUID]:
        """Delete a subject's templates; the ids, to be taken out of the galleries too."""
        return list(
            self._session.scalars(
                sa.delete(FaceTemplate)
                .where(FaceTemplate.subject_kind == kind, FaceTemplate.subject_id == subject_id)
                .returning(FaceTemplate.template_id)
            )
        )


def _entry(row: FaceTemplate) -> Entry:
    template = Template.from_bytes(row.engine, row.version, row.calibration, row.vector)
    return Entry(row.template_id, row.subject_id, template)
