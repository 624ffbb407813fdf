"""Vehicles on lists: by number plate and by VIN, and in the readings that a camera or a tired eye confuses.

A VIN (ISO 3779) has 17 capital letters and digits without I, O and Q, so that these are always misread 1 and 0. Its
ninth place is a check digit for North America (49 CFR 565.15) and China (GB 16735); makers elsewhere may put there
what they like, so that a digit that does not fit says "look again", and never "this is no VIN".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, product
from types import MappingProxyType
from typing import Final
from uuid import UUID

from anyascii import anyascii

VIN_LENGTH: Final = 17

_PLATE_TWINS: Final = str.maketrans("OQDIZSBG", "00012586")
_VIN_LETTERS: Final = str.maketrans("OQI", "001")
_VIN: Final = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_VALUES: Final = MappingProxyType(
    {str(digit): digit for digit in range(10)}
    | dict(zip("ABCDEFGH", range(1, 9), strict=True))
    | dict(zip("JKLMN", range(1, 6), strict=True))
    | {"P": 7, "R": 9}
    | dict(zip("STUVWXYZ", range(2, 10), strict=True))
)
_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK_PLACE: Final = 8
_VIN_TWINS: Final = MappingProxyType(
    {"B": "8", "8": "B", "S": "5", "5": "S", "Z": "2", "2": "Z", "G": "6", "6": "G", "D": "0", "0": "D"}
)
_MOST_VARIANTS: Final = 64


class VinState(StrEnum):
    """``UNCHECKED``: well-formed, but its ninth place is no check digit that fits."""

    VALID = "valid"
    UNCHECKED = "unchecked"
    MALFORMED = "malformed"


class VehicleLikeness(StrEnum):
    """From the strongest to the weakest; each has a sentence in ``words.EXPLANATIONS``."""

    VIN_SAME = "vin_same"
    VIN_TWIN = "vin_twin"
    PLATE_SAME = "plate_same"
    PLATE_TWIN = "plate_twin"


@dataclass(frozen=True, slots=True)
class IndexedVehicle:
    """A vehicle of one list version. ``country`` is alpha-3, empty where the list does not say."""

    id: UUID
    reference: str
    plate: str
    country: str
    vin: str
    make: str
    model: str
    colour: str
    reason: str

    @property
    def label(self) -> str:
        """What an officer looks for on the road: plate, make, model and colour."""
        seen = (f"{self.country} {self.plate}".strip() or self.vin, self.make, self.model, self.colour)
        return " ".join(part for part in seen if part)


@dataclass(frozen=True, slots=True)
class VehicleMatch:
    vehicle: IndexedVehicle
    likeness: VehicleLikeness


def tidy_plate(plate: str) -> str:
    """The plate in capital letters and digits alone; Arabic letters and digits become Latin ones."""
    return "".join(character for character in anyascii(plate).upper() if character.isalnum())


def fold_plate(plate: str) -> str:
    """The key of a plate and its twins: O, Q and D are read as 0, I as 1, Z as 2, S as 5, B as 8, G as 6."""
    return tidy_plate(plate).translate(_PLATE_TWINS)


def tidy_vin(vin: str) -> str:
    """The VIN as ISO 3779 has it: capitals and digits, with I, O and Q, which it never holds, read as 1 and 0."""
    return tidy_plate(vin).translate(_VIN_LETTERS)


def vin_state(vin: str) -> VinState:
    """Whether a VIN is well-formed, and whether its check digit fits."""
    tidied = tidy_vin(vin)
    if not _VIN.fullmatch(tidied):
        return VinState.MALFORMED
    return VinState.VALID if tidied[_CHECK_PLACE] == check_digit(tidied) else VinState.UNCHECKED


def check_digit(vin: str) -> str:
    """0 to 9 or X for 17 characters of a VIN, whatever stands in the ninth place (49 CFR 565.15(c))."""
    remainder = sum(_VALUES[one] * weight for one, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)


class VehicleIndex:
    """The vehicles of one list version; never changed once built, so any thread may ask it."""

    def __init__(self, vehicles: Iterable[IndexedVehicle]) -> None:
        self._by_plate: dict[str, list[IndexedVehicle]] = {}
        self._by_vin: dict[str, list[IndexedVehicle]] = {}
        self._count = 0
        for vehicle in vehicles:
            self._count += 1
            if vehicle.plate:
                self._by_plate.setdefault(fold_plate(vehicle.plate), []).append(vehicle)
            if vehicle.vin:
                self._by_vin.setdefault(tidy_vin(vehicle.vin), []).append(vehicle)

    def __len__(self) -> int:
        return self._count

    def search(self, *, plate: str = "", country: str = "", vin: str = "") -> list[VehicleMatch]:
        """Every listed vehicle with this VIN or plate, or a twin of it; each once, by its strongest likeness.

        A plate is unique in one State only: one that the list gives to another State is another vehicle's.
        """
        found: dict[UUID, VehicleMatch] = {}
        for match in (*self._of_vin(vin), *self._of_plate(plate, country)):
            found.setdefault(match.vehicle.id, match)
        return list(found.values())

    def _of_vin(self, vin: str) -> Iterator[VehicleMatch]:
        tidied = tidy_vin(vin)
        for vehicle in self._by_vin.get(tidied, ()) if tidied else ():
            yield VehicleMatch(vehicle, VehicleLikeness.VIN_SAME)
        # A check digit that fits says that nothing was misread.
        if vin_state(tidied) is VinState.UNCHECKED:
            for twin in _vin_twins(tidied):
                yield from (VehicleMatch(one, VehicleLikeness.VIN_TWIN) for one in self._by_vin.get(twin, ()))

    def _of_plate(self, plate: str, country: str) -> Iterator[VehicleMatch]:
        tidied = tidy_plate(plate)
        matches = [
            VehicleMatch(one, _plate_likeness(one.plate, tidied))
            for one in (self._by_plate.get(fold_plate(plate), ()) if tidied else ())
            if not (country and one.country) or country == one.country
        ]
        return iter(sorted(matches, key=lambda match: match.likeness is VehicleLikeness.PLATE_TWIN))


def _plate_likeness(listed: str, tidied: str) -> VehicleLikeness:
    return VehicleLikeness.PLATE_SAME if tidy_plate(listed) == tidied else VehicleLikeness.PLATE_TWIN


def _vin_twins(vin: str) -> Iterator[str]:
    """Other readings of a VIN whose check digit does not fit; bounded, and without the VIN itself."""
    choices = [(one, _VIN_TWINS[one]) if one in _VIN_TWINS else (one,) for one in vin]
    return islice(("".join(reading) for reading in product(*choices)), 1, _MOST_VARIANTS)
