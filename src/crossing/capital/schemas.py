"""What the capital's API and pages speak."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from crossing.decisions.schemas import ReferralView
from crossing.movements.schemas import MovementRecord, MovementSummary, PartialDateText, Person, TravelDocument
from crossing.platform.typed import Line
from crossing.screening.schemas import CheckOutcome, CheckResult


class _Speech(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class SearchPurpose(StrEnum):
    """Why an analyst looks a person up; every look is kept with it."""

    INVESTIGATION = "investigation"
    MISSING_PERSON = "missing_person"
    TRAVELLER_REQUEST = "traveller_request"
    DATA_QUALITY = "data_quality"
    BORDER_SUPPORT = "border_support"


class Search(_Speech):
    """At least a name or a document number. ``name`` as written or as heard, parts in any order."""

    purpose: SearchPurpose
    name: Annotated[Line, Field(max_length=200)] = ""
    birth_date: PartialDateText | None = None
    document_number: Annotated[Line, Field(max_length=32)] = ""

    @model_validator(mode="after")
    def _asks_something(self) -> "Search":
        if not (self.name or self.document_number):
            raise ValueError("a name or a document number is needed")
        return self


class Found(_Speech):
    """A movement that answers the search, the newest of its traveller. ``score`` is 0 to 1."""

    movement: MovementSummary
    score: Annotated[float, Field(ge=0, le=1)]
    movements: int = Field(description="How many of the traveller's movements answer the search.")


class SearchAnswer(_Speech):
    found: tuple[Found, ...]
    truncated: bool = Field(description="There is more than is shown; ask more narrowly.")


class AlertKind(StrEnum):
    """``LATE_HIT``: after the decision. ``LEFT_UNDECIDED``: of a traveller who left before any; no movement comes."""

    LATE_HIT = "late_hit"
    LEFT_UNDECIDED = "left_undecided"
    CONFIRMED_HIT = "confirmed_hit"


class AlertedTraveller(_Speech):
    """Who the traveller was at the desk, as far as it was known there. ``case`` is a ``CrossingCase`` of the post's,
    which may know more of them than the capital; empty where it did not say; ``left_at``: when they left the desk."""

    person: Person | None = None
    document: TravelDocument | None = None
    case: str = ""
    left_at: AwareDatetime | None = None


class EndedAhead(StrEnum):
    """Why the posts ceased to look for a traveller, in words for the capital alone: ``RESTRICTED`` is told to none of
    them. The others are those of ``EndedBy``."""

    NOT_THE_PERSON = "not_the_person"
    NO_LONGER_A_HIT = "no_longer_a_hit"
    FOUND = "found"
    TOLD_ANEW = "told_anew"
    RESTRICTED = "restricted"


class LookedForAhead(_Speech):
    """That the posts look for the traveller of an alert, and until when; ``ended_by`` says why they ceased before."""

    told_at: AwareDatetime
    expires_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    ended_by: EndedAhead | None = None


class AlertView(_Speech):
    alert_id: UUID
    kind: AlertKind
    post: str
    lane: str
    session_id: UUID
    raised_at: AwareDatetime
    received_at: AwareDatetime
    checks: tuple[CheckResult, ...]
    verdict: CheckOutcome | None = Field(None, description="The gravest of the checks.")
    traveller: AlertedTraveller | None = None
    ahead: LookedForAhead | None = Field(None, description="None where the posts were not told.")


class Timeline(_Speech):
    """A traveller over all posts: movements newest first, what the second line said, and answers that came late."""

    movements: tuple[MovementRecord, ...]
    referrals: tuple[ReferralView, ...]
    late_checks: dict[UUID, tuple[CheckResult, ...]] = Field(description="By session.")
    open_entry: MovementSummary | None = None
