"""The slot for a network that a ministry has licensed: any ONNX model of aligned faces, described by a small file.

The description is JSON (docs/operations/face-models.md has an example); the model lies beside it. Nothing is measured
for such an engine until ``crossing faces calibrate`` has been run with it, and without that it decides nothing.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import numpy as np
import onnxruntime
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from crossing.faces.engines import SLOT_PREFIX, yunet
from crossing.faces.engines.aligned import TEMPLATE_112, AlignedEngine, aligned, with_mirror
from crossing.faces.engines.base import CHIP_SIDE, Face, FloatVector, unit
from crossing.faces.errors import FaceModelInvalid, FaceModelsMissing
from crossing.platform.images import BgrImage
from crossing.platform.networks import open_network

MAX_BYTES: Final = 2 * 1024**3
MAX_DESCRIPTION_BYTES: Final = 64 * 1024
MAX_DIMENSION: Final = 2048

LEAST_SPREAD: Final = 0.05
"""Of the points, across the line that fits them best, in sides of the aligned face; a face's are 0.4 apart."""

Colours = tuple[FiniteFloat, FiniteFloat, FiniteFloat]
Corner = tuple[FiniteFloat, FiniteFloat]


class ModelDescription(BaseModel):
    """What has to be known of a network to run it.

    The network takes n (or 1) x 3 x ``side`` x ``side`` float32, each colour less its ``mean`` and divided by its
    ``std``, in the order of ``colour``; it gives n (or 1) x dimension. ``points``: where the five landmarks lie in
    the aligned face, in pixels, as in ``base.Landmarks``; without them ArcFace's, scaled to ``side``. ``mirrored``:
    the mirror image is averaged in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$")]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    file: Annotated[str, Field(pattern=r"^[^/\\]+$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    licence: Annotated[str, Field(min_length=1, max_length=500)]
    side: Annotated[int, Field(ge=32, le=512)] = CHIP_SIDE
    colour: Literal["rgb", "bgr"] = "rgb"
    mean: Colours = (127.5, 127.5, 127.5)
    std: Colours = (127.5, 127.5, 127.5)
    points: tuple[Corner, Corner, Corner, Corner, Corner] | None = None
    mirrored: bool = True

    @model_validator(mode="after")
    def _can_be_divided_by(self) -> Self:
        if min(self.std) <= 0:
            raise ValueError("std must be above zero")
        return self

    @model_validator(mode="after")
    def _can_be_aligned_to(self) -> Self:
        if self.points is None:
            return self
        points = np.array(self.points)
        if points.min() < 0 or points.max() > self.side:
            raise ValueError("points must lie within the side")
        if np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[1] < LEAST_SPREAD * self.side:
            raise ValueError("points must not lie on one line")
        return self

    @property
    def digest(self) -> str:
        """Of all that gives the scores their meaning, 16 hexadecimal digits: the file's own hash is part of it."""
        meaning = self.model_dump(mode="json", exclude={"licence", "file"})
        canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises :class:`FaceModelsMissing` where there is no such file, :class:`FaceModelInvalid` for another."""
        try:
            with path.open("rb") as file:
                return cls.model_validate_json(file.read(MAX_DESCRIPTION_BYTES))
        except OSError as absent:
            raise FaceModelsMissing(what=path.name) from absent
        except ValidationError as invalid:
            first = invalid.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "JSON"
            raise FaceModelInvalid(what=path.name, why=f"{place}: {first['msg']}") from invalid


class OnnxEngine(AlignedEngine):
    """Its name in templates is ``onnx-`` and the description's; its version changes with what is described."""

    def __init__(self, models: Path, description: Path, detector: yunet.YuNet | None = None) -> None:
        """Raises :class:`FaceModelsMissing` and :class:`FaceModelInvalid`."""
        super().__init__(models, detector)
        self._described = described = ModelDescription.load(description)
        self._network = _open(description.parent / described.file, described)
        self._input = self._network.get_inputs()[0].name
        self._takes_pairs = not isinstance(self._network.get_inputs()[0].shape[0], int)
        self._points = (
            TEMPLATE_112 * (described.side / CHIP_SIDE) if described.points is None else np.array(described.points)
        )
        self._mean = np.array(described.mean, np.float32).reshape(1, 3, 1, 1)
        self._std = np.array(described.std, np.float32).reshape(1, 3, 1, 1)
        self.name = f"{SLOT_PREFIX}{described.name}"
        self.version = f"{yunet.VERSION}/{described.version}-{described.digest}"
        self.calibration = "mirrored-cosine" if described.mirrored else "cosine"
        self.dimension = self._tried()

    def vector(self, crop: BgrImage, inside: Face) -> FloatVector:
        chip = aligned(crop, inside, self._described.side, self._points)
        pair = with_mirror(chip) if self._described.mirrored else with_mirror(chip)[:1]
        return unit(np.sum([unit(one) for one in self._run(pair)], axis=0))

    def _run(self, faces: FloatVector) -> FloatVector:
        """n x dimension of n x 3 x side x side, RGB, 0 to 255."""
        in_order = faces if self._described.colour == "rgb" else faces[:, ::-1]
        taken = np.ascontiguousarray((in_order - self._mean) / self._std, dtype=np.float32)
        batches = [taken] if self._takes_pairs else np.split(taken, len(taken))
        answers = [np.asarray(self._network.run(None, {self._input: batch})[0]) for batch in batches]
        return np.concatenate(
            [answer.reshape(len(batch), -1) for answer, batch in zip(answers, batches, strict=True)]
        )

    def _tried(self) -> int:
        """The dimension, by running it once: a network that does not take such faces is told at the start."""
        side = self._described.side
        noise = np.random.default_rng(0).uniform(0, 255, (2, 3, side, side)).astype(np.float32)
        try:
            made = self._run(noise)
            unit(made[0])
        except Exception as refused:  # the runtime raises errors of its own for whatever a network dislikes
            raise FaceModelInvalid(what=self._described.file, why=type(refused).__name__) from refused
        if not 1 < made.shape[1] <= MAX_DIMENSION:
            raise FaceModelInvalid(what=self._described.file, why=f"{made.shape[1]} dimensions")
        return int(made.shape[1])


def _open(path: Path, described: ModelDescription) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise FaceModelsMissing(what=described.file)
    if path.stat().st_size > MAX_BYTES:
        raise FaceModelInvalid(what=described.file, why="larger than 2 GB")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != described.sha256:
        raise FaceModelInvalid(what=described.file, why="SHA-256")
    try:
        return open_network(content, threads=1)
    except Exception as refused:  # as above: the runtime's errors have no common base
        raise FaceModelInvalid(what=described.file, why=type(refused).__name__) from refused
