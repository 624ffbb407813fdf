"""Where on a rectified page the print stands, and how large it is there: the MRZ is the ruler."""

from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

from crossing.documents.reading.port import Box, PageReading

MRZ_PITCH_MM: Final = 2.54
"""Ten characters to the inch (Doc 9303-3 section 4.2.1)."""

_BESIDE_MM: Final = 12.0
"""A page reaches at most so far beyond the ends of its MRZ: 7 mm by the standard, the rest is room for tilt."""
_ABOVE_MM: Final = 80.0
"""TD3 is 88 mm high and its MRZ takes the lowest 23 mm (Doc 9303-4 section 3); visas and TD2 are lower."""
_OTHER_SIDE_MM: Final = 130.0
"""A card's front may be pictured above or below its back (Doc 9303-5: 54 mm each), or beside it."""
_CARD_LINES: Final = 3


class Region(NamedTuple):
    """Pixels of the rectified page: ``left`` to ``right`` and ``top`` to ``bottom``, both exclusive at the end."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Place:
    """The part of the page that is searched, and its scale."""

    region: Region
    px_per_mm: float


def place_of(page: PageReading) -> Place | None:
    """None where the page has no MRZ to measure by."""
    if page.mrz is None or not page.line_boxes:
        return None
    longest = max((len(line) for line in page.mrz.lines), default=0)
    width = median(box.width for box in page.line_boxes)
    if not longest or not width:
        return None
    scale = width / longest / MRZ_PITCH_MM
    return Place(_region(page, scale), scale)


def _region(page: PageReading, scale: float) -> Region:
    height, width = page.image.shape[:2]
    zone = _around(page.line_boxes)
    card = len(page.line_boxes) >= _CARD_LINES
    beside = (_OTHER_SIDE_MM if card else _BESIDE_MM) * scale
    above, below = (_OTHER_SIDE_MM, _OTHER_SIDE_MM) if card else (_ABOVE_MM, 0.0)
    return Region(
        max(int(zone.left - beside), 0),
        max(int(zone.top - above * scale), 0),
        min(int(zone.left + zone.width + beside), width),
        min(int(zone.top + zone.height + below * scale), height),
    )


def _around(boxes: tuple[Box, ...]) -> Box:
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right, bottom = max(box.left + box.width for box in boxes), max(box.top + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)
