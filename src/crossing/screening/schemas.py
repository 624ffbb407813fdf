"""What the room speaks: who is asked about, what each check found, and why one did not run."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from crossing.documents.dates import PartialDate
from crossing.faces.schemas import Judgement
from crossing.platform.ids import new_id
from crossing.platform.typed import on_lines
from crossing.ports.bridge import BridgeStatus, Mode
from crossing.screening.words import CHECKS, EXPLANATIONS, REASONS

Translate = Callable[[str], str]

MAX_HITS: Final = 10
"""Hits shown of one list; the best come first."""

MAX_NAMES: Final = 8
"""Spellings of one traveller that are asked with."""

HITS_LEFT_OUT: Final = "hits_left_out"
"""The explanation that tells how many hits were left out; the last hit has it."""


class CheckKind(StrEnum):
    DOCUMENT_VALIDITY = "document_validity"
    DOCUMENT_CHIP = "document_chip"
    DOCUMENT_LIST = "document_list"
    NAME_LIST = "name_list"
    VEHICLE_LIST = "vehicle_list"
    FACE_LIST = "face_list"
    FACE_RECENT = "face_recent"
    FACE_MATCH = "face_match"
    INTERPOL_SLTD = "interpol_sltd"
    INTERPOL_TDAWN = "interpol_tdawn"
    INTERPOL_NOMINALS = "interpol_nominals"
    INTERPOL_SMV = "interpol_smv"
    NATIONAL_LISTS = "national_lists"
    WATCHLIST_SERVICE = "watchlist_service"
    WATCHLIST_VEHICLE = "watchlist_vehicle"
    KNOWN_TRAVELLER = "known_traveller"

    @property
    def label(self) -> str:
        """The check's name in English, a message id."""
        return CHECKS[self]


INTERPOL_OF_TRAVELLER: Final = frozenset(
    {CheckKind.INTERPOL_SLTD, CheckKind.INTERPOL_TDAWN, CheckKind.INTERPOL_NOMINALS}
)
"""What INTERPOL is asked about every traveller."""

INTERPOL_KINDS: Final = INTERPOL_OF_TRAVELLER | {CheckKind.INTERPOL_SMV}
"""All that INTERPOL is asked; a vehicle only where the traveller crosses in one."""

WATCHLIST_KINDS: Final = frozenset({CheckKind.WATCHLIST_SERVICE, CheckKind.WATCHLIST_VEHICLE})
"""What watchlist services beside INTERPOL are asked."""

OUTSIDE_OF_VEHICLE: Final = frozenset({CheckKind.INTERPOL_SMV, CheckKind.WATCHLIST_VEHICLE})
"""What other services are asked about the vehicle, once there is one, and not about the traveller."""

OUTSIDE_KINDS: Final = INTERPOL_KINDS | WATCHLIST_KINDS | {CheckKind.NATIONAL_LISTS}
"""Checks that another service answers, in its own time: the desk does not wait for them, and they are asked again."""

FACE_KINDS: Final = frozenset({CheckKind.FACE_LIST, CheckKind.FACE_RECENT, CheckKind.FACE_MATCH})
"""Checks that a face engine answers. What they find alerts nobody before a person has compared the two pictures."""


class CheckOutcome(StrEnum):
    """``NOT_CHECKED`` is never ``CLEAR``: it says that nothing is known, and its reason says why."""

    CLEAR = "clear"
    POSSIBLE = "possible"
    HIT = "hit"
    NOT_CHECKED = "not_checked"


