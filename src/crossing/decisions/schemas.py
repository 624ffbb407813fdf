"""What the API and the pages say about decisions and the second line."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crossing.platform.typed import Line, Lines
from crossing.screening.schemas import CheckOutcome, CheckResult

Note = Annotated[Lines, Field(max_length=1000)]


class _Speech(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Verdict(StrEnum):
    ADMIT = "admit"
    REFUSE = "refuse"


class RefusalReason(StrEnum):
    """Why entry is refused; each has its sentence and its appeal text in three languages."""

    DOCUMENT_STOLEN_OR_LOST = "document_stolen_or_lost"
    DOCUMENT_NOT_VALID = "document_not_valid"
    DOCUMENT_FALSE = "document_false"
    NOT_THE_HOLDER = "not_the_holder"
    NO_RIGHT_OF_ENTRY = "no_right_of_entry"
    LISTED = "listed"
    PUBLIC_ORDER = "public_order"


class Finding(StrEnum):
    """What the second line found about the hits it was called for. ``RECORD_WITHDRAWN``: the bureau says that the
    record no longer stands."""

    NOT_THE_PERSON = "not_the_person"
    RECORD_WITHDRAWN = "record_withdrawn"
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"


class ReferralState(StrEnum):
    OPEN = "open"
    AWAITING_APPROVAL = "awaiting_approval"
    RESOLVED = "resolved"


class Decision(_Speech):
    """The officer's decision at the desk."""

    verdict: Verdict
    reason_code: RefusalReason | None = None
    purpose: Annotated[Line, Field(max_length=64)] = ""
    destination: Annotated[Line, Field(max_length=128)] = ""
    note: Note = ""


class HitWord(_Speech):
    """What was found of one of INTERPOL's records, named by a hit on it. CONFIRMED and RECORD_WITHDRAWN are the
    bureau's to say, and need its reference for this record."""

    hit_id: UUID
    finding: Finding
    bureau_reference: Annotated[Line, Field(max_length=64)] = ""


class LookedForWord(_Speech):
    """Whether the traveller is one of those whom the posts look for, named by a hit on them."""

    hit_id: UUID
    finding: Literal[Finding.NOT_THE_PERSON, Finding.UNCONFIRMED, Finding.CONFIRMED]


class Resolution(Decision):
    """What a second-line officer found and decides. What only the bureau can say of INTERPOL's records needs the
    bureau's reference and, before it counts, the approval of another officer.

    ``hits`` has a word on each of INTERPOL's records. Where one record is all that the referral is for, it may be
    left out: ``finding`` and ``bureau_reference`` then stand for it.

    ``looked_for`` has a word on each whom the posts look for. It may be left out where nothing is confirmed, and
    where the referral is for one of them and nothing else.
    """

    finding: Finding
    hits: Annotated[tuple[HitWord, ...], Field(max_length=500)] = ()
    looked_for: Annotated[tuple[LookedForWord, ...], Field(max_length=500)] = ()
    handling: Annotated[Lines, Field(max_length=500)] = ""
    bureau_reference: Annotated[Line, Field(max_length=64)] = ""
    reasons_seen: int | None = Field(
        None, ge=0, description="How many hits were looked at; refused if there are more."
    )


class ReferralView(_Speech):
    referral_id: UUID
    session_id: UUID
    post: str
    lane: str
    state: ReferralState
    late: bool = Field(
        description="Nobody stands at the desk any more: the hit came after the traveller had left it, or they left "
        "it before anybody decided. Such a referral is opened by ``system``, and no movement follows from it."
    )
    opened_at: AwareDatetime
    opened_by: str
    note: str
    reasons: tuple[CheckResult, ...]
    verdict: CheckOutcome | None = Field(None, description="The gravest of the reasons; None where there is none.")
    resolution: Resolution | None = None
    resolved_by: str = ""
    resolved_at: AwareDatetime | None = None
    approved_by: str = ""
