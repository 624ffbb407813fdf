"""What the API and the pages say about the traveller at a lane."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from crossing.decisions.schemas import Note
from crossing.documents.chip.results import Verdict
from crossing.documents.reading.port import Confidence, DoubtReason
from crossing.documents.schemas import CorrectionView
from crossing.faces.schemas import Judgement
from crossing.movements.schemas import (
    CrossingCase,
    Direction,
    EvidenceLevel,
    ExceptionReason,
    FingerView,
    Name,
    Person,
    PortraitException,
    Stay,
    TravelDocument,
    TravellerHistory,
    Vehicle,
)
from crossing.platform.typed import Line
from crossing.ports.fingers import FingerPosition
from crossing.screening.combined import TravellerVerdict, verdict_of
from crossing.screening.schemas import CheckKind, CheckResult, FaceJudgement

ShownAs = Literal["page", "chip", "list", "earlier"]
"""Where the picture beside the live one is from."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


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
    """``page``: the document as scanned; ``portrait``: the face cut from it; ``live``: the traveller at the desk;
    ``chip``: the portrait that the document's chip holds."""

    PAGE = "page"
    PORTRAIT = "portrait"
    LIVE = "live"
    CHIP = "chip"


class FieldSource(StrEnum):
    """``confirmed``: read from the document, doubted, and compared with it by the officer. ``typed``: from the lines
    of the MRZ as the officer typed or swiped them. ``chip``: said by the document's
    chip, which is proved; what was read was doubted, or another."""

    MRZ = "mrz"
    CHIP = "chip"
    CONFIRMED = "confirmed"
    TYPED = "typed"
    DECLARED = "declared"
    OFFICER = "officer"


READ_BY_MACHINE: Final = frozenset({FieldSource.MRZ, FieldSource.CONFIRMED, FieldSource.CHIP})
FROM_AN_MRZ: Final = READ_BY_MACHINE | {FieldSource.TYPED}


class OpenSession(_Speech):
    direction: Direction


class ExceptionOrder(_Speech):
    """Why the live portrait is missing or can't be as it should."""

    reason: ExceptionReason
    note: Annotated[Line, Field(max_length=200)] = ""


class FaceQuestion(_Speech):
    """Two faces that an officer is asked to compare. ``kind``, ``source`` and ``reference`` name the check and its
    hit; ``support`` is how strongly the score speaks, a key of ``faces.words.SUPPORT``.

    ``shown_as`` says where the other picture is from. ``label`` is who it is said to be, empty for a document's own
    portrait; ``movement_id`` the earlier crossing that it was taken at. ``words_seen`` counts what was said of the
    two so far, to be given back with the answer.
    """

    kind: CheckKind
    source: str
    reference: str
    rank: int
    label: str = ""
    support: str
    live_sha256: str
    other_sha256: str
    shown_as: ShownAs
    movement_id: UUID | None = None
    words_seen: int = 0


class FaceAnswer(_Speech):
    """What the officer says of a question. ``live_sha256`` and ``other_sha256`` are the pictures that were compared:
    for others than the session's own the answer is refused. ``words_seen``: how much had been said of the two when
    the officer looked; if more has been said since, the answer is refused. ``note``: why, where it takes back what
    would send the traveller to the second line."""

    kind: CheckKind
    source: Annotated[Line, Field(max_length=64)] = ""
    reference: Annotated[Line, Field(max_length=128)]
    live_sha256: Sha256
    other_sha256: Sha256
    judged: Judgement
    note: Annotated[Line, Field(max_length=500)] = ""
    words_seen: Annotated[int, Field(ge=0, le=10_000)] = 0


class CaptureOrder(_Speech):
    """Which of the lane's devices to ask, at once."""

    page: bool = True
    live: bool = True
    code: bool = False


class ChipOrder(_Speech):
    """``can`` is the card access number printed on the page; without it the MRZ that was read opens the chip."""

    can: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None


class FingerOrder(_Speech):
    """Which fingers to capture, and which of them the traveller does not have."""

    positions: Annotated[tuple[FingerPosition, ...], Field(min_length=1, max_length=10)] = (
        FingerPosition.RIGHT_INDEX,
        FingerPosition.LEFT_INDEX,
    )
    missing: Annotated[tuple[FingerPosition, ...], Field(max_length=10)] = ()


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


class MrzLines(_Speech):
    """The lines of an MRZ as they were typed, pasted or swiped; a swipe reader may send them as one.

    ``as_it_stands``: the officer has seen what is wrong with them and says that the document reads so.
    """

    lines: Annotated[tuple[Annotated[Line, Field(max_length=1000)], ...], Field(min_length=1, max_length=3)]
    as_it_stands: bool = False


class Confirmation(_Speech):
    """The officer has compared what was doubted with the page. ``evidence`` is the session's own count: it says what
    was on the screen."""

    evidence: int = Field(ge=0, le=2**31 - 1)


class BoxView(_Speech):
    """A rectangle in pixels of the session's MRZ strip."""

    left: int
    top: int
    width: int
    height: int


class StripView(_Speech):
    """The size in pixels of the cut-out of the page that shows the MRZ. It is there until the session is over."""

    width: int
    height: int


class MarkView(_Speech):
    """A character of ``raw`` (counted from 0) that was read otherwise: what was read before it was put right, or what
    the second reader read."""

    at: int
    read: str


class DoubtView(_Speech):
    """``other`` is what the second reader read, or empty."""

    reason: DoubtReason
    other: str = ""


