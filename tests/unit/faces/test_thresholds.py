"""From a score to an error rate, a threshold and words."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crossing.faces.errors import ThresholdUnknown
from crossing.faces.thresholds import Calibration, Evidence, Point, Thresholds
from crossing.faces.words import SUPPORT

SHIPPED = Thresholds.load()
ROWS = pytest.mark.parametrize("row", SHIPPED.rows, ids=lambda row: row.engine)

rates = st.floats(min_value=1e-9, max_value=0.5)
scores = st.floats(min_value=-1, max_value=1)


def calibration(*points: tuple[float, float, float]) -> Calibration:
    return Calibration(
        engine="trial",
        version="1",
        calibration="cosine",
        evidence=Evidence(
            data="made up",
            measured_on=date(2025, 1, 1),
            images=100,
            failed_to_enrol=2,
            genuine_pairs=100,
            impostor_pairs=10_000,
        ),
        points=tuple(Point(fmr=fmr, threshold=threshold, fnmr=fnmr) for fmr, threshold, fnmr in points),
        llr_slope=10,
        llr_offset=-4,
        worst_group_factor=None,
    )


TRIAL = calibration((1e-2, 0.4, 0.01), (1e-3, 0.5, 0.02), (1e-4, 0.6, 0.05))


def test_the_table_that_ships_knows_the_three_engines_and_what_it_was_measured_on() -> None:
    assert {row.engine for row in SHIPPED.rows} == {"dlib", "sface", "fused"}
    for row in SHIPPED.rows:
        assert row.evidence.impostor_pairs > 1_000_000
        assert row.evidence.data


@ROWS
@pytest.mark.parametrize("fmr", [1e-2, 1e-3, 1e-4, 1e-5])
def test_a_measured_rate_gives_the_measured_threshold(row: Calibration, fmr: float) -> None:
    measured = {point.fmr: point.threshold for point in row.points}
    assert row.threshold(fmr) == pytest.approx(measured[fmr])
    assert row.fmr(measured[fmr]) == pytest.approx(fmr)


def test_the_fused_engine_misses_fewer_than_either_alone_at_the_rates_it_is_used_at() -> None:
    missed = {row.engine: {point.fmr: point.fnmr for point in row.points} for row in SHIPPED.rows}
    for fmr in (1e-3, 1e-4):
        assert missed["fused"][fmr] < missed["sface"][fmr] < missed["dlib"][fmr]


@ROWS
@given(first=rates, second=rates)
def test_a_lower_wanted_rate_never_lowers_the_threshold(row: Calibration, first: float, second: float) -> None:
    assert row.threshold(min(first, second)) >= row.threshold(max(first, second))


@ROWS
@given(first=scores, second=scores)
def test_a_higher_score_never_gets_a_higher_rate_or_weaker_support(
    row: Calibration, first: float, second: float
) -> None:
    low, high = min(first, second), max(first, second)
    assert row.fmr(high) <= row.fmr(low)
    assert row.log10_likelihood_ratio(high) >= row.log10_likelihood_ratio(low)
    assert row.support(low) in SUPPORT


@ROWS
@given(score=scores)
def test_a_rate_is_a_rate(row: Calibration, score: float) -> None:
    assert 0 < row.fmr(score) <= 1


@ROWS
@given(size=st.integers(min_value=1, max_value=10_000_000))
def test_a_larger_gallery_asks_for_a_higher_score(row: Calibration, size: int) -> None:
    assert row.identification_threshold(1e-2, size) >= row.identification_threshold(1e-2, 1)


def test_among_n_entries_the_false_match_rate_is_the_wanted_rate_over_n() -> None:
    assert TRIAL.identification_threshold(0.1, 100) == pytest.approx(TRIAL.threshold(1e-3))
    assert TRIAL.identification_threshold(1e-2, 0) == pytest.approx(TRIAL.threshold(1e-2))


def test_between_two_measured_rates_the_threshold_follows_the_logarithm() -> None:
    assert TRIAL.threshold(10**-2.5) == pytest.approx(0.45)


def test_below_the_lowest_rate_the_last_measured_decade_goes_on_not_the_last_two_points() -> None:
    uneven = calibration((1e-3, 0.4, 0.01), (1e-4, 0.5, 0.02), (3e-5, 0.58, 0.03), (1e-5, 0.6, 0.05))
    assert uneven.threshold(1e-6) == pytest.approx(0.7)
    assert uneven.threshold(1e-7) == pytest.approx(0.8)
    assert uneven.fmr(0.8) == pytest.approx(1e-7)
    short = calibration((1e-2, 0.4, 0.01), (3e-3, 0.5, 0.02))
    assert short.threshold(3e-3 * 0.3) == pytest.approx(0.6)


def test_beyond_the_measured_rates_the_threshold_goes_on_rising_and_stops_at_one() -> None:
    assert TRIAL.threshold(1e-5) == pytest.approx(0.7)
    assert TRIAL.threshold(1e-30) == 1.0


def test_the_share_of_images_without_a_face_is_the_failure_to_enrol() -> None:
    assert TRIAL.fte == 0.02


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0.40, "none"),
        (0.45, "weak_same"),
        (0.50, "moderate_same"),
        (0.60, "moderately_strong_same"),
        (0.70, "strong_same"),
        (0.80, "strong_same"),
        (0.35, "weak_different"),
        (0.25, "moderate_different"),
        (-1.0, "moderate_different"),
    ],
)
def test_a_score_is_put_in_the_words_of_its_likelihood_ratio(score: float, words: str) -> None:
    assert TRIAL.support(score) == words


def test_support_never_exceeds_what_ten_errors_among_the_measured_pairs_carry() -> None:
    assert TRIAL.log10_likelihood_ratio(1.0) == pytest.approx(3)
    assert TRIAL.log10_likelihood_ratio(-1.0) == pytest.approx(-1)


def test_fewer_than_ten_pairs_support_nothing() -> None:
    evidence = TRIAL.evidence.model_copy(update={"genuine_pairs": 3, "impostor_pairs": 0})
    few = TRIAL.model_copy(update={"evidence": evidence})
    assert [few.support(score) for score in (-1.0, 0.4, 1.0)] == ["none", "none", "none"]


@ROWS
def test_the_strongest_word_of_the_shipped_table_is_one_that_was_seen(row: Calibration) -> None:
    assert row.support(1.0) == "very_strong_same"
    assert row.support(-1.0) == "moderate_different"


def test_an_engine_that_was_not_measured_decides_nothing() -> None:
    with pytest.raises(ThresholdUnknown) as refused:
        SHIPPED.of(("fused", "another version", "cosine"))
    assert refused.value.params["engine"] == "fused"


@pytest.mark.parametrize(
    "points",
    [
        [(1e-2, 0.5, 0.01), (1e-3, 0.4, 0.02)],
        [(1e-3, 0.4, 0.01), (1e-2, 0.5, 0.02)],
        [(1e-2, 0.4, 0.02), (1e-3, 0.5, 0.01)],
    ],
)
def test_a_table_that_contradicts_itself_is_refused(points: list[tuple[float, float, float]]) -> None:
    with pytest.raises(ValidationError):
        calibration(*points)


def test_a_table_of_ones_own_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    path.write_text(Thresholds((TRIAL,)).to_json(), encoding="utf-8")
    assert Thresholds.load(path).of(("trial", "1", "cosine")) == TRIAL
