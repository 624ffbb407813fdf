"""Specimen pages for these tests: scanned, photographed, and with print that is not what the MRZ says."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np

from crossing.platform.images import BgrImage, decode_image
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page
from crossing_devices.simulated.specimens.layout import LAYOUTS, px
from crossing_devices.simulated.specimens.mrz import compose

__all__ = ["TODAY", "TRAVELLER", "PageFormat", "PartialDate", "altered", "compose", "picture", "scan"]

TODAY: Final = date(2026, 3, 1)
TRAVELLER: Final = SpecimenTraveller(
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
_ABOVE_THE_MRZ_MM: Final = 4.0


def scan(page_format: PageFormat, *, strength: float = 0.0, seed: int = 7) -> bytes:
    """A JPEG of the traveller's page."""
    return photograph(render_page(TRAVELLER, page_format), np.random.default_rng(seed), strength)


def picture(page_format: PageFormat, *, strength: float = 0.0, seed: int = 7) -> BgrImage:
    return decode_image(scan(page_format, strength=strength, seed=seed))


def altered(page_format: PageFormat, *, strength: float = 0.0, **print_: Any) -> BgrImage:
    """The traveller's page with other print: the MRZ is the true one, as on a page that was tampered with."""
    page = render_page(replace(TRAVELLER, **print_), page_format)
    row = px(LAYOUTS[page_format].mrz_first_line_mm - _ABOVE_THE_MRZ_MM)
    page[row:] = render_page(TRAVELLER, page_format)[row:]
    return decode_image(photograph(page, np.random.default_rng(7), strength))