class Reason(StrEnum):
    """Why a check did not run. The bridge's own reasons have the same words as in ``crossing.ports.bridge``."""

    NO_LIST = "no_list"
    LIST_EXPIRED = "list_expired"
    LIST_NOT_WHOLE = "list_not_whole"
    LIST_NOT_LOADED = "list_not_loaded"
    LIST_FORMAT_UNKNOWN = "list_format_unknown"
    NAME_TOO_COMMON = "name_too_common"
    NAME_TOO_LONG = "name_too_long"
    NO_NAME = "no_name"
    NAME_UNREADABLE = "name_unreadable"
    NO_DOCUMENT = "no_document"
    NUMBER_UNREADABLE = "number_unreadable"
    NO_VEHICLE = "no_vehicle"
    NO_PLATE_COUNTRY = "no_plate_country"
    NO_FACE = "no_face"
    NO_PAGE = "no_page"
    NO_FACE_ENGINE = "no_face_engine"
    NO_LISTED_FACE = "no_listed_face"
    PORTRAIT_EXCEPTION = "portrait_exception"
    FACES_NOT_READY = "faces_not_ready"
    FACES_UNUSABLE = "faces_unusable"
    SWITCHED_OFF = "switched_off"
    ENGINE_FAILED = "engine_failed"
    TIMEOUT = "timeout"
    NO_BRIDGE = "no_bridge"
    PENDING = "pending"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    THROTTLED = "throttled"
    MALFORMED_ANSWER = "malformed_answer"
    STALE_COPY = "stale_copy"
    BACKEND_ERROR = "backend_error"
    CIRCUIT_OPEN = "circuit_open"
    UNSUPPORTED = "unsupported"
    NO_CHIP = "no_chip"
    CHIP_READER_AWAY = "chip_reader_away"
    CHIP_REFUSED = "chip_refused"
    CHIP_LOST = "chip_lost"
    CHIP_UNREADABLE = "chip_unreadable"
    CHIP_SIGNER_UNKNOWN = "chip_signer_unknown"
    CHIP_INCOMPLETE = "chip_incomplete"

    @property
    def sentence(self) -> str:
        """The reason as an English sentence, a message id."""
        return REASONS[self]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_partial_date(value: object) -> object:
    return PartialDate.parse(value) if isinstance(value, str) else value


BirthDate = Annotated[PartialDate, BeforeValidator(_as_partial_date), PlainSerializer(str, return_type=str)]
"""A partial date; YYYY, YYYY-MM or YYYY-MM-DD in JSON."""


class SubjectName(_Frozen):
    """One spelling of the traveller's name. ``truncated``: it fills its MRZ field, so that more may have followed."""

    surname: Annotated[str, Field(max_length=200)]
    given_names: Annotated[str, Field(max_length=200)] = ""
    truncated: bool = False


class SubjectDocument(_Frozen):
    """``issuer`` is the alpha-3 code of Doc 9303-3 section 5 (fillers removed), or empty where it is not known."""

    number: Annotated[str, Field(min_length=1, max_length=64)]
    issuer: Annotated[str, Field(max_length=3)] = ""
    type: Annotated[str, Field(max_length=2)] = ""


class SubjectVehicle(_Frozen):
    """What the traveller crosses in. ``country`` gave the plate (alpha-3), or is empty where it is not known; ``vin``
    is a vehicle identification number by ISO 3779, as it was typed or read."""

    plate: Annotated[str, Field(max_length=32)] = ""
    country: Annotated[str, Field(max_length=3)] = ""
    vin: Annotated[str, Field(max_length=32)] = ""

    @model_validator(mode="after")
    def _can_be_asked(self) -> "SubjectVehicle":
        if not (self.plate or self.vin):
            raise ValueError("a vehicle is known by its plate or its VIN")
        return self


class Subject(_Frozen):
    """Who is asked about. Plain data, so that a question can be kept and asked again; a live face is given beside it.

    ``names`` holds every spelling there is (MRZ, VIZ, chip); all of them are asked with. ``birth_approximate``: the
    traveller is said to be born about then.
    """

    names: Annotated[tuple[SubjectName, ...], Field(max_length=MAX_NAMES)] = ()
    birth: BirthDate | None = None
    birth_approximate: bool = False
    sex: Literal["M", "F", "X", ""] = ""
    nationality: Annotated[str, Field(max_length=3)] = ""
    document: SubjectDocument | None = None
    vehicle: SubjectVehicle | None = None


