"""Where the reader looks for MRZs: our detector, or the search by texture on the picture and on its quarter turn."""

from typing import Protocol

import numpy as np

from crossing.documents.reading.locate import Band, TextLine, locate
from crossing.documents.reading.rectify import quarter_turned
from crossing.platform.images import BgrImage


class BandFinder(Protocol):
    """Finds MRZs in a picture. Safe to call from several threads."""

    def bands(self, image: BgrImage) -> list[Band]:
        """The likeliest bands in the picture's own pixels, surest first; their direction may be the wrong one."""
        ...


class TextureFinder:
    """A :class:`BandFinder` without a network, for lines within 25 degrees of any edge of the picture."""

    def bands(self, image: BgrImage) -> list[Band]:
        return [*locate(image), *_turned_back(locate(quarter_turned(image, 1)), image.shape[0])]


def _turned_back(bands: list[Band], height: int) -> list[Band]:
    """Bands of the picture turned clockwise by a quarter, in the pixels of the picture, ``height`` rows high."""

    def back(line: TextLine) -> TextLine:
        centre = np.array([line.centre[1], height - 1 - line.centre[0]])
        return TextLine(centre, np.array([line.direction[1], -line.direction[0]]), line.length, line.height)

    return [Band(tuple(back(line) for line in band.lines)) for band in bands]
