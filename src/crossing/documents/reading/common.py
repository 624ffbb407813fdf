"""What every page reader does alike: its stages timed, the picture bounded, a page without an MRZ said to be one."""

from time import perf_counter
from types import MappingProxyType
from typing import Final, NamedTuple

from crossing.documents.reading.locate import Band
from crossing.documents.reading.port import Confidence, PageReading, ReadingProblem
from crossing.documents.reading.sizes import resized
from crossing.platform.images import BgrImage

LARGEST_SIDE: Final = 2600
"""A page of 125 mm has 2.5 mm letters: at this size they are 50 px high, more than any network here takes."""


class Look(NamedTuple):
    """One way to cut lines out: air above and below as a share of the letters' height, and how much wider."""

    margin: float
    stretch: float


class StageWatch:
    """Wall time by stage, in milliseconds."""

    def __init__(self) -> None:
        self._start = self._last = perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self._laps[stage] = self._laps.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now

    def stages(self) -> MappingProxyType[str, float]:
        return MappingProxyType(self._laps | {"total": (perf_counter() - self._start) * 1000})


def bounded(image: BgrImage) -> BgrImage:
    """``image``, its longer side at most :data:`LARGEST_SIDE`."""
    scale = LARGEST_SIDE / max(image.shape[:2])
    return image if scale >= 1 else resized(image, scale)


def unread(image: BgrImage, watch: StageWatch) -> PageReading:
    """A page on which no MRZ was found."""
    return PageReading((), None, Confidence.LOW, 0.0, (ReadingProblem.NO_MRZ,), image, (), watch.stages())


def names_at(band: Band) -> int:
    """The names stand last in TD1 and first in the formats of two lines."""
    return 2 if len(band.lines) == 3 else 0
