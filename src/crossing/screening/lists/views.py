"""What a list, its versions and its entries look like to whoever asks."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crossing.platform.errors import DomainError
from crossing.platform.typed import Line
from crossing.screening.lists.mapping import MAX_MAPPED, ColumnMapping
from crossing.screening.lists.progress import Stage
from crossing.screening.lists.provenance import EntryDefaults, Provenance
from crossing.screening.lists.schemas import ImportFinding, ImportReport, ListStatus

_Name = Annotated[Line, Field(min_length=1, max_length=200)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MappingView(_Frozen):
    """A :class:`~crossing.screening.lists.mapping.ColumnMapping` as it is stored, shown and given over HTTP."""

    columns: Annotated[
        dict[_Name, Annotated[tuple[_Name, ...], Field(max_length=20)]], Field(max_length=MAX_MAPPED)
    ] = Field(default_factory=dict)
    constants: Annotated[dict[_Name, _Name], Field(max_length=MAX_MAPPED)] = Field(default_factory=dict)
    sheet: Annotated[Line, Field(max_length=200)] = ""
    records: Annotated[Line, Field(max_length=200)] = ""
    date_order: Literal["DMY", "MDY", "YMD"] = "DMY"

    @classmethod
    def of(cls, mapping: ColumnMapping) -> "MappingView":
        return cls(
            columns={name: tuple(columns) for name, columns in mapping.columns.items()},
            constants=dict(mapping.constants),
            sheet=mapping.sheet,
            records=mapping.records,
            date_order=mapping.date_order,
        )

    def mapping(self) -> ColumnMapping:
        return ColumnMapping(
            columns=dict(self.columns),
            constants=dict(self.constants),
            sheet=self.sheet,
            records=self.records,
            date_order=self.date_order,
        )


class Refusal(_Frozen):
    """Why something was refused: the error's code, its English sentence with ``{places}``, and what fills them."""

    code: str
    message: str
    params: dict[str, str | int | float] = Field(default_factory=dict)

    @classmethod
    def of(cls, error: DomainError) -> "Refusal":
        return cls(code=error.code, message=error.message, params=error.params)

    def text(self, translate: Callable[[str], str] = str) -> str:
        return translate(self.message).format(**self.params)


class SealState(StrEnum):
    """Whether a version is still what was imported. Only ``WHOLE`` lets a check say that somebody is not on it."""

    WHOLE = "whole"
    UNSIGNED = "unsigned"
    SIGNATURE_WRONG = "signature_wrong"
    CONTENT_DIFFERS = "content_differs"


class References(_Frozen):
    """How many entries, and the references of the first of them."""

    count: int
    first: tuple[str, ...] = ()


class ImportPreview(_Frozen):
    """What an import would do. Nothing was written.

    ``refusal`` is the error that the import would end with, None where it would go through; ``lost`` says that it
    needs the loss to be accepted. ``columns`` are those of the file, where its format has columns; ``mapping`` is how
    they would be read, ``suggested`` what the column names suggest.
    """

    code: str
    format: str
    sha256: str
    unchanged: bool
    as_of: AwareDatetime | None
    replaces: int | None = Field(description="The number of the version in use.")
    persons: int
    documents: int
    vehicles: int
    certificates: int = 0
    revocation_lists: int = 0
    signer: str = ""
    signer_fingerprint: str = ""
    added: References
    changed: References
    removed: References
    ended: int = Field(0, description="Entries that were ended here, and stay so.")
    lost: bool = False
    skipped: int
    left_out: dict[str, int] = Field({}, description="What the file has and no traveller is, by kind.")
    counts: dict[str, int]
    findings: tuple[ImportFinding, ...] = ()
    columns: tuple[str, ...] = ()
    mapping: MappingView | None = None
    suggested: MappingView | None = None
    refusal: Refusal | None = None
    unread: bool = Field(False, description="The file could not be read, so that nothing is counted.")
    max_age_days: int | None = Field(None, description="How long the list is believed; None: for ever.")


class VersionView(_Frozen):
    """One version of a list, with what vouches for it."""

    code: str
    number: int
    in_use: bool
    sha256: str
    size: int
    as_of: AwareDatetime
    imported_at: AwareDatetime
    imported_by: str
    provenance: Provenance
    content_digest: str | None
    signature: str | None
    report: ImportReport


class ListDetail(_Frozen):
    """A list as it is in use: its status, its version, whether the seal holds, and what it remembers.

    ``chain_broken_at`` is the number of the oldest version whose signature does not hold, None where all hold.
    ``expiring`` counts entries that end within thirty days, ``expired`` those that have ended, ``review_due`` those
    past their review.
    """

    status: ListStatus
    version: VersionView | None
    seal: SealState | None
    chain_broken_at: int | None = None
    provenance: Provenance
    defaults: EntryDefaults
    mapping: MappingView | None
    expiring: int = 0
    expired: int = 0
    review_due: int = 0
    ended: int = 0


class EntryKind(StrEnum):
    PERSON = "person"
    DOCUMENT = "document"
    VEHICLE = "vehicle"


class EntryChange(_Frozen):
    """One entry that differs between two versions. ``fields`` names what differs; empty where it came or went.

    ``before`` and ``after`` are what these fields said: of persons, so the API does not give them out."""

    kind: EntryKind
    reference: str
    what: Literal["added", "changed", "removed"]
    fields: tuple[str, ...] = ()
    before: dict[str, Any] = Field(default_factory=dict, exclude=True)
    after: dict[str, Any] = Field(default_factory=dict, exclude=True)


class ListDiff(_Frozen):
    """From version ``old`` to version ``new``. ``entries`` holds the first of them; the counts are of all."""

    code: str
    old: int
    new: int
    added: int
    changed: int
    removed: int
    entries: tuple[EntryChange, ...]


class EntryView(_Frozen):
    """One entry in use, as the list says it. ``fields`` has what its kind has: names, births, number, plate."""

    code: str
    kind: EntryKind
    reference: str
    since_version: int
    fields: dict[str, Any]
    action: str
    caution: str
    handling: str
    notice_colour: str
    legal_basis: str
    authority: str
    owner: str
    review_on: date | None
    expires_on: date | None
    ended_here: bool


class DueEntry(_Frozen):
    """An entry that is past its review, or that has expired."""

    code: str
    kind: EntryKind
    reference: str
    owner: str
    review_on: date | None
    expires_on: date | None


class ImportState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class ImportJob(_Frozen):
    """An import that runs, or ran, as a job. ``problem`` is the error that refused it.

    ``stage``, ``done`` and ``total`` say how far a running one is; after the end they are empty.
    """

    import_id: UUID
    code: str
    state: ImportState
    asked_by: str
    asked_at: AwareDatetime
    finished_at: AwareDatetime | None
    stage: Stage | None = None
    done: int = 0
    total: int | None = None
    version: int | None = None
    problem: Refusal | None = None
    may_be_cancelled: bool = False
