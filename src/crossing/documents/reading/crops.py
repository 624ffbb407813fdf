"""Where each field of the MRZ stands in the picture, and the one strip of the picture that holds them all.

OCR-B has one pitch (Doc 9303-3 section 4), so a line is cut into as many cells as its format has columns. A page
photographed askew or bent has a pitch that changes along the line: the cuts follow the gaps between the letters.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.documents.mrz import LAYOUTS
from crossing.documents.mrz.formats import Span
from crossing.documents.reading.places import AIR, MrzStrip, field_spans
from crossing.documents.reading.port import Box, PageReading
from crossing.documents.reading.sizes import resized
from crossing.platform.images import BgrImage

_PITCH: Final = 16
"""Pixels from letter to letter at which a line is cut."""
_STEPS: Final = range(12, 21)
"""The widths that a cell may have there: a quarter more or less."""
_BEYOND: Final = 2
"""Cells searched at either end of the line's box, which may have missed or gained a letter."""
_UNEVEN: Final = 24.0
"""Cost of a cell of half or one and a half times the pitch, in columns of ink."""
_LEFT_OUT: Final = 0.5
"""Cost of a column of ink outside of the line, in columns of ink that a cut goes through."""
_OFF_THE_BOX: Final = 1.0
"""Cost of an end that stands one pitch from the box's end."""
_OFF_THE_OTHERS: Final = 8.0
"""Cost of an end that stands one pitch from where the surest line ends: the lines of an MRZ begin and end alike."""

_HEADROOM: Final = 0.2
"""Of the line's height, above and below it."""
_WIDEST_STRIP: Final = 1000
"""Pixels; 44 letters are then 22 px wide, enough to tell O from 0 by eye."""

Floats = npt.NDArray[np.float64]


def field_boxes(page: PageReading) -> Mapping[str, Box]:
    """Each field's box on ``page.image``, without the fillers around it.

    A field that the MRZ leaves empty has none; so has every field of a page whose lines were not found in the
    picture. A document number that runs on into the optional data (Doc 9303-5 section 4.2.2) has one box with it.
    """
    mrz = page.mrz
    layout = LAYOUTS[mrz.format] if mrz and mrz.format else None
    if mrz is None or layout is None or len(page.line_boxes) != layout.line_count:
        return MappingProxyType({})
    cuts = _grid(page.image, page.line_boxes, layout.line_length)
    return MappingProxyType(
        {
            name: _framed(cuts[span.line], page.line_boxes[span.line], span, page.image.shape)
            for name, span in field_spans(mrz).items()
        }
    )


def cut_strip(page: PageReading) -> MrzStrip | None:
    """The MRZ cut out of the page, at most 1,000 pixels wide; None where no field has its place in the picture."""
    boxes = field_boxes(page)
    if not boxes:
        return None
    frame = _around([*boxes.values(), *page.line_boxes])
    scale = min(_WIDEST_STRIP / frame.width, 1.0)
    cut = page.image[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
    if scale < 1:
        cut = resized(cut, scale)
    height, width = cut.shape[:2]
    moved = {name: _moved(box, frame, scale, width, height) for name, box in boxes.items()}
    return MrzStrip(np.ascontiguousarray(cut), MappingProxyType(moved))


def _framed(cuts: Floats, line: Box, span: Span, shape: Sequence[int]) -> Box:
    air = AIR * float(cuts[span.end] - cuts[span.start]) / (span.end - span.start)
    left, right = float(cuts[span.start]) - air, float(cuts[span.end]) + air
    top, bottom = line.top - _HEADROOM * line.height, line.top + (1 + _HEADROOM) * line.height
    return _box(max(left, 0), max(top, 0), min(right, shape[1]), min(bottom, shape[0]))


def _box(left: float, top: float, right: float, bottom: float) -> Box:
    low_x, low_y = int(np.floor(left)), int(np.floor(top))
    return Box(low_x, low_y, max(int(np.ceil(right)) - low_x, 1), max(int(np.ceil(bottom)) - low_y, 1))


def _around(boxes: Sequence[Box]) -> Box:
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right = max(box.left + box.width for box in boxes)
    bottom = max(box.top + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _moved(box: Box, frame: Box, scale: float, width: int, height: int) -> Box:
    left, top = (box.left - frame.left) * scale, (box.top - frame.top) * scale
    return _box(left, top, min(left + box.width * scale, width), min(top + box.height * scale, height))


def _grid(image: BgrImage, lines: Sequence[Box], columns: int) -> list[Floats]:
    """For each line where its cells begin and end: ``columns`` + 1 places in pixels of ``image``, left to right."""
    alone = [_cuts(image, line, columns, (line.left, line.left + line.width), _OFF_THE_BOX) for line in lines]
    surest, _ = min(alone, key=lambda found: found[1])
    ends = float(surest[0]), float(surest[-1])
    return [
        cuts if cuts is surest else _cuts(image, line, columns, ends, _OFF_THE_OTHERS)[0]
        for line, (cuts, _) in zip(lines, alone, strict=True)
    ]


def _cuts(
    image: BgrImage, line: Box, columns: int, ends: tuple[float, float], firmness: float
) -> tuple[Floats, float]:
    """One line's cuts near ``ends``, and their cost.

    The cheapest way through the line: cuts go where there is little ink, cells are about equally wide, and little
    ink is left over outside of the first and the last.
    """
    scale = columns * _PITCH / max(line.width, 1)
    reach = round(_BEYOND * _PITCH / scale)
    left, right = max(line.left - reach, 0), min(line.left + line.width + reach, image.shape[1])
    ink = _ink(image[line.top : line.top + line.height, left:right], scale)
    places = np.arange(len(ink), dtype=np.float64)
    before = np.cumsum(ink) - ink
    off_left, off_right = (firmness * ((places - (end - left) * scale) / _PITCH) ** 2 for end in ends)
    cost = ink + _LEFT_OUT * before + off_left
    came: list[npt.NDArray[np.intp]] = []
    for _ in range(columns):
        options = np.full((len(_STEPS), len(ink)), np.inf)
        for row, step in enumerate(_STEPS):
            options[row, step:] = cost[:-step] + _UNEVEN * (step / _PITCH - 1) ** 2
        came.append(options.argmin(axis=0))
        cost = options.min(axis=0) + ink
    cost = cost + _LEFT_OUT * (ink.sum() - before) + off_right
    at = int(cost.argmin())
    total = float(cost[at])
    cuts = [at]
    for steps in reversed(came):
        at -= _STEPS[int(steps[at])]
        cuts.append(at)
    return left + np.array(cuts[::-1], dtype=np.float64) / scale, total


def _ink(line: BgrImage, scale: float) -> Floats:
    """How dark each column of the line is at the working size; the mean of the columns with letters is about 1."""
    gray = cv2.cvtColor(line, cv2.COLOR_BGR2GRAY)
    height = max(round(line.shape[0] * scale), 4)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(gray, (max(round(line.shape[1] * scale), 1), height), interpolation=method)
    strokes = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((_PITCH, _PITCH), dtype=np.uint8))
    profile = strokes.astype(np.float64).sum(axis=0)
    return np.asarray(profile / max(float(profile.mean()), 1e-6), dtype=np.float64)
