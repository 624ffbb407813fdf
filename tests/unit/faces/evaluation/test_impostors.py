"""Thresholds from all pairs of different persons: never more false matches than asked for, ties included."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.faces.evaluation import impostors as module
from crossing.faces.evaluation.impostors import Impostors, bins, pairs_between, threshold_for
from tests.unit.faces.evaluation import made_up

# Eighths multiply and add up exactly in float32, and few of them make many equal scores.
eighths = st.integers(min_value=-4, max_value=4).map(lambda eighth: eighth / 8)
people = st.lists(
    st.tuples(st.integers(min_value=0, max_value=5), st.tuples(eighths, eighths, eighths, eighths)),
    min_size=2,
    max_size=40,
).filter(lambda rows: len({person for person, _ in rows}) > 1)
rates = st.floats(min_value=1e-4, max_value=0.5)


def _impostors(rows: list[tuple[int, tuple[float, ...]]]) -> tuple[Impostors, list[float]]:
    vectors = np.array([vector for _, vector in rows], dtype=np.float32)
    person_of = np.array([person for person, _ in rows], dtype=np.intp)
    scores = [
        float(vectors[one] @ vectors[other])
        for one, other in combinations(range(len(rows)), 2)
        if person_of[one] != person_of[other]
    ]
    return Impostors(vectors, person_of), scores


@given(rows=people, wanted=st.lists(rates, min_size=1, max_size=4))
def test_at_most_the_wanted_share_of_impostors_matches(
    rows: list[tuple[int, tuple[float, ...]]], wanted: list[float]
) -> None:
    impostors, scores = _impostors(rows)
    assert impostors.count == len(scores)
    for rate, threshold in zip(wanted, impostors.thresholds(wanted), strict=True):
        assert sum(score >= threshold for score in scores) <= math.floor(rate * len(scores))
        just_lower = float(np.nextafter(np.float32(threshold), np.float32(-2)))
        assert sum(score >= just_lower for score in scores) > math.floor(rate * len(scores))


@given(rows=people)
def test_every_false_match_is_found_once_with_the_thresholds_it_reaches(
    rows: list[tuple[int, tuple[float, ...]]],
) -> None:
    impostors, scores = _impostors(rows)
    thresholds = [-0.25, 0.0, 0.5]
    found = [int(level) for _, _, levels in impostors.matches(thresholds) for level in levels]
    for place, threshold in enumerate(thresholds):
        assert sum(level > place for level in found) == sum(score >= threshold for score in scores)


@given(rows=people, limit=st.integers(min_value=1, max_value=20))
def test_the_most_alike_strangers_are_found_ties_or_not(
    rows: list[tuple[int, tuple[float, ...]]], limit: int
) -> None:
    impostors, scores = _impostors(rows)
    found = impostors.most_alike(limit)
    assert [score for *_, score in found] == sorted(scores, reverse=True)[:limit]
    for one, other, score in found:
        assert impostors.person_of[one] != impostors.person_of[other]
        assert float(impostors.vectors[one] @ impostors.vectors[other]) == score


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    of = made_up.collection([3] * 40)
    vectors = made_up.crowd(40, 3)
    whole = Impostors(vectors, of.person_of)
    monkeypatch.setattr(module, "_BLOCK_ROWS", 7)
    parts = Impostors(vectors, of.person_of)
    assert (parts.histogram == whole.histogram).all()
    assert [pair[:2] for pair in parts.most_alike(30)] == [pair[:2] for pair in whole.most_alike(30)]
    assert parts.thresholds([1e-2, 1e-3]) == pytest.approx(whole.thresholds([1e-2, 1e-3]), abs=1e-6)


@pytest.mark.parametrize(("persons", "images"), [(2, 1), (5, 3), (40, 2)])
def test_all_pairs_of_different_persons_are_counted(persons: int, images: int) -> None:
    of = made_up.collection([images] * persons)
    impostors = Impostors(made_up.crowd(persons, images), of.person_of)
    assert impostors.count == int(impostors.histogram.sum()) == images**2 * persons * (persons - 1) // 2
    assert pairs_between(np.array([images] * persons)) == impostors.count


@given(st.lists(st.floats(min_value=-1, max_value=1, width=32), min_size=2))
def test_a_higher_score_is_never_in_a_lower_bin(scores: list[float]) -> None:
    assert (np.diff(bins(np.sort(np.array(scores, dtype=np.float32)))) >= 0).all()


@given(scores=st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75]), min_size=1), rate=rates)
def test_the_threshold_of_plain_scores_holds_with_ties(scores: list[float], rate: float) -> None:
    threshold = threshold_for(np.array(scores, dtype=np.float32), rate)
    assert sum(score >= threshold for score in scores) <= math.floor(rate * len(scores))
