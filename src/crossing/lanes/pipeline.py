"""A traveller's way from the devices to the answers.

A request normally has one transaction. Here it has several short ones with the slow work between them: asking the
devices, reading the pictures, asking the lists. Each piece is stored as soon as it is whole, so that a crash loses
at most the step under way, and no lane ever waits for another's picture.
"""

from collections.abc import Iterable, Mapping
from time import perf_counter
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions.face_review import is_document_doubted
from crossing.documents.service import DocumentReading, LinesReading
from crossing.lanes import repository
from crossing.lanes.assembly import document_of, person_of, sha256_of
from crossing.lanes.bridge_desk import BridgeDesk, put_question
from crossing.lanes.chip_desk import Anew, ChipDesk
from crossing.lanes.chip_reader import ChipQuestion
from crossing.lanes.codes import mrz_among
from crossing.lanes.devices import LaneDevices
from crossing.lanes.errors import MrzUnreadable
from crossing.lanes.events import SUBJECT
from crossing.lanes.evidence import keep, put_into, take_lines
from crossing.lanes.examination import Examination, Examiner, Pictures
from crossing.lanes.faces import SessionFaces
from crossing.lanes.findings import (
    face_match_check,
    known_traveller_check,
    typed_document_check,
    validity_check,
)
from crossing.lanes.live_pictures import naming
from crossing.lanes.models import CaptureSession
from crossing.lanes.portrait_exceptions import explained
from crossing.lanes.readings import is_whole
from crossing.lanes.recent_findings import AtTheDesk, face_recent_check
from crossing.lanes.remembering import recognised
from crossing.lanes.schemas import (
    FROM_AN_MRZ,
    CaptureOrder,
    CodeView,
    FieldSource,
    Identity,
    ImageKind,
    MrzLines,
    SessionState,
    SessionView,
)
from crossing.lanes.service import Desk
from crossing.lanes.spellings import asked_about
from crossing.lanes.standing import judgements_of
from crossing.lanes.states import Step, after
from crossing.lanes.station import Station
from crossing.movements.sameness import Claim
from crossing.movements.schemas import TravellerHistory
from crossing.movements.service import history_of
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.posts.models import Lane
from crossing.screening import ledger
from crossing.screening.schemas import CheckResult, Subject
from crossing.screening.service import MOST_HITS, Screener


