"""How sure a measured rate is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.faces.evaluation.intervals import own_pairs, shared_pairs, wilson


@pytest.mark.parametrize(
    ("errors", "trials", "low", "high"),
    [
        (8, 600, 0.0068, 0.0261),
        (0, 100, 0.0, 0.0370),
        (1, 10, 0.0179, 0.4042),
        (10, 10, 0.7225, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilsons_interval_is_the_published_one(errors: int, trials: int, low: float, high: float) -> None:
    assert wilson(errors, trials) == pytest.approx((low, high), abs=1e-4)


counts = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30)


@given(counts)
def test_an_interval_holds_the_measured_rate(rows: list[tuple[int, int]]) -> None:
    trials = np.array([max(row) for row in rows], dtype=np.int64)
    errors = np.array([min(row) for row in rows], dtype=np.int64)
    low, high = own_pairs(errors, trials)
    assert 0 <= low <= high <= 1
    if trials.sum():
        assert low <= errors.sum() / trials.sum() <= high


def test_pairs_of_one_person_are_not_so_many_witnesses() -> None:
    trials = np.full(100, 10, dtype=np.int64)
    spread, heaped = np.ones(100, dtype=np.int64), np.zeros(100, dtype=np.int64)
    heaped[:10] = 10
    even, uneven = own_pairs(spread, trials), own_pairs(heaped, trials)
    assert even == pytest.approx(wilson(100, 1000), abs=1e-3)
    assert uneven.high - uneven.low > 2.5 * (even.high - even.low)
    assert uneven == pytest.approx(wilson(10, 100), abs=0.02)


def test_no_error_among_few_persons_promises_little_however_many_pairs_they_make() -> None:
    none = np.zeros(10, dtype=np.int64)
    assert own_pairs(none, np.full(10, 1000, dtype=np.int64)) == wilson(0, 10)
    assert own_pairs(none, none) == (0.0, 1.0)


def test_the_same_counts_give_the_same_interval() -> None:
    errors, trials = np.arange(50, dtype=np.int64), np.full(50, 60, dtype=np.int64)
    assert own_pairs(errors, trials) == own_pairs(errors, trials)


def test_the_interval_of_false_matches_covers_the_true_rate_about_as_often_as_it_says() -> None:
    """Persons of different likeness to others: the true rate is known, and 200 samples of 60 persons are drawn."""
    chance, persons, covered = np.random.default_rng(5), 60, 0
    for _ in range(200):
        likeness = chance.choice([0.05, 0.35], persons, p=[0.8, 0.2])
        matched = np.triu(chance.random((persons, persons)) < np.sqrt(np.outer(likeness, likeness)), 1)
        errors = (matched.sum(axis=0) + matched.sum(axis=1)).astype(np.int64)
        low, high = shared_pairs(errors, np.full(persons, persons - 1, dtype=np.int64))
        covered += low <= (0.8 * np.sqrt(0.05) + 0.2 * np.sqrt(0.35)) ** 2 <= high
    assert 180 <= covered <= 200
