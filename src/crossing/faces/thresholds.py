"""From a score to what it means: error rates that were measured, and how strongly a score speaks.

``thresholds.json`` is written by ``crossing faces calibrate``: for each engine, version and calibration the scores at
which impostors were accepted at given rates, and a straight line from the score to the log-likelihood ratio;
``crossing faces evaluate`` says how far that line holds. An engine without a row decides nothing
(:class:`ThresholdUnknown`).

FMR, FNMR, FTE, FPIR: false match, false non-match, failure-to-enrol and false positive identification rates, as in
ISO/IEC 19795-1.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crossing.faces.errors import ThresholdsUnreadable, ThresholdUnknown

Rate = Annotated[float, Field(ge=0, le=1)]

# Likelihood ratios at which the words change: ENFSI, Guideline for Evaluative Reporting in Forensic Science, 2015.
SCALE: Final = (
    (6.0, "extremely_strong"),
    (4.0, "very_strong"),
    (3.0, "strong"),
    (2.0, "moderately_strong"),
    (1.0, "moderate"),
    (math.log10(2), "weak"),
)
"""The lowest log10 of the ratio for each word, the strongest first."""

FEWEST_ERRORS: Final = 10
"""A rate with fewer errors behind it does not count as measured."""

_DECADE: Final = 1 - 1e-9


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(_Row):
    """At ``threshold`` (score or more is a match) impostors were accepted at ``fmr``, genuine refused at ``fnmr``."""

    fmr: Annotated[float, Field(gt=0, lt=1)]
    threshold: Annotated[float, Field(ge=-1, le=1)]
    fnmr: Rate


class Evidence(_Row):
    """What the figures were measured on; pairs and images are counts."""

    data: str
    measured_on: date
    images: int
    failed_to_enrol: int
    genuine_pairs: int
    impostor_pairs: int


class Calibration(_Row):
    """One engine's measured behaviour. ``points`` go from the highest FMR to the lowest.

    ``worst_group_factor``: how many times more often the worst measured group is falsely matched than everybody
    together, at FMR 1e-3; None where it was not measured.
    """

    engine: str
    version: str
    calibration: str
    evidence: Evidence
    points: Annotated[tuple[Point, ...], Field(min_length=2)]
    llr_slope: Annotated[float, Field(gt=0)]
    llr_offset: float
    worst_group_factor: Annotated[float, Field(ge=1)] | None

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        for higher, lower in zip(self.points, self.points[1:], strict=False):
            if not (higher.fmr > lower.fmr and higher.threshold < lower.threshold and higher.fnmr <= lower.fnmr):
                raise ValueError("thresholds must rise, and misses not fall, as the false match rate falls")
        return self

    @property
    def fte(self) -> float:
        """The share of images in which no face was found."""
        return self.evidence.failed_to_enrol / self.evidence.images

    def threshold(self, fmr: float) -> float:
        """The score from which on impostors match at most at ``fmr``.

        Between measured points log FMR is a straight line of the score. Below the lowest it goes on as over the last
        decade that was measured. The last two points alone have some ten false matches behind them: a line through
        those let up to twice as many strangers through as wanted (docs/faces-benchmark.md).
        """
        logs, scores = self._curve()
        return min(1.0, _along(logs, scores, -math.log10(fmr)))

    def identification_threshold(self, fpir: float, gallery_size: int) -> float:
        """The score that lets a search among ``gallery_size`` strangers raise anyone at ``fpir`` (FMR = FPIR / N)."""
        return self.threshold(fpir / max(1, gallery_size))

    def fmr(self, score: float) -> float:
        """The rate at which impostors reach ``score``, 0 to 1; an estimate outside the measured points."""
        logs, scores = self._curve()
        return float(10 ** -max(0.0, _along(scores, logs, score)))

    def log10_likelihood_ratio(self, score: float) -> float:
        """How many times likelier the score is for one person than for two, as a power of ten.

        Never beyond what the measured pairs carry: a ratio of 10^k says that strangers reach the score 10^k times as
        rarely, and that takes ten of them to be seen (:data:`FEWEST_ERRORS`).
        """
        weakest, strongest = -_carried(self.evidence.genuine_pairs), _carried(self.evidence.impostor_pairs)
        return min(strongest, max(weakest, self.llr_slope * score + self.llr_offset))

    def support(self, score: float) -> str:
        """The code of the words for ``score``, a key of ``words.SUPPORT``."""
        ratio = self.log10_likelihood_ratio(score)
        direction = "same" if ratio > 0 else "different"
        for least, word in SCALE:
            if abs(ratio) >= least:
                return f"{word}_{direction}"
        return "none"

    def _curve(self) -> tuple[list[float], list[float]]:
        """-log10 FMR and score of every point, and of one more a decade on; both rise."""
        logs = [-math.log10(point.fmr) for point in self.points]
        scores = [point.threshold for point in self.points]
        far = max((place for place, log in enumerate(logs) if logs[-1] - log > _DECADE), default=0)
        per_decade = (scores[-1] - scores[far]) / (logs[-1] - logs[far])
        return [*logs, logs[-1] + 1], [*scores, scores[-1] + per_decade]


def _carried(pairs: int) -> float:
    """The log10 of the rarest rate that so many pairs can measure, without its sign; 0 or more."""
    return max(0.0, math.log10(max(1, pairs) / FEWEST_ERRORS))


@dataclass(frozen=True)
class Thresholds:
    """Every engine's calibration, found by what a template says made it."""

    rows: tuple[Calibration, ...]

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """The measured table that comes with the program, or another one measured on a population of one's own.

        Raises :class:`ThresholdsUnreadable` where ``path`` is absent or no such table.
        """
        source = path or resources.files("crossing.faces") / "thresholds.json"
        try:
            return cls(_Table.model_validate_json(source.read_text(encoding="utf-8")).engines)
        except (OSError, ValueError) as broken:  # pydantic's and Unicode's errors are ValueErrors
            raise ThresholdsUnreadable(what=source.name) from broken

    def of(self, made_by: tuple[str, str, str]) -> Calibration:
        """Raises :class:`ThresholdUnknown` where nothing was measured for this engine, version and calibration."""
        for row in self.rows:
            if (row.engine, row.version, row.calibration) == made_by:
                return row
        raise ThresholdUnknown(engine=made_by[0], version=made_by[1])

    def to_json(self) -> str:
        return _Table(engines=self.rows).model_dump_json(indent=2) + "\n"


class _Table(_Row):
    engines: tuple[Calibration, ...]


def _along(xs: list[float], ys: list[float], x: float) -> float:
    """The broken line through (xs, ys), both rising, continued straight on at its ends."""
    right = min(max(bisect_left(xs, x), 1), len(xs) - 1)
    left = right - 1
    slope = (ys[right] - ys[left]) / (xs[right] - xs[left])
    return float(ys[left] + slope * (x - xs[left]))
