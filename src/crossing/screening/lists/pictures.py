"""The portraits of listed persons, as those who make face templates see them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.faces.engines.base import FaceEngine
from crossing.faces.gallery.search import Entry
from crossing.faces.repository import SubjectKind
from crossing.platform.db import Database
from crossing.screening import repository
from crossing.screening.index import ListIndexes


class ListedPortraits:
    """A :class:`~crossing.faces.retemplating.PictureSource` over every list in use."""

    kind: Final = SubjectKind.WATCHLIST

    def __init__(self, database: Database, indexes: ListIndexes) -> None:
        self._database = database
        self._indexes = indexes

    def pictures(self, session: Session) -> Iterable[tuple[UUID, str]]:
        return repository.portraits_in_use(session)

    def picture_of(self, session: Session, subject_id: UUID) -> str | None:
        return repository.portrait_in_use(session, subject_id)

    def groups(self, session: Session) -> Mapping[str, Collection[UUID]]:
        """Each list by itself."""
        return repository.persons_with_portrait(session)

    def take(self, entries: Sequence[Entry], unusable: Collection[UUID]) -> None:
        self._indexes.enrol(entries, unusable)

    def prepared(self, engine: FaceEngine, unusable: Collection[UUID]) -> AbstractContextManager[Callable[[], None]]:
        return self._indexes.prepared(self._database, engine, unusable)
