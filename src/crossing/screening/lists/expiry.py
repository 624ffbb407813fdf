"""Ending one entry here at once, whatever its source says, and taking that back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.identity.principal import SYSTEM, Principal
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.screening.errors import ListEndingAlone, ListEntryNotEnded, ListNotImported, ListNotWhole
from crossing.screening.lists.formats.made_here import refuse_from_outside
from crossing.screening.lists.history import find_entry
from crossing.screening.lists.placing import NewVersion, Placing, in_use
from crossing.screening.lists.reporting import report_of
from crossing.screening.lists.schemas import ImportReport
from crossing.screening.lists.seals import Seals
from crossing.screening.lists.staging import Staging
from crossing.screening.lists.views import SealState
from crossing.screening.models import DocumentEntry, ListEnding, ListEntry, ListName, ListVersion
from crossing.screening.proposals.errors import NoteMissing


@dataclass(frozen=True, slots=True)
class ExpiryOrder:
    """``on`` is the last day on which the entry counts; None is yesterday, so that it counts no more. ``lift`` takes
    an earlier ending back: what the source says holds again. An ending needs a ``reason``.

    ``agreed`` writes down, together with the version, that a second officer stands behind it. Only who works on the
    machine itself (``SYSTEM``) ends an entry without."""

    code: str
    reference: str
    actor: Principal
    on: date | None = None
    lift: bool = False
    reason: str = ""
    agreed: Callable[[Session], object] | None = None


class Expiring:
    """An entry that is ended becomes a new row of a new version, so that what was served before can be read back."""

    def __init__(self, database: Database, *, clock: Clock, placing: Placing, seals: Seals) -> None:
        self._seals = seals
        self._database = database
        self._clock = clock
        self._placing = placing

    def expire(self, order: ExpiryOrder) -> ImportReport:
        """Raises NoteMissing, ListEndingAlone, ListUnknown, ListKeptHere, ListToldByTheCapital,
        ListNotImported, ListNotWhole, ListEntryUnknown or ListEntryNotEnded; or ListOvertaken where an import of the
        list began meanwhile."""
        _refuse_alone(order)
        today = self._clock.now().date()
        with reading(self._database) as session:
            watch_list, _ = in_use(session, order.code)
            refuse_from_outside(order.code, watch_list.format)
            find_entry(session, order.code, order.reference)
        staging = Staging.begin(self._database, watch_list)
        with staging.writing() as session:
            _, serving = in_use(session, order.code)
            if serving is None:
                raise ListNotImported
            if self._seals.state(session, serving) is not SealState.WHOLE:
                raise ListNotWhole
            _, row = find_entry(session, order.code, order.reference)
            known = _ending(session, order)
            if known is None and order.lift:
                raise ListEntryNotEnded
            source = row.expires_on if known is None else known.source_expires_on
            until = source if order.lift else _earlier(order.on or today - timedelta(days=1), source)
            _replace(session, row, until, staging.number, self._clock.now())

        def remember(session: Session) -> None:
            if order.agreed is not None:
                order.agreed(session)
            if order.lift:
                session.execute(sa.delete(ListEnding).where(_of(order)))
            elif until is not None:
                self._remember(session, order, source, until)

        return report_of(*self._placing.place(staging, _version(order, serving, until), remember))

    def _remember(self, session: Session, order: ExpiryOrder, source: date | None, until: date) -> None:
        known = _ending(session, order)
        if known is None:
            known = ListEnding(list_code=order.code, reference=order.reference, source_expires_on=source)
            session.add(known)
        known.expires_on = until
        known.ended_at = self._clock.now()
        known.ended_by = order.actor.login[:64]


def _refuse_alone(order: ExpiryOrder) -> None:
    if order.lift:
        return
    if not order.reason:
        raise NoteMissing
    if order.agreed is None and order.actor.id != SYSTEM.id:
        raise ListEndingAlone


def _earlier(day: date, other: date | None) -> date:
    return day if other is None else min(day, other)


def _of(order: ExpiryOrder) -> sa.ColumnElement[bool]:
    return sa.and_(ListEnding.list_code == order.code, ListEnding.reference == order.reference)


def _ending(session: Session, order: ExpiryOrder) -> ListEnding | None:
    return session.scalar(sa.select(ListEnding).where(_of(order)))


def _version(order: ExpiryOrder, serving: ListVersion, until: date | None) -> NewVersion:
    """The version in use over again, with one entry changed."""
    ended = serving.report.get("ended", 0) + (-1 if order.lift else 1)
    return NewVersion(
        actor=order.actor,
        action="list.entry_resumed" if order.lift else "list.entry_ended",
        sha256=serving.sha256,
        size=serving.size,
        as_of=serving.as_of,
        provenance=serving.provenance or {},
        report={**serving.report, "added": 0, "changed": 1, "removed": 0, "ended": max(0, ended)},
        detail={
            "reference": order.reference,
            "expires_on": until.isoformat() if until else None,
            "reason": order.reason or None,
        },
    )


def _replace(session: Session, row: Any, expires_on: date | None, number: int, now: datetime) -> None:
    """A copy of ``row`` with another last day comes with version ``number``; ``row`` goes with it."""
    new = _copy(session, row, {"expires_on": expires_on}, number)
    if isinstance(row, ListEntry):
        for name in session.scalars(sa.select(ListName).where(ListName.entry_id == row.id).order_by(ListName.id)):
            session.execute(sa.insert(ListName).values(**{**_values(name), "id": new_id(), "entry_id": new}))
        owned = sa.select(DocumentEntry).where(DocumentEntry.entry_id == row.id, DocumentEntry.removed_in.is_(None))
        for document in session.scalars(owned.order_by(DocumentEntry.id)).all():
            _copy(session, document, {"expires_on": expires_on, "entry_id": new}, number)
        faces = FaceTemplateRepository(session)
        for known in faces.of_subject(SubjectKind.WATCHLIST, row.id):
            faces.add(SubjectKind.WATCHLIST, new, known.template, now=now)
    session.flush()


def _copy(session: Session, row: Any, changed: Mapping[str, Any], number: int) -> Any:
    new = {**_values(row), **changed, "id": new_id(), "added_in": number, "removed_in": None}
    session.execute(sa.insert(type(row)).values(**new))
    row.removed_in = number
    return new["id"]


def _values(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in sa.inspect(type(row)).columns}
