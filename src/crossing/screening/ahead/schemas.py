"""What the capital tells the posts of a traveller to look for, and what a post says of them."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from crossing.platform.typed import Line
from crossing.screening.schemas import BirthDate, CheckKind

TOLD: Final = "alert.ahead"
TOLD_VERSION: Final = 1
WITHDRAWN: Final = "alert.ahead_withdrawn"
WITHDRAWN_VERSION: Final = 1

MAX_HITS: Final = 20
"""Of one traveller; the gravest come first."""

MAX_PAGES: Final = 10_000

TOMBSTONE_KEPT: Final = timedelta(days=30)
"""How long it is remembered that somebody was looked for, without who it was."""

PageNumber = Annotated[int, Field(ge=1, le=MAX_PAGES)]
Code = Annotated[Line, Field(min_length=1, max_length=32)]
Text = Annotated[Line, Field(max_length=300)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AheadKind(StrEnum):
    """``LATE_HIT``: found after the decision. ``LEFT_UNDECIDED``: they left before any. ``CONFIRMED_HIT``: the second
    line confirmed it, and they went on."""

    LATE_HIT = "late_hit"
    LEFT_UNDECIDED = "left_undecided"
    CONFIRMED_HIT = "confirmed_hit"


class EndedBy(StrEnum):
    """Why nobody looks for a traveller any more, before the time is over."""

    NOT_THE_PERSON = "not_the_person"
    NO_LONGER_A_HIT = "no_longer_a_hit"
    FOUND = "found"
    TOLD_ANEW = "told_anew"


class AheadPerson(_Frozen):
    """Names as printed; ``birth_date`` may be partial; ``nationality`` as Doc 9303-3 section 5 codes it."""

    surname: Annotated[Line, Field(max_length=200)] = ""
    given_names: Annotated[Line, Field(max_length=200)] = ""
    birth_date: BirthDate | None = None
    birth_approximate: bool = False
    sex: Literal["M", "F", "X", ""] = ""
    nationality: Annotated[Line, Field(max_length=3)] = ""

    @property
    def name(self) -> str:
        return f"{self.surname} {self.given_names}".strip()


class AheadDocument(_Frozen):
    """As read or typed; ``issuer`` is an alpha-3 code of Doc 9303-3 section 5."""

    number: Annotated[Line, Field(min_length=1, max_length=64)]
    issuer: Annotated[Line, Field(max_length=3)] = ""
    type: Annotated[Line, Field(max_length=2)] = ""


class AheadHit(_Frozen):
    """What was found: by whom (``source``, a name people know), what it is called there, and what is to be done."""

    check: CheckKind
    source: Text
    reference: Annotated[Line, Field(max_length=100)] = ""
    action: Text = ""
    caution: Text = ""
    notice_colour: Annotated[Line, Field(max_length=16)] = ""


class AheadAlert(_Frozen):
    """``alert.ahead`` version 1. ``left_at`` is when the traveller left the lane, by that machine's clock.

    ``person`` and ``document`` as they were there; one of the two is known.
    """

    alert_id: UUID
    kind: AheadKind
    post: Code
    post_name: Annotated[Line, Field(max_length=200)] = ""
    lane: Code
    left_at: AwareDatetime
    person: AheadPerson | None = None
    document: AheadDocument | None = None
    hits: Annotated[tuple[AheadHit, ...], Field(min_length=1, max_length=MAX_HITS)]

    @model_validator(mode="after")
    def _can_be_looked_for(self) -> "AheadAlert":
        if self.document is None and (self.person is None or not self.person.name):
            raise ValueError("somebody is looked for by a name or by a document")
        return self

    @property
    def where(self) -> str:
        """The post as people know it."""
        return f"{self.post_name} ({self.post})" if self.post_name else self.post


class AheadWithdrawn(_Frozen):
    """``alert.ahead_withdrawn`` version 1."""

    alert_id: UUID
    ended_by: EndedBy


class LookedFor(_Frozen):
    """One traveller whom this post looks for. ``asked``: the lanes ask about them already."""

    alert: AheadAlert
    until: AwareDatetime
    asked: bool


class LookedForPage(_Frozen):
    """Some of those whom this post looks for, the last told first. ``page`` is from 1; ``total`` is of all pages."""

    travellers: tuple[LookedFor, ...]
    page: int
    pages: int
    total: int
