"""Tables of lists and checks.

A list's rows say in which version they came and in which they went. So an import writes what changed and no more,
an entry keeps its id (and its face template) over any number of imports, and any earlier version can be read back.
``checks`` and ``watchlist_versions`` are append-only.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crossing.platform.db import Base, Json, UtcDateTime
from crossing.platform.ids import new_id


class WatchList(Base):
    """One list. ``serving`` is the number of the version that is asked; None until the first import.

    ``staging`` is the number under which an import writes, or last wrote, its rows: they are of no version until
    ``serving`` says so, and an import that finds another number here than its own has been overtaken.
    ``provenance``, ``defaults`` and ``mapping`` are what was given last and holds until other is given; see
    ``lists/provenance.py`` and ``lists/remembered.py``.
    """

    __tablename__ = "watchlists"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(32))
    max_age_days: Mapped[int | None]
    serving: Mapped[int | None]
    staging: Mapped[int | None]
    provenance: Mapped[dict[str, Any] | None] = mapped_column(Json)
    defaults: Mapped[dict[str, Any] | None] = mapped_column(Json)
    mapping: Mapped[dict[str, Any] | None] = mapped_column(Json)


class ListVersion(Base):
    """One import. ``as_of`` is the date that the source gives itself; ``report`` says what was skipped and why.

    ``format`` and ``max_age_days`` are the list's own when it was imported; None before they were signed.
    ``content_digest`` is over every value that the version serves, ``signature`` (hexadecimal, Ed25519) over what
    ``lists/seals.py`` names, the signature of the version before included.
    """

    __tablename__ = "watchlist_versions"
    __table_args__ = (UniqueConstraint("list_code", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list_code: Mapped[str] = mapped_column(ForeignKey("watchlists.code"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by: Mapped[str] = mapped_column(String(64))
    report: Mapped[dict[str, Any]] = mapped_column(Json)
    provenance: Mapped[dict[str, Any] | None] = mapped_column(Json)
    format: Mapped[str | None] = mapped_column(String(32))
    max_age_days: Mapped[int | None]
    content_digest: Mapped[str | None] = mapped_column(String(64))
    signature: Mapped[str | None] = mapped_column(String(128))


class ListEnding(Base):
    """An entry that was ended here: whatever the source says of it, it finds nothing after ``expires_on``.

    ``source_expires_on`` is what holds again should the ending be lifted.
    """

    __tablename__ = "watchlist_endings"
    __table_args__ = (UniqueConstraint("list_code", "reference"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list_code: Mapped[str] = mapped_column(ForeignKey("watchlists.code"))
    reference: Mapped[str] = mapped_column(String(100))
    expires_on: Mapped[date] = mapped_column(Date)
    source_expires_on: Mapped[date | None] = mapped_column(Date)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(String(64))


class ListImport(Base):
    """An import as a job. ``problem`` is ``{"code", "message", "params"}`` where it was refused."""

    __tablename__ = "watchlist_imports"
    __table_args__ = (
        Index("ix_watchlist_imports_list", "list_code", "asked_at"),
        CheckConstraint(
            "state IN ('waiting', 'running', 'finished', 'refused', 'cancelled', 'interrupted')", name="state"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list_code: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int | None]
    problem: Mapped[dict[str, Any] | None] = mapped_column(Json)


class _Listed:
    """What persons, documents and vehicles on a list have in common."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list_code: Mapped[str] = mapped_column(ForeignKey("watchlists.code"))
    reference: Mapped[str] = mapped_column(String(100))
    fingerprint: Mapped[str] = mapped_column(String(64))
    added_in: Mapped[int]
    removed_in: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(300))
    caution: Mapped[str] = mapped_column(String(300))
    handling: Mapped[str] = mapped_column(String(300))
    notice_colour: Mapped[str] = mapped_column(String(16))
    legal_basis: Mapped[str] = mapped_column(String(300))
    authority: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(200))
    review_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)


