"""Every image of a collection through an engine's port, as the program would enrol it."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from crossing.faces.engines import open_engine
from crossing.faces.engines.base import Face, FaceEngine, FloatVector
from crossing.faces.evaluation.collection import Codes, Collection, Unusable
from crossing.platform.errors import DomainError
from crossing.platform.images import MAX_BYTES, BgrImage, decode_image

Progress = Callable[[str], None]
"""Told a line for a person who waits."""

NO_FACE: Final = "no_face"
NO_TEMPLATE: Final = "no_template"
_EVERY_S: Final = 5.0
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Engines:
    """Which engines to measure. ``onnx`` describes the model of the engine ``onnx``."""

    models: Path
    names: tuple[str, ...]
    onnx: Path | None = None

    def open(self) -> list[FaceEngine]:
        """Raises :class:`FaceModelsMissing` and :class:`FaceModelInvalid`, as ``open_engine`` does."""
        return [open_engine(self.models, name, onnx=self.onnx) for name in self.names]


@dataclass(frozen=True, slots=True)
class Failure:
    """An image that could not be enrolled. ``image``: its number in the collection, from 1; ``reason``: a code."""

    image: int
    reason: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What one engine made of a collection.

    ``vectors``: n x dimension float32 of unit length; ``image_of``: the image that each row is of; ``person_of``:
    whose it is; ``row_of``: the row of each image, -1 where none was made. ``images`` counts all of them.
    """

    engine: str
    version: str
    calibration: str
    images: int
    failures: tuple[Failure, ...]
    vectors: FloatVector
    image_of: Codes
    person_of: Codes
    row_of: Codes

    @property
    def fte(self) -> float:
        """Failure-to-enrol rate, ISO/IEC 19795-1: the share of images of which no template could be made."""
        return len(self.failures) / self.images


def enrol(
    collection: Collection,
    engines: Engines,
    *,
    workers: int | None = None,
    progress: Progress = lambda line: None,
) -> tuple[Enrolled, ...]:
    """``collection`` through each of the ``engines``, by ``workers`` processes (default: one for each processor).

    The result does not depend on ``workers``: each image is worked on by itself, on one thread. Raises what
    :meth:`Engines.open` does, and :class:`Unusable` where a process died or could not open the engines.
    """
    workers = max(1, min(workers or os.cpu_count() or 1, len(collection.paths)))
    paths = [str(collection.root / path) for path in collection.paths]
    with _on_one_thread():
        opened = engines.open()
        results: list[list[FloatVector | str]] = []
        lines = _Lines(progress, len(paths))
        for result in _one_by_one(paths, opened) if workers == 1 else _shared(paths, engines, workers):
            results.append(result)
            lines.done(len(results))
    return tuple(
        _enrolled(engine, [result[place] for result in results], collection) for place, engine in enumerate(opened)
    )


def central(image: BgrImage, faces: Sequence[Face]) -> Face | None:
    """The face that a labelled image's label is about: the one nearest to the middle."""
    middle = np.array([image.shape[1] / 2, image.shape[0] / 2])
    return min(faces, key=lambda face: float(np.hypot(*(np.array(face.box.centre) - middle))), default=None)


def _enrolled(engine: FaceEngine, results: Sequence[FloatVector | str], collection: Collection) -> Enrolled:
    made = [place for place, result in enumerate(results) if not isinstance(result, str)]
    image_of = np.array(made, dtype=np.intp)
    row_of = np.full(len(results), -1, dtype=np.intp)
    row_of[image_of] = np.arange(len(made))
    vectors = [result for result in results if not isinstance(result, str)]
    person_of = collection.person_of[image_of]
    if len(np.unique(person_of)) < 2:
        raise Unusable(f"The engine {engine.name} found faces of fewer than two persons.")
    return Enrolled(
        engine=engine.name,
        version=engine.version,
        calibration=engine.calibration,
        images=len(results),
        failures=tuple(Failure(n, why) for n, why in enumerate(results, start=1) if isinstance(why, str)),
        vectors=np.stack(vectors),
        image_of=image_of,
        person_of=person_of,
        row_of=row_of,
    )


def _template(image: BgrImage, engine: FaceEngine) -> FloatVector | str:
    face = central(image, engine.detect(image))
    if face is None:
        return NO_FACE
    try:
        return engine.template(image, face).vector
    except ValueError:  # the network's answer is no vector with a direction
        return NO_TEMPLATE


def _work(path: str, engines: Sequence[FaceEngine]) -> list[FloatVector | str]:
    try:
        with Path(path).open("rb") as file:
            image = decode_image(file.read(MAX_BYTES + 1))
    except (DomainError, OSError) as broken:
        reason = broken.code if isinstance(broken, DomainError) else "file_unreadable"
        return [reason] * len(engines)
    return [_template(image, engine) for engine in engines]


def _one_by_one(paths: Sequence[str], engines: Sequence[FaceEngine]) -> Iterator[list[FloatVector | str]]:
    return (_work(path, engines) for path in paths)


_opened: list[FaceEngine] = []
_refused: list[str] = []
"""Filled once in each worker process, the one or the other; a task brings only its path."""


def _shared(paths: Sequence[str], engines: Engines, workers: int) -> Iterator[list[FloatVector | str]]:
    # Forked children would inherit the locks of threads that the engines' libraries have started here.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _open_here, (engines,))
    try:
        with pool:
            yield from pool.map(_work_here, paths, chunksize=_AT_ONCE)
    except BrokenProcessPool as died:
        raise Unusable("A process that enrolled images died; try fewer of them with --workers.") from died


def _open_here(engines: Engines) -> None:
    import cv2  # noqa: PLC0415 - the capital has none

    cv2.setNumThreads(1)
    try:
        _opened.extend(engines.open())
    except DomainError as broken:  # raised here it would break the pool, and come out as a process that died
        _refused.append(str(broken))


def _work_here(path: str) -> list[FloatVector | str]:
    if _refused:
        raise Unusable(_refused[0])
    return _work(path, _opened)


@contextmanager
def _on_one_thread() -> Iterator[None]:
    try:
        import cv2  # noqa: PLC0415
    except ModuleNotFoundError:  # opening an engine says so better
        yield
        return
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


class _Lines:
    def __init__(self, progress: Progress, images: int) -> None:
        self._progress, self._images = progress, images
        self._last = time.monotonic()

    def done(self, count: int) -> None:
        now = time.monotonic()
        if now - self._last >= _EVERY_S:
            self._last = now
            self._progress(f"{count} of {self._images} images")
