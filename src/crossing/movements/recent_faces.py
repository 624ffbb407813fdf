"""The faces of the post's own recent travellers: who was here before, perhaps under another name.

A template lives as long as its crossing is recent, and no longer. It is made of the live picture right after the
decision, in a thread of its own that no decision waits for; what is missed there is made by the retemplating.
"""

import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.faces.engines.base import FaceEngine, MadeBy, Template, made_by
from crossing.faces.gallery.opening import Galleries, in_memory
from crossing.faces.gallery.rows import keys_of
from crossing.faces.gallery.search import Entry, Gallery
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.faces.schemas import Comparison
from crossing.faces.service import FaceService
from crossing.movements import recent_repository, repository
from crossing.movements.schemas import MovementRecord
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.logs import log

_WAITING: Final = 256
"""Decisions whose template is still to be made. The fullest post decides one every ten seconds."""

_AT_ONCE: Final = 500
_INTERVAL_S: Final = 3600.0
_GALLERY: Final = "recent"

Look = Callable[[], Template | None]
"""Gives the template of a live picture; None where it shows no face."""


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """An earlier crossing of somebody with a like face: the most alike one of that traveller."""

    movement: MovementRecord
    score: float
    support: str


@dataclass(frozen=True, slots=True)
class RecentSearch:
    """The most alike first. ``complete``: every recent crossing could be searched; until then nobody can be said not
    to have been here. ``size``: how many could."""

    found: tuple[SeenBefore, ...]
    complete: bool
    size: int
    engine: tuple[str, str]


@dataclass(slots=True)
class _Held:
    """Templates of one engine; in the gallery a template's subject is the traveller. ``lacking``: crossings with a
    picture that this engine has not looked at."""

    gallery: Gallery
    crossings: dict[UUID, UUID] = field(default_factory=dict)
    lacking: set[UUID] = field(default_factory=set)

    def take(self, of_crossing: Entry, traveller_id: UUID) -> None:
        """Let searches find a template, whose subject is a crossing of this traveller."""
        # First whose it is: a search may find it as soon as it is in the gallery.
        self.crossings[of_crossing.template_id] = of_crossing.subject_id
        self.gallery.add(replace(of_crossing, subject_id=traveller_id))
        self.lacking.discard(of_crossing.subject_id)

    def lack(self, movement_ids: Collection[UUID]) -> None:
        """These were left without a template. The retemplating may have been faster."""
        if movement_ids:
            self.lacking.update(set(movement_ids).difference(self.crossings.values()))

    def forget(self, template_ids: Collection[UUID]) -> None:
        self.gallery.remove_all(template_ids)
        for template_id in template_ids:
            self.crossings.pop(template_id, None)