class Explanation(_Frozen):
    """One reason behind a hit: a code of ``words.EXPLANATIONS`` and the values for its sentence."""

    code: str
    params: dict[str, str | int] = Field(default_factory=dict)

    @field_validator("params")
    @classmethod
    def _keepable(cls, params: dict[str, str | int]) -> dict[str, str | int]:
        return {name: on_lines(value) if isinstance(value, str) else value for name, value in params.items()}

    def text(self, translate: Translate = str) -> str:
        """The sentence, in English unless ``translate`` (a catalogue's ``gettext``) is given."""
        message = EXPLANATIONS.get(self.code)
        return translate(message).format_map(self.params) if message else self.code


class ClearedBefore(_Frozen):
    """Two officers found before that this traveller is not this entry; ``by`` are their logins, the first who called
    and the second who decided. See ``clearances.py``."""

    clearance_id: UUID
    by: tuple[str, str]
    at: AwareDatetime


class HitDetail(_Frozen):
    """One entry that may be the traveller or the document, with what an officer needs to see and to do.

    Of INTERPOL's records: ``entry_reference`` is the record's, ``owner_bureau`` whose record it is, ``match_type``
    how it was found (exact, twin or fuzzy), ``fraud_type`` and ``notice_colour`` words of ``crossing.ports.bridge``,
    and ``fields`` what the record says, by the bridge's own names of the fields.
    """

    hit_id: UUID = Field(default_factory=new_id)
    list_name: str
    entry_reference: str
    entry_id: UUID | None = None
    label: str
    score: Annotated[float, Field(ge=0, le=1)]
    explanations: tuple[Explanation, ...] = ()
    action: str = ""
    caution: str = ""
    notice_colour: str = ""
    owner_bureau: str = ""
    match_type: str = ""
    fraud_type: str = ""
    fields: dict[str, str] = Field(default_factory=dict)
    handling: str = ""
    portrait_sha256: str | None = None
    live_sha256: str = Field("", description="Of a face check: the live picture that was compared.")
    support: str = Field("", description="Of a face: how strongly the score speaks, a key of faces.words.SUPPORT.")
    must_verify: bool = True
    cleared: ClearedBefore | None = Field(None, description="The hit is kept, and stops nobody.")

    @field_validator("list_name", "entry_reference", "label", "action", "caution", "owner_bureau", "handling")
    @classmethod
    def _keepable(cls, text: str) -> str:
        """A list may hold anything; what is kept with a movement must be text that both databases keep."""
        return on_lines(text)

    @field_validator("fields")
    @classmethod
    def _keepable_fields(cls, fields: dict[str, str]) -> dict[str, str]:
        return {on_lines(name): on_lines(value) for name, value in fields.items()}

    def reasons(self, translate: Translate = str) -> list[str]:
        """The explanations as sentences, in English unless ``translate`` is given."""
        return [one.text(translate) for one in self.explanations]


class FaceJudgement(_Frozen):
    """What an officer said of the two pictures behind one hit of a face check. It is about these two pictures: with
    another live portrait the question is a new one.

    ``kind``, ``source`` and ``reference`` are the check's and the hit's; ``score`` and ``support`` what the engine
    had said of these two pictures, ``by`` the officer's login, ``line`` where the officer sat.
    """

    kind: CheckKind
    source: str
    reference: str
    live_sha256: str
    other_sha256: str
    judged: Judgement
    note: str = ""
    score: float
    support: str
    by: str
    at: AwareDatetime
    line: Literal["first", "second"] = "first"


