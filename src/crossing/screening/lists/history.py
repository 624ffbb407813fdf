"""Looking at lists: what one is, what its versions were, what differs between two, and what one entry says."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.screening.errors import ListEntryUnknown, ListVersionUnknown
from crossing.screening.lists.placing import endings
from crossing.screening.lists.provenance import Provenance
from crossing.screening.lists.reporting import report_of
from crossing.screening.lists.views import (
    DueEntry,
    EntryChange,
    EntryKind,
    EntryView,
    ListDiff,
    VersionView,
)
from crossing.screening.models import (
    DocumentEntry,
    ListEnding,
    ListEntry,
    ListName,
    ListVersion,
    VehicleEntry,
    WatchList,
)
from crossing.screening.repository import at_version, in_use

EXPIRING_WITHIN: Final = timedelta(days=30)
ENTRIES_SHOWN: Final = 1_000
"""Entries of a difference, or due, that are named; beyond, they are only counted."""

_KINDS: Final[Mapping[EntryKind, Any]] = {
    EntryKind.PERSON: ListEntry,
    EntryKind.DOCUMENT: DocumentEntry,
    EntryKind.VEHICLE: VehicleEntry,
}
_OF_THE_ROW: Final = frozenset(
    {"id", "list_code", "fingerprint", "added_in", "removed_in", "entry_id", "portrait_file"}
)
_KEYS: Final = frozenset({"number_key", "plate_key"})
_ORDERS: Final = (
    "action", "caution", "handling", "notice_colour", "legal_basis", "authority", "owner", "review_on", "expires_on",
)  # fmt: skip


def version_view(watch_list: WatchList, version: ListVersion) -> VersionView:
    return VersionView(
        code=watch_list.code,
        number=version.number,
        in_use=version.number == watch_list.serving,
        sha256=version.sha256,
        size=version.size,
        as_of=version.as_of,
        imported_at=version.imported_at,
        imported_by=version.imported_by,
        provenance=Provenance.model_validate(version.provenance or {}),
        content_digest=version.content_digest,
        signature=version.signature,
        report=report_of(watch_list, version),
    )


def versions(session: Session, watch_list: WatchList, *, limit: int) -> list[VersionView]:
    """The newest versions of a list, the newest first."""
    rows = session.scalars(
        sa.select(ListVersion)
        .where(ListVersion.list_code == watch_list.code)
        .order_by(ListVersion.number.desc())
        .limit(limit)
    )
    return [version_view(watch_list, row) for row in rows]


def number_before(session: Session, code: str, number: int) -> int:
    """The number of the version before, 0 before the first."""
    before = sa.select(sa.func.max(ListVersion.number))
    return session.scalar(before.where(ListVersion.list_code == code, ListVersion.number < number)) or 0


def require_version(session: Session, code: str, number: int) -> ListVersion:
    """Raises ListVersionUnknown."""
    found = session.scalar(sa.select(ListVersion).where(ListVersion.list_code == code, ListVersion.number == number))
    if found is None:
        raise ListVersionUnknown(number=number)
    return found


def diff(session: Session, code: str, old: int, new: int) -> ListDiff:
    """What version ``new`` has otherwise than ``old``; ``old`` 0 is the empty list before the first.

    Raises ListVersionUnknown.
    """
    for number in (old, new):
        if number:
            require_version(session, code, number)
    counts = {"added": 0, "changed": 0, "removed": 0}
    shown: list[EntryChange] = []
    for kind in EntryKind:
        came, went = _came_and_went(session, kind, code, old, new)
        for reference in sorted({*came, *went}):
            what = "changed" if reference in came and reference in went else "added"
            what = what if reference in came else "removed"
            counts[what] += 1
            if len(shown) < ENTRIES_SHOWN:
                change = EntryChange(kind=kind, reference=reference, what=what)
                differing = _differing(session, kind, went[reference], came[reference]) if what == "changed" else {}
                shown.append(change.model_copy(update=differing))
    return ListDiff(code=code, old=old, new=new, entries=tuple(shown), **counts)


def entry(session: Session, code: str, reference: str) -> EntryView:
    """An entry in use, with all that the list says of it. Raises ListEntryUnknown."""
    kind, row = find_entry(session, code, reference)
    said = _said(session, kind, row)
    return EntryView(
        code=code,
        kind=kind,
        reference=row.reference,
        since_version=row.added_in,
        fields={name: value for name, value in said.items() if name not in _ORDERS},
        ended_here=row.reference in endings(session, code),
        **{name: getattr(row, name) for name in _ORDERS},
    )


def find_entry(session: Session, code: str, reference: str) -> tuple[EntryKind, Any]:
    """The row of an entry in use. A document that belongs to a listed person is none by itself."""
    for kind, model in _KINDS.items():
        row = session.scalar(sa.select(model).where(in_use(model, code), model.reference == reference, *_own(model)))
        if row is not None:
            return kind, row
    raise ListEntryUnknown


def due(session: Session, code: str, today: date) -> Iterator[DueEntry]:
    """Entries in use that are past their review or have expired, by kind and reference."""
    for kind, model in _KINDS.items():
        rows = session.execute(
            sa.select(model.reference, model.owner, model.review_on, model.expires_on)
            .where(in_use(model, code), sa.or_(model.review_on < today, _expired(model, code, today)), *_own(model))
            .order_by(model.reference)
            .limit(ENTRIES_SHOWN)
        )
        for row in rows:
            yield DueEntry(code=code, kind=kind, **row._mapping)


def dates(session: Session, code: str, today: date) -> dict[str, int]:
    """How many entries in use expire soon, have expired, and are past their review."""
    totals = {"expiring": 0, "expired": 0, "review_due": 0}
    for model in _KINDS.values():
        ends, review = model.expires_on, model.review_on
        row = session.execute(
            sa.select(
                sa.func.count().filter(ends >= today, ends <= today + EXPIRING_WITHIN).label("expiring"),
                sa.func.count().filter(_expired(model, code, today)).label("expired"),
                sa.func.count().filter(review < today).label("review_due"),
            ).where(in_use(model, code), *_own(model))
        ).one()
        for name in totals:
            totals[name] += getattr(row, name)
    return totals


def _expired(model: Any, code: str, today: date) -> sa.ColumnElement[bool]:
    """Whether an entry's last day is over, and nobody ended it here: that needs no second look."""
    ended = sa.select(ListEnding.reference).where(ListEnding.list_code == code, ListEnding.expires_on < today)
    return sa.and_(model.expires_on < today, model.reference.not_in(ended))


