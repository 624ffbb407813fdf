"""Pages of the project's own specimen generator, shrunken, with the place of their MRZ lines."""

import cv2
import numpy as np
from mrz_training.pages import Drawn, knots

from crossing_devices.simulated.specimens import PageFormat, SpecimenTraveller, render_page
from crossing_devices.simulated.specimens.layout import LAYOUTS, MRZ_LINE_SPACING_MM, MRZ_PITCH_MM, px
from crossing_devices.simulated.specimens.mrz import compose
from crossing_devices.simulated.specimens.orders import random_orders

_SHRUNKEN = 0.5
_LETTERS_MM = (-1.25, 1.25)
"""Top and bottom of the letters about the middle of their line."""


def specimens(seed: int, count: int) -> list[Drawn]:
    """``count`` pages, all formats in turn, the same for the same seed."""
    orders = random_orders(count, seed, tuple(PageFormat))
    return [_page(order.traveller(None), order.format or PageFormat.TD3) for order in orders]


def _page(traveller: SpecimenTraveller, page: PageFormat) -> Drawn:
    picture = cv2.cvtColor(render_page(traveller, page), cv2.COLOR_BGR2GRAY)
    small = cv2.resize(picture, None, fx=_SHRUNKEN, fy=_SHRUNKEN, interpolation=cv2.INTER_AREA)
    layout = LAYOUTS[page]
    lines = compose(traveller, page)
    length = len(lines[0]) * MRZ_PITCH_MM
    left = (layout.width_mm - length) / 2
    drawn = []
    for number in range(len(lines)):
        middle = layout.mrz_first_line_mm + number * MRZ_LINE_SPACING_MM
        top, bottom = (px(middle + edge) for edge in _LETTERS_MM)
        drawn.append(knots(px(left), top, px(length), bottom - top) * np.float32(_SHRUNKEN))
    return Drawn(small.astype(np.float32) / 255, tuple(drawn))
