"""What a decision is made on: everything a lane has brought together about one traveller."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from crossing.movements.schemas import (
    CrossingCase,
    Direction,
    EvidenceLevel,
    Images,
    Person,
    Stay,
    TravelDocument,
    TravellerHistory,
)
from crossing.replication.events import BlobNote
from crossing.screening.schemas import CheckKind, CheckResult

FOR_THE_SECOND_LINE = frozenset(
    {
        CheckKind.DOCUMENT_LIST,
        CheckKind.NAME_LIST,
        CheckKind.FACE_LIST,
        CheckKind.FACE_MATCH,
        CheckKind.INTERPOL_SLTD,
        CheckKind.INTERPOL_TDAWN,
        CheckKind.INTERPOL_NOMINALS,
    }
)
"""Checks whose hits the first line may not clear by itself. A worn or expired document it may judge alone."""

STANDING = FOR_THE_SECOND_LINE - {CheckKind.FACE_MATCH}
"""Checks whose hits stand until the second line has looked, whatever is captured afterwards. Two faces that don't
match may be photographed again; a hit on a list does not go away because another page was scanned."""


@dataclass(frozen=True, slots=True)
class Call:
    """For whom and for what the second line is called."""

    session_id: UUID
    post: str
    lane: str
    reasons: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """One traveller at the moment of decision. ``checks``: the newest of each kind, and earlier hits that stand."""

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

    def alerts(self) -> tuple[CheckResult, ...]:
        """The hits and possible hits that a second-line officer must look at."""
        return tuple(check for check in self.checks if check.alerts and check.kind in FOR_THE_SECOND_LINE)

    def call(self) -> Call:
        return Call(self.session_id, self.post, self.lane, self.alerts())
