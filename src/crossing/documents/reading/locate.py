"""Finds the lines of an MRZ in a picture by its texture, without reading it.

An MRZ is two or three long, dense, parallel rows of dark strokes, equally long and evenly spaced. A black-hat
leaves the strokes, their horizontal gradients closed along the row become one bar per line, and bars that fit
together become a :class:`Band`. About 15 ms for any picture, since it works on one of at most 1000 px.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.documents.reading.sizes import resized
from crossing.platform.images import BgrImage

WORKING_SIDE: Final = 1000
"""The longest side of the picture that is searched."""

_BORDER: Final = 48
_SHORTEST_LINE: Final = 200
_THICKEST_LINE: Final = 64
_THINNEST_LINE: Final = 5
_SLENDEREST: Final = 8.0
"""Least length of a line in its own heights: 30 characters of TD1 make 27, damage and skew take some."""
_MOST_SLENDER: Final = 70.0
"""Most length of a line in its own heights: 44 characters of TD3 make 45, a blurred line some more."""
_MOST_BANDS: Final = 4

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line in the picture's own pixels: its middle, its direction (unit vector, reading way), length and height."""

    centre: Floats
    direction: Floats
    length: float
    height: float

    @property
    def normal(self) -> Floats:
        """The unit vector from the line's top to its bottom."""
        return np.array([-self.direction[1], self.direction[0]])

    def turned(self) -> "TextLine":
        """The same line read the other way round."""
        return TextLine(self.centre, -self.direction, self.length, self.height)

    def scaled(self, factor: float) -> "TextLine":
        return TextLine(self.centre * factor, self.direction, self.length * factor, self.height * factor)

    def corners(self) -> Floats:
        """Four points, 4 x 2: top left, top right, bottom right, bottom left."""
        along, across = self.direction * self.length / 2, self.normal * self.height / 2
        return np.array([-along - across, along - across, along + across, -along + across]) + self.centre


@dataclass(frozen=True, slots=True)
class Band:
    """Two or three lines that belong together, top to bottom."""

    lines: tuple[TextLine, ...]

    def turned(self) -> "Band":
        return Band(tuple(line.turned() for line in reversed(self.lines)))


def locate(image: BgrImage) -> list[Band]:
    """The likeliest MRZ bands of ``image``, best first, lying within 25 degrees of level or upside down."""
    scale = WORKING_SIDE / max(image.shape[:2])
    small = cv2.cvtColor(resized(image, scale), cv2.COLOR_BGR2GRAY)
    return group([line.scaled(1 / scale) for line in _bars(_rows(small))])


def group(lines: list[TextLine]) -> list[Band]:
    """Chains of two or three like lines, the longest and most alike first."""
    plausible = (line for line in lines if line.length <= _MOST_SLENDER * line.height)
    ordered = sorted(plausible, key=lambda line: float(line.centre[1]))
    chains: list[list[TextLine]] = []
    for position, first in enumerate(ordered):
        chain = [first]
        for following in ordered[position + 1 :]:
            if len(chain) < 3 and _follows(chain, following):
                chain.append(following)
        if len(chain) > 1:
            chains.append(chain)
    best = sorted(chains, key=_merit, reverse=True)[:_MOST_BANDS]
    return [Band(tuple(chain)) for chain in best]


def _rows(gray: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A mask in which every row of text is one bar. The border keeps bars off the picture's edge."""
    padded = cv2.copyMakeBorder(gray, _BORDER, _BORDER, _BORDER, _BORDER, cv2.BORDER_REPLICATE)
    strokes = cv2.morphologyEx(padded, cv2.MORPH_BLACKHAT, _kernel(17, 17))
    edges = np.abs(cv2.Sobel(strokes, cv2.CV_32F, 1, 0, ksize=3))
    ceiling = float(np.percentile(edges, 99.5)) + 1e-3
    scaled = np.clip(edges * (255 / ceiling), 0, 255).astype(np.uint8)
    rows = cv2.morphologyEx(scaled, cv2.MORPH_CLOSE, _kernel(25, 3))
    _, mask = cv2.threshold(rows, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _kernel(9, 5))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _kernel(41, 1))
    return mask[_BORDER:-_BORDER, _BORDER:-_BORDER]


def _bars(mask: npt.NDArray[Any]) -> list[TextLine]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    lines = []
    for contour in contours:
        line = line_of(cv2.minAreaRect(contour))
        slender = line.length >= _SLENDEREST * max(line.height, 1.0)
        level = abs(line.direction[0]) > 0.8
        if line.length >= _SHORTEST_LINE and _THINNEST_LINE < line.height < _THICKEST_LINE and slender and level:
            lines.append(line)
    return lines


def line_of(rectangle: tuple[Sequence[float], Sequence[float], float]) -> TextLine:
    """OpenCV's rotated rectangle as a line that runs to the right."""
    centre, (width, height), degrees = rectangle
    if width < height:
        width, height, degrees = height, width, degrees + 90
    direction = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    return TextLine(np.array(centre), direction if direction[0] >= 0 else -direction, width, height)


def _follows(chain: list[TextLine], below: TextLine) -> bool:
    """Whether ``below`` is the next line: as long, parallel, aligned at the left, at the same spacing."""
    above = chain[-1]
    height = min(above.height, below.height)
    offset = below.centre - above.centre
    spacing = float(offset @ above.normal)
    shift = float(offset @ above.direction)
    if len(chain) > 1:
        before = float((above.centre - chain[-2].centre) @ above.normal)
        if not 0.7 < spacing / before < 1.4:
            return False
    return (
        min(above.length, below.length) > 0.8 * max(above.length, below.length)
        and float(above.direction @ below.direction) > 0.997
        and max(above.height, below.height) < 2.2 * height
        and 0.9 * height < spacing < 3.6 * height
        and abs(shift) < 0.1 * above.length
    )


def _merit(chain: list[TextLine]) -> float:
    lengths = [line.length for line in chain]
    alike = min(lengths) / max(lengths)
    return sum(lengths) * alike**2


def _kernel(width: int, height: int) -> npt.NDArray[Any]:
    return np.ones((height, width), dtype=np.uint8)
