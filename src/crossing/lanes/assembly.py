"""Putting a session's parts together: as the screen shows it, and as a decision is made on it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions import repository as referrals
from crossing.decisions.dossier import Dossier, alerts_among, hits_among
from crossing.decisions.face_review import FacePair, FaceReview, Standing
from crossing.decisions.models import Referral
from crossing.decisions.schemas import ReferralState
from crossing.lanes.chip_findings import SOURCE as CHIP
from crossing.lanes.chip_views import chip_now, has_answer, is_asked
from crossing.lanes.events import SUBJECT
from crossing.lanes.live_pictures import earlier_live
from crossing.lanes.models import CaptureSession
from crossing.lanes.portrait_exceptions import exception_of
from crossing.lanes.readings import needs_confirmation, reading_of
from crossing.lanes.schemas import (
    CodeView,
    FaceQuestion,
    FieldSource,
    ImageKind,
    SessionState,
    SessionView,
    ShownAs,
    StageTimes,
    Trouble,
)
from crossing.lanes.standing import earlier_hits, judgements_of, review_of
from crossing.movements.repository import open_entry
from crossing.movements.schemas import (
    CrossingCase,
    Direction,
    EvidenceLevel,
    FingerView,
    Images,
    Person,
    Stay,
    TravelDocument,
    TravellerHistory,
    Vehicle,
)
from crossing.movements.service import history_of
from crossing.ports.devices import Progress
from crossing.replication.events import BlobNote, Lane
from crossing.screening import ledger
from crossing.screening.bridge_mapping import SOURCE as INTERPOL
from crossing.screening.bridge_mapping import SOURCE_NAME as INTERPOL_NAME
from crossing.screening.combined import verdict_of
from crossing.screening.outside import Beside
from crossing.screening.schemas import (
    INTERPOL_KINDS,
    OUTSIDE_KINDS,
    OUTSIDE_OF_VEHICLE,
    CheckKind,
    CheckOutcome,
    CheckResult,
    Reason,
)

_LANE_OF_IMAGE = {
    ImageKind.PORTRAIT: Lane.FACE,
    ImageKind.LIVE: Lane.FACE,
    ImageKind.CHIP: Lane.FACE,
    ImageKind.PAGE: Lane.IMAGES,
}

_UNDECIDED: Final = (SessionState.OPEN, SessionState.CHECKED, SessionState.REFERRED)


def person_of(row: CaptureSession) -> Person | None:
    return Person.model_validate(row.person) if row.person else None


def document_of(row: CaptureSession) -> TravelDocument | None:
    return TravelDocument.model_validate(row.document) if row.document else None


def vehicle_of(row: CaptureSession) -> Vehicle | None:
    return Vehicle.model_validate(row.vehicle) if row.vehicle else None


def sha256_of(row: CaptureSession, kind: ImageKind) -> str | None:
    """Under which name the session's image of this kind is kept; None where there is none."""
    image = row.images.get(kind)
    return image["sha256"] if image else None


def dossier_of(
    session: Session, row: CaptureSession, *, now: datetime, today: date, beside: Sequence[Beside] = ()
) -> Dossier:
    """Everything about the traveller as it stands now. A question still under way, to INTERPOL or a service
    ``beside``, counts as not checked."""
    person = Person.model_validate(row.person)
    document = document_of(row)
    checks = _with_unanswered(row, _answered(session, row), document, now, beside)
    return Dossier(
        session_id=row.session_id,
        post=row.post,
        lane=row.lane,
        today=today,
        opened_at=row.opened_at,
        direction=Direction(row.direction),
        case=CrossingCase(row.case),
        evidence_level=EvidenceLevel(row.evidence_level or EvidenceLevel.DECLARATION),
        person=person,
        document=document,
        vehicle=vehicle_of(row),
        checks=tuple(checks),
        history=history_of(session, person, document),
        stay=Stay.model_validate(row.stay) if row.stay else None,
        images=Images(
            **{kind: image["sha256"] for kind, image in row.images.items()},
            fingers=fingers_of(row),
            exception=exception_of(row),
            earlier=tuple(image["sha256"] for image in earlier_live(row)),
        ),
        blobs=_blobs_of(row),
        judgements=judgements_of(row),
    )


def fingers_of(row: CaptureSession) -> tuple[FingerView, ...]:
    return tuple(FingerView(**{name: one[name] for name in FingerView.model_fields}) for one in row.fingers or ())


