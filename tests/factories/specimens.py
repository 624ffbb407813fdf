"""Specimen passports as a scanner delivers them, and a person as a camera does."""

from datetime import date
from functools import cache

import numpy as np

from crossing.platform.images import encode_jpeg
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page
from tests.factories.portraits import portrait


@cache
def astronaut(number: str = "UT4821907", surname: str = "COLLIER") -> SpecimenTraveller:
    """Whom the passport is made out to, with the astronaut's portrait."""
    return SpecimenTraveller(
        surname=surname,
        given_names="EILEEN MARIE",
        birth_date=PartialDate.of(date(1956, 11, 19)),
        sex="F",
        nationality="UTO",
        document_number=number,
        issuing_state="UTO",
        issued_on=date(2022, 1, 1),
        expires_on=date(2032, 1, 1),
        portrait=np.ascontiguousarray(portrait("collins.png")[:320, 60:360]),
    )


@cache
def passport_page(number: str = "UT4821907", surname: str = "COLLIER") -> bytes:
    """A photographed passport page (JPEG)."""
    traveller = astronaut(number, surname)
    return photograph(render_page(traveller, PageFormat.TD3), np.random.default_rng(7), 0.2)


@cache
def live_picture() -> bytes:
    """The same person before a camera (JPEG)."""
    return encode_jpeg(np.ascontiguousarray(portrait("collins.png")))
