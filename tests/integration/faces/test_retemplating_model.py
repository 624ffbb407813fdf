"""The retemplating against a model: whatever comes, goes, stops and changes, nobody is lost, doubled or mixed up."""

import io
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PIL import Image
from sqlalchemy.orm import Session

from crossing.faces.engines.base import Box, Face, FaceEngine, Landmarks, Template, made_by, similarity
from crossing.faces.gallery.search import Entry, Gallery
from crossing.faces.models import FaceTemplate
from crossing.faces.quality.measuring import measure
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.faces.retemplating import Retemplater
from crossing.faces.schemas import EngineState, FailedPicture, Quality
from crossing.faces.service import FaceService
from crossing.faces.serving import ServingEngines, serving_engine, serving_since
from crossing.faces.thresholds import Thresholds
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.platform.images import BgrImage
from tests.factories.clock import StandingClock
from tests.factories.databases import sqlcipher_database

NOBODY: Final = 0
_SIDE: Final = 64
NAMES: Final = ("first", "second", "third")


class Drawn:
    """Tells people apart by the grey of their picture. ``on_template`` is told of each."""

    version, calibration, dimension = "1", "drawn", 64

    def __init__(self, name: str) -> None:
        self.name = name
        self.on_template: Callable[[], None] = lambda: None

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        points = Landmarks((2, 2), (5, 2), (4, 4), (2, 6), (5, 6))
        return (Face(Box(0, 0, 8, 8), points, 1.0),) if image[0, 0, 0] != NOBODY else ()

    def align(self, image: BgrImage, face: Face) -> BgrImage:
        return np.full((112, 112, 3), image[0, 0, 0], np.uint8)

    def quality(self, image: BgrImage, faces: Sequence[Face], *, printed: bool = False) -> Quality:
        return measure(image, faces, self.align(image, faces[0]), printed=printed)

    def template(self, image: BgrImage, face: Face) -> Template:
        self.on_template()
        vector = np.zeros(self.dimension, np.float32)
        vector[int(image[0, 0, 0]) % self.dimension] = 1
        return Template(self.name, self.version, self.calibration, vector)

    def compare(self, first: Template, second: Template) -> float:
        return similarity(first, second)


def picture(person: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (_SIDE, _SIDE), person).save(out, "PNG")
    return out.getvalue()


def measured() -> Thresholds:
    row = Thresholds.load().rows[0]
    names = {"version": Drawn.version, "calibration": Drawn.calibration}
    return Thresholds(tuple(row.model_copy(update={"engine": name, **names}) for name in NAMES))


class Pictures:
    """A source whose pictures are a dictionary, and whose gallery is a real one."""

    kind: Final = SubjectKind.WATCHLIST

    def __init__(self, database: Database, engine: FaceEngine, pictures: dict[UUID, str]) -> None:
        self._database = database
        self._pictures = pictures
        self.unusable: set[UUID] = set()
        self.gallery = self._of(engine)

    def _of(self, engine: FaceEngine) -> Gallery:
        with reading(self._database) as session:
            entries = FaceTemplateRepository(session).entries(self.kind, made_by(engine))
            return Gallery.of(engine, list(entries))

    def pictures(self, session: Session) -> Iterable[tuple[UUID, str]]:
        return list(self._pictures.items())

    def picture_of(self, session: Session, subject_id: UUID) -> str | None:
        return self._pictures.get(subject_id)

    def groups(self, session: Session) -> dict[str, set[UUID]]:
        return {"all": set(self._pictures)}

    def take(self, entries: Sequence[Entry], unusable: Collection[UUID]) -> None:
        self.gallery.extend(entries)
        self.unusable = set(unusable)

    @contextmanager
    def prepared(self, engine: FaceEngine, unusable: Collection[UUID]) -> Iterator[Callable[[], None]]:
        ready = self._of(engine)

        def put_in_place() -> None:
            self.gallery, self.unusable = ready, set(unusable)

        yield put_in_place


