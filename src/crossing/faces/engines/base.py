"""The port that every face engine implements, and what passes through it. NumPy only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, Self

import numpy as np
import numpy.typing as npt

from crossing.faces.errors import EnginesDiffer
from crossing.faces.schemas import Quality
from crossing.platform.images import BgrImage

FloatVector = npt.NDArray[np.float32]
Point = tuple[float, float]
MadeBy = tuple[str, str, str]
"""Engine, version and calibration: what two templates must have in common to be compared."""

CHIP_SIDE: Final = 112
"""Side in pixels of the aligned face that quality is measured on, and that SFace reads."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the whole image; it may reach over the image's edge."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Five points in pixels. Right and left are the person's own, so the right eye is at the image's left."""

    right_eye: Point
    left_eye: Point
    nose: Point
    right_mouth: Point
    left_mouth: Point

    def as_array(self) -> npt.NDArray[np.float64]:
        """5 x 2, in the order of the fields."""
        return np.array([self.right_eye, self.left_eye, self.nose, self.right_mouth, self.left_mouth])


@dataclass(frozen=True, slots=True)
class Face:
    """A face that a detector found. ``confidence`` is 0 to 1 and has no meaning across detectors."""

    box: Box
    landmarks: Landmarks
    confidence: float

    def moved(self, dx: float, dy: float, scale: float = 1.0) -> Self:
        """The same face after the image was scaled by ``scale`` and then shifted by (dx, dy)."""
        points = [(x * scale + dx, y * scale + dy) for x, y in self.landmarks.as_array().tolist()]
        box = Box(self.box.x * scale + dx, self.box.y * scale + dy, self.box.width * scale, self.box.height * scale)
        return type(self)(box, Landmarks(*points), self.confidence)


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """What an engine keeps of a face: a unit vector, and which engine, version and calibration it belongs to.

    Whatever changes the meaning of a score changes one of the three names, so that an old template is never
    compared with a new one by mistake. The similarity of two templates is the dot product of their vectors.
    """

    engine: str
    version: str
    calibration: str
    vector: FloatVector = field(repr=False)

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or self.vector.dtype != np.float32:
            raise ValueError("a template is one row of float32")
        if not abs(float(self.vector @ self.vector) - 1) < 1e-3:
            raise ValueError("a template has unit length")
        self.vector.setflags(write=False)

    @property
    def made_by(self) -> tuple[str, str, str]:
        """Engine, version and calibration."""
        return self.engine, self.version, self.calibration

    def to_bytes(self) -> bytes:
        """The vector as little-endian float32."""
        return self.vector.astype("<f4").tobytes()

    @classmethod
    def from_bytes(cls, engine: str, version: str, calibration: str, content: bytes) -> Self:
        """Raises ``ValueError`` where ``content`` is not a unit vector of float32."""
        return cls(engine, version, calibration, np.frombuffer(content, dtype="<f4").astype(np.float32))


class FaceEngine(Protocol):
    """Finds faces and makes templates. One object serves every lane: calls may come from any thread.

    ``name``, ``version`` and ``calibration`` go into every template; ``dimension`` is a template's length.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def calibration(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        """The faces in ``image``, the largest first; empty where there is none."""
        ...

    def align(self, image: BgrImage, face: Face) -> BgrImage:
        """The face turned upright and scaled, 112 x 112 BGR."""
        ...

    def quality(self, image: BgrImage, faces: Sequence[Face], *, printed: bool = False) -> Quality:
        """The quality of ``faces[0]`` in ``image``, which may be a document's printed page."""
        ...

    def template(self, image: BgrImage, face: Face) -> Template:
        """The template of a face that :meth:`detect` found in ``image``."""
        ...

    def compare(self, first: Template, second: Template) -> float:
        """How alike two templates are, -1 to 1. Raises :class:`EnginesDiffer` unless both are this engine's."""
        ...


def made_by(engine: FaceEngine) -> MadeBy:
    """What every template of ``engine`` carries."""
    return engine.name, engine.version, engine.calibration


def same_engine(first: tuple[str, str, str], second: tuple[str, str, str]) -> None:
    """Raises :class:`EnginesDiffer` unless engine, version and calibration are all the same."""
    if first != second:
        raise EnginesDiffer(first=" ".join(first), second=" ".join(second))


def similarity(first: Template, second: Template) -> float:
    """The cosine of two templates of one engine, -1 to 1. Raises :class:`EnginesDiffer`."""
    same_engine(first.made_by, second.made_by)
    return float(first.vector @ second.vector)


def unit(vector: npt.NDArray[np.floating]) -> FloatVector:
    """``vector`` scaled to length 1. Raises ``ValueError`` for a vector that has no direction."""
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0:
        raise ValueError("an engine answered with a vector that has no direction")
    return np.asarray(vector / length, dtype=np.float32)
