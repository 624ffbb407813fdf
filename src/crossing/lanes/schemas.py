"""What the API and the pages say about the traveller at a lane."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crossing.decisions.schemas import Note
from crossing.movements.schemas import (
    CrossingCase,
    Direction,
    EvidenceLevel,
    Name,
    Person,
    Stay,
    TravelDocument,
    TravellerHistory,
)
from crossing.screening.schemas import CheckResult


class _Speech(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class SessionState(StrEnum):
    """Where a traveller is on the way through the desk; ``states.py`` says which step may follow which."""

    OPEN = "open"
    CHECKED = "checked"
    REFERRED = "referred"
    DECIDED = "decided"
    ABANDONED = "abandoned"


class ImageKind(StrEnum):
    """``page``: the document as scanned; ``portrait``: the face cut from it; ``live``: the traveller at the desk."""

    PAGE = "page"
    PORTRAIT = "portrait"
    LIVE = "live"


class FieldSource(StrEnum):
    MRZ = "mrz"
    DECLARED = "declared"
    OFFICER = "officer"


class OpenSession(_Speech):
    direction: Direction


class CaptureOrder(_Speech):
    """Which of the lane's devices to ask, at once."""

    page: bool = True
    live: bool = True


class Identity(_Speech):
    """Who the traveller is, typed by the officer: a declared identity, or a correction of what was read."""

    case: CrossingCase
    person: Person
    document: TravelDocument | None = None
    evidence_level: EvidenceLevel = EvidenceLevel.DOCUMENT
    witness: Name = ""
    border_resident: bool = False


class ReferralNote(_Speech):
    """Why the officer calls the second line, where no hit says it."""

    note: Note = ""


class ReadingView(_Speech):
    """What the page reader made of the document. ``lines`` are the MRZ as read; nothing is silently corrected."""

    lines: tuple[str, ...] = ()
    format: str | None = None
    valid: bool = False
    confidence: str = "low"
    corrections: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    ms: float = 0.0


class StageTimes(_Speech):
    """Milliseconds by stage of the local answer; stages overlap, so they don't add up to the whole."""

    stages: dict[str, float] = {}
    local_answer_ms: float | None = None


class Trouble(_Speech):
    """Something that did not work and did not stop the traveller; ``code`` as in the problem it would have been."""

    code: str
    message: str


class SessionView(_Speech):
    """The whole lane screen in one answer."""

    session_id: UUID
    lane_id: UUID
    lane: str
    post: str
    state: SessionState
    version: int
    direction: Direction
    case: CrossingCase
    opened_at: AwareDatetime
    opened_by: str
    person: Person | None = None
    document: TravelDocument | None = None
    field_sources: dict[str, FieldSource] = {}
    evidence_level: EvidenceLevel | None = None
    reading: ReadingView | None = None
    images: dict[ImageKind, str] = Field(default={}, description="SHA-256 by kind of image.")
    face_hints: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    checks_pending: bool = False
    history: TravellerHistory = TravellerHistory()
    stay: Stay | None = None
    needs_second_line: bool = False
    referral_id: UUID | None = None
    movement_id: UUID | None = None
    troubles: tuple[Trouble, ...] = ()
    times: StageTimes = StageTimes()
    today: date
