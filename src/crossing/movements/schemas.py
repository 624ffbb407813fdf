"""What the API and the pages say about movements."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from crossing.documents.dates import PartialDate
from crossing.platform.typed import Line, Lines
from crossing.ports.fingers import FingerFormat, FingerPosition
from crossing.screening.combined import TravellerVerdict
from crossing.screening.schemas import CheckResult, FaceJudgement


def _partial_date(text: str) -> str:
    return str(PartialDate.parse(text))


PartialDateText = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", examples=["1987", "1987-04-12"]),
    AfterValidator(_partial_date),
]
StateCode = Annotated[str, Field(pattern=r"^[A-Z]{1,3}$", examples=["MLI", "UTO"])]
"""A State or entity as ICAO Doc 9303-3 section 5 codes it, fillers removed."""

Name = Annotated[Line, Field(max_length=128)]


class Direction(StrEnum):
    ENTRY = "entry"
    EXIT = "exit"


class CrossingCase(StrEnum):
    """How a traveller comes to the desk; each has fields and a time of its own."""

    DOCUMENT = "document"
    NO_DOCUMENT = "no_document"


class MovementOutcome(StrEnum):
    ADMITTED = "admitted"
    REFUSED = "refused"


class EvidenceLevel(StrEnum):
    """What the identity rests on, strongest first."""

    DOCUMENT = "document"
    WITNESS = "witness"
    DECLARATION = "declaration"


class PairingBasis(StrEnum):
    """Why an exit was matched to an entry."""

    DOCUMENT = "document"
    NAME_AND_BIRTH = "name_and_birth"


class _Speech(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Person(_Speech):
    """Who crossed, as the document or the traveller says. Names as printed; ``birth_date`` may be partial."""

    surname: Name = ""
    given_names: Name = ""
    birth_date: PartialDateText | None = None
    birth_approximate: bool = False
    sex: Annotated[str, Field(pattern="^[MFX]?$")] = ""
    nationality: StateCode | None = None
    residence: Name = ""


class TravelDocument(_Speech):
    """``type`` is the MRZ's document code (Doc 9303-3), such as P, I or V."""

    type: Annotated[str, Field(pattern=r"^[A-Z]{1,2}$")]
    number: Annotated[Line, Field(min_length=1, max_length=32)]
    issuing_state: StateCode
    expiry_date: date | None = None


class VehicleType(StrEnum):
    CAR = "car"
    BUS = "bus"
    LORRY = "lorry"
    MOTORCYCLE = "motorcycle"
    OTHER = "other"


class Vehicle(_Speech):
    """What the traveller crosses in. ``country`` gave the plate; ``vin`` by ISO 3779, as it was typed or read."""

    type: VehicleType
    plate: Annotated[Line, Field(max_length=16)] = ""
    country: StateCode | None = None
    vin: Annotated[Line, Field(max_length=24)] = ""

    @model_validator(mode="after")
    def _can_be_known(self) -> "Vehicle":
        if not (self.plate.strip() or self.vin.strip()):
            raise ValueError("a vehicle is known by its plate or its VIN")
        return self


class Stay(_Speech):
    """The regime that lets the traveller in, and until when. ``until`` is None where there is no limit."""

    regime: str
    until: date | None = None
    days: int | None = None
    rules: str = Field("", description="Version of the mobility rules that said so.")


class Pairing(_Speech):
    movement_id: UUID
    basis: PairingBasis
    confidence: Annotated[float, Field(ge=0, le=1)]


class KnownAtDecision(_Speech):
    """What was known when the officer decided: every check with its list's version and age, as it then stood."""

    checks: tuple[CheckResult, ...]
    verdict: TravellerVerdict | None = Field(None, description="All checks in one; None before it was kept.")
    judgements: tuple[FaceJudgement, ...] = ()
    decided_after_ms: int = Field(ge=0, description="From opening the session to the decision.")


