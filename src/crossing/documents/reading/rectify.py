"""Turns a page upright by its MRZ."""

from typing import Final

import cv2
import numpy as np

from crossing.documents.reading.locate import Band
from crossing.documents.reading.port import Box
from crossing.platform.images import BgrImage

_LEVEL_ENOUGH: Final = 0.25
"""Degrees below which a picture is left as it is."""


def quarter_turned(image: BgrImage, quarters: int) -> BgrImage:
    """``image`` turned clockwise by so many quarters."""
    return np.ascontiguousarray(np.rot90(image, -quarters)) if quarters % 4 else image


def rectify(image: BgrImage, band: Band) -> tuple[BgrImage, tuple[Box, ...]]:
    """The picture rotated about its middle so that ``band`` is level and upright, and the boxes of its lines.

    The canvas grows so that nothing of the picture is lost; what lies outside repeats the edge.
    """
    direction = np.mean([line.direction for line in band.lines], axis=0)
    degrees = float(np.degrees(np.arctan2(direction[1], direction[0])))
    height, width = image.shape[:2]
    if abs(degrees) < _LEVEL_ENOUGH:
        return image, tuple(_box(line.corners(), width, height) for line in band.lines)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    new_width, new_height = round(height * sine + width * cosine), round(height * cosine + width * sine)
    matrix[:, 2] += ((new_width - width) / 2, (new_height - height) / 2)
    page = cv2.warpAffine(
        image, matrix, (new_width, new_height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    corners = (line.corners() @ matrix[:, :2].T + matrix[:, 2] for line in band.lines)
    return np.asarray(page, dtype=np.uint8), tuple(_box(points, new_width, new_height) for points in corners)


def _box(points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], width: int, height: int) -> Box:
    low = np.floor(np.clip(points.min(axis=0), 0, (width, height))).astype(int)
    high = np.ceil(np.clip(points.max(axis=0), 0, (width, height))).astype(int)
    return Box(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
