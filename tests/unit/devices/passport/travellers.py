"""Passports for these tests, and dice that fall as a worked example says."""

import datetime as dt
from functools import cache

from crossing_devices.simulated.passport.curves import Curve
from crossing_devices.simulated.passport.dice import Dice
from crossing_devices.simulated.passport.personalise import ChipOptions, Passport, personalise
from crossing_devices.simulated.passport.pki import Authority, make_authority
from crossing_devices.simulated.specimens import PartialDate, SpecimenTraveller


def anna(
    number: str = "L898902C3", birth: str = "1974-08-12", expires: dt.date = dt.date(2032, 4, 15)
) -> SpecimenTraveller:
    """Doc 9303's specimen traveller."""
    return SpecimenTraveller(
        surname="ERIKSSON",
        given_names="ANNA MARIA",
        birth_date=PartialDate.parse(birth),
        sex="F",
        nationality="UTO",
        document_number=number,
        issuing_state="UTO",
        issued_on=dt.date(2022, 4, 16),
        expires_on=expires,
    )


@cache
def authority() -> Authority:
    return make_authority()


def passport_of(traveller: SpecimenTraveller | None = None, options: ChipOptions | None = None) -> Passport:
    return personalise(traveller or anna(), authority(), options=options)


class LoadedDice(Dice):
    """Fall in the order given."""

    def __init__(self, *, strings: tuple[str, ...] = (), scalars: tuple[str, ...] = ()) -> None:
        self._strings = [bytes.fromhex(one) for one in strings]
        self._scalars = [int(one, 16) for one in scalars]

    def draw_bytes(self, count: int) -> bytes:
        drawn = self._strings.pop(0)
        assert len(drawn) == count
        return drawn

    def draw_scalar(self, curve: Curve) -> int:
        drawn = self._scalars.pop(0)
        assert 0 < drawn < curve.n
        return drawn
