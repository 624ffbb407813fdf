"""The chip of a traveller's document: when it is read, and what its answer changes (ADR 13).

The reading itself runs in the background (``chip_reader``). Its answer comes into a session that has gone on
meanwhile: it counts only where it is still the one that is waited for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions.face_review import is_document_doubted
from crossing.documents.chip.results import ChipReading
from crossing.documents.mrz import Mrz, MrzFormat
from crossing.documents.service import DocumentReading, LinesReading
from crossing.faces.schemas import Comparison
from crossing.lanes import repository
from crossing.lanes.assembly import document_of, person_of, sha256_of
from crossing.lanes.chip_findings import Against, Differences, chip_check, chip_not_read, differences
from crossing.lanes.chip_reader import ChipAnswer, ChipQuestion, ChipReader
from crossing.lanes.chip_views import (
    asks,
    chip_of,
    is_asked,
    proved,
    put_answer,
    put_question,
    unread,
    view_of_reading,
)
from crossing.lanes.errors import ChipKeyMissing, NoDeviceAtLane
from crossing.lanes.evidence import put_image, take_chip_identity
from crossing.lanes.examination import NOTHING_SEEN, Examination, Examiner, FaceSeen, Picture
from crossing.lanes.faces import SessionFaces, portrait_kind
from crossing.lanes.findings import document_from, face_match_check, person_from
from crossing.lanes.keys import mrz_to_open_with
from crossing.lanes.live_pictures import naming
from crossing.lanes.models import CaptureSession
from crossing.lanes.readings import chip_confirms, doubted_fields, needs_confirmation, reading_of
from crossing.lanes.schemas import ChipState, ChipView, FieldSource, ImageKind, SessionState
from crossing.lanes.service import Desk
from crossing.lanes.spellings import asked_about, name_in
from crossing.lanes.standing import judgements_of
from crossing.lanes.states import Step, allowed
from crossing.lanes.station import Station
from crossing.platform.db.reading import reading as reading_session
from crossing.platform.errors import DomainError
from crossing.platform.images import encode_jpeg
from crossing.ports.chip import ChipFile
from crossing.posts.models import Lane
from crossing.screening.schemas import CheckResult, SubjectName

_WITHOUT_CHIP: Final = frozenset({MrzFormat.MRV_A, MrzFormat.MRV_B, MrzFormat.FRENCH_ID})
_OPEN_TO_ANSWERS: Final = (SessionState.OPEN, SessionState.CHECKED, SessionState.REFERRED)
_PORTRAIT_QUALITY: Final = 95
"""Of the JPEG that a portrait in JPEG 2000 becomes, which no browser shows: 20 to 40 KB, no loss that is seen."""


@dataclass(frozen=True, slots=True)
class Anew:
    """The chip has put the identity right, or spells the name in another way: every local check is to be answered
    again, about ``evidence``. ``document`` is what it says of the document, where it has put that right."""

    session_id: UUID
    evidence: int
    officer: str
    document: DocumentReading | LinesReading | None
    found: Examination


CheckAnew = Callable[[Anew], None]


class ChipDesk:
    def __init__(
        self,
        station: Station,
        *,
        desk: Desk,
        examiner: Examiner,
        faces: SessionFaces,
        reader: ChipReader,
    ) -> None:
        self._database = station.database
        self._blobs = station.blobs
        self._clock = station.clock
        self._desk = desk
        self._examiner = examiner
        self._faces = faces
        self._reader = reader

    def want(
        self,
        session: Session,
        row: CaptureSession,
        mrz: Mrz | None,
        *,
        officer: str,
        page: DocumentReading | None = None,
        can: str | None = None,
    ) -> ChipQuestion | None:
        """Another document lies there now: forget the last one's chip, and say which question :meth:`read` is to
        ask. None where the lane reads no chips, or nothing could open it."""
        row.chip = None
        row.images = {kind: image for kind, image in row.images.items() if kind != ImageKind.CHIP}
        lane = session.get_one(Lane, row.lane_id)
        if lane.chip_device is None or (can is None and (mrz is None or mrz.format in _WITHOUT_CHIP)):
            return None
        question = ChipQuestion(row.session_id, row.lane_id, lane.chip_device, officer, mrz, can, page)
        put_question(row, question.question)
        return question

    def want_again(self, session: Session, row: CaptureSession, *, officer: str, can: str | None) -> ChipQuestion:
        """The officer asks for it. Raises :class:`NoDeviceAtLane` and :class:`ChipKeyMissing`."""
        if session.get_one(Lane, row.lane_id).chip_device is None:
            raise NoDeviceAtLane
        # A number that the officer reads off the page is given because the MRZ does not open the chip.
        mrz = mrz_to_open_with(row, self._desk.today()) if can is None else None
        question = self.want(session, row, mrz, officer=officer, can=can)
        if question is None:
            raise ChipKeyMissing
        return question

    def want_with_typed(self, session: Session, row: CaptureSession, *, officer: str) -> ChipQuestion | None:
        """The officer put right what was read: a chip that did not open with that is tried once more. One that was
        read, or is being read, stays as it is: the same document lies there."""
        chip = chip_of(row)
        if document_of(row) is None or (chip is not None and chip.state is not ChipState.FAILED):
            return None
        return self.want(session, row, mrz_to_open_with(row, self._desk.today()), officer=officer)

    def read(self, question: ChipQuestion | None, anew: CheckAnew) -> None:
        """Ask, and let ``anew`` be called should the identity change. Returns at once."""
        if question is not None:
            self._reader.read(question, lambda asked, answer: self._take(asked, answer, anew))

    def resume(self, anew: CheckAnew) -> None:
        """Read again what was being read when the process ended."""
        with self._database.unit_of_work() as session:
            waiting = [
                self.want(session, row, mrz_to_open_with(row, self._desk.today()), officer=row.opened_by)
                for row in repository.unfinished(session)
                if is_asked(row)
            ]
        for question in waiting:
            self.read(question, anew)

    def _take(self, question: ChipQuestion, answer: ChipAnswer, anew: CheckAnew) -> None:
        if isinstance(answer.said, DomainError):
            self._take_trouble(question, answer.said, answer.ms)
            return
        changed = self._take_chip(question, answer.said, answer.ms)
        if changed is not None:
            anew(changed)

    def _take_trouble(self, question: ChipQuestion, trouble: DomainError, ms: float) -> None:
        with self._database.unit_of_work() as session:
            row = repository.get(session, question.session_id)
            if _waits_for(row, question):
                put_answer(row, unread(trouble))
                result = chip_not_read(trouble, now=self._clock.now(), duration_ms=ms)
                self._desk.answer(session, row, [result])

    def _take_chip(self, question: ChipQuestion, said: ChipReading, ms: float) -> Anew | None:
        """Keep what the chip says. Gives what is to be checked anew, where it changed who the traveller is."""
        chip = view_of_reading(said).model_copy(update={"name": name_in(said.mrz)})
        seen = self._look_at(question.session_id, said)
        document = self._document(question, said.mrz)
        with self._database.unit_of_work() as session:
            row = repository.get(session, question.session_id)
            if not _waits_for(row, question):
                return None
            if seen.image is not None:
                row.images = row.images | {ImageKind.CHIP.value: seen.image}
                self._faces.remember(row.session_id, seen.image["sha256"], ImageKind.CHIP, seen.portrait)
            before = asked_about(row).names
            taken = _take_mrz(row, chip, said.mrz)
            put_answer(row, taken.chip)
            row.stages = {**row.stages, "chip": ms}
            put_right = taken.identity_changed and document is not None
            changed = put_right or _is_named_anew(row, before)
            if changed:
                self._desk.take_evidence(session, row)
                self._desk.compute_stay(row)
            against = replace(taken.against, portraits=seen.portraits)
            results = [chip_check(taken.chip, against, now=self._clock.now(), duration_ms=ms)]
            if not put_right:
                results += _face_match(row, seen, now=self._clock.now())
            self._desk.answer(session, row, results)
            evidence = row.evidence
        if not changed:
            return None
        read = document if put_right else None
        return Anew(question.session_id, evidence, question.officer, read, Examination())

    def _document(self, question: ChipQuestion, mrz: Mrz | None) -> DocumentReading | LinesReading | None:
        """The document judged by what the chip says, and by the print where its page was read."""
        if mrz is None:
            return None
        today = self._desk.today()
        if question.page is not None:
            return self._examiner.judge_by(mrz, question.page, today=today)
        return self._examiner.read_lines(mrz.lines, today=today)

    def _look_at(self, session_id: UUID, said: ChipReading) -> "_Seen":
        """The chip's portrait, kept durably before any row names it, beside the other faces of the session."""
        if said.portrait is None:
            return _Seen()
        with reading_session(self._database) as session:
            images = repository.get(session, session_id).images
        seen = self._examiner.face_of(said.portrait.image)
        page = self._faces.face(session_id, ImageKind.PORTRAIT).face
        live = self._faces.face(session_id, ImageKind.LIVE).face
        picture = Picture(said.portrait.content, said.portrait.media_type)
        if picture.media_type != "image/jpeg":
            picture = Picture(encode_jpeg(said.portrait.image, quality=_PORTRAIT_QUALITY), "image/jpeg")
        return _Seen(
            image=put_image(self._blobs, picture),
            portrait=seen,
            live=images.get(ImageKind.LIVE),
            portraits=self._examiner.compare_faces(page, seen.face),
            match=self._examiner.compare_faces(live, seen.face),
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """The chip's portrait: as kept, what was seen in it, and that beside the page's face and the one of ``live``."""

    image: dict[str, Any] | None = None
    portrait: FaceSeen = NOTHING_SEEN
    live: dict[str, Any] | None = None
    portraits: Comparison | None = None
    match: Comparison | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    chip: ChipView
    against: Against
    identity_changed: bool = False


def _take_mrz(row: CaptureSession, chip: ChipView, mrz: Mrz | None) -> _Taken:
    """Let the session say what data group 1 says, where that is proved and nothing that is sure contradicts it.

    Where something does, the page may be altered or the chip be another document's: nothing is mixed of the two.
    """
    against = Against(proved=proved(chip, ChipFile.DG1), portrait_proved=proved(chip, ChipFile.DG2))
    if mrz is None:
        return _Taken(chip, against)
    read = reading_of(row)
    known = read is not None and read.format is not None
    found = differences(read, mrz) if read is not None and known else Differences()
    chip = chip.model_copy(update={"mrz_agrees": not found if known else None})
    if against.proved and _typed_by_officer(row):
        typed = _says_otherwise(row, mrz)
        return _Taken(chip, replace(against, differences=Differences(found.sure), from_typed=typed))
    if not against.proved or found.sure or not allowed(SessionState(row.state), Step.TAKE_EVIDENCE):
        unsure = () if found.sure and against.proved else found.unsure
        return _Taken(chip, replace(against, differences=Differences(found.sure, unsure)))
    changed = bool(found.unsure) or row.person is None
    from_chip = {*found.unsure, *(doubted_fields(row) if needs_confirmation(row) else ())}
    if read is not None and known:
        row.reading = chip_confirms(read, mrz, found.unsure).model_dump(mode="json")
    take_chip_identity(row, mrz if changed else None, from_chip)
    chip = chip.model_copy(update={"changed": found.unsure})
    return _Taken(chip, replace(against, differences=found, corrects=changed), identity_changed=changed)


def _is_named_anew(row: CaptureSession, before: Sequence[SubjectName]) -> bool:
    """Whether the chip spells the name as nobody was asked about yet, while that can still be asked."""
    named = not set(asked_about(row).names).issubset(before)
    return named and bool(before) and allowed(SessionState(row.state), Step.TAKE_EVIDENCE)


def _typed_by_officer(row: CaptureSession) -> bool:
    return not {FieldSource.OFFICER.value, FieldSource.DECLARED.value}.isdisjoint(row.field_sources.values())


def _says_otherwise(row: CaptureSession, mrz: Mrz) -> bool:
    """Whether the chip names another document, or its holder another day of birth, than the officer typed. Names are
    typed as they are written, which an MRZ can't."""
    person, document, named = person_of(row), document_of(row), document_from(mrz.data)
    if document is None or named is None:
        return False
    born = person_from(mrz.data).birth_date
    typed = person.birth_date if person else None
    return document.number.replace(" ", "") != named.number or (typed is not None and typed != born)


def _face_match(row: CaptureSession, seen: _Seen, *, now: datetime) -> list[CheckResult]:
    """The live face beside the chip's, where it is the one to go by and no newer picture has been taken."""
    live = row.images.get(ImageKind.LIVE)
    if seen.match is None or live is None or live != seen.live or portrait_kind(row) is not ImageKind.CHIP:
        return []
    found = face_match_check(
        seen.match,
        page=True,
        live=True,
        now=now,
        portrait=ImageKind.CHIP,
        portrait_sha256=sha256_of(row, ImageKind.CHIP),
        doubted=is_document_doubted(judgements_of(row)),
    )
    return naming(live["sha256"], [found] if found else [])


def _waits_for(row: CaptureSession, question: ChipQuestion) -> bool:
    return row.state in _OPEN_TO_ANSWERS and asks(row, question.question)
