"""What a decision is made on: everything a lane has brought together about one traveller."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from crossing.decisions.face_review import FacePair, FaceReview
from crossing.movements.schemas import (
    CrossingCase,
    Direction,
    EvidenceLevel,
    Images,
    Person,
    Stay,
    TravelDocument,
    TravellerHistory,
    Vehicle,
)
from crossing.replication.events import BlobNote
from crossing.screening.combined import TravellerVerdict, verdict_of
from crossing.screening.schemas import CheckKind, CheckResult, FaceJudgement

FOR_THE_SECOND_LINE = frozenset(
    {
        CheckKind.DOCUMENT_LIST,
        CheckKind.NAME_LIST,
        CheckKind.FACE_LIST,
        CheckKind.FACE_RECENT,
        CheckKind.FACE_MATCH,
        CheckKind.INTERPOL_SLTD,
        CheckKind.INTERPOL_TDAWN,
        CheckKind.INTERPOL_NOMINALS,
        CheckKind.INTERPOL_SMV,
        CheckKind.NATIONAL_LISTS,
        CheckKind.WATCHLIST_SERVICE,
        CheckKind.WATCHLIST_VEHICLE,
        CheckKind.VEHICLE_LIST,
    }
)
"""Checks whose hits the first line may not clear by itself. A worn or expired document it may judge alone."""

STANDING = FOR_THE_SECOND_LINE - {CheckKind.FACE_MATCH}
"""Checks whose hits stand until the second line has looked, whatever is captured afterwards. Two faces that don't
match may be photographed again; a hit on a list does not go away because another page was scanned."""


def hits_among(checks: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """The hits and possible hits that are not for the first line to clear, whatever was said of the faces."""
    return tuple(check for check in checks if check.alerts and check.kind in FOR_THE_SECOND_LINE)


def alerts_among(
    checks: Iterable[CheckResult], review: FaceReview, *, with_unanswered: bool = False
) -> tuple[CheckResult, ...]:
    """What a second-line officer must look at. A face is among it once an officer has compared it and did not clear
    it; ``with_unanswered``: before that too."""
    left = (review.stands(check, with_unanswered=with_unanswered) for check in hits_among(checks))
    return tuple(check for check in left if check is not None)


@dataclass(frozen=True, slots=True)
class Call:
    """For whom and for what the second line is called."""

    session_id: UUID
    post: str
    lane: str
    reasons: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """One traveller at the moment of decision. ``checks``: the newest of each kind, and earlier hits that stand;
    ``judgements``: every word of an officer on two faces, oldest first."""

    session_id: UUID
    post: str
    lane: str
    today: date
    opened_at: datetime
    direction: Direction
    case: CrossingCase
    evidence_level: EvidenceLevel
    person: Person
    document: TravelDocument | None
    checks: tuple[CheckResult, ...]
    history: TravellerHistory
    stay: Stay | None
    images: Images
    blobs: tuple[BlobNote, ...]
    judgements: tuple[FaceJudgement, ...] = ()
    vehicle: Vehicle | None = None

    def alerts(self) -> tuple[CheckResult, ...]:
        """The hits and possible hits that a second-line officer must look at."""
        return alerts_among(self.checks, self.review)

    def uncompared(self) -> tuple[FacePair, ...]:
        """Faces that were found alike, or not alike, and that nobody has looked at."""
        return self.review.unanswered(self.checks)

    def call(self) -> Call:
        """Faces that nobody has compared go along: the second line compares them."""
        reasons = alerts_among(self.checks, self.review, with_unanswered=True)
        return Call(self.session_id, self.post, self.lane, reasons)

    @property
    def verdict(self) -> TravellerVerdict:
        """All checks in one."""
        return verdict_of(self.checks, self.judgements, live_sha256=self.images.live)

    @property
    def review(self) -> FaceReview:
        """What was said of the faces."""
        return FaceReview(self.images.live, self.judgements)
