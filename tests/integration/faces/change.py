"""A machine that compares faces with its lists: what a post is made of, as far as a change of engine is concerned."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from crossing.faces.engines import open_engine
from crossing.faces.engines.base import Face, FaceEngine, Template, made_by
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.faces.retemplating import PictureSource, Retemplater
from crossing.faces.service import FaceService
from crossing.faces.serving import ServingEngines, serving_engine, serving_since
from crossing.faces.thresholds import Thresholds
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.images import BgrImage
from crossing.screening.cli import folder_loader
from crossing.screening.lists.service import ListService
from crossing.screening.schemas import CheckKind, CheckResult, Subject
from crossing.screening.service import Screener
from tests.factories.portraits import MODELS, PORTRAITS, portrait
from tests.factories.screening.lists import csv_of, list_service, order, person

LISTED = csv_of(
    person("N-1", "Person", given_names="Missing", portrait="obama.jpg"),
    person("N-2", "Other", portrait="biden.jpg"),
    person("N-3", "Third", portrait="hopper.jpg"),
)
LISTED_COUNT = 3
SAME_PERSON, STRANGER = "obama-speaking.jpg", "collins.png"


@cache
def engine(name: str) -> FaceEngine:
    return open_engine(MODELS, name)


class Slow:
    """The default engine, which waits before each template until it is let go on."""

    def __init__(self) -> None:
        real = engine("fused")
        self.name, self.version, self.calibration = made_by(real)
        self.dimension = real.dimension
        self.detect, self.align, self.quality = real.detect, real.align, real.quality
        self.compare = real.compare
        self.made = 0
        self.reached = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)

    def template(self, image: BgrImage, face: Face) -> Template:
        self.reached.release()
        assert self.go_on.acquire(timeout=30)
        self.made += 1
        return engine("fused").template(image, face)


@dataclass
class Machine:
    """What one start of the service has."""

    database: Database
    faces: FaceService
    lists: ListService
    screener: Screener
    retemplater: Retemplater

    def check(self, name: str) -> CheckResult:
        """The photograph ``name``, taken now, against the list."""
        return self.check_template(self.faces.analyse(portrait(name)).template)

    def check_template(self, template: object) -> CheckResult:
        results = self.screener.local(Subject(), face=template)  # type: ignore[arg-type]
        [result] = [one for one in results if one.kind is CheckKind.FACE_LIST]
        return result

    def templates_of(self, name: str) -> int:
        """How many templates of an engine the database has."""
        with reading(self.database) as session:
            return len(list(FaceTemplateRepository(session).entries(SubjectKind.WATCHLIST, made_by(engine(name)))))


@contextmanager
def started(
    database: Database,
    blobs: BlobStore,
    clock: Clock,
    wanted: str | FaceEngine,
    *,
    sources: tuple[PictureSource, ...] = (),
    known: tuple[str, ...] = ("sface", "fused"),
) -> Iterator[Machine]:
    """A start whose settings want ``wanted``; engines outside ``known`` can't be opened any more."""
    thresholds = Thresholds.load()
    opened = engine(wanted) if isinstance(wanted, str) else wanted
    serving = serving_engine(
        database, opened, open_engine=lambda name: {one: engine(one) for one in known}[name], thresholds=thresholds
    )
    faces = FaceService(serving, thresholds)
    since = serving_since(database, faces, clock)
    lists = list_service(database, clock, blobs=blobs, faces=faces)
    lists.load()
    retemplater = Retemplater(
        [lists.portraits, *sources],
        engines=ServingEngines(faces, opened, since),
        database=database,
        blobs=blobs,
        clock=clock,
        share=1.0,
        interval_s=0.05,
    )
    screener = Screener(lists=lists, clock=clock, faces=faces)
    try:
        yield Machine(database, faces, lists, screener, retemplater)
    finally:
        retemplater.stop()
        lists.stop()
        screener.close()


def list_imported_by(database: Database, blobs: BlobStore, clock: Clock, name: str, listed: bytes = LISTED) -> None:
    """A machine served by the engine ``name`` has taken in a list with portraits, and has stopped."""
    with started(database, blobs, clock, name) as machine:
        machine.lists.import_list(order(listed, portraits=folder_loader(PORTRAITS)))
