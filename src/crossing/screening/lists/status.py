"""What lists there are, how old they are, and whether they are still believed."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from crossing.screening import repository
from crossing.screening.lists.schemas import ListStatus
from crossing.screening.lists.views import SealState
from crossing.screening.models import ListVersion, WatchList


def lists_status(
    session: Session, now: datetime, seals: Callable[[Session, ListVersion], SealState] | None = None
) -> list[ListStatus]:
    """Every list, by code. ``seals`` tells of a version in use whether it is still what was imported."""
    return [list_status(session, one, version, now, seals) for one, version in repository.lists(session)]


def list_status(
    session: Session,
    watch_list: WatchList,
    version: ListVersion | None,
    now: datetime,
    seals: Callable[[Session, ListVersion], SealState] | None = None,
) -> ListStatus:
    seal = seals(session, version).value if seals and version else ""
    return _status(watch_list, version, now, seal)


def age_days(as_of: datetime, now: datetime) -> int:
    """Whole days; a date that lies ahead of this machine's clock is no age at all."""
    return max(0, (now - as_of).days)


def _status(watch_list: WatchList, version: ListVersion | None, now: datetime, seal: str) -> ListStatus:
    age = age_days(version.as_of, now) if version else None
    report = version.report if version else {}
    return ListStatus(
        code=watch_list.code,
        name=watch_list.name,
        format=watch_list.format,
        version=version.number if version else None,
        as_of=version.as_of if version else None,
        imported_at=version.imported_at if version else None,
        imported_by=version.imported_by if version else "",
        age_days=age,
        max_age_days=watch_list.max_age_days,
        expired=age is not None and watch_list.max_age_days is not None and age > watch_list.max_age_days,
        persons=report.get("persons", 0),
        documents=report.get("documents", 0),
        portraits=report.get("portraits", 0),
        skipped=report.get("skipped", 0),
        certificates=report.get("certificates", 0),
        revocation_lists=report.get("revocation_lists", 0),
        states=len(report.get("states", ())),
        vehicles=report.get("vehicles", 0),
        seal=seal,
    )