class RecentFaces:
    """One per post, and a :class:`~crossing.faces.retemplating.PictureSource` over its crossings. Calls may come from
    any thread. ``days`` 0: nothing is kept, and nothing searched. Without an engine nothing is searched either; what
    is no longer recent is forgotten all the same."""

    kind: Final = SubjectKind.MOVEMENT

    def __init__(
        self,
        database: Database,
        faces: FaceService | None,
        *,
        clock: Clock,
        days: int,
        galleries: Galleries | None = None,
        interval_s: float = _INTERVAL_S,
    ) -> None:
        """``interval_s``: how often it is looked at what is no longer recent. ``galleries`` None: templates are read
        from the database at each start, and kept in memory alone."""
        self._database = database
        self._faces = faces
        self._clock = clock
        self._days = days
        self._galleries = galleries
        self._interval_s = interval_s
        self._held = _Held(Gallery.of(faces.engine)) if faces else None
        self._changing = threading.RLock()
        # Crossings that wait for a place among those that ``_held`` lacks: who decides waits for no change.
        self._missed: set[UUID] = set()
        self._missing = threading.Lock()
        self._on_lacking: Callable[[], None] | None = None
        self._to_enrol: queue.Queue[tuple[UUID, Look] | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="recent-faces", daemon=True)

    def on_lacking(self, tell: Callable[[], None]) -> None:
        """``tell`` is called when a crossing is left without its template."""
        self._on_lacking = tell

    @property
    def switched_on(self) -> bool:
        return self._days > 0

    @property
    def engine(self) -> tuple[str, str]:
        """The engine that is asked now, and its version."""
        if self._faces is None:
            return "", ""
        engine, version, calibration = self._faces.made_by
        return engine, f"{version} {calibration}"

    @property
    def has_engine(self) -> bool:
        return self._faces is not None

    def __len__(self) -> int:
        """How many crossings can be found by their face."""
        return len(self._held.gallery) if self._held else 0

    def load(self) -> None:
        """Forget what is no longer recent, and read the rest into memory."""
        self.forget()
        with self._changing:
            if self._faces is not None:
                self._held = self._read(self._faces.engine, ())
            # Without an engine all files go: nobody would take out of them what is forgotten.
            self._delete_galleries_but_of(self._faces.made_by if self._faces else None)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended; what waits for its template gets it at the next start."""
        if self._thread.is_alive():
            self._empty_queue()
            self._to_enrol.put(None)
            self._thread.join()

    def enrol(self, movement_id: UUID, look: Look) -> None:
        """Let later searches find this crossing. Returns at once and never raises.

        Without an engine nothing is done: the retemplating looks at the picture once there is one.
        """
        if not self.switched_on or self._faces is None:
            return
        try:
            self._to_enrol.put_nowait((movement_id, look))
        except queue.Full:
            log.warning("recent_face_not_enrolled", error="queue full")
            self._lacks(movement_id)

    def search(self, session: Session, template: Template, *, apart_from: UUID) -> RecentSearch:
        """Who of the recent travellers looks like this; of each traveller the most alike crossing, as it reads today.

        ``apart_from``: the session that asks. Raises :class:`EnginesDiffer` for a template of another engine, and
        ``RuntimeError`` where there is none.
        """
        faces, held = self._engine_and_held()
        answer = faces.search(template, held.gallery)
        seen: list[SeenBefore] = []
        for candidate in answer.candidates:
            movement_id = held.crossings.get(candidate.template_id)
            movement = repository.in_force(session, movement_id) if movement_id else None
            if movement is not None and movement.session_id != apart_from:
                seen.append(SeenBefore(movement, candidate.score, candidate.support))
        return RecentSearch(
            found=tuple(seen),
            # In this order: what is missed goes from the one to the other.
            complete=not self._missed and not held.lacking,
            size=answer.gallery_size,
            engine=(answer.engine, f"{answer.version} {answer.calibration}"),
        )

    def compare(self, session: Session, template: Template, movement_id: UUID) -> Comparison | None:
        """This face against that of one crossing; None where there is none to compare."""
        first = repository.first_of(session, movement_id)
        entry = FaceTemplateRepository(session).of_engine(self.kind, first, template.made_by)
        return self._engine_and_held()[0].compare(template, entry.template) if entry else None

    def template_of(self, session: Session, movement_id: UUID) -> Template | None:
        """The template of one crossing that the serving engine made; None where it has none, or none any more."""
        if self._faces is None:
            return None
        first = repository.first_of(session, movement_id)
        entry = FaceTemplateRepository(session).of_engine(self.kind, first, self._faces.made_by)
        return entry.template if entry else None

    def forget(self) -> None:
        """Delete the templates of crossings that are no longer recent, from the database and from memory."""
        since = self._since() if self.switched_on else None
        while True:
            with self._changing, self._database.unit_of_work() as session:
                gone = recent_repository.forget(session, since, limit=_AT_ONCE)
            if not gone:
                return
            with self._changing:
                if self._held is not None:
                    self._held.forget(gone)

    # What the retemplating asks

    def pictures(self, session: Session) -> Iterable[tuple[UUID, str]]:
        return recent_repository.pictures(session, self._since()) if self.switched_on else ()

    def picture_of(self, session: Session, subject_id: UUID) -> str | None:
        return recent_repository.picture_of(session, subject_id, self._since()) if self.switched_on else None

    def groups(self, session: Session) -> Mapping[str, Collection[UUID]]:
        return {_GALLERY: {movement_id for movement_id, _ in self.pictures(session)}}

    def take(self, entries: Sequence[Entry], failed: Collection[UUID]) -> None:
        with reading(self._database) as session:
            whose = recent_repository.travellers(session, [entry.subject_id for entry in entries])
        with self._changing:
            _, held = self._engine_and_held()
            self._note_missed(held)
            for entry in entries:
                if entry.subject_id in whose and entry.template.made_by == held.gallery.made_by:
                    held.take(entry, whose[entry.subject_id])
            held.lacking.difference_update(failed)

    @contextmanager
    def prepared(self, engine: FaceEngine, failed: Collection[UUID]) -> Iterator[Callable[[], None]]:
        with self._changing:
            ready = self._read(engine, failed)

            def commit() -> None:
                self._held = ready

            yield commit
            if self._held is ready:
                # Not before every gallery is in its place: a large file takes its time.
                self._delete_galleries_but_of(made_by(engine))

    def _read(self, engine: FaceEngine, failed: Collection[UUID]) -> _Held:
        if not self.switched_on:
            return _Held(Gallery.of(engine))
        with reading(self._database) as session:
            owners = recent_repository.owners(session, made_by(engine), self._since())
            lacking = {movement_id for movement_id, _ in self.pictures(session)}
            return _Held(
                self._gallery(session, engine, owners),
                crossings={one.template_id: one.movement_id for one in owners},
                lacking=lacking.difference(failed, (one.movement_id for one in owners)),
            )

    def _gallery(self, session: Session, engine: FaceEngine, owners: Sequence[recent_repository.Owner]) -> Gallery:
        travellers = {one.template_id: one.traveller_id for one in owners}
        keys = keys_of(b"".join(template_id.bytes + whose.bytes for template_id, whose in travellers.items()))

        def fetch(template_ids: Sequence[UUID]) -> Iterator[Entry]:
            for entry in FaceTemplateRepository(session).some(template_ids):
                yield replace(entry, subject_id=travellers[entry.template_id])

        of_engine = (made_by(engine), engine.dimension)
        if self._galleries is None:
            return in_memory(*of_engine, keys=keys, fetch=fetch)
        return self._galleries.open(_GALLERY, *of_engine, keys=keys, fetch=fetch)

    def _delete_galleries_but_of(self, serving: MadeBy | None) -> None:
        if self._galleries is not None:
            self._galleries.keep_only(_GALLERY, [_GALLERY] if self.switched_on else [], serving)

    def _run(self) -> None:
        due = time.monotonic() + self._interval_s
        while True:
            if time.monotonic() >= due:
                self._try_to_forget()
                due = time.monotonic() + self._interval_s
            try:
                job = self._to_enrol.get(timeout=max(0.0, due - time.monotonic()))
            except queue.Empty:
                continue
            if job is None:
                return
            self._enrol(*job)

    def _try_to_forget(self) -> None:
        try:
            self.forget()
        except Exception as trouble:  # noqa: BLE001 - the next turn may find the database back
            log.error("recent_faces_not_forgotten", error=type(trouble).__name__)

    def _enrol(self, movement_id: UUID, look: Look) -> None:
        try:
            template = look()
            if template is not None:
                self._keep(movement_id, template)
        except Exception as trouble:  # noqa: BLE001 - the decision is made; the retemplating looks at the picture again
            log.error("recent_face_not_enrolled", error=type(trouble).__name__)
            self._lacks(movement_id)

    def _keep(self, movement_id: UUID, template: Template) -> None:
        with self._changing:
            faces, held = self._engine_and_held()
            serving = faces.made_by
            if template.made_by != serving or serving != held.gallery.made_by:
                # Taken before a change of engine: the retemplating makes the one that is asked from now on.
                self._lacks(movement_id)
                return
            with self._database.unit_of_work() as session:
                whose = recent_repository.travellers(session, [movement_id])
                templates = FaceTemplateRepository(session)
                entry = templates.of_engine(self.kind, movement_id, serving)
                entry = entry or templates.add(self.kind, movement_id, template, now=self._clock.now())
            held.take(entry, whose[movement_id])

    def _lacks(self, movement_id: UUID) -> None:
        with self._missing:
            self._missed.add(movement_id)
        if self._on_lacking is not None:
            self._on_lacking()

    def _note_missed(self, held: _Held) -> None:
        """``_changing`` is held."""
        with self._missing:
            held.lack(self._missed)
            self._missed.clear()

    def _engine_and_held(self) -> tuple[FaceService, _Held]:
        if self._faces is None or self._held is None:
            raise RuntimeError("no face engine could be opened on this machine")
        return self._faces, self._held

    def _empty_queue(self) -> None:
        while True:
            try:
                self._to_enrol.get_nowait()
            except queue.Empty:
                return

    def _since(self) -> datetime:
        return self._clock.now() - timedelta(days=self._days)
