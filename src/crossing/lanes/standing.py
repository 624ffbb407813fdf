"""Hits that stand: those an officer has to look at, and of earlier captures what no later scan or typing clears."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.decisions.dossier import STANDING
from crossing.decisions.face_review import FaceReview, is_document_doubted
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


def to_look_at(row: CaptureSession, results: list[CheckResult]) -> list[CheckResult]:
    """What a second-line officer is to see: hits, and faces unless an officer said that they clear it."""
    review = review_of(row)
    left = (review.stands(one, with_unanswered=True) for one in results if one.alerts)
    return [one for one in left if one is not None]


def without_uncompared(row: CaptureSession, results: list[CheckResult]) -> list[CheckResult]:
    """The same without faces that nobody has compared: no machine's word on a face leaves the post."""
    review = review_of(row)
    left = (review.stands(one) if one.alerts else one for one in results)
    return [one for one in left if one is not None]


def earlier_hits(session: Session, row: CaptureSession, now: list[CheckResult]) -> list[CheckResult]:
    """Hits that stand and are not among the answers that count ``now``."""
    ever = [one for one in ledger.for_subject(session, SUBJECT, row.session_id) if one.alerts]
    standing = [one for one in ever if one.kind in STANDING]
    return [
        *_earlier_checks([one for one in standing if one.kind not in FACE_KINDS], now),
        *_earlier_faces(session, row, [one for one in standing if one.kind in FACE_KINDS], now),
        *_doubted_document(row, ever, now),
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
    """What was found in an earlier photograph, each hit about its own two pictures. One that is found again in a
    later photograph is another question, and takes the place of none."""
    review = review_of(row)
    found = {pair.key for pair in review.pairs(now)}
    pairs = list(review.pairs(standing))
    newest = {pair.key: pair.check for pair in pairs}
    for check in standing:
        hits = tuple(
            pair.hit
            for pair in pairs
            if pair.check is check
            and pair.key not in found
            and newest[pair.key] is check
            and not (check.kind is CheckKind.FACE_RECENT and _is_known_by_now(session, row, pair.hit))
        )
        if hits:
            yield check.model_copy(update={"hits": hits})


def _doubted_document(row: CaptureSession, ever: list[CheckResult], now: list[CheckResult]) -> list[CheckResult]:
    """The comparison in which an officer doubted that the document is the traveller's, while there is no newer one
    for a person's eyes: a picture without a face takes nothing back."""
    review = review_of(row)
    if not is_document_doubted(review.judgements) or any(_asks_of_document(check) for check in now):
        return []
    said = [one for one in review.judgements if one.kind is CheckKind.FACE_MATCH][-1]
    return [pair.check for pair in review.pairs(ever) if said in pair.words][-1:]


def _asks_of_document(check: CheckResult) -> bool:
    return check.kind is CheckKind.FACE_MATCH and check.alerts


def _is_known_by_now(session: Session, row: CaptureSession, hit: HitDetail) -> bool:
    """Whether what was typed or read since makes the traveller of an earlier crossing and this one the same."""
    earlier = movements.in_force(session, UUID(hit.entry_reference))
    if earlier is None or row.person is None:
        return False
    document = TravelDocument.model_validate(row.document) if row.document else None
    return same_identity(Claim(Person.model_validate(row.person), document), Claim.of(earlier))
