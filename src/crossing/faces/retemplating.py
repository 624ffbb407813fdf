"""Templates made in the background from the pictures that are stored: what the serving engine lacks, and after a
change of engine all of them, while the old one keeps serving.

What was made is in the database, so that a stop or a crash costs at most the picture under way. No transaction is
open while a picture is looked at, and between two pictures the work rests, so that the lanes have the machine.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.faces.engines.base import FaceEngine, MadeBy, Template, made_by
from crossing.faces.gallery.search import Entry
from crossing.faces.repository import FaceServingRepository, FaceTemplateRepository, SubjectKind
from crossing.faces.schemas import EngineName, EngineState, EngineStatus, FailedPicture
from crossing.faces.serving import ServingEngines
from crossing.platform.blobs import BlobDamaged, BlobMissing, BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.images import decode_image
from crossing.platform.logs import log

_AT_ONCE: Final = 2000
_DELETED_AT_ONCE: Final = 500
_TOLD_EVERY_S: Final = 5.0
_LONGEST_REST_S: Final = 5.0
_AFTER_TROUBLE_S: Final = 10.0
_LEAST_FOR_AN_ESTIMATE: Final = 5


_NO_USE: Final = frozenset({FailedPicture.NO_FACE, FailedPicture.UNREADABLE})

_Subject = tuple[SubjectKind, UUID]


class PictureSource(Protocol):
    """Pictures that should have a template, and the galleries over them: of the lists, of recent travellers."""

    @property
    def kind(self) -> SubjectKind: ...

    def pictures(self, session: Session) -> Iterable[tuple[UUID, str]]:
        """Every subject that should have a template, with the SHA-256 of its stored picture."""
        ...

    def picture_of(self, session: Session, subject_id: UUID) -> str | None:
        """The picture of one subject; None where it should have no template (any more)."""
        ...

    def groups(self, session: Session) -> Mapping[str, Collection[UUID]]:
        """Every subject of :meth:`pictures`, in the groups for each of which alone it is asked whether another engine
        would lose too many faces; by their names for the log."""
        ...

    def take(self, entries: Sequence[Entry], unusable: Collection[UUID], /) -> None:
        """Let searches find these templates of the serving engine from now on; they are committed.

        ``unusable``: subjects in whose picture this engine finds no face, so that nobody need wait for theirs.
        """
        ...

    def prepared(
        self, engine: FaceEngine, unusable: Collection[UUID], /
    ) -> AbstractContextManager[Callable[[], None]]:
        """While the context lasts, galleries of ``engine``'s templates lie ready, and nothing else changes them.

        What it gives puts them in the place of the old ones, at once, and never fails. ``unusable`` as above.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Picture:
    source: PictureSource
    subject_id: UUID
    sha256: str


@dataclass(slots=True)
class _Work:
    """How far the templates of one engine are. ``done`` counts pictures that this process has looked at."""

    total: int = 0
    waiting: int = 0
    done: int = 0
    begun_s: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> float | None:
        if not self.waiting or self.done < _LEAST_FOR_AN_ESTIMATE:
            return None
        return round(self.waiting * (time.monotonic() - self.begun_s) / self.done, 1)


