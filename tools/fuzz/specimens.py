"""Photographed specimens to break, drawn once a process."""

from datetime import date
from functools import cache

import cv2
import numpy as np

from crossing.platform.images import BgrImage, decode_image
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page

_TRAVELLER = SpecimenTraveller(
    surname="Traoré",
    given_names="Aminata Kadiatou",
    birth_date=PartialDate(1987, 5, 14),
    sex="F",
    nationality="UTO",
    document_number="A4G7K29B1",
    issuing_state="UTO",
    issued_on=date(2024, 2, 1),
    expires_on=date(2034, 1, 31),
)


@cache
def photo(number: int) -> BgrImage:
    """A page of the format that ``number`` gives, well or badly taken, at most 1,000 pixels a side."""
    page_format = list(PageFormat)[number % len(PageFormat)]
    strength = (0.1, 0.5, 0.9)[number // len(PageFormat) % 3]
    taken = photograph(render_page(_TRAVELLER, page_format), np.random.default_rng(number), strength)
    return resized(decode_image(taken), 1000)


@cache
def small_photo(number: int, side: int) -> BgrImage:
    return resized(photo(number), side)


def resized(image: BgrImage, side: int) -> BgrImage:
    """At most ``side`` pixels long."""
    scale = min(side / max(image.shape[:2]), 1.0)
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
