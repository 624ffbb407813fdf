"""The whole local answer of the real Screener: document, names and face together, at a post's sizes."""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import numpy as np

from benchmarks.face_search import ENGINE, population
from benchmarks.screening.measuring import Memory, memory, quantile
from benchmarks.screening.names import SEED, list_of
from benchmarks.screening.people import at_the_border, person
from crossing.faces.engines.base import FaceEngine, MadeBy, Template
from crossing.faces.gallery.opening import in_memory
from crossing.faces.gallery.rows import Floats, keys_of
from crossing.faces.gallery.search import Entry, Gallery
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Calibration, Thresholds
from crossing.ports.document_set import Origin
from crossing.screening.listed import ListIndex
from crossing.screening.lists.document_sets import DocumentSets, SameOrders, SetDocuments
from crossing.screening.lists.service import ListService
from crossing.screening.names.index import NameIndex
from crossing.screening.persons import ListedPersons
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject, SubjectDocument
from crossing.screening.service import Screener
from crossing.screening.unasked import UnaskedList

AS_OF: Final = datetime(2030, 12, 31, tzinfo=UTC)
_CODE: Final = "documents"
_STATES: Final = ("MLI", "NER", "BFA", "TCD", "SEN", "NGA", "FRA", "GIN")


@dataclass(frozen=True)
class Sizes:
    persons: int
    documents: int
    faces: int


@dataclass(frozen=True)
class Answered:
    """Milliseconds: of the wall, and of the processor in all threads. MB for what was built beside the names.

    ``too_common``: the share of travellers with a name of too many to compare all; of them nobody is said not to be
    on the list.
    """

    sizes: Sizes
    wall_p50: float
    wall_p95: float
    cpu_p50: float
    cpu_p95: float
    found: float
    too_common: float
    documents: Memory
    faces: Memory


class _Clock:
    def now(self) -> datetime:
        return datetime(2031, 1, 1, tzinfo=UTC)


class _Lists:
    """What a Screener asks of the lists."""

    def __init__(self, lists: Sequence[ListIndex]) -> None:
        self._lists = tuple(lists)

    def current(self) -> tuple[ListIndex, ...]:
        return self._lists

    def unasked(self) -> tuple[UnaskedList, ...]:
        return ()


@dataclass(frozen=True)
class _EngineOfTemplates:
    """What a search asks of the engine that made the templates. No picture is looked at here."""

    name: str
    version: str
    calibration: str
    dimension: int


