"""Finds the MRZ lines of every document in a picture, at any angle, with our own network.

The network looks twice. In the whole picture, made small, it marks each MRZ and the direction in which it is read.
Then each MRZ is cut out, turned upright and brought to one size, and the network marks its lines. The second look is
cheap (a strip), exact (letters are large enough whatever the picture's size) and corrects the first: it is repeated
where the strip turns out to be askew, cut off or on its head.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.documents.reading.locate import Band, Floats, TextLine
from crossing.documents.reading.own.detector_marks import Marks, Zone, find_zones, lines_in
from crossing.documents.reading.own.network import open_network
from crossing.platform.images import BgrImage

_PIXELS: Final = 640 * 512
"""Size of the picture at the first look."""
_MORE_PIXELS: Final = 4 * _PIXELS
"""And where nothing was found in a picture that holds more."""
_LONGEST_SIDE: Final = 1600
_LARGEST_SCALE: Final = 1.5
"""Pictures of a few hundred pixels are enlarged so far: the network was trained with letters of 4 pixels and more."""

_MODEL: Final = "finder.onnx"
_SHA_256: Final = "62a320b9c57a38613e5b670ba19ce68476613a5c5d9ddd5ebde2519b6fcc7a9d"
_STRIDE: Final = 32
_STRIP: Final = 640
_STRIP_LINE: Final = 512
"""Length that the MRZ has in its strip, pixels."""
_STRIP_THICKNESS: Final = 128.0
_STRIP_AIR: Final = 2.2
"""Height of a strip in thicknesses of its MRZ."""
_LOOKS: Final = 3
_LEVEL: Final = float(np.cos(np.radians(5)))
_FIRST_VOICE: Final = 0.5
"""Weight of what the first look says of the direction, from letters that may be tiny; a strip's is 1."""
_MOST_BANDS: Final = 4
_PADDING: Final = 128

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _View:
    """Part of the picture as the network sees it; ``to_image`` (2 x 3) leads from its pixels to the picture's."""

    grey: Grey
    to_image: Floats

    def line(self, line: TextLine) -> TextLine:
        """``line`` of this view in the picture's pixels."""
        scale = float(np.sqrt(abs(np.linalg.det(self.to_image[:, :2]))))
        direction = self.to_image[:, :2] @ line.direction / scale
        centre = self.to_image[:, :2] @ line.centre + self.to_image[:, 2]
        return TextLine(centre, direction / np.hypot(*direction), line.length * scale, line.height * scale)

    def placed(self, zone: Zone) -> Zone:
        return replace(zone, place=self.line(zone.place))


@dataclass(frozen=True, slots=True)
class _Found:
    band: Band
    sureness: float


