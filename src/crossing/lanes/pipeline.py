"""A traveller's way from the devices to the answers.

A request normally has one transaction. Here it has several short ones with the slow work between them: asking the
devices, reading the pictures, asking the lists. Each piece is stored as soon as it is whole, so that a crash loses
at most the step under way, and no lane ever waits for another's picture.
"""

from collections import OrderedDict
from threading import Lock
from time import perf_counter
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.documents.service import LinesReading
from crossing.faces.service import FaceAnalysis
from crossing.lanes import repository
from crossing.lanes.assembly import document_of, person_of, view_of
from crossing.lanes.bridge_desk import BridgeDesk, Question
from crossing.lanes.devices import LaneDevices
from crossing.lanes.errors import MrzUnreadable
from crossing.lanes.evidence import keep, put_into, take_lines
from crossing.lanes.examination import Examination, Examiner, Pictures
from crossing.lanes.findings import (
    face_match_check,
    known_traveller_check,
    subject_of,
    typed_document_check,
    validity_check,
)
from crossing.lanes.models import CaptureSession
from crossing.lanes.readings import is_whole
from crossing.lanes.schemas import (
    FROM_AN_MRZ,
    CaptureOrder,
    FieldSource,
    Identity,
    ImageKind,
    MrzLines,
    SessionState,
    SessionView,
)
from crossing.lanes.service import Desk
from crossing.lanes.states import Step, after
from crossing.movements.service import history_of
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.posts.models import Lane
from crossing.screening.schemas import CheckResult
from crossing.screening.service import Screener

_FACES_REMEMBERED = 64