class ListEntry(_Listed, Base):
    """A person on a list. ``births`` and ``nationalities`` hold every value that the list gives.

    A birth is ``{"precision": "exact"|"approximate"|"between", "first": "YYYY[-MM[-DD]]", "last": same}``.
    ``fingerprint`` is SHA-256 over all that the list says of the person, names and documents included;
    ``portrait_file`` the name that the list gives the portrait, whether or not it came.
    """

    __tablename__ = "watchlist_entries"
    __table_args__ = (
        Index("ix_watchlist_entries_served", "list_code", "removed_in"),
        UniqueConstraint("list_code", "reference", "added_in"),
    )

    label: Mapped[str] = mapped_column(String(300))
    births: Mapped[list[dict[str, str]]] = mapped_column(Json)
    sex: Mapped[str] = mapped_column(String(1))
    nationalities: Mapped[list[str]] = mapped_column(Json)
    portrait_file: Mapped[str | None] = mapped_column(String(130))
    portrait_sha256: Mapped[str | None] = mapped_column(String(64))
    remarks: Mapped[str] = mapped_column(Text)


class ListName(Base):
    """One name of a listed person. ``surname`` is empty where the list does not tell which part it is."""

    __tablename__ = "watchlist_names"
    __table_args__ = (CheckConstraint("kind IN ('primary', 'alias', 'weak_alias')", name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("watchlist_entries.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    surname: Mapped[str] = mapped_column(String(200))
    given_names: Mapped[str] = mapped_column(String(300))


class DocumentEntry(_Listed, Base):
    """A document on a list, perhaps of a listed person. ``number`` is as published, ``number_key`` folded.

    See ``documents.fold``. ``issuer`` is an alpha-3 code, or empty where the list does not say.
    """

    __tablename__ = "watchlist_documents"
    __table_args__ = (
        Index("ix_watchlist_documents_served", "list_code", "removed_in"),
        Index("ix_watchlist_documents_number", "number_key"),
    )

    entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("watchlist_entries.id"), index=True)
    number: Mapped[str] = mapped_column(String(64))
    number_key: Mapped[str] = mapped_column(String(64))
    issuer: Mapped[str] = mapped_column(String(3))
    type: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(300))


class VehicleEntry(_Listed, Base):
    """A vehicle on a list. ``plate`` is as published, ``plate_key`` folded; ``vin`` is in capitals without signs.

    ``country`` is the alpha-3 code of the State that gave the plate, or empty where the list does not say.
    """

    __tablename__ = "watchlist_vehicles"
    __table_args__ = (
        Index("ix_watchlist_vehicles_served", "list_code", "removed_in"),
        Index("ix_watchlist_vehicles_plate", "plate_key"),
        Index("ix_watchlist_vehicles_vin", "vin"),
        UniqueConstraint("list_code", "reference", "added_in"),
    )

    plate: Mapped[str] = mapped_column(String(32))
    plate_key: Mapped[str] = mapped_column(String(32))
    country: Mapped[str] = mapped_column(String(3))
    vin: Mapped[str] = mapped_column(String(17))
    make: Mapped[str] = mapped_column(String(60))
    model: Mapped[str] = mapped_column(String(60))
    colour: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(300))