class LineFinder:
    """Finds MRZs at any angle. Safe to call from several threads. Raises ``WeightsDamaged`` at construction."""

    def __init__(self, *, threads: int = 1) -> None:
        self._session = open_network(_MODEL, _SHA_256, threads=threads)

    def bands(self, image: BgrImage) -> list[Band]:
        """Every MRZ in ``image``, surest first, upright: directions are reading directions, lines first to last."""
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        found = self._found(grey, _PIXELS)
        if not found and _scale(grey, _PIXELS) < _scale(grey, _MORE_PIXELS):
            found = self._found(grey, _MORE_PIXELS)
        return [one.band for one in _distinct(found)][:_MOST_BANDS]

    def _found(self, grey: Grey, pixels: int) -> list[_Found]:
        view = _overview(grey, _scale(grey, pixels))
        zones = (view.placed(zone) for zone in find_zones(self._marks(view.grey)))
        found = (self._looked_at(grey, zone) for zone in zones)
        return [one for one in found if one is not None]

    def _looked_at(self, grey: Grey, seen: Zone) -> _Found | None:
        """The MRZ near ``seen``, looked at until it lies level and whole in its strip.

        Every look has a say in which way round it is.
        """
        voice = _FIRST_VOICE * seen.agreement * seen.place.direction
        for look in range(1, _LOOKS + 1):
            view = _strip(grey, seen.place)
            marks = self._marks(view.grey)
            zone = _middle_zone(find_zones(marks), view)
            if zone is None:
                return None
            seen = view.placed(zone)
            voice = voice + seen.agreement * seen.place.direction
            if float(voice @ seen.place.direction) < 0:
                seen, zone = seen.turned(), zone.turned()
            if look == _LOOKS or _settled(zone, view):
                lines = tuple(view.line(line) for line in lines_in(marks, zone))
                certainty = float(np.hypot(*voice)) / (_FIRST_VOICE + look)
                return _Found(Band(lines), zone.sureness * (1 + certainty) / 2) if lines else None
        return None

    def _marks(self, grey: Grey) -> Marks:
        height, width = grey.shape
        rows, columns = (-(-length // _STRIDE) * _STRIDE for length in (height, width))
        padded = np.full((1, 1, rows, columns), _PADDING, np.float32)
        padded[0, 0, :height, :width] = grey
        marks = self._session.run(None, {"grey": padded / 127.5 - 1})[0][0]
        seen = marks[:, : -(-height // 4), : -(-width // 4)]
        return np.asarray(seen, dtype=np.float32)


def _scale(grey: Grey, pixels: int) -> float:
    """From the picture to one of about so many pixels."""
    height, width = grey.shape
    return float(min(math.sqrt(pixels / (height * width)), _LONGEST_SIDE / max(height, width), _LARGEST_SCALE))


def _overview(grey: Grey, scale: float) -> _View:
    height, width = grey.shape
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(grey, size, interpolation=method), dtype=np.uint8)
    x, y = width / size[0], height / size[1]
    return _View(small, np.array([[x, 0.0, x / 2 - 0.5], [0.0, y, y / 2 - 0.5]]))


def _strip(grey: Grey, place: TextLine) -> _View:
    """The place and some ground around it, upright, its length brought to :data:`_STRIP_LINE`."""
    scale = min(_STRIP_LINE / place.length, _STRIP_THICKNESS / place.height)
    rows = int(np.clip(place.height * scale * _STRIP_AIR, 3 * _STRIDE, _STRIP / 2))
    rows = -(-rows // _STRIDE) * _STRIDE
    along, across = place.direction / scale, place.normal / scale
    origin = place.centre - along * (_STRIP - 1) / 2 - across * (rows - 1) / 2
    matrix = np.column_stack([along, across, origin])
    source, to_source = _reduced(grey, matrix, rows, scale)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(
        source, to_source, (_STRIP, rows), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=(_PADDING,)
    )
    return _View(np.asarray(cut, dtype=np.uint8), matrix)


def _reduced(grey: Grey, matrix: Floats, rows: int, scale: float) -> tuple[Grey, Floats]:
    """The part of the picture that the strip shows, shrunken first where warping alone would skip pixels."""
    if scale > 0.7:
        return grey, matrix
    corners = np.array([[0, 0], [_STRIP, 0], [_STRIP, rows], [0, rows]]) @ matrix[:, :2].T + matrix[:, 2]
    low = np.clip(np.floor(corners.min(axis=0)), 0, (grey.shape[1] - 1, grey.shape[0] - 1)).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)), low + 1, (grey.shape[1], grey.shape[0])).astype(int)
    part = grey[low[1] : high[1], low[0] : high[0]]
    size = (max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    shrink = np.array([size[0] / part.shape[1], size[1] / part.shape[0]])
    to_small = matrix.copy()
    to_small[:, 2] -= low - 0.5
    to_small *= shrink[:, None]
    to_small[:, 2] -= 0.5
    return small, to_small


def _middle_zone(zones: list[Zone], view: _View) -> Zone | None:
    """The zone that lies at the strip's middle: the strip may show parts of others."""
    middle = np.array([view.grey.shape[1], view.grey.shape[0]]) / 2
    near = [zone for zone in zones if np.abs(_offset(zone, middle)).max() < 1]
    return max(near, key=lambda zone: zone.place.length * zone.sureness, default=None)


def _offset(zone: Zone, point: Floats) -> Floats:
    """From the zone's middle to ``point`` in halves of its length and of its thickness plus some."""
    away = point - zone.place.centre
    return np.array(
        [away @ zone.place.direction / (zone.place.length / 2), away @ zone.place.normal / zone.place.height]
    )


def _settled(zone: Zone, view: _View) -> bool:
    """Level, upright, and away from the strip's edges."""
    rows, columns = view.grey.shape
    corners = zone.place.corners()
    low, high = corners.min(axis=0), corners.max(axis=0)
    inside = low[0] > 4 and low[1] > 2 and high[0] < columns - 5 and high[1] < rows - 3
    return bool(float(zone.place.direction[0]) > _LEVEL and inside)


def _distinct(found: list[_Found]) -> list[_Found]:
    """Surest first, each place once."""
    kept: list[_Found] = []
    for one in sorted(found, key=lambda one: -one.sureness):
        if not any(_same_place(one.band, other.band) for other in kept):
            kept.append(one)
    return kept


def _same_place(one: Band, other: Band) -> bool:
    middles = [np.mean([line.centre for line in band.lines], axis=0) for band in (one, other)]
    reach = max(sum(line.height for line in other.lines), sum(line.height for line in one.lines))
    return bool(np.hypot(*(middles[0] - middles[1])) < reach)