def _blobs_of(row: CaptureSession) -> tuple[BlobNote, ...]:
    """What the capital is sent: faces first, for they are searched; fingers behind them with the pages."""
    images = [
        BlobNote(sha256=image["sha256"], size=image["size"], lane=_LANE_OF_IMAGE[ImageKind(kind)])
        for kind, image in row.images.items()
    ]
    fingers = [BlobNote(sha256=one["sha256"], size=one["size"], lane=Lane.IMAGES) for one in row.fingers or ()]
    earlier = [BlobNote(sha256=one["sha256"], size=one["size"], lane=Lane.FACE) for one in earlier_live(row)]
    return tuple({blob.sha256: blob for blob in [*fingers, *earlier, *images]}.values())


def view_of(
    session: Session,
    row: CaptureSession,
    *,
    today: date,
    progress: Progress | None = None,
    beside: Sequence[Beside] = (),
) -> SessionView:
    """The whole lane screen in one value. ``progress`` is how far the reading of the chip is, while it goes on."""
    person, document = person_of(row), document_of(row)
    checks = _answered(session, row)
    calls = referrals.of_session(session, row.session_id)
    review = review_of(row)
    return SessionView(
        session_id=row.session_id,
        lane_id=row.lane_id,
        lane=row.lane,
        post=row.post,
        state=SessionState(row.state),
        version=row.version,
        evidence=row.evidence,
        direction=Direction(row.direction),
        case=CrossingCase(row.case),
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        person=person,
        document=document,
        vehicle=vehicle_of(row),
        field_sources={name: FieldSource(source) for name, source in row.field_sources.items()},
        evidence_level=EvidenceLevel(row.evidence_level) if row.evidence_level else None,
        reading=reading_of(row),
        images={ImageKind(kind): image["sha256"] for kind, image in row.images.items()},
        face_hints=tuple(row.face_hints),
        liveness_cues=tuple(row.liveness_cues or ()),
        portrait_exception=exception_of(row),
        faces_to_compare=_questions(row, _pairs(review, checks, calls), calls),
        judgements=review.judgements,
        checks=tuple(checks),
        verdict=verdict_of(
            _with_unanswered(row, checks, document, row.opened_at, beside),
            review.judgements,
            live_sha256=review.live_sha256,
        ),
        checks_pending=row.bridge_pending or row.vehicle_question_id is not None,
        history=_before(history_of(session, person, document), row.movement_id) if person else TravellerHistory(),
        stay=Stay.model_validate(row.stay) if row.stay else None,
        needs_confirmation=needs_confirmation(row),
        needs_second_line=bool(alerts_among(checks, review)) and not _looked_at(calls),
        referral_id=calls[-1].referral_id if calls else None,
        movement_id=row.movement_id,
        chip=chip_now(row, progress),
        fingers=fingers_of(row),
        codes=tuple(CodeView(**code) for code in row.codes or ()),
        troubles=tuple(Trouble(**trouble) for trouble in row.troubles),
        times=StageTimes(stages=row.stages, local_answer_ms=row.local_answer_ms),
        today=today,
    )


def _answered(session: Session, row: CaptureSession) -> list[CheckResult]:
    """The answers that count now. While INTERPOL is being asked, what it said before may have been about another
    document or vehicle: of that, only what alerts still counts."""
    asked = _kinds_asked(row)
    checks = [
        check for check in ledger.current(session, SUBJECT, row.session_id) if check.alerts or check.kind not in asked
    ]
    if not has_answer(row):
        checks = [check for check in checks if check.alerts or check.kind is not CheckKind.DOCUMENT_CHIP]
    return [*checks, *earlier_hits(session, row, checks), *_earlier_chip(session, row, checks)]


def _kinds_asked(row: CaptureSession) -> frozenset[CheckKind]:
    """What services outside are being asked at this moment."""
    of_traveller = OUTSIDE_KINDS - OUTSIDE_OF_VEHICLE if row.bridge_pending else frozenset[CheckKind]()
    return of_traveller | OUTSIDE_OF_VEHICLE if row.vehicle_question_id is not None else of_traveller


def hits_of(session: Session, row: CaptureSession) -> list[CheckResult]:
    """The hits of a session that are not for the first line to clear, whatever it said of the faces."""
    return list(hits_among(_answered(session, row)))


def face_pairs_of(session: Session, row: CaptureSession) -> list[FacePair]:
    """Every pair of faces that an officer of this session may be asked about, answered or not."""
    calls = referrals.of_session(session, row.session_id)
    return _pairs(review_of(row), _answered(session, row), calls)


