"""The INTERPOL bridge's contract, shared by the bridge and its client at the post.

The words follow what INTERPOL publishes about its databases: SLTD (Stolen and Lost Travel Documents), TDAWN
(Travel Documents Associated With Notices), nominals with their notice colours, and SMV (Stolen Motor Vehicles).

=======  ====================================  =====================  =================
method   path                                  body                   answer
=======  ====================================  =====================  =================
POST     ``/v1/sltd/query``                    ``DocumentQuery``      ``BridgeAnswer``
POST     ``/v1/tdawn/query``                   ``DocumentQuery``      ``BridgeAnswer``
POST     ``/v1/nominals/query``                ``NominalQuery``       ``BridgeAnswer``
POST     ``/v1/smv/query``                     ``VehicleQuery``       ``BridgeAnswer``
POST     ``/v1/batch``                         ``BatchQuery``         ``BatchAnswer``
POST     ``/v1/hits/{hit_id}/verification``    ``HitVerification``    ``VerificationState``
GET      ``/v1/status``                        -                      ``BridgeStatus``
=======  ====================================  =====================  =================
"""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from crossing.ports._dto import Dto
from crossing.ports.four_eyes import SAYS_SOMETHING

Alpha3 = Annotated[str, Field(pattern=r"^[A-Z]{1,3}$")]
"""An issuing State or nationality as in the MRZ (ICAO Doc 9303-3 section 5), fillers removed."""

PartialDate = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
"""YYYY, YYYY-MM or YYYY-MM-DD."""


class Database(StrEnum):
    SLTD = "sltd"
    TDAWN = "tdawn"
    NOMINALS = "nominals"
    SMV = "smv"


class Outcome(StrEnum):
    NO_HIT = "no_hit"
    HIT = "hit"
    POSSIBLE_HIT = "possible_hit"
    NOT_CHECKED = "not_checked"


class Mode(StrEnum):
    ONLINE = "online"
    OFFLINE_COPY = "offline_copy"


