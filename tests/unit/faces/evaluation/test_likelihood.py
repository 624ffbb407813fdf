"""Whether a stated likelihood ratio is what it says."""

import math
from datetime import date

import numpy as np
import pytest

from crossing.faces.evaluation.impostors import BINS, bins
from crossing.faces.evaluation.likelihood import likelihood_line, reliability
from crossing.faces.thresholds import Calibration, Evidence, Point

MIDDLE, APART, SPREAD = 0.3, 0.2, 0.08


def _scores(number: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Normal scores of equal spread, for which log LR is exactly a line; impostors as counts in bins."""
    chance = np.random.default_rng(seed)
    genuine = chance.normal(MIDDLE + APART, SPREAD, number).astype(np.float32)
    strangers = chance.normal(MIDDLE - APART, SPREAD, 50 * number).astype(np.float32)
    return genuine, np.bincount(bins(strangers), minlength=BINS)


TRUE_SLOPE = 2 * APART / SPREAD**2 / math.log(10)


def _row(slope: float, offset: float) -> Calibration:
    return Calibration(
        engine="trial",
        version="1",
        calibration="cosine",
        evidence=Evidence(
            data="made up",
            measured_on=date(2025, 1, 1),
            images=100,
            failed_to_enrol=0,
            genuine_pairs=10**6,
            impostor_pairs=10**6,
        ),
        points=(Point(fmr=1e-1, threshold=0.2, fnmr=0), Point(fmr=1e-3, threshold=0.4, fnmr=0.1)),
        llr_slope=slope,
        llr_offset=offset,
        worst_group_factor=None,
    )


def test_the_line_is_the_true_one_where_the_truth_is_a_line() -> None:
    slope, offset = likelihood_line(*_scores(20_000))
    assert slope == pytest.approx(TRUE_SLOPE, rel=0.1)
    assert -offset / slope == pytest.approx(MIDDLE, abs=0.01)


def test_scores_that_do_not_overlap_get_a_line_all_the_same() -> None:
    strangers = np.zeros(BINS, dtype=np.int64)
    strangers[BINS // 2] = 100
    slope, offset = likelihood_line(np.full(10, 0.9, dtype=np.float32), strangers)
    assert math.isfinite(slope)
    assert slope > 0
    assert slope * 0 + offset < 0 < slope * 0.9 + offset


def test_true_ratios_cost_no_more_than_the_best_possible() -> None:
    found = reliability(_row(TRUE_SLOPE, -TRUE_SLOPE * MIDDLE), *_scores(20_000))
    assert found.cllr_min <= found.cllr == pytest.approx(found.cllr_min, abs=0.003)
    assert sum(band.genuine for band in found.bands) == 20_000
    assert sum(band.impostors for band in found.bands) == 1_000_000
    for band in found.bands:
        if band.observed is not None and band.low is not None and band.high is not None and band.genuine > 50:
            assert band.low - 0.2 <= band.observed <= band.high + 0.2


def test_overstated_ratios_cost_more_and_show_in_their_bands() -> None:
    honest = reliability(_row(TRUE_SLOPE, -TRUE_SLOPE * MIDDLE), *_scores(20_000))
    boasting = reliability(_row(4 * TRUE_SLOPE, -4 * TRUE_SLOPE * MIDDLE), *_scores(20_000))
    assert boasting.cllr > honest.cllr + 0.005
    assert boasting.cllr_min == pytest.approx(honest.cllr_min)
    strong = [band for band in boasting.bands if band.low is not None and band.low >= 2 and band.observed is not None]
    assert all(band.observed < band.low for band in strong if band.impostors > 20)


def test_scores_that_say_nothing_cost_one_bit() -> None:
    same = np.full(1000, 0.3, dtype=np.float32)
    found = reliability(_row(10.0, -3.0), same, np.bincount(bins(same), minlength=BINS))
    assert found.cllr == pytest.approx(1, abs=0.001)
    assert found.cllr_min == pytest.approx(1)
