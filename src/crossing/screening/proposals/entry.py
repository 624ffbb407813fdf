"""An entry made by hand: what is said of a person, a document or a vehicle, and who answers for it.

This is what a proposal holds, what the API takes, and what the file of a ``hand_made`` list is made of.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.issuers import ISSUERS
from crossing.platform.typed import Line
from crossing.screening.lists.contents import NameKind
from crossing.screening.names.births import ListedBirth

MAX_NAMES: Final = 20
MAX_BIRTHS: Final = 10
MAX_NATIONALITIES: Final = 5
MAX_DOCUMENTS: Final = 10


class EntrySubject(StrEnum):
    PERSON = "person"
    DOCUMENT = "document"
    VEHICLE = "vehicle"


class NoticeColour(StrEnum):
    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    BLACK = "black"
    ORANGE = "orange"
    PURPLE = "purple"


def birth_of(written: str) -> ListedBirth:
    """``1980``, ``1980-05``, ``1980-05-03``, ``~1980`` (approximate), ``1978/1982`` (between). Raises ValueError."""
    first, between, last = written.partition("/")
    if between:
        return ListedBirth.between(PartialDate.parse(first.strip()), PartialDate.parse(last.strip()))
    if written.startswith("~"):
        return ListedBirth.approximate(PartialDate.parse(written[1:].strip()))
    return ListedBirth.exact(PartialDate.parse(written))


def _as_birth(written: str) -> str:
    try:
        birth_of(written)
    except ValueError:
        raise PydanticCustomError("birth_unreadable", "not a date of birth as lists write it") from None
    return written


def _as_state(code: str) -> str:
    if code and code not in ISSUERS:
        raise PydanticCustomError("state_unknown", "not a code of Doc 9303-3 section 5")
    return code


def _as_vin(vin: str) -> str:
    folded = re.sub(r"[\s-]", "", vin).upper()
    if folded and not re.fullmatch(r"[A-HJ-NPR-Z0-9]{5,17}", folded):
        raise PydanticCustomError("vin_unreadable", "a VIN has up to 17 letters and digits, never I, O or Q")
    return folded


Birth = Annotated[Line, Field(max_length=24), AfterValidator(_as_birth)]
State = Annotated[Line, Field(max_length=3), AfterValidator(_as_state)]
Text200 = Annotated[Line, Field(max_length=200)]
Text300 = Annotated[Line, Field(max_length=300)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EntryName(_Frozen):
    """``surname`` is empty where nobody knows which part of the name it is."""

    kind: NameKind = NameKind.PRIMARY
    surname: Text200 = ""
    given_names: Text200 = ""


class EntryDocument(_Frozen):
    """``issuer`` is an alpha-3 code of Doc 9303-3 section 5, empty where it is not known; ``type`` is in words."""

    number: Annotated[Line, Field(min_length=1, max_length=64)]
    issuer: State = ""
    type: Annotated[Line, Field(max_length=60)] = ""


class EntryVehicle(_Frozen):
    """One of plate and VIN is there; make, model and colour are words for the officer's eyes."""

    plate: Annotated[Line, Field(max_length=20)] = ""
    country: State = ""
    vin: Annotated[Line, Field(max_length=30), AfterValidator(_as_vin)] = ""
    make: Annotated[Line, Field(max_length=60)] = ""
    model: Annotated[Line, Field(max_length=60)] = ""
    colour: Annotated[Line, Field(max_length=60)] = ""


class Entry(_Frozen):
    """``lookout``: a local "be on the look-out", which needs a reason and ends within 30 days.

    Of a person the first name is the primary one. A document's own number is the first of ``documents``; a person may
    have several. ``rules.faults`` says what is still missing.
    """

    subject: EntrySubject
    lookout: bool = False
    names: Annotated[tuple[EntryName, ...], Field(max_length=MAX_NAMES)] = ()
    births: Annotated[tuple[Birth, ...], Field(max_length=MAX_BIRTHS)] = ()
    sex: Literal["M", "F", "X", ""] = ""
    nationalities: Annotated[tuple[State, ...], Field(max_length=MAX_NATIONALITIES)] = ()
    documents: Annotated[tuple[EntryDocument, ...], Field(max_length=MAX_DOCUMENTS)] = ()
    vehicle: EntryVehicle | None = None
    portrait_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    reason: Text300 = ""
    action: Text300 = ""
    caution: Text300 = ""
    handling: Text300 = ""
    notice_colour: NoticeColour | Literal[""] = ""
    legal_basis: Text300 = ""
    authority: Text200 = ""
    owner: Text200 = ""
    review_on: date | None = None
    expires_on: date | None = None
    remarks: Annotated[Line, Field(max_length=1000)] = ""

    @property
    def label(self) -> str:
        """What the entry is about, in one line: a name, a document's number, a plate."""
        if self.subject is EntrySubject.PERSON:
            first = self.names[0] if self.names else EntryName()
            return f"{first.surname} {first.given_names}".strip()
        if self.subject is EntrySubject.DOCUMENT:
            first_document = self.documents[0] if self.documents else None
            return f"{first_document.issuer} {first_document.number}".strip() if first_document else ""
        vehicle = self.vehicle or EntryVehicle()
        return f"{vehicle.country} {vehicle.plate or vehicle.vin}".strip()