def _pairs(review: FaceReview, checks: list[CheckResult], calls: list[Referral]) -> list[FacePair]:
    """The second line is asked about what it was called for too, though a chip has answered since."""
    called = [one for call in calls if call.state != ReferralState.RESOLVED for one in referrals.view(call).reasons]
    pairs: dict[object, FacePair] = {}
    for pair in review.pairs([*checks, *called]):
        pairs.setdefault(pair.key, pair)
    return list(pairs.values())


def _questions(row: CaptureSession, pairs: list[FacePair], calls: list[Referral]) -> tuple[FaceQuestion, ...]:
    """Nobody is asked about a traveller who has gone but the second line that was called late."""
    if row.state not in _UNDECIDED and all(call.state == ReferralState.RESOLVED for call in calls):
        return ()
    return tuple(_question(pair) for pair in pairs if pair.standing is Standing.UNANSWERED)


def _question(pair: FacePair) -> FaceQuestion:
    of_document = pair.check.kind is CheckKind.FACE_MATCH
    return FaceQuestion(
        kind=pair.check.kind,
        source=pair.check.source,
        reference=pair.hit.entry_reference,
        rank=pair.rank,
        label="" if of_document else pair.hit.label,
        support=pair.hit.support,
        live_sha256=pair.live_sha256,
        other_sha256=pair.other_sha256,
        shown_as=shown_as(pair.check),
        movement_id=pair.hit.entry_id if pair.check.kind is CheckKind.FACE_RECENT else None,
        words_seen=len(pair.words),
    )


def shown_as(check: CheckResult) -> ShownAs:
    """Where the other picture of a face check is from."""
    if check.kind is CheckKind.FACE_MATCH:
        return "chip" if check.source == CHIP else "page"
    return "earlier" if check.kind is CheckKind.FACE_RECENT else "list"


def _earlier_chip(session: Session, row: CaptureSession, now: list[CheckResult]) -> list[CheckResult]:
    """What an earlier reading of a chip found stands until another reading answers: who takes the document off the
    reader does not take back what was seen."""
    if any(check.kind is CheckKind.DOCUMENT_CHIP and check.ran for check in now):
        return []
    answers = [
        check
        for check in ledger.for_subject(session, SUBJECT, row.session_id)
        if check.kind is CheckKind.DOCUMENT_CHIP and check.ran
    ]
    return [check for check in answers[-1:] if check.alerts]


def _still_asked(
    row: CaptureSession,
    checks: list[CheckResult],
    document: TravelDocument | None,
    now: datetime,
    beside: Sequence[Beside],
) -> list[CheckResult]:
    answered = {(check.kind, check.source) for check in checks}
    asked, of_interpol = _kinds_asked(row), INTERPOL_KINDS
    if document is None:
        of_interpol -= {CheckKind.INTERPOL_SLTD, CheckKind.INTERPOL_TDAWN}
    interpol = [Beside(kind, INTERPOL, INTERPOL_NAME) for kind in sorted(asked & of_interpol)]
    return [
        CheckResult(
            kind=one.kind,
            outcome=CheckOutcome.NOT_CHECKED,
            reason=Reason.PENDING,
            source=one.source,
            source_name=one.source_name,
            performed_at=now,
        )
        for one in (*interpol, *beside)
        if one.kind in asked and (one.kind, one.source) not in answered
    ]


def _with_unanswered(
    row: CaptureSession,
    checks: list[CheckResult],
    document: TravelDocument | None,
    now: datetime,
    beside: Sequence[Beside],
) -> list[CheckResult]:
    """The answers, and a result for each question that is still under way."""
    checks = [*checks, *_still_asked(row, checks, document, now, beside)]
    if is_asked(row):
        checks = [*checks, _chip_still_asked(now)]
    return checks


def _chip_still_asked(now: datetime) -> CheckResult:
    return CheckResult(
        kind=CheckKind.DOCUMENT_CHIP,
        outcome=CheckOutcome.NOT_CHECKED,
        reason=Reason.PENDING,
        source=CHIP,
        performed_at=now,
    )


def _looked_at(calls: list[Referral]) -> bool:
    return bool(calls) and all(call.state == ReferralState.RESOLVED for call in calls)


def _before(history: TravellerHistory, movement_id: UUID | None) -> TravellerHistory:
    """What was known before this session's own movement."""
    earlier = tuple(one for one in history.movements if one.movement_id != movement_id)
    return history.model_copy(update={"movements": earlier, "open_entry": open_entry(earlier)})
