"""A measurement as a JSON object and as text for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from crossing.faces.errors import ThresholdUnknown
from crossing.faces.evaluation import identification as searches
from crossing.faces.evaluation.collection import Collection, Grouping, Pairs
from crossing.faces.evaluation.enrolment import Enrolled
from crossing.faces.evaluation.identification import GroupSearching, Identification, Searching
from crossing.faces.evaluation.likelihood import Reliability, reliability
from crossing.faces.evaluation.verification import Comparisons, GroupRates, Measured, Operating, rates
from crossing.faces.thresholds import Calibration, Thresholds


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that was measured of one engine.

    ``rates``, ``groups`` and ``identification.rates`` are at thresholds that hold the wanted rates on these very
    images. ``in_force``, ``identification.in_force`` and ``reliability`` are what ``table`` does on them; where no
    table knows the engine it is None, and they are empty or None.
    """

    comparisons: Comparisons
    pairs: Pairs
    rates: tuple[Operating, ...]
    groups: tuple[GroupRates, ...]
    identification: Identification | None
    table: Calibration | None
    in_force: tuple[Operating, ...]
    reliability: Reliability | None

    @classmethod
    def of(
        cls,
        enrolled: Enrolled,
        collection: Collection,
        pairs: Pairs,
        groupings: Sequence[Grouping],
        table: Thresholds,
    ) -> Self:
        """Raises :class:`Unusable` where no genuine pair was enrolled."""
        comparisons = Comparisons.of(enrolled, pairs, collection)
        overall, groups = rates(comparisons, groupings)
        row = _row(table, enrolled)
        searched = searches.identify(comparisons, groupings, table=row)
        if row is None:
            return cls(comparisons, pairs, overall, groups, searched, None, (), None)
        in_force, _ = rates(comparisons, table=row)
        stated = reliability(row, comparisons.genuine, comparisons.impostors.histogram)
        return cls(comparisons, pairs, overall, groups, searched, row, in_force, stated)

    def as_object(self) -> dict[str, Any]:
        """For ``json.dumps``; rates are 0 to 1, intervals are of 95 %."""
        enrolled = self.comparisons.enrolled
        return {
            "engine": enrolled.engine,
            "version": enrolled.version,
            "calibration": enrolled.calibration,
            "persons": self.comparisons.persons,
            "images": enrolled.images,
            **_part("fte", self.comparisons.fte()),
            "failures": [{"image": one.image, "reason": one.reason} for one in enrolled.failures],
            "pairs": {
                "lines": self.pairs.lines,
                "absent": self.pairs.absent,
                "failed": self.comparisons.failed,
            },
            "genuine_pairs": len(self.comparisons.genuine),
            "impostor_pairs": self.comparisons.impostors.count,
            "fnmr": {power_of_ten(one.wanted): _operating(one) for one in self.rates},
            "identification": _identification(self.identification),
            "groups": [_group(one, self._searches_of(one)) for one in self.groups],
            "in_force": self._in_force(),
            "likelihood": _reliability(self.reliability),
        }

    def lines(self) -> list[str]:
        """What a person reads."""
        enrolled, comparisons = self.comparisons.enrolled, self.comparisons
        found = [
            f"{enrolled.engine} ({enrolled.version}, {enrolled.calibration})",
            f"  {enrolled.images} images of {comparisons.persons} persons; no template of {len(enrolled.failures)} "
            f"(FTE {_measured_text(comparisons.fte())})",
            f"  {len(comparisons.genuine)} genuine pairs, {comparisons.impostors.count} impostor pairs",
        ]
        if enrolled.failures:
            found.append("  not enrolled: " + ", ".join(f"{one.image} {one.reason}" for one in enrolled.failures))
        if self.pairs.absent or comparisons.failed:
            found.append(
                f"  genuine pairs left out: {comparisons.failed} with an image not enrolled, "
                f"{self.pairs.absent} of files that are absent"
            )
        found += ["  one to one", *(f"    {_operating_line(one)}" for one in self.rates)]
        found += self._searching_lines() + self._in_force_lines() + self._group_lines() + self._likelihood_lines()
        return found

    def _searching_lines(self) -> list[str]:
        one = self.identification
        if one is None:
            return ["  searches: not measured, for too few persons have several images"]
        head = (
            f"  searches among {one.gallery} persons: {one.mated} for persons in the gallery "
            f"(first of all in {_percent(one.first)}), {one.non_mated} for persons not in it"
        )
        return [head] + [
            f"    FPIR {power_of_ten(rate.wanted)}: FNIR {_measured_text(rate.fnir)} at {rate.threshold:.4f}"
            f"{_warning(rate.fpir, 'false positives')}"
            for rate in one.rates
        ]

    def _in_force_lines(self) -> list[str]:
        if self.table is None:
            return ["  the table of thresholds does not know this engine"]
        evidence = self.table.evidence
        found = [f"  the table of thresholds ({evidence.data}, {evidence.measured_on}) on these images"]
        found += [
            f"    FMR {power_of_ten(one.wanted)} wanted: FMR {_measured_text(one.fmr)}, "
            f"FNMR {_measured_text(one.fnmr)} at {one.threshold:.4f}"
            for one in self.in_force
        ]
        if self.identification is not None:
            found += [
                f"    FPIR {power_of_ten(one.wanted)} wanted: FPIR {_measured_text(one.fpir)}, "
                f"FNIR {_measured_text(one.fnir)} at {one.threshold:.4f}"
                for one in self.identification.in_force
            ]
        return found

    def _in_force(self) -> dict[str, Any] | None:
        if self.table is None:
            return None
        searched = () if self.identification is None else self.identification.in_force
        return {
            "data": self.table.evidence.data,
            "measured_on": self.table.evidence.measured_on.isoformat(),
            "fmr": {power_of_ten(one.wanted): _operating(one) for one in self.in_force},
            "fpir": {power_of_ten(one.wanted): _searching(one) for one in searched},
        }

    def _group_lines(self) -> list[str]:
        found = []
        for group in self.groups:
            found.append(f"  {group.column} {group.group}: {group.persons} persons, {group.images} images")
            found.append(f"    FTE {_measured_text(group.fte)}{_times(group.fte_ratio)}")
            found += [
                f"    FMR {power_of_ten(rate.wanted)}: FMR {_measured_text(rate.fmr)}{_times(rate.fmr_ratio)}, "
                f"FNMR {_measured_text(rate.fnmr)}{_times(rate.fnmr_ratio)}{_warning(rate.fmr, 'false matches')}"
                for rate in group.rates
            ]
            found += [
                f"    FPIR {power_of_ten(rate.wanted)}: FPIR {_measured_text(rate.fpir)}{_times(rate.fpir_ratio)}, "
                f"FNIR {_measured_text(rate.fnir)}{_times(rate.fnir_ratio)}{_warning(rate.fpir, 'false positives')}"
                for rate in self._searches_of(group)
            ]
        return found

    def _searches_of(self, group: GroupRates) -> tuple[GroupSearching, ...]:
        return () if self.identification is None else self.identification.groups[group.column, group.group]

    def _likelihood_lines(self) -> list[str]:
        if self.reliability is None:
            return []
        found = [
            f"  likelihood: Cllr {self.reliability.cllr:.4f} bits, at best {self.reliability.cllr_min:.4f}; "
            "log10 of the ratio stated and observed:"
        ]
        for band in self.reliability.bands:
            low = "-inf" if band.low is None else f"{band.low:.1f}"
            high = "inf" if band.high is None else f"{band.high:.1f}"
            observed = "-" if band.observed is None else f"{band.observed:.2f}"
            found.append(f"    {low} to {high}: {observed} ({band.genuine} genuine, {band.impostors} impostor pairs)")
        return found


