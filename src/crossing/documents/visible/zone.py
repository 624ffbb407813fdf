"""What the visible zone of a page says (Doc 9303-3 section 3); no picture library is imported here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from crossing.documents.dates import PartialDate
from crossing.documents.reading.port import Box, PageReading


@dataclass(frozen=True, slots=True)
class Printed:
    """A text as printed, where it stands on the rectified page, and how surely it was read, 0 to 1."""

    text: str
    box: Box
    certainty: float


class Agreement(StrEnum):
    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_FOUND = "not_found"
    """Nothing like it was found: the print may be in another script, worn, or outside the picture."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field of the MRZ against the print. ``printed`` is None where nothing comparable was found."""

    field: str
    agreement: Agreement
    in_mrz: str
    printed: Printed | None = None


@dataclass(frozen=True, slots=True)
class VisibleZone:
    """The portrait's place, every text that was read, the fields compared with the MRZ, and the date of issue.

    ``portrait`` is None where no face or frame was found. ``comparisons`` holds each MRZ field at most once.
    """

    portrait: Box | None
    texts: tuple[Printed, ...]
    comparisons: tuple[Comparison, ...]
    issued_on: PartialDate | None
    elapsed_ms: float


class VisibleReader(Protocol):
    """Reads the visible zone of a page. Safe to call from several threads."""

    def read(self, page: PageReading) -> VisibleZone:
        """Never raises for what the page shows; a page without an MRZ has an empty zone."""
        ...