def _own(model: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return (DocumentEntry.entry_id.is_(None),) if model is DocumentEntry else ()


def _came_and_went(
    session: Session, kind: EntryKind, code: str, old: int, new: int
) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """The rows that ``new`` has and ``old`` lacks, and the other way round, by reference."""
    model = _KINDS[kind]

    def only(has: int, lacks: int) -> dict[str, UUID]:
        rows = session.execute(
            sa.select(model.reference, model.id).where(
                model.list_code == code, at_version(model, has), sa.not_(at_version(model, lacks)), *_own(model)
            )
        )
        return {row.reference: row.id for row in rows}

    return only(new, old), only(old, new)


def _differing(session: Session, kind: EntryKind, before: UUID, after: UUID) -> dict[str, Any]:
    """The fields of an EntryChange that say what differs."""
    model = _KINDS[kind]
    old, new = (_said(session, kind, session.get_one(model, one)) for one in (before, after))
    fields = tuple(name for name in new if old[name] != new[name])
    before_after = ({name: said[name] for name in fields} for said in (old, new))
    return {"fields": fields, **dict(zip(("before", "after"), before_after, strict=True))}


def _said(session: Session, kind: EntryKind, row: Any) -> dict[str, Any]:
    """All that a row says, with the names and documents of a person."""
    columns = [column.key for column in sa.inspect(type(row)).columns]
    said = {name: getattr(row, name) for name in columns if name not in _OF_THE_ROW | _KEYS | {"reference"}}
    if kind is not EntryKind.PERSON:
        return said
    return said | {"names": _names(session, row.id), "documents": _documents(session, row.id)}


def _names(session: Session, entry_id: UUID) -> list[dict[str, str]]:
    rows = session.execute(
        sa.select(ListName.kind, ListName.surname, ListName.given_names)
        .where(ListName.entry_id == entry_id)
        .order_by(ListName.id)
    )
    return [dict(row._mapping) for row in rows]


def _documents(session: Session, entry_id: UUID) -> list[dict[str, str]]:
    rows = session.execute(
        sa.select(DocumentEntry.type, DocumentEntry.issuer, DocumentEntry.number)
        .where(DocumentEntry.entry_id == entry_id)
        .order_by(DocumentEntry.id)
    )
    return [dict(row._mapping) for row in rows]