class CheckResult(_Frozen):
    """What one check said. A check over lists gives one result for each list, with that list's version and date.

    ``source`` is a list's code, or ``interpol``, or empty for a check that asks no source; ``duration_ms`` is wall
    time. A ``NOT_CHECKED`` result always has its ``reason``, and only ``HIT`` and ``POSSIBLE`` carry hits; but a
    clear ``FACE_RECENT`` names the earlier crossings under the same identity that the face is like, and a clear
    ``FACE_LIST`` says in a remark, which is of no entry, how many of the list's portraits can't be compared.

    A long list of hits is cut, and its last one says how many were left out (``more``).

    ``recheck``: the source itself has yet to answer. What there is was said by a copy of it, or there is nothing; the
    question is asked again by itself, and the source's own answer takes this one's place. ``put_anew``: under the
    same id the source would only give this answer once more, so it is asked under another. That is for whoever asks,
    and is neither kept nor sent on.
    """

    kind: CheckKind
    outcome: CheckOutcome
    reason: Reason | None = None
    source: str = ""
    source_name: str = ""
    source_version: str = ""
    source_as_of: AwareDatetime | None = None
    engine: str = ""
    engine_version: str = ""
    performed_at: AwareDatetime
    duration_ms: Annotated[float, Field(ge=0)] = 0.0
    hits: tuple[HitDetail, ...] = ()
    recheck: bool = False
    put_anew: bool = Field(False, exclude=True)

    @model_validator(mode="after")
    def _says_what_it_means(self) -> "CheckResult":
        if (self.outcome is CheckOutcome.NOT_CHECKED) != (self.reason is not None):
            raise ValueError("a check that did not run has a reason, and only such a check")
        if self.hits and not self._may_name_somebody():
            raise ValueError("only a hit or a possible hit has hits")
        return self

    def _may_name_somebody(self) -> bool:
        if self.kind is CheckKind.FACE_RECENT and self.outcome is CheckOutcome.CLEAR:
            return True
        if self.kind is CheckKind.FACE_LIST and self.outcome is CheckOutcome.CLEAR:
            return not any(hit.entry_reference or hit.entry_id for hit in self.hits)
        return self.outcome in (CheckOutcome.HIT, CheckOutcome.POSSIBLE)

    @property
    def more(self) -> int:
        """How many were found beside these hits, and are cleared by nobody. While there is any, it can't be said that
        the traveller is none of those who were found."""
        return sum(
            int(said.params.get("count", 0))
            for hit in self.hits
            for said in hit.explanations
            if said.code == HITS_LEFT_OUT
        )

    def shown(self, most: int = MAX_HITS) -> "CheckResult":
        """The same with ``most`` hits: what was cleared goes first, for it stops nobody; then the least alike."""
        if len(self.hits) <= most:
            return self
        first = sorted(self.hits, key=lambda hit: hit.cleared is not None)
        kept, cut = first[:most], first[most:]
        left_out = self.more + sum(hit.cleared is None for hit in cut)
        kept = [_without(hit, HITS_LEFT_OUT) for hit in kept]
        if left_out:
            said = Explanation(code=HITS_LEFT_OUT, params={"count": left_out})
            kept[-1] = kept[-1].model_copy(update={"explanations": (*kept[-1].explanations, said)})
        return self.model_copy(update={"hits": tuple(kept)})

    @property
    def ran(self) -> bool:
        return self.outcome is not CheckOutcome.NOT_CHECKED

    @property
    def alerts(self) -> bool:
        """Whether a person has to look at it: hits, unless two officers cleared every one of them before."""
        found = self.outcome in (CheckOutcome.HIT, CheckOutcome.POSSIBLE)
        return found and not self.cleared_before

    @property
    def cleared_before(self) -> bool:
        """Whether there are hits, and two officers cleared each of them at an earlier crossing."""
        return bool(self.hits) and not self.more and all(hit.cleared is not None for hit in self.hits)


def _without(hit: HitDetail, code: str) -> HitDetail:
    said = tuple(one for one in hit.explanations if one.code != code)
    return hit if len(said) == len(hit.explanations) else hit.model_copy(update={"explanations": said})


class BridgeState(_Frozen):
    """The bridge as this post sees it. ``said`` is its own word, None where it can't be asked.

    ``mode`` and ``copy_age_hours``: whether the databases themselves answer or a copy, and how old the copy is that
    stands by. ``verifications_not_taken``: words on hits that the bridge refuses, so that a person has to look.
    """

    configured: bool
    reachable: bool
    mode: Mode | None = None
    copy_age_hours: Annotated[float, Field(ge=0)] | None = None
    copy_stale: bool = False
    pending_rechecks: int = Field(description="Checks of this post that are asked again, of all services.")
    pending_by_source: dict[str, int] = Field({}, description="The same by the service that has yet to answer.")
    pending_at_bridge: int = Field(0, description="Questions of this post that wait at the bridge.")
    verifications_waiting: int = 0
    verifications_not_taken: int = 0
    said: BridgeStatus | None = None
