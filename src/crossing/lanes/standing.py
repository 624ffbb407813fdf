"""Hits of earlier captures that stand: what the first line scans or types next does not clear them."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions.dossier import STANDING
from crossing.decisions.face_review import FaceReview
from crossing.lanes.events import SUBJECT
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import ImageKind
from crossing.movements import repository as movements
from crossing.movements.sameness import Claim, same_identity
from crossing.movements.schemas import Person, TravelDocument
from crossing.screening import ledger
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckResult, FaceJudgement, HitDetail


def review_of(row: CaptureSession) -> FaceReview:
    """The session's live picture now, and what was said of it and of earlier ones."""
    live = row.images.get(ImageKind.LIVE)
    return FaceReview(live["sha256"] if live else None, judgements_of(row))


def judgements_of(row: CaptureSession) -> tuple[FaceJudgement, ...]:
    return tuple(FaceJudgement.model_validate(one) for one in row.judgements or ())


def earlier_hits(session: Session, row: CaptureSession, now: list[CheckResult]) -> list[CheckResult]:
    """Hits that stand and are not among the answers that count ``now``."""
    ever = [one for one in ledger.for_subject(session, SUBJECT, row.session_id) if one.alerts]
    standing = [one for one in ever if one.kind in STANDING]
    return [
        *_earlier_checks([one for one in standing if one.kind not in FACE_KINDS], now),
        *_earlier_faces(session, row, [one for one in standing if one.kind in FACE_KINDS], now),
    ]


def _earlier_checks(standing: list[CheckResult], now: list[CheckResult]) -> list[CheckResult]:
    shown = {_same_hit(check) for check in now if check.alerts}
    earlier = {_same_hit(check): check for check in standing}
    return [check for same, check in earlier.items() if same not in shown]


def _same_hit(check: CheckResult) -> tuple[str, str, frozenset[str]]:
    return check.kind, check.source, frozenset(hit.entry_reference for hit in check.hits)


def _earlier_faces(
    session: Session, row: CaptureSession, standing: list[CheckResult], now: list[CheckResult]
) -> Iterator[CheckResult]:
    """Whom an earlier portrait was found like, and a later one is not. Each is a question of its own, so one that is
    found again, or was answered, does not keep the others."""
    review = review_of(row)
    found = {_same_face(check, hit) for check in now if check.alerts for hit in check.hits}
    newest = {_same_face(check, hit): check for check in standing for hit in check.hits}
    for check in standing:
        hits = tuple(
            hit
            for hit in check.hits
            if newest[_same_face(check, hit)] is check
            and _same_face(check, hit) not in found
            and not review.was_cleared_before(check, hit)
            and not (check.kind is CheckKind.FACE_RECENT and _is_known_by_now(session, row, hit))
        )
        if hits:
            yield check.model_copy(update={"hits": hits})


def _same_face(check: CheckResult, hit: HitDetail) -> tuple[CheckKind, str, str]:
    return check.kind, check.source, hit.entry_reference


def _is_known_by_now(session: Session, row: CaptureSession, hit: HitDetail) -> bool:
    """Whether what was typed or read since makes the traveller of an earlier crossing and this one the same."""
    earlier = movements.in_force(session, UUID(hit.entry_reference))
    if earlier is None or row.person is None:
        return False
    document = TravelDocument.model_validate(row.document) if row.document else None
    return same_identity(Claim(Person.model_validate(row.person), document), Claim.of(earlier))
