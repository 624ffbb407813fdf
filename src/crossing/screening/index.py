"""The lists in memory: one index for each list version, built once, swapped as a whole, asked by any thread."""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crossing.faces.engines.base import FaceEngine, MadeBy, made_by
from crossing.faces.gallery.opening import Galleries, in_memory
from crossing.faces.gallery.rows import Keys
from crossing.faces.gallery.search import Entry, Gallery
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.faces.service import FaceService
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.logs import log
from crossing.screening import repository
from crossing.screening.list_reading import brought_up, never_read, read_list
from crossing.screening.listed import ListIndex
from crossing.screening.lists.document_sets import DocumentSets, SameOrders, SetDocuments
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.provenance import EntryDefaults
from crossing.screening.lists.seals import Seals
from crossing.screening.lists.views import SealState
from crossing.screening.models import ListVersion, WatchList
from crossing.screening.persons import ListedPersons
from crossing.screening.snapshots import About, Snapshot, Snapshots
from crossing.screening.unasked import UnaskedList, unasked

_GALLERIES: Final = "list/"
TRIED_AGAIN_AFTER_S: Final = 60.0


class ListIndexes:
    """The indexes of all lists in use. ``refresh`` reads what changed; whoever asks meanwhile gets the old state."""

    def __init__(
        self,
        seals: Seals,
        faces: FaceService | None = None,
        galleries: Galleries | None = None,
        sets: DocumentSets | None = None,
        snapshots: Snapshots | None = None,
    ) -> None:
        """``galleries`` None: templates are read from the database at each start, and kept in memory alone. ``sets``
        None: lists that are kept as files can't be asked, and their checks are NOT_CHECKED. ``snapshots`` None: every
        name is spelled anew at each start."""
        self._seals = seals
        self._faces = faces
        self._galleries = galleries
        self._sets = sets
        self._snapshots = snapshots
        self._unusable: frozenset[UUID] = frozenset()
        self._current: tuple[ListIndex, ...] = ()
        self._unasked: tuple[UnaskedList, ...] = ()
        self._refreshing = threading.Lock()
        self._has_surplus = False
        self._failed: dict[str, tuple[int, float]] = {}

    def current(self) -> tuple[ListIndex, ...]:
        return self._current

    def unasked(self) -> tuple[UnaskedList, ...]:
        """Lists that are to be asked and can't be."""
        return self._unasked

    def refresh(self, database: Database, *, everything: bool = False) -> bool:
        """Bring the indexes up to the lists in ``database``; whether anything had changed.

        ``everything`` builds them anew even where the version is the same.
        """
        with self._refreshing, reading(database) as session:
            before = {} if everything else {index.code: index for index in self._current}
            known = {} if self._has_surplus else before
            fresh: list[ListIndex] = []
            abouts: list[About] = []
            read: list[tuple[Gallery, Keys]] = []
            stored = repository.lists(session)
            self._unasked = tuple(one for known_list in stored if (one := unasked(*known_list)))
            for watch_list, version in stored:
                if version is None or not _can_be_asked(watch_list):
                    continue
                old = known.get(watch_list.code)
                if old is None or not _is_of(old, watch_list, version) or self._is_of_another_engine(old):
                    old = self._load_or_warn(session, watch_list, version, before.get(watch_list.code), read)
                fresh.append(old)
                abouts.append(_about(version))
            changed = [one for one in fresh if known.get(one.code) is not one] or len(fresh) != len(known)
            self._current = tuple(fresh)
            # Not before: until now the versions before were searched, in the same galleries. Should it fail, the next
            # turn does it: a template that left its list is not to stay.
            self._has_surplus = bool(read)
            for gallery, keys in read:
                gallery.keep_only(keys)
            self._has_surplus = False
            if changed:
                self._delete_galleries_but_of(self._faces.made_by if self._faces else None)
                self._keep(dict(zip(abouts, fresh, strict=True)))
            return bool(changed)

    def enrol(self, entries: Sequence[Entry], unusable: Collection[UUID]) -> None:
        """Let searches find templates that the serving engine has made since.

        ``unusable``: persons in whose portrait it finds no face.
        """
        with self._refreshing:
            self._unusable = frozenset(unusable)
            self._current = tuple(_with_more(index, entries, self._unusable) for index in self._current)

    @contextmanager
    def prepared(
        self, database: Database, engine: FaceEngine, unusable: Collection[UUID]
    ) -> Iterator[Callable[[], None]]:
        """Galleries of ``engine``, and what puts them in the place of the old ones at once. Nothing is refreshed
        meanwhile."""
        with self._refreshing:
            with reading(database) as session:
                ready = tuple(self._with_faces_of(session, index, engine, unusable, []) for index in self._current)

            def put_in_place() -> None:
                self._unusable = frozenset(unusable)
                self._current = ready

            yield put_in_place
            if self._current is ready:
                # Not before every gallery is in its place: a large file takes its time.
                self._delete_galleries_but_of(made_by(engine))

    def not_loaded(self) -> frozenset[str]:
        """The lists whose version in use can't be read: no check believes that they have nobody."""
        return frozenset(self._failed)

    def _load_or_warn(
        self,
        session: Session,
        watch_list: WatchList,
        version: ListVersion,
        old: ListIndex | None,
        read: list[tuple[Gallery, Keys]],
    ) -> ListIndex:
        """As :meth:`_load`; a list that can't be read holds up no other. What was asked of it before still finds, and
        clears nobody; where there was nothing, it only clears nobody."""
        code = watch_list.code
        number, again_at = self._failed.get(code, (0, 0.0))
        if old is not None and number == version.number and time.monotonic() < again_at:
            return old
        others = len(read)
        try:
            index = self._load(session, watch_list, version, old, read)
        except SQLAlchemyError:
            # The database itself is not there: no list could be read.
            raise
        except Exception as trouble:  # noqa: BLE001 - whatever is wrong with one list, the others have to be asked
            log.error("list_not_loaded", list=code, version=version.number, error=type(trouble).__name__)
            self._failed[code] = version.number, time.monotonic() + TRIED_AGAIN_AFTER_S
            # The gallery is still searched for the version before: it must lose nobody.
            del read[others:]
            return replace(old or never_read(watch_list, version), seal=SealState.CONTENT_DIFFERS)
        self._failed.pop(code, None)
        return index

    def _load(
        self,
        session: Session,
        watch_list: WatchList,
        version: ListVersion,
        old: ListIndex | None,
        read: list[tuple[Gallery, Keys]],
    ) -> ListIndex:
        """``old`` is what was asked before, if anything; it serves on meanwhile. ``read`` gets the gallery, and what
        it is to hold once this index is the one that is asked.
        """
        seal = self._seals.state(session, version)
        if FORMATS[watch_list.format].kept_as_set:
            return self._with_set(read_list(session, watch_list, version, seal), watch_list, version)
        changed = brought_up(session, old, watch_list, version)
        if changed is None:
            index = read_list(session, watch_list, version, seal, self._kept(version, seal))
        else:
            index = replace(changed, seal=seal)
        if self._faces is None:
            return index
        return self._with_faces_of(session, index, self._faces.engine, self._unusable, read)

    def _kept(self, version: ListVersion, seal: SealState) -> Snapshot | None:
        """Of a version whose rows are no longer what was sealed, nothing that was made before is believed."""
        if self._snapshots is None or seal is not SealState.WHOLE:
            return None
        return self._snapshots.open(_about(version))

    def _keep(self, made: Mapping[About, ListIndex]) -> None:
        if self._snapshots is not None:
            whole = {about: one for about, one in made.items() if one.seal is SealState.WHOLE}
            self._snapshots.keep({about: Snapshot(one.persons, one.names) for about, one in whole.items()})

    def _with_set(self, index: ListIndex, watch_list: WatchList, version: ListVersion) -> ListIndex:
        """The same, whose documents are in a file beside the database."""
        documents = SetDocuments(self._sets, watch_list.code, version.report)
        orders = SameOrders(EntryDefaults.model_validate(watch_list.defaults or {}).action)
        return replace(index, documents=documents, document_orders=orders)

    def _with_faces_of(
        self,
        session: Session,
        index: ListIndex,
        engine: FaceEngine,
        unusable: Collection[UUID],
        read: list[tuple[Gallery, Keys]],
    ) -> ListIndex:
        if not index.portraits:
            return index
        templates = FaceTemplateRepository(session)
        keys = _of_persons(templates.keys(SubjectKind.WATCHLIST, made_by(engine)), index.persons)
        of_engine = (made_by(engine), engine.dimension)
        if self._galleries is None:
            gallery = in_memory(*of_engine, keys=keys, fetch=templates.some)
        else:
            name = f"{_GALLERIES}{index.code}"
            gallery = self._galleries.open(name, *of_engine, keys=keys, fetch=templates.some, keep_more=True)
        read.append((gallery, keys))
        enrolled = frozenset(UUID(bytes=key[16:].tobytes()) for key in keys)
        return index.with_faces(gallery, enrolled, unusable)

    def _delete_galleries_but_of(self, serving: MadeBy | None) -> None:
        """Without an engine all go: nobody would take those who leave a list out of them. They are made again of the
        database's rows."""
        if self._galleries is not None:
            names = [f"{_GALLERIES}{index.code}" for index in self._current if index.faces is not None]
            self._galleries.keep_only(_GALLERIES, names, serving)

    def _is_of_another_engine(self, index: ListIndex) -> bool:
        return self._faces is not None and index.faces is not None and index.faces.made_by != self._faces.made_by


def _about(version: ListVersion) -> About:
    return About(version.list_code, version.number, version.signature or "")


def _of_persons(keys: Keys, persons: ListedPersons) -> Keys:
    return keys[persons.places_of(keys[:, 16:]) >= 0] if len(keys) else keys


def _with_more(index: ListIndex, entries: Sequence[Entry], unusable: Collection[UUID]) -> ListIndex:
    gallery = index.faces
    if gallery is None:
        return index
    theirs = [one for one in entries if one.subject_id in index.person_places]
    same = [one for one in theirs if one.template.made_by == gallery.made_by]
    gallery.extend(same)
    return index.with_faces(gallery, index.enrolled.union(one.subject_id for one in same), unusable)


def _can_be_asked(watch_list: WatchList) -> bool:
    """Not a list of trust, nor one in a format that a later version had (see ``unasked.py``)."""
    known = FORMATS.get(watch_list.format)
    return known is not None and not known.is_trust


def _is_of(index: ListIndex, watch_list: WatchList, version: ListVersion) -> bool:
    return (index.version, index.name, index.max_age_days) == (
        version.number,
        watch_list.name,
        watch_list.max_age_days,
    )
