"""Travellers of the lanes for the re-screening: who is here, who has left, and what is new of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.faces.engines.base import Template
from crossing.faces.errors import FaceEngineFailed
from crossing.identity.principal import SYSTEM
from crossing.lanes import repository
from crossing.lanes.assembly import document_of, person_of, sha256_of
from crossing.lanes.events import SUBJECT
from crossing.lanes.faces import SessionFaces
from crossing.lanes.live_pictures import naming
from crossing.lanes.models import CaptureSession
from crossing.lanes.remembering import recognised
from crossing.lanes.schemas import ImageKind, SessionState
from crossing.lanes.service import Desk
from crossing.lanes.spellings import asked_about
from crossing.lanes.states import UNDECIDED
from crossing.lanes.station import Station
from crossing.movements.schemas import Person, TravelDocument
from crossing.platform.db.reading import reading
from crossing.screening import ledger
from crossing.screening.rescreening import Place
from crossing.screening.schemas import CheckKind, CheckResult, Subject
from crossing.screening.service import MOST_HITS, Screener

PURPOSE = "border_control"

_ANSWERED = (SessionState.CHECKED, SessionState.REFERRED)
"""Whoever is still being read or asked about gets the lists as they are now without another question."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One traveller as they were read or typed at ``evidence``."""

    evidence: int
    person: Person | None
    document: TravelDocument | None
    subject: Subject
    face: Template | None
    live_sha256: str
    left_at: datetime | None


class LaneTravellers:
    """A :class:`~crossing.screening.rescreening.Travellers` over the capture sessions of this post."""

    def __init__(
        self, station: Station, audit: Audit, *, desk: Desk, faces: SessionFaces, screener: Screener
    ) -> None:
        self._database = station.database
        self._desk = desk
        self._faces = faces
        self._screener = screener
        self._audit = audit

    def here(self, session: Session) -> Sequence[UUID]:
        return [row.session_id for row in repository.unfinished(session) if row.state in _ANSWERED]

    def left_before(self, session: Session, place: Place, *, since: datetime, limit: int) -> Sequence[Place]:
        query = (
            select(CaptureSession.closed_at, CaptureSession.session_id)
            .where(CaptureSession.closed_at >= since, _order < place)
            .order_by(CaptureSession.closed_at.desc(), CaptureSession.session_id.desc())
        )
        return [Place(at, one) for at, one in session.execute(query.limit(limit)) if at is not None]

    def left_after(self, session: Session, place: Place, *, limit: int) -> Sequence[Place]:
        query = (
            select(CaptureSession.closed_at, CaptureSession.session_id)
            .where(CaptureSession.closed_at.is_not(None), _order > place)
            .order_by(CaptureSession.closed_at, CaptureSession.session_id)
        )
        return [Place(at, one) for at, one in session.execute(query.limit(limit)) if at is not None]

    def answers(self, session: Session, traveller: UUID) -> Sequence[CheckResult]:
        return ledger.current(session, SUBJECT, traveller)

    def screen(self, traveller: UUID, kinds: frozenset[CheckKind]) -> bool:
        """Where something newer was captured meanwhile its own question is answered, and this one dropped."""
        asked = self._asked(traveller, with_face=CheckKind.FACE_LIST in kinds)
        results = [
            one
            for one in self._screener.local(
                asked.subject, face=asked.face, most_hits=MOST_HITS, left_at=asked.left_at
            )
            if one.kind in kinds and (asked.face is not None or one.kind is not CheckKind.FACE_LIST)
        ]
        results = naming(asked.live_sha256, results)
        with self._database.unit_of_work() as session:
            row = repository.get(session, traveller)
            if row.evidence != asked.evidence:
                return False
            results = self._recognised(session, row, asked, results)
            kept = self._desk.answer_again(session, row, results)
            if kept:
                self._note(session, row, kept)
        return bool(kept)

    def _asked(self, session_id: UUID, *, with_face: bool) -> _Asked:
        with reading(self._database) as session:
            row = repository.get(session, session_id)
            person, document = person_of(row), document_of(row)
            gone, movement_id = row.state not in UNDECIDED, row.movement_id
            face = None
            if with_face and gone and movement_id is not None:
                # Made right after the decision: no picture is looked at again for somebody who has left.
                face = self._faces.recent.template_of(session, movement_id)
            subject = asked_about(row)
            evidence, live, left_at = row.evidence, sha256_of(row, ImageKind.LIVE) or "", row.closed_at
        if with_face and not gone:
            face = self._live(session_id)
        return _Asked(evidence, person, document, subject, face, live, left_at)

    def _live(self, session_id: UUID) -> Template | None:
        try:
            return self._faces.live(session_id)
        except FaceEngineFailed:
            return None

    def _recognised(
        self, session: Session, row: CaptureSession, asked: _Asked, results: list[CheckResult]
    ) -> list[CheckResult]:
        """Whether the face is that of an earlier crossing was answered when it was taken."""
        seen = [one for one in self.answers(session, row.session_id) if one.kind is CheckKind.FACE_RECENT]
        told = recognised(session, self._desk.clearances, asked.person, asked.document, [*seen, *results])
        return told[len(seen) :]

    def _note(self, session: Session, row: CaptureSession, kept: Sequence[CheckResult]) -> None:
        self._audit.record(
            session,
            actor=SYSTEM,
            action="session.screened_again",
            subject_kind="session",
            subject_id=str(row.session_id),
            purpose=PURPOSE,
            detail={
                "lists": " ".join(sorted({f"{one.source}:{one.source_version}" for one in kept if one.source})),
                "found": sum(one.alerts for one in kept),
            },
        )


_order = tuple_(CaptureSession.closed_at, CaptureSession.session_id)
"""Of leaving."""