def _row(table: Thresholds, enrolled: Enrolled) -> Calibration | None:
    try:
        return table.of((enrolled.engine, enrolled.version, enrolled.calibration))
    except ThresholdUnknown:
        return None


def _operating(one: Operating) -> dict[str, Any]:
    return {
        "fnmr": one.fnmr.rate,
        "low": one.fnmr.interval.low,
        "high": one.fnmr.interval.high,
        "threshold": one.threshold,
        "false_non_matches": one.fnmr.errors,
        "gfrr": one.gfrr,
        "fmr": one.fmr.rate,
        "fmr_low": one.fmr.interval.low,
        "fmr_high": one.fmr.interval.high,
        "false_matches": one.fmr.errors,
        "few_errors": one.fmr.few_errors,
    }


def _identification(one: Identification | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "gallery": one.gallery,
        "mated": one.mated,
        "non_mated": one.non_mated,
        "first": one.first,
        "fnir": {power_of_ten(rate.wanted): _searching(rate) for rate in one.rates},
    }


def _searching(one: Searching) -> dict[str, Any]:
    return {
        "fnir": one.fnir.rate,
        "low": one.fnir.interval.low,
        "high": one.fnir.interval.high,
        "threshold": one.threshold,
        "fpir": one.fpir.rate,
        "fpir_low": one.fpir.interval.low,
        "fpir_high": one.fpir.interval.high,
        "false_positives": one.fpir.errors,
        "few_errors": one.fpir.few_errors,
    }