class FingerView(_Speech):
    """One finger as kept: its record of ISO/IEC 19794-2 or 19794-4 lies under ``sha256``. ``quality`` is the device's
    own, 0 to 100, None where it gave none."""

    position: FingerPosition
    format: FingerFormat
    sha256: str
    quality: int | None = None


class ExceptionReason(StrEnum):
    """Why a live portrait is missing or can't be as it should. It never keeps anyone from being registered."""

    VEIL = "veil"
    INJURY = "injury"
    CHILD = "child"
    OTHER = "other"


class PortraitException(_Speech):
    """``note`` says more where the reason does not; ``by`` is the officer's login."""

    reason: ExceptionReason
    note: Annotated[Line, Field(max_length=200)] = ""
    by: str
    at: AwareDatetime


class ImageOf(StrEnum):
    """An image of a movement, in the order in which a person looks at them. ``earlier-1`` is the first of the live
    portraits that were taken before the last."""

    LIVE = "live"
    EARLIER_1 = "earlier-1"
    EARLIER_2 = "earlier-2"
    EARLIER_3 = "earlier-3"
    EARLIER_4 = "earlier-4"
    EARLIER_5 = "earlier-5"
    PORTRAIT = "portrait"
    CHIP = "chip"
    PAGE = "page"


class Images(_Speech):
    """SHA-256 of each image kept with the movement; None where there is none. ``chip``: the portrait of the
    document's chip; ``exception``: why the live portrait is missing or not as it should be; ``earlier``: live
    pictures before the last that a face was found like, oldest first."""

    page: str | None = None
    portrait: str | None = None
    live: str | None = None
    chip: str | None = None
    fingers: tuple[FingerView, ...] = ()
    exception: PortraitException | None = None
    earlier: tuple[str, ...] = ()

    def of(self, kind: ImageOf) -> str | None:
        """SHA-256 of one image, None where there is none."""
        name, _, number = kind.value.partition("-")
        found: str | None
        if number:
            found = self.earlier[int(number) - 1] if int(number) <= len(self.earlier) else None
        else:
            found = getattr(self, name)
        return found

    @property
    def kinds(self) -> tuple[ImageOf, ...]:
        """The images that there are."""
        return tuple(kind for kind in ImageOf if self.of(kind) is not None)


class MovementRecord(_Speech):
    """One entry or exit, whole. This is also the event ``movement.recorded`` (version 4)."""

    movement_id: UUID
    traveller_id: UUID
    session_id: UUID
    post: str
    lane: str
    direction: Direction
    case: CrossingCase
    outcome: MovementOutcome
    occurred_at: AwareDatetime
    person: Person
    document: TravelDocument | None = None
    vehicle: Vehicle | None = None
    evidence_level: EvidenceLevel
    stay: Stay | None = None
    purpose: str = ""
    destination: str = ""
    reason_code: str = ""
    handling: str = ""
    note: str = ""
    decided_by: str
    approved_by: str = ""
    paired_entry: Pairing | None = None
    known_at_decision: KnownAtDecision
    images: Images = Images()
    corrects: UUID | None = None
    correction_reason: str = ""
    corrected_by: str = ""


class Correction(_Speech):
    """The fields to put right in a new record; the old one stays as it is, pointed to by the new."""

    reason: Annotated[Lines, Field(min_length=3, max_length=500)]
    person: Person | None = None
    document: TravelDocument | None = None


class MovementSummary(_Speech):
    """A line in a list of movements."""

    movement_id: UUID
    traveller_id: UUID
    post: str
    lane: str
    direction: Direction
    case: CrossingCase
    outcome: MovementOutcome
    occurred_at: AwareDatetime
    surname: str
    given_names: str
    birth_date: str | None
    nationality: str | None
    document_number: str | None


class TravellerHistory(_Speech):
    """What this database knows of a traveller: earlier movements, newest first, and the entry still open."""

    traveller_id: UUID | None = None
    basis: PairingBasis | None = None
    movements: tuple[MovementSummary, ...] = ()
    open_entry: MovementSummary | None = None
