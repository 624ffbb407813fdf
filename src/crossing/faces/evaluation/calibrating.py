"""The row of the threshold table that one engine gets from a measurement."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Final

from crossing.faces.evaluation.collection import Grouping, Unusable
from crossing.faces.evaluation.likelihood import likelihood_line
from crossing.faces.evaluation.verification import Comparisons, GroupRates, Operating, rates
from crossing.faces.thresholds import FEWEST_ERRORS, Calibration, Evidence, Point, Thresholds

FMRS: Final = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)

GROUP_FMR: Final = 1e-3
"""The rate at whose threshold the groups are compared."""

_DIGITS: Final = 4


def calibrate(comparisons: Comparisons, groupings: Sequence[Grouping], *, data: str, on: date) -> Calibration:
    """What the program decides by with this engine. Raises :class:`Unusable` where too little was measured.

    A rate behind which there would be fewer than ten false matches gets no point.
    """
    enrolled, impostors = comparisons.enrolled, comparisons.impostors
    measured = [fmr for fmr in FMRS if math.floor(fmr * impostors.count) >= FEWEST_ERRORS]
    if len(measured) < 2:
        raise Unusable(f"{impostors.count} impostor pairs are too few to calibrate: about 400 are the least.")
    overall, groups = rates(comparisons, groupings, measured)
    slope, offset = likelihood_line(comparisons.genuine, impostors.histogram)
    if slope <= 0:
        raise Unusable(f"The scores of {enrolled.engine} do not tell the persons of this collection apart.")
    return Calibration(
        engine=enrolled.engine,
        version=enrolled.version,
        calibration=enrolled.calibration,
        evidence=Evidence(
            data=data,
            measured_on=on,
            images=enrolled.images,
            failed_to_enrol=len(enrolled.failures),
            genuine_pairs=len(comparisons.genuine),
            impostor_pairs=impostors.count,
        ),
        points=_points(overall, comparisons),
        llr_slope=round(slope, _DIGITS),
        llr_offset=round(offset, _DIGITS),
        worst_group_factor=worst_factor(groups),
    )


def worst_factor(groups: Sequence[GroupRates]) -> float | None:
    """How many times as often as everybody the worst group is falsely matched, of those measured at all."""
    factors = [
        rate.fmr_ratio
        for group in groups
        for rate in group.rates
        if rate.wanted == GROUP_FMR and rate.fmr_ratio is not None and not rate.fmr.few_errors
    ]
    return round(max(1.0, *factors), 2) if factors else None


def updated(table: Thresholds, row: Calibration) -> Thresholds:
    """``table`` with ``row`` in place of the engine's earlier one, or added.

    Where no groups were measured this time, what was known of the worst group is kept only if it was measured on the
    very same images and pairs, with the very same engine, version and calibration.
    """
    earlier = next((one for one in table.rows if _made_by(one) == _made_by(row)), None)
    if earlier is not None and row.worst_group_factor is None and _measured_alike(earlier, row):
        row = row.model_copy(update={"worst_group_factor": earlier.worst_group_factor})
    names = [one.engine for one in table.rows]
    if row.engine not in names:
        return Thresholds((*table.rows, row))
    return Thresholds(tuple(row if name == row.engine else one for name, one in zip(names, table.rows, strict=True)))


def _points(overall: Sequence[Operating], comparisons: Comparisons) -> tuple[Point, ...]:
    """Thresholds are rounded up, so that the rounding lets no impostor through. Of rates whose thresholds are then
    one and the same only the lowest is kept: it holds for the others too."""
    found: dict[float, Point] = {}
    for one in overall:
        threshold = min(1.0, math.ceil(one.threshold * 10**_DIGITS) / 10**_DIGITS)
        missed = float((comparisons.genuine < threshold).mean())
        found[threshold] = Point(fmr=one.wanted, threshold=threshold, fnmr=round(missed, _DIGITS))
    if len(found) < 2:
        raise Unusable("Nearly all impostor pairs have the same score: are the images all of one picture?")
    return tuple(found.values())


def _measured_alike(earlier: Calibration, row: Calibration) -> bool:
    """On the same data, whenever."""
    evidence = earlier.evidence.model_copy(update={"measured_on": row.evidence.measured_on})
    return evidence == row.evidence


def _made_by(row: Calibration) -> tuple[str, str, str]:
    return row.engine, row.version, row.calibration