def answered(listed: ListIndex, sizes: Sizes, published: int, asked: int) -> Answered:
    """``listed`` has the names; every other traveller is on it, with a listed face and a listed document."""
    thresholds = Thresholds.load()
    calibration = next(row for row in thresholds.rows if row.engine == ENGINE)
    chance = random.Random(sizes.persons)
    with tempfile.TemporaryDirectory(prefix="crossing-local-") as folder:
        with memory() as of_documents:
            with_documents = _document_list(Path(folder), sizes.documents)
        with memory() as of_faces:
            vectors = population().draw(sizes.faces, np.random.default_rng(1))
            with_faces = _with_faces(listed, vectors, calibration)
        made_by = (calibration.engine, calibration.version, calibration.calibration)
        engine = cast("FaceEngine", _EngineOfTemplates(*made_by, vectors.shape[1]))
        service = FaceService(engine, thresholds)
        lists = cast("ListService", _Lists([with_faces, with_documents]))
        wall, cpu, found, too_common = [], [], 0, 0
        with _screener(lists, service) as screener:
            for number in range(asked):
                is_listed = number % 2 == 0
                subject = _traveller(chance, sizes, published, is_listed=is_listed)
                face = _face(vectors, calibration, chance, is_listed=is_listed)
                started, used = time.perf_counter(), time.process_time()
                results = screener.local(subject, face=face)
                wall.append((time.perf_counter() - started) * 1000)
                cpu.append((time.process_time() - used) * 1000)
                kinds = {one.kind for one in results if one.outcome in (CheckOutcome.HIT, CheckOutcome.POSSIBLE)}
                found += is_listed and len(kinds) == len({one.kind for one in results})
                too_common += _too_common(results)
        return Answered(
            sizes,
            quantile(wall, 50),
            quantile(wall, 95),
            quantile(cpu, 50),
            quantile(cpu, 95),
            found / ((asked + 1) // 2),
            too_common / asked,
            of_documents,
            of_faces,
        )


def _too_common(results: Sequence[CheckResult]) -> bool:
    """Whether too many bear the name. Any other check that did not run would make the answer look fast, and raises
    RuntimeError."""
    missing = [one for one in results if one.outcome is CheckOutcome.NOT_CHECKED]
    for one in missing:
        if one.reason is not Reason.NAME_TOO_COMMON:
            raise RuntimeError(f"not checked: {one.kind} for {one.reason}")
    return bool(missing)


@contextmanager
def _screener(lists: ListService, faces: FaceService) -> Iterator[Screener]:
    screener = Screener(lists=lists, clock=_Clock(), faces=faces, timeout_s=60)
    try:
        yield screener
    finally:
        screener.close()


def _traveller(chance: random.Random, sizes: Sizes, published: int, *, is_listed: bool) -> Subject:
    number = chance.randrange(sizes.persons - published) if is_listed else sizes.persons + chance.randrange(10**6)
    who = at_the_border(person(number, seed=SEED), chance)
    place = chance.randrange(sizes.documents)
    listed_number, issuer = _number(place)
    asked = listed_number if is_listed else f"ZZ{chance.randrange(10**7):07}"
    return who.model_copy(update={"document": SubjectDocument(number=asked, issuer=issuer, type="P")})


def _number(place: int) -> tuple[str, str]:
    """The place-th listed document; scattered, as numbers of many States and years are."""
    mixed = (place * 2_654_435_761) % 2**32
    return f"{'ABDEGKP'[mixed % 7]}{mixed:010}"[:10], _STATES[place % len(_STATES)]


def _face(vectors: Floats, calibration: Calibration, chance: random.Random, *, is_listed: bool) -> Template:
    """The listed photograph itself, or a stranger's."""
    made_by = (calibration.engine, calibration.version, calibration.calibration)
    if is_listed:
        return Template(*made_by, vectors[chance.randrange(len(vectors))].copy())
    return Template(*made_by, population().draw(1, np.random.default_rng(chance.randrange(2**32)))[0].copy())


def _document_list(folder: Path, count: int) -> ListIndex:
    sets = DocumentSets(folder, bytes(32))
    with sets.builder(_CODE, Origin(_CODE, AS_OF, "made up"), count) as builder:
        for place in range(count):
            number, issuer = _number(place)
            builder.add(number, issuer, "P", "stolen", 2030)
        header = builder.finish()
    sets.put(_CODE, header.digest)
    documents = SetDocuments(sets, _CODE, {"set_digest": header.digest, "documents": header.count})
    empty = list_of(ListedPersons.of(()), NameIndex.of(()))
    return replace(
        empty,
        code=_CODE,
        format="document_set_csv",
        covers=frozenset({CheckKind.DOCUMENT_LIST}),
        documents=documents,
        document_orders=SameOrders(),
    )


def _with_faces(listed: ListIndex, vectors: Floats, calibration: Calibration) -> ListIndex:
    """The first persons of the list get a template each."""
    made_by: MadeBy = (calibration.engine, calibration.version, calibration.calibration)
    gallery = _gallery(vectors, made_by)
    enrolled = frozenset(UUID(int=place + 1) for place in range(len(vectors)))
    covers = listed.covers | {CheckKind.FACE_LIST}
    return replace(listed, faces=gallery, enrolled=enrolled, portraits=len(vectors), covers=covers)


def _gallery(vectors: Floats, made_by: MadeBy) -> Gallery:
    """The n-th template is of the n-th person."""
    keys = keys_of(b"".join((place + 1).to_bytes(16) * 2 for place in range(len(vectors))))

    def fetch(template_ids: list[UUID]) -> list[Entry]:
        return [Entry(one, one, Template(*made_by, vectors[one.int - 1].copy())) for one in template_ids]

    return in_memory(made_by, vectors.shape[1], keys=keys, fetch=fetch)
