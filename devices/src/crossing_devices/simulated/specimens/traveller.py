"""Who a specimen document is made out to."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

BgrImage = npt.NDArray[np.uint8]
"""Height x width x 3, blue-green-red, 8 bits: OpenCV's order."""

FloatImage = npt.NDArray[np.float32]
"""Height x width x 1 or 3: light on the way to a picture."""

Sex = Literal["F", "M", "X"]


class PageFormat(StrEnum):
    """The sizes of machine readable travel documents: Doc 9303 parts 4 (TD3), 5 (TD1), 6 (TD2) and 7 (visas)."""

    TD1 = "td1"
    TD2 = "td2"
    TD3 = "td3"
    MRV_A = "mrv-a"
    MRV_B = "mrv-b"


DOCUMENT_CODES: Final = {
    PageFormat.TD1: "I",
    PageFormat.TD2: "I",
    PageFormat.TD3: "P",
    PageFormat.MRV_A: "V",
    PageFormat.MRV_B: "V",
}


@dataclass(frozen=True)
class PartialDate:
    """A date of birth of which any part may be unknown (Doc 9303-3, 4.8)."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @classmethod
    def of(cls, day: dt.date) -> "PartialDate":
        return cls(day.year, day.month, day.day)

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """From ``YYYY-MM-DD`` where an unknown part is X's: ``1987-XX-XX``. Raises ValueError."""
        parts = text.split("-")
        if len(parts) != 3:
            raise ValueError(f"not a date: {text!r}")
        return cls(*(None if set(part) == {"X"} else int(part) for part in parts))

    def __str__(self) -> str:
        year = "XXXX" if self.year is None else f"{self.year:04d}"
        return "-".join([year, *("XX" if part is None else f"{part:02d}" for part in (self.month, self.day))])


@dataclass(frozen=True)
class SpecimenTraveller:
    """What a specimen document states. States are three-letter codes of Doc 9303-3, section 5.

    ``portrait`` is an upright BGR picture of any size, cut to 35:45 by its middle; None leaves a silhouette.
    """

    surname: str
    given_names: str
    birth_date: PartialDate
    sex: Sex
    nationality: str
    document_number: str
    issuing_state: str
    issued_on: dt.date
    expires_on: dt.date
    optional_data: str = ""
    portrait: BgrImage | None = field(default=None, compare=False, repr=False)