def _group(one: GroupRates, searched: Sequence[GroupSearching]) -> dict[str, Any]:
    return {
        "column": one.column,
        "group": one.group,
        "persons": one.persons,
        "images": one.images,
        "failed": one.fte.errors,
        **_part("fte", one.fte),
        "fte_ratio": one.fte_ratio,
        "rates": {
            power_of_ten(rate.wanted): {
                **_part("fnmr", rate.fnmr),
                "fnmr_ratio": rate.fnmr_ratio,
                "genuine_pairs": rate.fnmr.trials,
                **_part("fmr", rate.fmr),
                "fmr_ratio": rate.fmr_ratio,
                "impostor_pairs": rate.fmr.trials,
                "false_matches": rate.fmr.errors,
                "few_errors": rate.fmr.few_errors,
            }
            for rate in one.rates
        },
        "searches": {
            power_of_ten(rate.wanted): {
                **_part("fnir", rate.fnir),
                "fnir_ratio": rate.fnir_ratio,
                "mated": rate.fnir.trials,
                **_part("fpir", rate.fpir),
                "fpir_ratio": rate.fpir_ratio,
                "non_mated": rate.fpir.trials,
                "false_positives": rate.fpir.errors,
                "few_errors": rate.fpir.few_errors,
            }
            for rate in searched
        },
    }


def _part(name: str, measured: Measured) -> dict[str, Any]:
    return {name: measured.rate, f"{name}_low": measured.interval.low, f"{name}_high": measured.interval.high}


def _reliability(one: Reliability | None) -> dict[str, Any] | None:
    if one is None:
        return None
    bands = [
        {
            "low": band.low,
            "high": band.high,
            "genuine": band.genuine,
            "impostors": band.impostors,
            "observed": band.observed,
        }
        for band in one.bands
    ]
    return {"cllr": one.cllr, "cllr_min": one.cllr_min, "bands": bands}


def power_of_ten(rate: float) -> str:
    """1e-3, as one says it."""
    mantissa, exponent = f"{rate:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _operating_line(one: Operating) -> str:
    return (
        f"FMR {power_of_ten(one.wanted)}: FNMR {_measured_text(one.fnmr)} at {one.threshold:.4f}"
        f"{_warning(one.fmr, 'false matches')}"
    )


def _measured_text(one: Measured) -> str:
    if one.rate is None:
        return "not measured"
    return f"{_percent(one.rate)} ({_percent(one.interval.low)} to {_percent(one.interval.high)})"


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g} %"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f", {ratio:.2g} times everybody's"


def _warning(one: Measured, what: str) -> str:
    return f" - few errors: {one.errors} {what} behind it" if one.few_errors else ""