class LanePipeline:
    """Brings devices, examiner, lists and bridge together; many sessions at once, each with its own data only."""

    def __init__(
        self,
        station: Station,
        *,
        desk: Desk,
        devices: LaneDevices,
        examiner: Examiner,
        faces: SessionFaces,
        screener: Screener,
        bridge_desk: BridgeDesk,
        chips: ChipDesk,
    ) -> None:
        self._database = station.database
        self._blobs = station.blobs
        self._clock = station.clock
        self._desk = desk
        self._devices = devices
        self._examiner = examiner
        self._screener = screener
        self._faces = faces
        self._bridge_desk = bridge_desk
        self._chips = chips

    def capture(self, session_id: UUID, order: CaptureOrder, *, officer: str) -> SessionView:
        """Ask the lane's devices and take what they give. One that fails is said on the screen and stops nothing."""
        with reading(self._database) as session:
            row = _ready_for_evidence(repository.get(session, session_id))
            lane = session.get_one(Lane, row.lane_id)
        captured = self._devices.ask(lane, order)
        lines = mrz_among(captured.codes, today=self._desk.today())
        if captured.codes:
            self._keep_codes(session_id, captured.codes)
        if lines is not None and captured.pictures == Pictures():
            return self.take_lines(session_id, MrzLines(lines=lines), officer=officer)
        if captured.pictures == Pictures():
            return self._said(session_id, captured.troubles)
        return self.take(
            session_id,
            captured.pictures,
            officer=officer,
            troubles=captured.troubles,
            stages={} if captured.live_ms is None else {"live_frames": captured.live_ms},
        )

    def take(
        self,
        session_id: UUID,
        pictures: Pictures,
        *,
        officer: str,
        troubles: tuple[DomainError, ...] = (),
        stages: Mapping[str, float] = MappingProxyType({}),
    ) -> SessionView:
        """Look at pictures, keep them, answer every local check. Raises the image errors; then nothing is kept.

        ``stages`` are the times of what was done before the pictures were there.
        """
        in_hand = perf_counter()
        with reading(self._database) as session:
            _ready_for_evidence(repository.get(session, session_id))
        found = self._examiner.examine(pictures, today=self._desk.today())
        self._faces.complete(session_id, pictures, found)
        kept = keep(self._blobs, pictures, found)
        chip: ChipQuestion | None = None
        with self._database.unit_of_work() as session:
            row = repository.get(session, session_id)
            self._desk.take_evidence(session, row)
            put_into(row, kept, found)
            if found.reading is not None:
                chip = self._chips.want(session, row, found.reading.mrz, officer=officer, page=found.reading)
            row.troubles = _as_said(troubles)
            row.stages = {**stages, **found.stages}
            self._desk.compute_stay(row)
            evidence = row.evidence
        self._faces.keep(session_id, kept.images, found)
        self._chips.read(chip, self._check_anew)
        return self._check(session_id, found, evidence, in_hand=in_hand, officer=officer, document=found.reading)

    def declare(self, session_id: UUID, identity: Identity, *, source: FieldSource, officer: str) -> SessionView:
        """Take the identity that the officer typed, and answer every local check."""
        in_hand = perf_counter()
        with self._database.unit_of_work() as session:
            row = repository.get(session, session_id)
            self._desk.declare(session, row, identity, source=source)
            chip = self._chips.want_with_typed(session, row, officer=officer)
            evidence = row.evidence
        self._chips.read(chip, self._check_anew)
        return self._check(session_id, self._as_seen(session_id), evidence, in_hand=in_hand, officer=officer)

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
            chip = self._chips.want(session, row, read.mrz, officer=officer)
            self._desk.compute_stay(row)
            evidence = row.evidence
        self._chips.read(chip, self._check_anew)
        found = self._as_seen(session_id)
        return self._check(session_id, found, evidence, in_hand=in_hand, officer=officer, document=read)

    def read_chip(self, session_id: UUID, *, officer: str, can: str | None = None) -> SessionView:
        """Read the chip again, by what was read or typed, or by the card access number ``can``. Returns at once.

        Raises :class:`NoDeviceAtLane`, and :class:`ChipKeyMissing` where nothing could open it.
        """
        with self._database.unit_of_work() as session:
            row = _ready_for_evidence(repository.get(session, session_id))
            chip = self._chips.want_again(session, row, officer=officer, can=can)
            session.flush()
            view = self._desk.view(session, row)
        self._chips.read(chip, self._check_anew)
        return view

    def resume(self) -> None:
        """Take up what was under way when the process ended."""
        self._bridge_desk.resume()
        self._chips.resume(self._check_anew)

    def _check_anew(self, anew: Anew) -> None:
        """The chip has put the identity right. The local answer's time is that of the page, and stays."""
        found = self._as_seen(anew.session_id)
        self._check(anew.session_id, found, anew.evidence, officer=anew.officer, document=anew.document)

    def _as_seen(self, session_id: UUID) -> Examination:
        """The faces of the pictures taken before, compared."""
        found = Examination()
        self._faces.complete(session_id, Pictures(), found)
        return found

    def _check(
        self,
        session_id: UUID,
        found: Examination,
        evidence: int,
        *,
        officer: str,
        in_hand: float | None = None,
        document: DocumentReading | LinesReading | None = None,
    ) -> SessionView:
        """Answer the local checks about the session as it is at ``evidence``, and ask the bridge. ``in_hand`` is when
        the evidence was, on the performance counter; ``document`` what was read of the document, where it is new.

        Where something newer was captured meanwhile its own call answers; of these answers the hits alone stand.
        """
        subject, results, lists_ms = self._ask_here(session_id, found, document)
        if not self._faces.is_of_serving_engine(found):
            # The face engine was changed meanwhile, perhaps between two of the questions.
            subject, results, lists_ms = self._ask_here(session_id, self._as_seen(session_id), document)
        with self._database.unit_of_work() as session:
            row = repository.get(session, session_id)
            if row.evidence != evidence:
                self._desk.answer_outdated(session, row, results)
                session.flush()
                return self._desk.view(session, row)
            self._desk.answer(session, row, explained(row, results), Step.ANSWER_CHECKS)
            question = put_question(row, subject, officer=officer)
            row.stages = {**row.stages, "lists": lists_ms}
            if in_hand is not None:
                row.local_answer_ms = round((perf_counter() - in_hand) * 1000, 1)
            session.flush()
            view = self._desk.view(session, row)
        self._bridge_desk.ask(question)
        return view

    def _ask_here(
        self, session_id: UUID, found: Examination, document: DocumentReading | LinesReading | None
    ) -> tuple[Subject, list[CheckResult], float]:
        """Who is asked about, what this machine answers, and how many milliseconds its lists took."""
        with reading(self._database) as session:
            row = repository.get(session, session_id)
            person, travel_document = person_of(row), document_of(row)
            subject = asked_about(row)
            results = self._own_results(session, row, found, document)
        started = perf_counter()
        face = found.live.template if found.live else None
        results += self._screener.local(subject, face=face, unseen=found.live_unseen, most_hits=MOST_HITS)
        with reading(self._database) as session:
            results = recognised(session, self._desk.clearances, person, travel_document, results)
        return subject, naming(found.live_sha256, results), round((perf_counter() - started) * 1000, 1)

    def _own_results(
        self,
        session: Session,
        row: CaptureSession,
        found: Examination,
        read: DocumentReading | LinesReading | None,
    ) -> list[CheckResult]:
        """The checks that need no list: the document's validity, the two faces, and earlier crossings by name
        and by face."""
        now = self._clock.now()
        results: list[CheckResult] = []
        document, person = document_of(row), person_of(row)
        if read is not None:
            results.append(validity_check(read, now=now))
        elif document is not None and FROM_AN_MRZ.isdisjoint(map(FieldSource, row.field_sources.values())):
            before = ledger.for_subject(session, SUBJECT, row.session_id)
            today = self._desk.today()
            results.append(typed_document_check(document, person=person, today=today, now=now, before=before))
        match = face_match_check(
            found.comparison,
            page=ImageKind.PAGE in row.images,
            live=ImageKind.LIVE in row.images,
            now=now,
            portrait=found.portrait_kind,
            portrait_sha256=sha256_of(row, found.portrait_kind),
            unseen=found.portrait_unseen or found.live_unseen,
            doubted=is_document_doubted(judgements_of(row)),
        )
        if match is not None:
            results.append(match)
        history = TravellerHistory()
        if person is not None:
            started = perf_counter()
            history = history_of(session, person, document)
            elapsed = round((perf_counter() - started) * 1000, 1)
            results.append(known_traveller_check(history, now=now, duration_ms=elapsed))
        asked = AtTheDesk(
            session_id=row.session_id,
            face=found.live.template if found.live else None,
            unseen=found.live_unseen,
            claim=Claim(person, document) if person else None,
            history=history,
            zone=self._desk.post.zone,
        )
        results.append(face_recent_check(session, self._faces.recent, asked, now=now))
        return results

    def _keep_codes(self, session_id: UUID, codes: tuple[CodeView, ...]) -> None:
        with self._database.unit_of_work() as session:
            row = _ready_for_evidence(repository.get(session, session_id))
            row.codes = [code.model_dump(mode="json") for code in codes]
            self._desk.changed(session, row)

    def _said(self, session_id: UUID, troubles: tuple[DomainError, ...]) -> SessionView:
        """The session as it is, with what the devices said instead of giving something to look at."""
        with self._database.unit_of_work() as session:
            row = repository.get(session, session_id)
            row.troubles = _as_said(troubles)
            self._desk.changed(session, row)
            session.flush()
            return self._desk.view(session, row)


def _as_said(troubles: Iterable[DomainError]) -> list[dict[str, str]]:
    return [{"code": trouble.code, "message": trouble.message} for trouble in troubles]


def _ready_for_evidence(row: CaptureSession) -> CaptureSession:
    """Refuse at once, before any device is asked, what the state table would refuse afterwards."""
    after(SessionState(row.state), Step.TAKE_EVIDENCE)
    return row
