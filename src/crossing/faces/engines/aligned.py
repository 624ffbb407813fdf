"""What every engine on YuNet's faces has in common: detection, the crop, the aligned face, its quality."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import CHIP_SIDE, Face, FloatVector, Landmarks, Template, similarity
from crossing.faces.engines.yunet import YuNet, face_crop
from crossing.faces.quality import measuring as quality
from crossing.faces.schemas import Quality
from crossing.platform.images import BgrImage

TEMPLATE_112: Final = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
"""Where the five points lie in an aligned face of 112 pixels: ArcFace's template, and SFace's too.

Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", 2019."""


class AlignedEngine(ABC):
    """An engine that makes a vector of the surroundings of a face. One object serves every lane."""

    name: str
    version: str
    calibration: str
    dimension: int

    def __init__(self, models: Path, detector: YuNet | None = None) -> None:
        """``models`` holds the detector's weights. Raises :class:`FaceModelsMissing` where they are absent."""
        self.detector = detector or YuNet(models)

    @property
    def made_by(self) -> tuple[str, str, str]:
        """Engine, version and calibration."""
        return self.name, self.version, self.calibration

    def detect(self, image: BgrImage) -> tuple[Face, ...]:
        return self.detector.detect(image)

    def align(self, image: BgrImage, face: Face) -> BgrImage:
        return aligned(*face_crop(image, face))

    def quality(self, image: BgrImage, faces: Sequence[Face], *, printed: bool = False) -> Quality:
        return quality.measure(image, faces, self.align(image, faces[0]), printed=printed)

    def template(self, image: BgrImage, face: Face) -> Template:
        crop, inside = face_crop(image, face)
        return Template(*self.made_by, self.vector(crop, self.detector.settled(crop, inside)))

    def compare(self, first: Template, second: Template) -> float:
        return similarity(first, second)

    @abstractmethod
    def vector(self, crop: BgrImage, inside: Face) -> FloatVector:
        """The unit vector of a face in its crop, its landmarks settled."""


def aligned(
    crop: BgrImage, inside: Face, side: int = CHIP_SIDE, points: npt.NDArray[np.float64] = TEMPLATE_112
) -> BgrImage:
    """The face upright, ``side`` x ``side`` BGR, its five points as near ``points`` as a similarity brings them."""
    matrix = similarity_transform(inside.landmarks, points)
    return np.asarray(cv2.warpAffine(crop, matrix, (side, side), flags=cv2.INTER_LINEAR), dtype=np.uint8)


def similarity_transform(points: Landmarks, onto: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """2 x 3: the rotation, scale and shift that bring ``points`` onto 5 x 2 others with the least squares.

    Umeyama, "Least-Squares Estimation of Transformation Parameters Between Two Point Patterns", 1991.
    """
    found = points.as_array()
    middle, target = found.mean(axis=0), onto.mean(axis=0)
    left, spread, right = np.linalg.svd((onto - target).T @ (found - middle))
    upright = np.array([1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * upright) @ right
    scale = float(spread @ upright) / max(float(((found - middle) ** 2).sum()), 1e-9)
    shift = target - scale * rotation @ middle
    return np.hstack([scale * rotation, shift[:, None]])


def with_mirror(chip: BgrImage) -> npt.NDArray[np.float32]:
    """The aligned face and its mirror image as a network takes them: 2 x 3 x side x side, RGB, 0 to 255."""
    pair = np.stack([chip, chip[:, ::-1]])
    return np.ascontiguousarray(pair[..., ::-1].transpose(0, 3, 1, 2), dtype=np.float32)
