"""What every format is read into."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from crossing.screening.names.births import ListedBirth

MAX_BYTES: Final = 256 * 1024 * 1024
MAX_ENTRIES: Final = 1_000_000
MAX_NAMES: Final = 200
"""Names of one person; the longest real entries have some thirty."""


class NameKind(StrEnum):
    PRIMARY = "primary"
    ALIAS = "alias"
    WEAK_ALIAS = "weak_alias"


@dataclass(frozen=True, slots=True)
class NameGiven:
    """``surname`` is empty where the list does not tell which part it is; then all is in ``given_names``."""

    kind: NameKind
    surname: str
    given_names: str = ""


@dataclass(frozen=True, slots=True)
class Orders:
    """What the list wants done, by whom it was ordered, and until when it counts."""

    action: str = ""
    caution: str = ""
    handling: str = ""
    notice_colour: str = ""
    legal_basis: str = ""
    authority: str = ""
    owner: str = ""
    review_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """``reference`` is the list's own, or the owner's with a running number."""

    reference: str
    number: str
    issuer: str = ""
    type: str = ""
    reason: str = ""
    orders: Orders = field(default=Orders())


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """``portrait`` is a file name, as the list gives it."""

    reference: str
    names: tuple[NameGiven, ...]
    births: tuple[ListedBirth, ...] = ()
    sex: str = ""
    nationalities: tuple[str, ...] = ()
    documents: tuple[ListedDocument, ...] = ()
    portrait: str = ""
    remarks: str = ""
    orders: Orders = field(default=Orders())

    @property
    def label(self) -> str:
        first = self.names[0]
        return f"{first.surname} {first.given_names}".strip()


@dataclass(frozen=True, slots=True)
class ListedVehicle:
    """``plate`` as published with its ``country`` (alpha-3, empty where unknown); ``vin`` by ISO 3779.

    One of plate and VIN is there. ``make``, ``model`` and ``colour`` are words for the officer's eyes.
    """

    reference: str
    plate: str = ""
    country: str = ""
    vin: str = ""
    make: str = ""
    model: str = ""
    colour: str = ""
    reason: str = ""
    orders: Orders = field(default=Orders())


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """Whose signatures on chips count, and whose no longer: certificates and revocation lists, each DER.

    ``states`` are two-letter codes as the certificates have them. ``signer`` and ``signer_fingerprint`` (SHA-256 of
    its country signing certificate, hexadecimal) tell who vouches for a master list.
    """

    certificates: tuple[bytes, ...] = ()
    revocation_lists: tuple[bytes, ...] = ()
    states: tuple[str, ...] = ()
    signer: str = ""
    signer_fingerprint: str = ""

    @property
    def all(self) -> tuple[bytes, ...]:
        return self.certificates + self.revocation_lists


class FindingCode(StrEnum):
    """What a reader noticed. The first seven cost the entry; the others only what they name."""

    REFERENCE_MISSING = "reference_missing"
    REFERENCE_REPEATED = "reference_repeated"
    NAME_MISSING = "name_missing"
    NUMBER_MISSING = "number_missing"
    COLUMNS_WRONG = "columns_wrong"
    RECORD_UNREADABLE = "record_unreadable"
    CRL_UNREADABLE = "crl_unreadable"
    FIELD_TOO_LONG = "field_too_long"
    BIRTH_UNREADABLE = "birth_unreadable"
    DATE_UNREADABLE = "date_unreadable"
    SEX_UNREADABLE = "sex_unreadable"
    COLOUR_UNKNOWN = "colour_unknown"
    STATE_UNKNOWN = "state_unknown"
    DOCUMENT_UNREADABLE = "document_unreadable"
    VIN_UNREADABLE = "vin_unreadable"
    NAMES_TOO_MANY = "names_too_many"
    NAME_UNREADABLE = "name_unreadable"
    OWNER_UNKNOWN = "owner_unknown"
    SHEET_NOT_READ = "sheet_not_read"
    COUNT_DIFFERS = "count_differs"
    NOT_LISTED = "not_listed"
    PORTRAIT_NAME_REFUSED = "portrait_name_refused"
    PORTRAIT_MISSING = "portrait_missing"
    PORTRAIT_UNREADABLE = "portrait_unreadable"
    PORTRAIT_WITHOUT_FACE = "portrait_without_face"

    @property
    def costs_the_entry(self) -> bool:
        return self in _COSTLY


_COSTLY: Final = frozenset(
    {
        FindingCode.REFERENCE_MISSING,
        FindingCode.REFERENCE_REPEATED,
        FindingCode.NAME_MISSING,
        FindingCode.NUMBER_MISSING,
        FindingCode.COLUMNS_WRONG,
        FindingCode.RECORD_UNREADABLE,
        FindingCode.CRL_UNREADABLE,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """``line`` is where the entry begins in the file; the entry's own data are never repeated here."""

    line: int
    reference: str
    code: FindingCode
    field: str = ""


@dataclass(slots=True)
class ListContents:
    """What a reader hands over. ``as_of`` is the date that the file gives itself, if it does.

    ``left_out`` counts what the list has and no traveller is, by kind: organisations, vessels. They are no findings,
    for nothing is wrong with them. ``publisher`` and ``source`` are what the format or the file tells of its origin.
    """

    persons: list[ListedPerson] = field(default_factory=list)
    documents: list[ListedDocument] = field(default_factory=list)
    vehicles: list[ListedVehicle] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    as_of: datetime | None = None
    trust: TrustAnchors = field(default=TrustAnchors())
    left_out: Counter[str] = field(default_factory=Counter)
    publisher: str = ""
    source: str = ""

    def __len__(self) -> int:
        return len(self.persons) + len(self.documents) + len(self.vehicles) + len(self.trust.all)

    @property
    def skipped(self) -> int:
        return sum(finding.code.costs_the_entry for finding in self.findings)


def fingerprint(entry: ListedPerson | ListedDocument | ListedVehicle, portrait_sha256: str | None = None) -> str:
    """SHA-256 over all that a list says of one entry: it stays while the entry stays the same."""
    said = json.dumps(entry, default=_plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{said}\n{portrait_sha256 or ''}".encode()).hexdigest()


def _plain(value: object) -> object:
    """A dataclass by its fields, anything else as text. ``dataclasses.asdict`` copies whatever it meets, and takes
    three times as long for a list of a million."""
    names = _FIELDS.get(type(value))
    if names is None:
        if not is_dataclass(value):
            return str(value)
        names = _FIELDS[type(value)] = tuple(one.name for one in fields(value))
    return {name: getattr(value, name) for name in names}


_FIELDS: Final[dict[type, tuple[str, ...]]] = {}


def cut(text: str, limit: int) -> str:
    """``text`` with single spaces, at most ``limit`` characters, control characters left out.

    Marks that only steer the display, bidirectional ones above all, go without a trace: they could make one name look
    like another.
    """
    if not text.isprintable():
        text = "".join(_shown(character) for character in text)
    return " ".join(text.split())[:limit].rstrip()


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def split_joined(text: str) -> Iterator[str]:
    """The values that a list joined by ";" in one field."""
    yield from (part for piece in text.split(";") if (part := piece.strip()))