class ChangesOfEngine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = StandingClock()
        self.folder = tempfile.TemporaryDirectory(prefix="crossing-model-")
        self.database = sqlcipher_database(Path(self.folder.name))
        self.blobs = BlobStore(Path(self.folder.name) / "blobs", b"k" * 32)
        self.persons: dict[UUID, int] = {}
        self.pictures: dict[UUID, str] = {}

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @initialize()
    def is_new(self) -> None:
        self.start("first")

    @rule(name=st.sampled_from(NAMES))
    def start(self, name: str) -> None:
        """A start whose settings want ``name``; after a stop or after a crash, which leave the same behind."""
        self.clock.advance(minutes=1)
        thresholds, self.wanted = measured(), Drawn(name)
        serving = serving_engine(self.database, self.wanted, open_engine=Drawn, thresholds=thresholds)
        assert serving is not None
        self.faces = FaceService(serving, thresholds)
        since = serving_since(self.database, self.faces, self.clock)
        self.source = Pictures(self.database, serving, self.pictures)
        self.retemplater = Retemplater(
            [self.source],
            engines=ServingEngines(self.faces, self.wanted, since),
            database=self.database,
            blobs=self.blobs,
            clock=self.clock,
            share=1.0,
        )

    @rule(person=st.integers(NOBODY, 40))
    def comes(self, person: int) -> None:
        self.add(person)

    def add(self, person: int) -> UUID:
        subject_id = new_id()
        self.persons[subject_id] = person
        self.pictures[subject_id] = self.blobs.put(picture(person)).sha256
        return subject_id

    @rule(data=st.data())
    def goes(self, data: st.DataObject) -> None:
        if self.persons:
            self.forget(data.draw(st.sampled_from(sorted(self.persons))))

    def forget(self, subject_id: UUID) -> None:
        self.persons.pop(subject_id, None)
        self.pictures.pop(subject_id, None)
        with self.database.unit_of_work() as session:
            gone = FaceTemplateRepository(session).remove_subject(SubjectKind.WATCHLIST, subject_id)
        self.source.gallery.remove_all(gone)

    @rule(templates=st.integers(1, 4), name=st.sampled_from(NAMES))
    def is_stopped_on_the_way(self, templates: int, name: str) -> None:
        left = Counter(templates=templates)

        def stop_after() -> None:
            left["templates"] -= 1
            if not left["templates"]:
                self.retemplater.stop()

        self.faces.engine.on_template = self.wanted.on_template = stop_after  # type: ignore[attr-defined]
        self.retemplater.run_once()
        self.start(name)

    @rule(person=st.integers(NOBODY + 1, 40))
    def goes_while_looked_at(self, person: int) -> None:
        subject_id = self.add(person)
        self.wanted.on_template = lambda: self.forget(subject_id)
        self.works_to_the_end()

    @rule()
    def works_to_the_end(self) -> None:
        assert self.retemplater.run_once()
        self.wanted.on_template = lambda: None
        status = self.retemplater.status()
        assert status.state is EngineState.SERVING
        assert self.faces.made_by == made_by(self.wanted)
        assert {one[0] for one in self.rows()} <= {self.wanted.name}
        shown = {subject_id for subject_id, person in self.persons.items() if person != NOBODY}
        assert {subject_id for _, subject_id in self.rows()} == shown
        assert self.source.unusable == set(self.persons) - shown
        assert (status.total, status.made, status.waiting) == (len(self.persons), len(shown), 0)
        assert status.failed.get(FailedPicture.NO_FACE, 0) == len(self.persons) - len(shown)
        for subject_id in shown:
            assert subject_id in self.found_like(subject_id)

    def found_like(self, subject_id: UUID) -> set[UUID]:
        image = np.full((_SIDE, _SIDE, 3), self.persons[subject_id], np.uint8)
        template = Drawn(self.faces.engine.name).template(image, self.faces.engine.detect(image)[0])
        return {one.subject_id for one in self.source.gallery.search(template, threshold=0.9, limit=100)}

    def rows(self) -> list[tuple[str, UUID]]:
        with reading(self.database) as session:
            return [(one.engine, one.subject_id) for one in session.scalars(sa.select(FaceTemplate))]

    @invariant()
    def nothing_is_mixed_doubled_or_left_over(self) -> None:
        rows = self.rows()
        assert len(rows) == len(set(rows))
        assert {subject_id for _, subject_id in rows} <= set(self.persons)
        assert self.source.gallery.made_by == self.faces.made_by

    @invariant()
    def whoever_has_a_template_of_the_serving_engine_is_found(self) -> None:
        for engine, subject_id in self.rows():
            if engine == self.faces.engine.name:
                assert subject_id in self.found_like(subject_id)


ChangesOfEngine.TestCase.settings = settings(max_examples=20, stateful_step_count=10, deadline=None)
TestChangesOfEngine = pytest.mark.timeout(120)(ChangesOfEngine.TestCase)
