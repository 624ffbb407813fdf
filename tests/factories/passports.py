"""Virtual passports of one traveller, for those who read chips."""

import datetime as dt
from functools import cache

from crossing_devices.simulated.passport.personalise import ChipOptions, Passport, personalise
from crossing_devices.simulated.passport.pki import Authority, make_authority
from crossing_devices.simulated.specimens.traveller import PartialDate, SpecimenTraveller

ERIKSSON = SpecimenTraveller(
    surname="ERIKSSON",
    given_names="ANNA MARIA",
    birth_date=PartialDate(1974, 8, 12),
    sex="F",
    nationality="UTO",
    document_number="L898902C3",
    issuing_state="UTO",
    issued_on=dt.date(2022, 4, 15),
    expires_on=dt.date(2032, 4, 15),
)


@cache
def utopia() -> Authority:
    """The one authority that signs them all: a key takes long to make."""
    return make_authority()


def passport(options: ChipOptions | None = None) -> Passport:
    return personalise(ERIKSSON, utopia(), options=options)