class Retemplater:
    """One per post. ``status`` may be asked from any thread."""

    def __init__(
        self,
        sources: Sequence[PictureSource],
        *,
        engines: ServingEngines,
        database: Database,
        blobs: BlobStore,
        clock: Clock,
        most_lost: float = 0.1,
        share: float = 0.5,
        interval_s: float = 900.0,
    ) -> None:
        """The wanted engine takes over once its templates are there, unless it finds no face in more than
        ``most_lost`` of the pictures of a group that the serving one knows: a short list of wanted persons is not to
        vanish behind many travellers. Where it can't be opened, only what the serving one
        lacks is made. ``share``: of one processor core, at most.
        ``interval_s``: how often missing templates are looked for without being woken.
        """
        self._sources = tuple(sources)
        self._database = database
        self._blobs = blobs
        self._faces = engines.service
        self._trouble = engines.trouble
        self._can_change = engines.wanted is not None
        self._wanted = engines.wanted or engines.service.engine
        self._since = engines.since
        self._clock = clock
        self._most_lost = most_lost
        self._share = share
        self._interval_s = interval_s
        self._started: datetime | None = None
        self._state = EngineState.SERVING if self._wanted_serves() else EngineState.PREPARING
        self._work = _Work()
        self._failed: dict[MadeBy, dict[_Subject, tuple[str, FailedPicture]]] = {}
        self._telling: dict[SubjectKind, list[Entry]] = {}
        self._told_s = 0.0
        self._working = threading.Lock()
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faces", daemon=True)

    def start(self) -> None:
        """To be called once."""
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended, which the picture under way delays by some tenths of a second."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """There may be new pictures."""
        self._woken.set()

    def waiting(self) -> int:
        """How many pictures wait for a template."""
        return self._work.waiting

    def status(self) -> EngineStatus:
        """How far it is, from memory."""
        work, engine = self._work, self._target()
        reasons = [reason for _, reason in list(self._failed.get(engine, {}).values())]
        return EngineStatus(
            state=self._state,
            serving=_named(self._faces.made_by),
            since=self._since,
            wanted=_named(made_by(self._wanted)) if self._can_change else None,
            total=work.total,
            made=max(0, work.total - work.waiting - len(reasons)),
            waiting=work.waiting,
            failed={reason: reasons.count(reason) for reason in FailedPicture if reason in reasons},
            started=self._started,
            seconds_left=work.seconds_left(),
            trouble=self._trouble,
        )

    def run_once(self) -> bool:
        """Make every template that is lacking, and let the wanted engine serve once nothing is; False where it was
        stopped on the way. Raises what the database raises."""
        with self._working:
            return self._run_once()

    def _run_once(self) -> bool:
        self._started = self._started or self._clock.now()
        if not self._catch_up(self._faces.engine, EngineState.ENROLLING):
            return False
        if not self._wanted_serves():
            if not self._catch_up(self._wanted, EngineState.PREPARING):
                return False
            if self._would_lose_faces():
                self._state = EngineState.HELD
                return True
            self._switch()
            # What the lanes took while the galleries were being prepared.
            if not self._catch_up(self._wanted, EngineState.ENROLLING):
                return False
        self._state = EngineState.SERVING
        return self._delete_old()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            pause = self._interval_s
            try:
                self.run_once()
            except Exception as trouble:  # noqa: BLE001 - the next turn may find the database or the disk back
                log.error("faces_not_retemplated", error=type(trouble).__name__)
                pause = _AFTER_TROUBLE_S
            self._woken.wait(pause)

    def _catch_up(self, engine: FaceEngine, state: EngineState) -> bool:
        """Make the templates of ``engine`` that are lacking; False where it was stopped."""
        work, passed_over = _Work(), set[tuple[_Subject, str]]()
        while lacking := self._lacking(engine, work, passed_over):
            self._state, self._work = state, work
            for picture in lacking:
                if self._stopping.is_set():
                    return False
                started = time.monotonic()
                if not self._enrol(engine, picture):
                    passed_over.add(((picture.source.kind, picture.subject_id), picture.sha256))
                work.waiting -= 1
                work.done += 1
                self._rest(time.monotonic() - started)
        if made_by(engine) == made_by(self._wanted):
            self._work = work
        self._tell(engine)
        return not self._stopping.is_set()

    def _lacking(
        self, engine: FaceEngine, work: _Work, passed_over: Collection[tuple[_Subject, str]]
    ) -> list[_Picture]:
        """The next pictures that have neither a template of ``engine`` nor failed; counts all of them on the way."""
        total, waiting, found = 0, 0, list[_Picture]()
        failed, failed_still = self._failures(engine), dict[_Subject, tuple[str, FailedPicture]]()
        with reading(self._database) as session:
            for source in self._sources:
                made = FaceTemplateRepository(session).subjects(source.kind, made_by(engine))
                for subject_id, sha256 in source.pictures(session):
                    total += 1
                    subject = source.kind, subject_id
                    if subject_id in made or (subject, sha256) in passed_over:
                        continue
                    if subject in failed and failed[subject][0] == sha256:
                        failed_still[subject] = failed[subject]
                        continue
                    waiting += 1
                    if len(found) < _AT_ONCE:
                        found.append(_Picture(source, subject_id, sha256))
        self._failed[made_by(engine)] = failed_still
        work.total, work.waiting = total, waiting
        return found

    def _enrol(self, engine: FaceEngine, picture: _Picture) -> bool:
        """Whether there is a template now, or a reason why there can be none; False where none is wanted any more."""
        kind = picture.source.kind
        made = self._look_at(engine, picture.sha256)
        if isinstance(made, FailedPicture):
            self._failures(engine)[kind, picture.subject_id] = (picture.sha256, made)
            return True
        with self._database.unit_of_work() as session:
            # The subject may have gone, or another process may have been faster, while nothing was locked.
            if picture.source.picture_of(session, picture.subject_id) != picture.sha256:
                return False
            templates = FaceTemplateRepository(session)
            entry = templates.of_engine(kind, picture.subject_id, made.made_by)
            entry = entry or templates.add(kind, picture.subject_id, made, now=self._clock.now())
        self._telling.setdefault(kind, []).append(entry)
        if time.monotonic() - self._told_s >= _TOLD_EVERY_S:
            self._tell(engine)
        return True

    def _look_at(self, engine: FaceEngine, sha256: str) -> Template | FailedPicture:
        try:
            image = decode_image(self._blobs.get(sha256), patient=True)
        except (BlobMissing, BlobDamaged):
            return FailedPicture.MISSING
        except DomainError:
            return FailedPicture.UNREADABLE
        try:
            faces = engine.detect(image)
            return engine.template(image, faces[0]) if faces else FailedPicture.NO_FACE
        except Exception as trouble:  # noqa: BLE001 - one picture must not stop those behind it; it is counted
            log.error("faces_picture_failed", error=type(trouble).__name__)
            return FailedPicture.ENGINE_FAILED

    def _tell(self, engine: FaceEngine) -> None:
        """Let the galleries have what was made; those of an engine that does not serve yet are read at the switch."""
        made, self._telling = self._telling, {}
        self._told_s = time.monotonic()
        if made_by(engine) == self._faces.made_by:
            for source in self._sources:
                source.take(made.get(source.kind, []), self._unusable(engine, source.kind))

    def _would_lose_faces(self) -> bool:
        would = False
        failed = self._failures(self._wanted)
        with reading(self._database) as session:
            for source in self._sources:
                served = FaceTemplateRepository(session).subjects(source.kind, self._faces.made_by)
                for group, subjects in source.groups(session).items():
                    known = served.intersection(subjects)
                    lost = sum((source.kind, subject_id) in failed for subject_id in known)
                    if lost > self._most_lost * len(known):
                        would = True
                        log.error(
                            "faces_engine_held", engine=self._wanted.name, group=group, lost=lost, known=len(known)
                        )
        return would

    def _switch(self) -> None:
        engine, now = self._wanted, self._clock.now()
        with ExitStack() as ready:
            commits = [
                ready.enter_context(source.prepared(engine, self._unusable(engine, source.kind)))
                for source in self._sources
            ]
            # The row first: after a crash the engine whose templates are complete is the one that is opened.
            with self._database.unit_of_work() as session:
                FaceServingRepository(session).record(made_by(engine), now=now)
            self._faces.switch(engine)
            for commit in commits:
                commit()
            self._since = now
        log.info("faces_engine_switched", engine=engine.name, version=engine.version)

    def _delete_old(self) -> bool:
        """Templates that nothing asks any more are personal data without a purpose; False where it was stopped.

        While the wanted engine can't be opened its templates have one: it goes on from them when it can be.
        """
        if not self._can_change:
            return not self._stopping.is_set()
        while not self._stopping.is_set():
            with self._database.unit_of_work() as session:
                gone = FaceTemplateRepository(session).remove_others(self._faces.made_by, limit=_DELETED_AT_ONCE)
            if not gone:
                return True
            log.info("faces_old_templates_deleted", templates=gone)
        return False

    def _rest(self, worked_s: float) -> None:
        """A picture that took long was looked at on a busy machine, and is rested from the longer."""
        self._stopping.wait(min(_LONGEST_REST_S, worked_s * (1 - self._share) / self._share))

    def _failures(self, engine: FaceEngine) -> dict[_Subject, tuple[str, FailedPicture]]:
        return self._failed.setdefault(made_by(engine), {})

    def _unusable(self, engine: FaceEngine, kind: SubjectKind) -> set[UUID]:
        """Whose picture has no face for ``engine``. One that could not be looked at goes on being waited for."""
        failed = self._failures(engine)
        return {subject_id for (of, subject_id), (_, why) in failed.items() if of is kind and why in _NO_USE}

    def _wanted_serves(self) -> bool:
        return made_by(self._wanted) == self._faces.made_by

    def _target(self) -> MadeBy:
        return self._faces.made_by if self._state is EngineState.ENROLLING else made_by(self._wanted)


def _named(engine: MadeBy) -> EngineName:
    name, version, calibration = engine
    return EngineName(engine=name, version=version, calibration=calibration)
