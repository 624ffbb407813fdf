"""The slow way to find an MRZ: RapidOCR's text detector (PP-OCR, ONNX), where texture alone did not find it.

The network marks the core of each line of text at any angle; about 200 ms on two cores at the size used here.
"""

from typing import Final

import cv2
import numpy as np

from crossing.documents.reading.locate import Band, TextLine, group, line_of
from crossing.documents.reading.onnx import open_model
from crossing.platform.images import BgrImage

_MODEL: Final = "PP-OCRv6_det_small.onnx"
_SIDE: Final = 640
_STRIDE: Final = 32
_THRESHOLD: Final = 0.3
_CORE: Final = 0.45
"""What the network marks, as a share of the letters' height."""
_SHORTEST: Final = 0.15
_SLENDEREST: Final = 9.0


class TextDetector:
    """Finds rows of text at any angle. Safe to call from several threads."""

    def __init__(self, *, threads: int) -> None:
        self._session = open_model(_MODEL, threads=threads)
        self._input = self._session.get_inputs()[0].name

    def bands(self, image: BgrImage) -> list[Band]:
        """The likeliest MRZ bands, best first, in lines that run to the right within 45 degrees of level."""
        height, width = image.shape[:2]
        scale = _SIDE / max(height, width)
        size = tuple(max(round(side * scale / _STRIDE), 1) * _STRIDE for side in (width, height))
        picture = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        tensor = (picture.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
        marks = self._session.run(None, {self._input: tensor})[0][0, 0]
        mask = (marks > _THRESHOLD).astype(np.uint8)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        factor = width / size[0]
        found = (line_of(cv2.minAreaRect(contour)).scaled(factor) for contour in contours)
        return group([_whole(line) for line in found if _long(line, width)])


def _whole(core: TextLine) -> TextLine:
    """The line around the core that the network marked."""
    growth = core.height * (1 / _CORE - 1)
    return TextLine(core.centre, core.direction, core.length + growth, core.height + growth)


def _long(core: TextLine, width: int) -> bool:
    level = abs(core.direction[0]) > np.sqrt(0.5)
    return bool(level and core.length > _SHORTEST * width and core.length > _SLENDEREST * core.height)
