"""Cuts one located line out of the picture, level and of known letter height, following a bent page."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.documents.reading.locate import Floats, TextLine
from crossing.platform.images import BgrImage

_LETTER: Final = 32
"""Height in pixels that letters have in the working strip, by the locator's guess."""
_SEGMENTS: Final = 16

Strip = npt.NDArray[np.uint8]


def straighten(image: BgrImage, line: TextLine, *, height: int, margin: float, stretch: float) -> Strip:
    """The line as a BGR strip ``height`` pixels high.

    Letters fill ``1 / (1 + 2 * margin)`` of it and are ``stretch`` times as wide as they are in the picture.
    """
    strip = _cut(image, line)
    ink = _ink(strip)
    bend = _bend(ink)
    columns = np.arange(ink.shape[1], dtype=np.float64)
    middle = np.asarray(np.polyval(bend, columns), dtype=np.float64)
    top, bottom = _extent(ink, middle)
    scale = (bottom - top) * (1 + 2 * margin) / height
    left, right = _ends(ink, middle, (bottom - top) / 2)
    width = max(int((right - left) / scale * stretch), height)
    across = np.linspace(left, right, width)
    centre = np.polyval(bend, across) + (top + bottom) / 2
    down = (np.arange(height) - (height - 1) / 2) * scale
    map_x = np.broadcast_to(across, (height, width)).astype(np.float32)
    map_y = (centre[None, :] + down[:, None]).astype(np.float32)
    return np.asarray(
        cv2.remap(strip, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )


def _cut(image: BgrImage, line: TextLine) -> Strip:
    """The line with half its height around it and one and a half at its ends, rotated level."""
    scale = _LETTER / line.height
    width = int((line.length + 3 * line.height) * scale)
    height = 2 * _LETTER
    along, across = line.direction / scale, line.normal / scale
    origin = line.centre - along * (width / 2) - across * (height / 2)
    matrix = np.column_stack([along, across, origin])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(image, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, dtype=np.uint8)


def _ink(strip: Strip) -> npt.NDArray[np.bool_]:
    gray = cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY)
    strokes = cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, np.ones((21, 21), dtype=np.uint8))
    threshold, _ = cv2.threshold(strokes, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(strokes > threshold)


def _bend(ink: npt.NDArray[np.bool_]) -> Floats:
    """The parabola through the middle of the ink, segment by segment; outliers are dropped once."""
    rows = np.arange(ink.shape[0])
    places, middles = [], []
    for part in np.array_split(np.arange(ink.shape[1]), _SEGMENTS):
        profile = ink[:, part[0] : part[-1] + 1].sum(axis=1)
        if profile.sum() > ink.shape[0]:
            places.append(part.mean())
            middles.append(float((profile * rows).sum() / profile.sum()))
    if len(places) < 5:
        return np.array([0.0, 0.0, ink.shape[0] / 2])
    x, y = np.array(places), np.array(middles)
    level = np.polyfit(x, y, 1)
    residual = np.abs(np.polyval(level, x) - y)
    kept = residual <= max(2.0, 2 * float(np.median(residual)))
    return np.asarray(np.polyfit(x[kept], y[kept], 2 if kept.sum() >= _SEGMENTS // 2 else 1))


def _extent(ink: npt.NDArray[np.bool_], middle: Floats) -> tuple[float, float]:
    """Where letters begin and end above and below ``middle``, from the profile of the levelled ink."""
    reach = ink.shape[0] // 2
    shift = np.rint(middle).astype(np.int64)
    offsets = np.arange(-reach, reach + 1)
    rows = np.clip(shift[None, :] + offsets[:, None], 0, ink.shape[0] - 1)
    inside = (shift[None, :] + offsets[:, None] >= 0) & (shift[None, :] + offsets[:, None] < ink.shape[0])
    profile = (np.take_along_axis(ink, rows, axis=0) & inside).sum(axis=1).astype(np.float64)
    strong = profile > 0.25 * float(np.percentile(profile, 90))
    top = bottom = reach
    while top > 0 and strong[top - 1]:
        top -= 1
    while bottom < len(strong) - 1 and strong[bottom + 1]:
        bottom += 1
    if bottom - top < _LETTER // 3:
        return -_LETTER / 2, _LETTER / 2
    return float(offsets[top]) - 0.5, float(offsets[bottom]) + 0.5


def _ends(ink: npt.NDArray[np.bool_], middle: Floats, half: float) -> tuple[float, float]:
    """The first and last column with ink near the line's middle, with half a letter of air."""
    rows = np.arange(ink.shape[0])[:, None]
    near = ink & (np.abs(rows - middle[None, :]) <= max(half, 4.0))
    used = np.flatnonzero(near.sum(axis=0) > 2)
    if len(used) == 0:
        return 0.0, float(ink.shape[1] - 1)
    return max(float(used[0]) - half, 0.0), min(float(used[-1]) + half, float(ink.shape[1] - 1))
