"""Collections and templates made of numbers, whose errors are known beforehand."""

from pathlib import Path

import numpy as np

from crossing.faces.evaluation.collection import Collection, every_pair
from crossing.faces.evaluation.enrolment import Enrolled, Failure
from crossing.faces.evaluation.verification import Comparisons


def collection(images_of: list[int]) -> Collection:
    """Person p0, p1 ... with so many images each."""
    paths = tuple(f"p{person:04d}/{image}.jpg" for person, many in enumerate(images_of) for image in range(many))
    person_of = np.repeat(np.arange(len(images_of)), images_of)
    return Collection(Path("made up"), paths, tuple(f"p{n:04d}" for n in range(len(images_of))), person_of)


def enrolled(of: Collection, vectors: np.ndarray, failed: tuple[int, ...] = ()) -> Enrolled:
    """``vectors``: one row per image; those of ``failed`` are left out."""
    image_of = np.array([n for n in range(len(of.paths)) if n not in failed], dtype=np.intp)
    row_of = np.full(len(of.paths), -1, dtype=np.intp)
    row_of[image_of] = np.arange(len(image_of))
    return Enrolled(
        engine="trial",
        version="1",
        calibration="cosine",
        images=len(of.paths),
        failures=tuple(Failure(n + 1, "no_face") for n in failed),
        vectors=np.asarray(vectors, dtype=np.float32)[image_of],
        image_of=image_of,
        person_of=of.person_of[image_of],
        row_of=row_of,
    )


def crowd(persons: int, images: int, *, noise: float = 0.6, dimension: int = 32, seed: int = 1) -> np.ndarray:
    """Unit vectors around one centre per person, in the order of :func:`collection`."""
    chance = np.random.default_rng(seed)
    centres = np.repeat(chance.normal(size=(persons, dimension)), images, axis=0)
    vectors = centres + noise * chance.normal(size=centres.shape)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def comparisons(persons: int, images: int, *, noise: float = 0.6, seed: int = 1) -> Comparisons:
    of = collection([images] * persons)
    return Comparisons.of(enrolled(of, crowd(persons, images, noise=noise, seed=seed)), every_pair(of), of)
