"""Writing a version's rows without holding anybody up, and putting it in its place in one short transaction.

Rows go in under a number of their own, some thousands in a transaction, and rows that the new version lacks are
marked as going with that number. Neither is of any version until ``WatchList.serving`` is that number: a machine that
loses its power on the way still has the old version, whole, and the next import sweeps up what was left.

The number is a fence. An import that finds another one on the list than its own was overtaken and writes no more.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.platform.db import Database
from crossing.platform.db.locks import hold_until_commit
from crossing.screening import repository
from crossing.screening.errors import ListOvertaken
from crossing.screening.models import DocumentEntry, ListEntry, ListName, VehicleEntry, WatchList

ROWS_AT_ONCE: Final = 1_000
"""Entries written in one transaction: a tenth of a second or two, then it is another writer's turn."""

_IDS_AT_ONCE: Final = 500
TURN_S: Final = 0.12
"""Between two transactions. SQLite's writers don't queue: each looks again after a tenth of a second at most. It has
to find nobody writing then, or an import of a million would keep every traveller of a post waiting."""

_One = TypeVar("_One")


class Staging:
    """The writing of one import under ``number``."""

    def __init__(self, database: Database, code: str, number: int) -> None:
        self._database = database
        self.code = code
        self.number = number

    @classmethod
    def begin(cls, database: Database, new: WatchList) -> "Staging":
        """Take the list's next number, overtaking whoever has it; ``new`` is put in where there is no such list yet.

        What an import before had left behind is swept up.
        """
        with database.unit_of_work() as session:
            hold_until_commit(session, f"list {new.code}")
            watch_list = session.get(WatchList, new.code, with_for_update=True)
            if watch_list is None:
                watch_list = new
                session.add(watch_list)
            number = max(repository.last_number(session, new.code), watch_list.staging or 0) + 1
            watch_list.staging = number
        staging = cls(database, new.code, number)
        staging.sweep()
        return staging

    def add(self, rows: Iterable[_One], write: Callable[[Session, Sequence[_One]], None]) -> Iterator[int]:
        """Let ``write`` put ``rows`` in, some at a time; gives how many went in with each transaction."""
        for turn, some in enumerate(_some(rows, ROWS_AT_ONCE)):
            if turn:
                time.sleep(TURN_S)
            with self.writing() as session:
                write(session, some)
            yield len(some)

    def take_out(self, model: Any, ids: Sequence[UUID]) -> Iterator[int]:
        """Mark rows as going with this version; a person's documents go along."""

        def mark(session: Session, some: Sequence[UUID]) -> None:
            for part in _some(some, _IDS_AT_ONCE):
                session.execute(sa.update(model).where(model.id.in_(part)).values(removed_in=self.number))
                if model is ListEntry:
                    owned = DocumentEntry.entry_id.in_(part) & DocumentEntry.removed_in.is_(None)
                    session.execute(sa.update(DocumentEntry).where(owned).values(removed_in=self.number))

        yield from self.add(ids, mark)

    def sweep(self) -> None:
        """Take away rows that are of no version, and let those stay that were to go with one that never came."""
        while self._swept():
            time.sleep(TURN_S)

    def _swept(self) -> bool:
        """Whether there was anything."""
        with self.writing() as session:
            serving = session.scalar(sa.select(WatchList.serving).where(WatchList.code == self.code)) or 0
            found = 0
            for model in (ListEntry, DocumentEntry, VehicleEntry):
                left = _ids(session, model, self.code, model.added_in > serving)
                found += len(left)
                _delete(session, model, left)
                going = _ids(session, model, self.code, model.removed_in > serving)
                found += len(going)
                session.execute(sa.update(model).where(model.id.in_(going)).values(removed_in=None))
            return bool(found)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction of this import's own. Raises ListOvertaken, and writes nothing, where it was overtaken."""
        with self._database.unit_of_work() as session:
            held = session.scalar(
                sa.select(WatchList.staging).where(WatchList.code == self.code).with_for_update(read=True)
            )
            if held != self.number:
                raise ListOvertaken
            yield session


def _some(things: Iterable[_One], most: int) -> Iterator[tuple[_One, ...]]:
    rest = iter(things)
    while part := tuple(islice(rest, most)):
        yield part


def _ids(session: Session, model: Any, code: str, which: sa.ColumnElement[bool]) -> list[UUID]:
    return list(session.scalars(sa.select(model.id).where(model.list_code == code, which).limit(_IDS_AT_ONCE)))


def _delete(session: Session, model: Any, ids: list[UUID]) -> None:
    if model is ListEntry:
        FaceTemplateRepository(session).remove_subjects(SubjectKind.WATCHLIST, ids)
        session.execute(sa.delete(ListName).where(ListName.entry_id.in_(ids)))
        session.execute(sa.delete(DocumentEntry).where(DocumentEntry.entry_id.in_(ids)))
    session.execute(sa.delete(model).where(model.id.in_(ids)))