class Check(Base):
    """The ledger: one row for each answer about each subject, never changed.

    ``round`` counts what was recorded together for one subject. Of each kind of check the rows of the last round
    count; earlier ones stay for whoever asks what was known when. Round 0 is for answers that came too late to count.
    """

    __tablename__ = "checks"
    __table_args__ = (
        Index("ix_checks_subject", "subject_kind", "subject_id", "round"),
        CheckConstraint("(outcome = 'not_checked') = (reason IS NOT NULL)", name="reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[UUID]
    round: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(32))
    source_name: Mapped[str] = mapped_column(String(200))
    source_version: Mapped[str] = mapped_column(String(64))
    source_as_of: Mapped[datetime | None] = mapped_column(UtcDateTime)
    engine: Mapped[str] = mapped_column(String(64))
    engine_version: Mapped[str] = mapped_column(String(160))
    performed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_ms: Mapped[float]
    hits: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    recheck: Mapped[bool | None]


class Recheck(Base):
    """A check to be asked again. ``question`` holds the traveller's data and is emptied once that is over.

    ``source`` is who is asked; one kind of check may have several. The ids of all requests follow from
    ``question_id``: the same question is asked again under the same ids. ``told`` is a digest of what was last
    recorded of an answer that is not the last one.
    """

    __tablename__ = "rechecks"
    __table_args__ = (
        Index("ix_rechecks_due", "state", "due_at"),
        Index("ix_rechecks_subject", "subject_kind", "subject_id"),
        CheckConstraint("state IN ('pending', 'answered', 'replaced', 'given_up')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(64))
    question_id: Mapped[UUID]
    question: Mapped[dict[str, Any] | None] = mapped_column(Json)
    officer: Mapped[str] = mapped_column(String(64))
    post: Mapped[str] = mapped_column(String(32))
    purpose: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    last_reason: Mapped[str | None] = mapped_column(String(32))
    told: Mapped[str | None] = mapped_column(String(64))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class VerificationToSend(Base):
    """An officer's word on one hit of INTERPOL's, to be told to the bridge, and on to the bureau.

    ``hit_id`` is the bridge's own. ``refused``: the bridge does not take it, and a person has to look; ``replaced``:
    a newer word on the same hit came before this one was sent. Triggers of the migration let in no word of the
    bureau's without its reference and a second officer. ``queued_at`` is when it was said, by which the bridge orders
    the words on a hit.
    """

    __tablename__ = "hit_verifications"
    __table_args__ = (
        Index("ix_hit_verifications_due", "state", "due_at"),
        Index("ix_hit_verifications_hit", "hit_id"),
        Index("ix_hit_verifications_referral", "referral_id"),
        CheckConstraint("state IN ('pending', 'sent', 'refused', 'replaced', 'given_up')", name="state"),
        CheckConstraint("verdict IN ('confirmed', 'not_the_person', 'record_withdrawn')", name="verdict"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    hit_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    verdict: Mapped[str] = mapped_column(String(32))
    officer: Mapped[str] = mapped_column(String(64))
    approver: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    last_reason: Mapped[str | None] = mapped_column(String(32))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Clearance(Base):
    """Two officers found that a traveller is not the person of an entry. Append-only.

    ``traveller`` is a keyed digest of the traveller's data (``clearances.py``), ``fingerprint`` the entry's own:
    where either changes the row is about something else and counts no more.
    """

    __tablename__ = "clearances"
    __table_args__ = (
        Index("ix_clearances_traveller", "traveller", "list_code"),
        Index("ix_clearances_referral", "referral_id"),
        CheckConstraint("first_officer <> second_officer", name="officers"),
        CheckConstraint("kind IN ('name_list', 'face_list')", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    traveller: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    list_code: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(100))
    fingerprint: Mapped[str] = mapped_column(String(64))
    first_officer: Mapped[str] = mapped_column(String(64))
    second_officer: Mapped[str] = mapped_column(String(64))
    referral_id: Mapped[UUID]
    cleared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ClearanceRevocation(Base):
    """A supervisor took a clearance back. Append-only, and at most one for each."""

    __tablename__ = "clearance_revocations"

    clearance_id: Mapped[UUID] = mapped_column(ForeignKey("clearances.id"), primary_key=True)
    revoked_by: Mapped[str] = mapped_column(String(64))
    revoked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500))


class Rescreening(Base):
    """One round over the travellers who crossed, for one state of the lists (``target``), and how far it is.

    From ``began_at`` it goes back in time to ``since``: ``back_at`` and ``back_id`` name the last one looked at. Who
    leaves after that is looked at in the order of leaving: ``on_at`` and ``on_id``. ``finished_at``: the way back is
    done; the other goes on while the lists stay as they are.
    """

    __tablename__ = "rescreenings"
    __table_args__ = (Index("ix_rescreenings_began", "began_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    target: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    back_at: Mapped[datetime] = mapped_column(UtcDateTime)
    back_id: Mapped[UUID]
    on_at: Mapped[datetime] = mapped_column(UtcDateTime)
    on_id: Mapped[UUID]
    looked_at: Mapped[int]
    answered: Mapped[int]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