class NotCheckedReason(StrEnum):
    """Why a question got no answer; shown to the officer and kept with the check."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    THROTTLED = "throttled"
    MALFORMED_ANSWER = "malformed_answer"
    STALE_COPY = "stale_copy"
    BACKEND_ERROR = "backend_error"
    CIRCUIT_OPEN = "circuit_open"
    UNSUPPORTED = "unsupported"


class FraudType(StrEnum):
    STOLEN_BLANK = "stolen_blank"
    STOLEN = "stolen"
    LOST = "lost"
    REVOKED = "revoked"


class NoticeColour(StrEnum):
    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    BLACK = "black"
    ORANGE = "orange"
    PURPLE = "purple"


class QueryBase(Dto):
    """``request_id`` makes a repeated question the same question; the rest says who asks, where and why."""

    request_id: UUID
    officer: Annotated[str, Field(min_length=1, max_length=64)]
    post: Annotated[str, Field(min_length=1, max_length=32)]
    purpose: Annotated[str, Field(min_length=1, max_length=64)]
    legal_basis: Annotated[str, Field(min_length=1, max_length=128)]


class DocumentQuery(QueryBase):
    document_number: Annotated[str, Field(min_length=1, max_length=32)]
    issuing_state: Alpha3
    document_type: Annotated[str, Field(max_length=2)] = ""


class NominalQuery(QueryBase):
    family_name: Annotated[str, Field(min_length=1, max_length=128)]
    forenames: Annotated[str, Field(max_length=128)] = ""
    birth_date: PartialDate | None = None
    sex: Literal["M", "F", "X", ""] = ""
    nationality: Alpha3 | None = None


class VehicleQuery(QueryBase):
    """A VIN (ISO 3779), or a plate with its country; at least one of them."""

    vin: Annotated[str, Field(max_length=17)] = ""
    plate: Annotated[str, Field(max_length=16)] = ""
    plate_country: Alpha3 | None = None


class BatchItem(Dto):
    database: Database
    document: DocumentQuery | None = None
    nominal: NominalQuery | None = None
    vehicle: VehicleQuery | None = None


class BatchQuery(Dto):
    items: Annotated[tuple[BatchItem, ...], Field(min_length=1, max_length=50)]


class BridgeHit(Dto):
    """One record that answers the question. It is never proof: the bureau confirms each one."""

    hit_id: UUID
    database: Database
    record_reference: str
    owner_bureau: str
    match_type: Literal["exact", "twin", "fuzzy"]
    score: Annotated[float, Field(ge=0, le=1)]
    explanations: tuple[str, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    fraud_type: FraudType | None = None
    notice_colour: NoticeColour | None = None
    action: str = ""
    caution: str = ""
    must_verify_with_ncb: Literal[True] = True


class BridgeAnswer(Dto):
    """The newest answer to a request id; the same id sent again gets whatever is known by then.

    ``not_checked_reason`` stands with NOT_CHECKED alone. ``online_reason`` says why the databases themselves did not
    answer, where a copy did: UNSUPPORTED where they have no such database. ``recheck``: the question waits at the
    bridge to be asked online.
    """

    request_id: UUID
    database: Database
    outcome: Outcome
    mode: Mode
    copy_as_of: AwareDatetime | None = None
    latency_ms: Annotated[float, Field(ge=0)]
    not_checked_reason: NotCheckedReason | None = None
    online_reason: NotCheckedReason | None = None
    recheck: bool = False
    hits: tuple[BridgeHit, ...] = ()


class BatchAnswer(Dto):
    answers: tuple[BridgeAnswer, ...]


BUREAUS_VERDICTS = frozenset({"confirmed", "record_withdrawn"})
"""What only the bureau can say of its record: no such word without its reference and a second person."""


class HitVerification(Dto):
    """A word on a hit. One of ``BUREAUS_VERDICTS`` needs ``ncb_reference`` and an approver other than the officer.

    ``word_id`` makes a repeated word the same word. ``said_at`` orders those on one hit: one said before the word
    that stands is refused. References and logins count by their letters and digits (``crossing.ports.four_eyes``).
    """

    word_id: UUID
    said_at: AwareDatetime
    verdict: Literal["confirmed", "not_the_person", "record_withdrawn"]
    officer: Annotated[str, Field(min_length=1, max_length=64, pattern=SAYS_SOMETHING)]
    approver: Annotated[str, Field(max_length=64)] = ""
    ncb_reference: Annotated[str, Field(max_length=64)] = ""
    note: Annotated[str, Field(max_length=500)] = ""


class VerificationState(Dto):
    hit_id: UUID
    verdict: Literal["unverified", "confirmed", "not_the_person", "record_withdrawn"]
    ncb_reference: str = ""
    verified_at: AwareDatetime | None = None


class BridgeStatus(Dto):
    """Whether INTERPOL is being asked right now, in one word, and how old the copy is.

    ``state`` is ``online`` while the databases themselves answer, ``degraded`` while a copy answers or the last call
    failed, ``offline`` while nobody answers. ``reason`` says why the databases don't answer. ``copy_as_of`` is the
    date of the copy that stands by or answers, ``copy_stale`` whether it is too old to answer, ``copy_databases``
    what it holds. ``failing`` are the databases that fail although the line to them works.
    """

    state: Literal["online", "degraded", "offline"]
    backend: str
    mode: Mode
    copy_as_of: AwareDatetime | None = None
    copy_stale: bool = False
    copy_databases: tuple[Database, ...] = ()
    copy_max_age_hours: Annotated[float, Field(gt=0)] | None = None
    circuit: Literal["closed", "open", "half_open"] = "closed"
    failing: tuple[Database, ...] = ()
    reason: NotCheckedReason | None = None
    last_online_at: AwareDatetime | None = None
    pending_rechecks: Annotated[
        int, Field(ge=0, description="Questions of this caller that wait to be asked online.")
    ] = 0
    checked_at: AwareDatetime
