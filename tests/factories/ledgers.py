"""An independent reader of the check ledger: what every row claims, held against the lists as they were kept.

It opens the database of a post that does not run, and uses none of the code that screens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from crossing.cores import open_post
from crossing.platform.db import Database
from crossing.platform.settings import PostSettings
from crossing.screening.models import Check, ListEntry, ListVersion

LIST_KINDS = ("document_list", "name_list", "face_list")

NOTICED_WITHIN = timedelta(seconds=60)
"""How long after a version came the one before may still be asked on a busy machine."""


@dataclass(frozen=True, slots=True)
class Version:
    """One import of a list: when it came, when the next one did, and whether all of its persons are there."""

    number: int
    came: datetime
    went: datetime | None
    whole: bool


@contextmanager
def stopped_post(settings: PostSettings) -> Iterator[Database]:
    """The database of a post that does not run."""
    opened = open_post(settings)
    try:
        yield opened.core.database
    finally:
        opened.core.close()


def false_clears(database: Database) -> list[str]:
    """Every answer of a list that is not true to it, in words; none where the ledger can be believed.

    An answer has to name a version that was imported whole and was the one to be asked when it was given; and of a
    check that was not made there must be a reason.
    """
    with database.engine.connect() as connection:
        versions = _versions(connection)
        rows = connection.execute(sa.select(Check.__table__).where(Check.kind.in_(LIST_KINDS)))
        return [wrong for row in rows if (wrong := _wrong(row, versions))]


def _wrong(row: sa.Row[tuple[object, ...]], versions: dict[tuple[str, str], Version]) -> str:
    about = f"{row.kind} of {row.subject_id}, {row.source}:{row.source_version}"
    if row.outcome == "not_checked":
        return "" if row.reason else f"{about} was not checked without a reason"
    version = versions.get((row.source, row.source_version))
    if version is None:
        return f"{about} names a version that is not there"
    if not version.whole:
        return f"{about} was answered by half a list"
    too_late = version.went is not None and row.performed_at > version.went + NOTICED_WITHIN
    return f"{about} was not in use then" if row.performed_at < version.came or too_late else ""


def _versions(connection: sa.Connection) -> dict[tuple[str, str], Version]:
    found: dict[tuple[str, str], Version] = {}
    later: dict[str, datetime] = {}
    for row in connection.execute(sa.select(ListVersion.__table__).order_by(ListVersion.number.desc())):
        there = connection.scalar(
            sa.select(sa.func.count())
            .select_from(ListEntry)
            .where(
                ListEntry.list_code == row.list_code,
                ListEntry.added_in <= row.number,
                ListEntry.removed_in.is_(None) | (ListEntry.removed_in > row.number),
            )
        )
        whole = there == row.report["persons"]
        found[row.list_code, str(row.number)] = Version(row.number, row.imported_at, later.get(row.list_code), whole)
        later[row.list_code] = row.imported_at
    return found