class LanePipeline:
    """Brings devices, examiner, lists and bridge together; many sessions at once, each with its own data only."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: BlobStore,
        clock: Clock,
        desk: Desk,
        devices: LaneDevices,
        examiner: Examiner,
        screener: Screener,
        bridge_desk: BridgeDesk,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._desk = desk
        self._devices = devices
        self._examiner = examiner
        self._screener = screener
        self._bridge_desk = bridge_desk
        self._faces = _FaceMemory()

    def capture(self, session_id: UUID, order: CaptureOrder, *, officer: str) -> SessionView:
        """Ask the lane's devices and take what they give. One that fails is said on the screen and stops nothing."""
        with reading(self._database) as session:
            row = _ready_for_evidence(repository.get(session, session_id))
            lane = session.get_one(Lane, row.lane_id)
        captured = self._devices.ask(lane, order)
        return self.take(session_id, captured.pictures, officer=officer, troubles=captured.troubles)

    def take(
        self, session_id: UUID, pictures: Pictures, *, officer: str, troubles: tuple[DomainError, ...] = ()
    ) -> SessionView:
        """Look at pictures, keep them, answer every local check. Raises the image errors; then nothing is kept."""
        in_hand = perf_counter()
        with reading(self._database) as session:
            _ready_for_evidence(repository.get(session, session_id))
        found = self._examiner.examine(pictures, today=self._desk.today())
        self._compare_with_earlier(session_id, pictures, found)
        kept = keep(self._blobs, pictures, found)
        with self._database.unit_of_work() as session:
            row = repository.get(session, session_id)
            self._desk.take_evidence(session, row)
            put_into(row, kept, found)
            row.troubles = [{"code": trouble.code, "message": trouble.message} for trouble in troubles]
            row.stages = dict(found.stages)
            self._desk.compute_stay(row)
            evidence = row.evidence
        self._remember(session_id, pictures, found)
        return self._check(session_id, found, evidence, in_hand=in_hand, officer=officer)

    def declare(self, session_id: UUID, identity: Identity, *, source: FieldSource, officer: str) -> SessionView:
        """Take the identity that the officer typed, and answer every local check."""
        in_hand = perf_counter()
        with self._database.unit_of_work() as session:
            row = repository.get(session, session_id)
            self._desk.declare(session, row, identity, source=source)
            evidence = row.evidence
        found = Examination()
        self._compare_with_earlier(session_id, Pictures(), found)
        return self._check(session_id, found, evidence, in_hand=in_hand, officer=officer)

    def take_lines(self, session_id: UUID, typed: MrzLines, *, officer: str) -> SessionView:
        """Take the lines of an MRZ that the officer typed or swiped, and answer every local check.

        Raises :class:`MrzUnreadable` for what is no MRZ, and for what does not hold and nobody vouches for.
        """
        in_hand = perf_counter()
        read = self._examiner.read_lines(typed.lines, today=self._desk.today())
        if not (read.mrz.valid or (typed.as_it_stands and is_whole(read.mrz))):
            raise MrzUnreadable
        with self._database.unit_of_work() as session:
            row = repository.get(session, session_id)
            self._desk.take_evidence(session, row)
            take_lines(row, read, vouched_by=officer if typed.as_it_stands else "")
            self._desk.compute_stay(row)
            evidence = row.evidence
        found = Examination()
        self._compare_with_earlier(session_id, Pictures(), found)
        return self._check(session_id, found, evidence, in_hand=in_hand, officer=officer, lines=read)

    def _check(
        self,
        session_id: UUID,
        found: Examination,
        evidence: int,
        *,
        in_hand: float,
        officer: str,
        lines: LinesReading | None = None,
    ) -> SessionView:
        """Answer the local checks about the session as it is at ``evidence``, and ask the bridge.

        Where something newer was captured meanwhile its own call answers; these answers are dropped.
        """
        with reading(self._database) as session:
            row = repository.get(session, session_id)
            subject = subject_of(person_of(row), document_of(row), truncated=row.truncated_name)
            results = self._own_results(session, row, found, lines)
        started = perf_counter()
        results += self._screener.local(subject, face=found.live.template if found.live else None)
        lists_ms = round((perf_counter() - started) * 1000, 1)
        with self._database.unit_of_work() as session:
            row = repository.get(session, session_id)
            if row.evidence != evidence:
                return view_of(session, row, today=self._desk.today())
            self._desk.answer(session, row, results, Step.ANSWER_CHECKS)
            row.bridge_pending = True
            row.stages = {**row.stages, "lists": lists_ms}
            row.local_answer_ms = round((perf_counter() - in_hand) * 1000, 1)
            session.flush()
            view = view_of(session, row, today=self._desk.today())
        self._bridge_desk.ask(Question(session_id, evidence, subject, officer))
        return view

    def _own_results(
        self, session: Session, row: CaptureSession, found: Examination, lines: LinesReading | None
    ) -> list[CheckResult]:
        """The checks that need no list: the document's validity, the two faces, and earlier crossings."""
        now = self._clock.now()
        results: list[CheckResult] = []
        document, person = document_of(row), person_of(row)
        read = found.reading or lines
        if read is not None:
            results.append(validity_check(read, now=now))
        elif document is not None and FROM_AN_MRZ.isdisjoint(map(FieldSource, row.field_sources.values())):
            results.append(typed_document_check(document, person=person, today=self._desk.today(), now=now))
        match = face_match_check(
            found.comparison,
            page=ImageKind.PAGE in row.images,
            live=ImageKind.LIVE in row.images,
            now=now,
            duration_ms=found.stages.get("face_compare", 0.0),
        )
        if match is not None:
            results.append(match)
        if person is not None:
            started = perf_counter()
            history = history_of(session, person, document)
            elapsed = round((perf_counter() - started) * 1000, 1)
            results.append(known_traveller_check(history, now=now, duration_ms=elapsed))
        return results

    def _compare_with_earlier(self, session_id: UUID, pictures: Pictures, found: Examination) -> None:
        """Where only one of the two pictures is new, compare it with the one taken before."""
        if pictures.page is None:
            found.portrait = self._earlier_face(session_id, ImageKind.PORTRAIT)
        if pictures.live is None:
            found.live = self._earlier_face(session_id, ImageKind.LIVE)
        if found.comparison is None:
            self._examiner.compare(found)

    def _remember(self, session_id: UUID, pictures: Pictures, found: Examination) -> None:
        """Only what is stored: a picture that could not be kept must not be compared with later."""
        if pictures.page is not None:
            self._faces.put(session_id, ImageKind.PORTRAIT, found.portrait)
        if pictures.live is not None:
            self._faces.put(session_id, ImageKind.LIVE, found.live)

    def _earlier_face(self, session_id: UUID, kind: ImageKind) -> FaceAnalysis | None:
        remembered, face = self._faces.get(session_id, kind)
        if remembered:
            return face
        with reading(self._database) as session:
            image = repository.get(session, session_id).images.get(kind)
        face = self._examiner.face_in(self._blobs.get(image["sha256"])) if image else None
        self._faces.put(session_id, kind, face)
        return face


class _FaceMemory:
    """The faces of the sessions under way, so that a second picture need not look at the first again. Bounded."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faces: OrderedDict[tuple[UUID, ImageKind], FaceAnalysis | None] = OrderedDict()

    def put(self, session_id: UUID, kind: ImageKind, face: FaceAnalysis | None) -> None:
        with self._lock:
            self._faces[session_id, kind] = face
            self._faces.move_to_end((session_id, kind))
            while len(self._faces) > _FACES_REMEMBERED:
                self._faces.popitem(last=False)

    def get(self, session_id: UUID, kind: ImageKind) -> tuple[bool, FaceAnalysis | None]:
        """Whether something is remembered, and what; a remembered None is a picture without a face."""
        with self._lock:
            key = (session_id, kind)
            return key in self._faces, self._faces.get(key)


def _ready_for_evidence(row: CaptureSession) -> CaptureSession:
    """Refuse at once, before any device is asked, what the state table would refuse afterwards."""
    after(SessionState(row.state), Step.TAKE_EVIDENCE)
    return row
