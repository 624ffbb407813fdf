"""Putting a written version in the place of the one in use: sealed, audited, in one short transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.identity.principal import Principal
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.screening import repository
from crossing.screening.errors import ListUnknown
from crossing.screening.lists.seals import Seals, content_digest
from crossing.screening.lists.staging import Staging
from crossing.screening.models import ListEnding, ListEntry, ListVersion, WatchList

_PURPOSE: Final = "list_maintenance"


@dataclass(slots=True)
class NewVersion:
    """What is said of a version beside its rows. ``remembered`` are columns of the list that change with it;
    ``sources_expiry`` is, by reference, when an entry that was ended here would expire had it not been."""

    actor: Principal
    action: str
    sha256: str
    size: int
    as_of: datetime
    provenance: dict[str, Any]
    report: dict[str, Any]
    remembered: Mapping[str, Any] = field(default_factory=dict)
    sources_expiry: Mapping[str, date | None] = field(default_factory=dict)
    detail: Mapping[str, str | int | None] = field(default_factory=dict)


class Placing:
    def __init__(self, database: Database, *, clock: Clock, audit: Audit, seals: Seals) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._seals = seals

    def place(
        self, staging: Staging, new: NewVersion, also: Callable[[Session], None] = lambda _: None
    ) -> tuple[WatchList, ListVersion]:
        """From the commit on, the version is the one in use; what ``also`` writes is there with it.

        Raises ListOvertaken where another import began.
        """
        # Before the transaction: of a million entries it takes seconds, and nobody else can change them any more.
        with reading(self._database) as session:
            digest = content_digest(session, staging.code, staging.number)
        with staging.writing() as session:
            also(session)
            return self._put(session, staging, new, digest)

    def _put(self, session: Session, staging: Staging, new: NewVersion, digest: str) -> tuple[WatchList, ListVersion]:
        watch_list = session.get(WatchList, staging.code)
        if watch_list is None:
            raise ListUnknown
        for name, value in new.remembered.items():
            setattr(watch_list, name, value)
        version = self._version(watch_list, staging.number, new, digest)
        self._seals.seal(session, version)
        session.add(version)
        watch_list.serving = version.number
        self._take_templates_out(session, staging)
        self._remember_expiry(session, staging.code, new)
        self._audit.record(
            session,
            actor=new.actor,
            action=new.action,
            subject_kind="watchlist",
            subject_id=watch_list.code,
            purpose=_PURPOSE,
            detail={"version": version.number, "sha256": version.sha256, **new.detail},
        )
        return watch_list, version

    def _version(self, watch_list: WatchList, number: int, new: NewVersion, digest: str) -> ListVersion:
        return ListVersion(
            id=new_id(),
            list_code=watch_list.code,
            number=number,
            format=watch_list.format,
            max_age_days=watch_list.max_age_days,
            sha256=new.sha256,
            size=new.size,
            as_of=new.as_of,
            imported_at=self._clock.now(),
            imported_by=new.actor.login[:64],
            report=new.report,
            provenance=new.provenance,
            content_digest=digest,
        )

    def _take_templates_out(self, session: Session, staging: Staging) -> None:
        gone = sa.select(ListEntry.id).where(
            ListEntry.list_code == staging.code,
            ListEntry.removed_in == staging.number,
            ListEntry.portrait_sha256.is_not(None),
        )
        faces = FaceTemplateRepository(session)
        for entry_id in session.scalars(gone).all():
            faces.remove_subject(SubjectKind.WATCHLIST, entry_id)

    def _remember_expiry(self, session: Session, code: str, new: NewVersion) -> None:
        for reference, expires_on in new.sources_expiry.items():
            session.execute(
                sa.update(ListEnding)
                .where(ListEnding.list_code == code, ListEnding.reference == reference)
                .values(source_expires_on=expires_on)
            )


def endings(session: Session, code: str) -> dict[str, date]:
    """The entries of a list that were ended here, by reference, with their last day."""
    rows = session.execute(sa.select(ListEnding.reference, ListEnding.expires_on).where(ListEnding.list_code == code))
    return {row.reference: row.expires_on for row in rows}


def in_use(session: Session, code: str) -> tuple[WatchList, ListVersion | None]:
    """A list and its version in use. Raises ListUnknown."""
    watch_list = repository.get_list(session, code)
    if watch_list is None:
        raise ListUnknown
    return watch_list, repository.version(session, code, watch_list.serving) if watch_list.serving else None