class FieldView(_Speech):
    """A field of the MRZ beside its place in the picture. ``raw`` are its columns after repair, without the fillers
    around them; ``box`` is None where the lines did not come from a picture. ``composite`` is the check digit over
    several fields."""

    name: str
    value: str
    raw: str
    box: BoxView | None = None
    marks: tuple[MarkView, ...] = ()
    doubts: tuple[DoubtView, ...] = ()


class OtherDocument(_Speech):
    """Another document in the same picture. Whose it is stays unsaid: it may be somebody else's."""

    type: str
    issuing_state: str


class ReadingSource(StrEnum):
    PAGE = "page"
    TYPED = "typed"


class ReadingView(_Speech):
    """What was made of the document. ``lines`` are the MRZ after repair, every repair is in ``repairs``; without an
    MRZ they are what was read. ``confirmed_by`` is the officer who compared what was doubted with the page;
    ``confirmed_by_chip``: the document's chip is proved, and says the same or has put it right."""

    # What an earlier version of this program stored is taken as far as it goes.
    model_config = ConfigDict(extra="ignore", frozen=True)

    source: ReadingSource = ReadingSource.PAGE
    lines: tuple[str, ...] = ()
    format: str | None = None
    valid: bool = False
    confidence: Confidence = Confidence.LOW
    fields: tuple[FieldView, ...] = ()
    repairs: tuple[CorrectionView, ...] = ()
    problems: tuple[str, ...] = ()
    others: tuple[OtherDocument, ...] = ()
    strip: StripView | None = None
    ms: float = 0.0
    confirmed_by: str = ""
    confirmed_by_chip: bool = False
    printed: dict[str, str] = Field({}, description="Surname and given names as the page prints them, where read.")


class StageTimes(_Speech):
    """Milliseconds by stage of the local answer; stages overlap, so they don't add up to the whole."""

    stages: dict[str, float] = {}
    local_answer_ms: float | None = None


class Trouble(_Speech):
    """Something that did not work and did not stop the traveller; ``code`` as in the problem it would have been."""

    code: str
    message: str


class ChipState(StrEnum):
    """``waiting``: will be read as soon as the reader is free; ``failed``: could not be read, and ``trouble`` says
    why."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    FAILED = "failed"


class ChipResult(_Speech):
    """What is known of one part of the chip or one data group. ``message`` is the reason as an English sentence, a
    message id; both are empty where the verdict says all."""

    name: str
    verdict: Verdict
    reason: str = ""
    message: str = ""


class ChipView(_Speech):
    """The document's chip. ``step``, ``done`` and ``total`` say how far a reading under way is.

    ``changed`` are the fields that the chip's data group 1 put right, ``mrz_agrees`` whether it says what was read
    before, ``fields`` what data groups 11 and 12 hold, by their names of Doc 9303-10 (sections 4.7.11 and 4.7.12).
    """

    # What an earlier version of this program stored is taken as far as it goes.
    model_config = ConfigDict(extra="ignore", frozen=True)

    state: ChipState
    step: str = ""
    done: int = 0
    total: int = 0
    access: str = ""
    verdict: Verdict | None = None
    results: tuple[ChipResult, ...] = ()
    changed: tuple[str, ...] = ()
    mrz_agrees: bool | None = None
    name: dict[str, str] = Field({}, description="Surname and given names as data group 1 has them.")
    fields: dict[str, str] = {}
    signer: str = ""
    trust_version: str = ""
    trust_as_of: datetime | None = None
    trouble: Trouble | None = None


class CodeView(_Speech):
    """A bar code or two-dimensional code that was shown to the lane's code reader: what it holds, as text."""

    symbology: str
    text: str


class SessionView(_Speech):
    """The whole lane screen in one answer."""

    session_id: UUID
    lane_id: UUID
    lane: str
    post: str
    state: SessionState
    version: int
    evidence: int = Field(description="How often something was captured or typed.")
    direction: Direction
    case: CrossingCase
    opened_at: AwareDatetime
    opened_by: str
    person: Person | None = None
    document: TravelDocument | None = None
    vehicle: Vehicle | None = None
    field_sources: dict[str, FieldSource] = {}
    evidence_level: EvidenceLevel | None = None
    reading: ReadingView | None = None
    images: dict[ImageKind, str] = Field(default={}, description="SHA-256 by kind of image.")
    face_hints: tuple[str, ...] = ()
    liveness_cues: tuple[str, ...] = Field(default=(), description="Advisory: keys of faces.words.CUES.")
    portrait_exception: PortraitException | None = None
    faces_to_compare: tuple[FaceQuestion, ...] = Field(
        default=(), description="Pairs of faces that nobody has compared yet; the first line can't decide before."
    )
    judgements: tuple[FaceJudgement, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    verdict: TravellerVerdict = Field(
        default_factory=lambda: verdict_of(()), description="All checks in one, with each check's own light."
    )
    checks_pending: bool = False
    history: TravellerHistory = TravellerHistory()
    stay: Stay | None = None
    needs_confirmation: bool = Field(
        default=False, description="The reading is unsure: the officer compares it with the page before deciding."
    )
    needs_second_line: bool = False
    referral_id: UUID | None = None
    movement_id: UUID | None = None
    chip: ChipView | None = None
    fingers: tuple[FingerView, ...] = ()
    codes: tuple[CodeView, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    times: StageTimes = StageTimes()
    today: date
