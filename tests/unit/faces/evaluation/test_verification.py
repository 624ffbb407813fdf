"""False matches and false non-matches, of everybody and by group, counted one by one beside."""

from datetime import date
from itertools import combinations

import numpy as np
import pytest

from crossing.faces.evaluation.calibrating import calibrate
from crossing.faces.evaluation.collection import Grouping, Pairs, Unusable, every_pair
from crossing.faces.evaluation.verification import Comparisons, det_curve, rates
from tests.unit.faces.evaluation import made_up

FMRS = (1e-1, 1e-2, 1e-3)


def _scores(comparisons: Comparisons, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Genuine and impostor scores among the persons of ``members``, pair by pair."""
    vectors, person_of = comparisons.enrolled.vectors, comparisons.enrolled.person_of
    genuine = comparisons.genuine[members[comparisons.genuine_person]]
    strangers = [
        vectors[one] @ vectors[other]
        for one, other in combinations(range(len(vectors)), 2)
        if person_of[one] != person_of[other] and members[person_of[[one, other]]].all()
    ]
    return genuine, np.array(strangers)


def test_the_rates_are_those_of_counting_every_pair() -> None:
    comparisons = made_up.comparisons(40, 3)
    genuine, strangers = _scores(comparisons, np.ones(40, dtype=np.bool_))
    overall, _ = rates(comparisons, fmrs=FMRS)
    for one in overall:
        assert one.fnmr.rate == pytest.approx((genuine < one.threshold).mean())
        assert one.fmr.trials == len(strangers)
        # Single products may differ in the last bit from those of a block.
        assert one.fmr.errors == pytest.approx((strangers >= one.threshold).sum(), abs=1)
        assert one.fmr.errors <= one.wanted * len(strangers)
        assert one.fnmr.interval.low <= one.fnmr.rate <= one.fnmr.interval.high
        assert one.fmr.interval.low <= one.fmr.rate <= one.fmr.interval.high


def test_a_group_is_measured_among_its_own_at_everybodys_threshold() -> None:
    comparisons = made_up.comparisons(40, 3)
    group_of = np.array([0] * 10 + [1] * 25 + [-1] * 5)
    overall, groups = rates(comparisons, [Grouping("sex", ("F", "M"), group_of)], FMRS)
    assert [(one.column, one.group, one.persons, one.images) for one in groups] == [
        ("sex", "F", 10, 30),
        ("sex", "M", 25, 75),
    ]
    for code, group in enumerate(groups):
        genuine, strangers = _scores(comparisons, group_of == code)
        for whole, part in zip(overall, group.rates, strict=True):
            assert part.fnmr.trials == len(genuine)
            assert part.fnmr.errors == (genuine < whole.threshold).sum()
            assert part.fmr.trials == len(strangers)
            assert part.fmr.errors == pytest.approx((strangers >= whole.threshold).sum(), abs=1)
            if whole.fmr.rate:
                assert part.fmr_ratio == pytest.approx(part.fmr.rate / whole.fmr.rate)
            else:
                assert part.fmr_ratio is None


def test_a_group_whose_faces_the_engine_confuses_has_a_ratio_above_one() -> None:
    of = made_up.collection([2] * 60)
    vectors = made_up.crowd(60, 2, noise=0.3)
    # The first twenty persons all lie in one direction more than the others do.
    vectors[:40] += 0.12
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    comparisons = Comparisons.of(made_up.enrolled(of, vectors), every_pair(of), of)
    grouping = Grouping("origin", ("near", "far"), np.array([0] * 20 + [1] * 40))
    _, (near, far) = rates(comparisons, [grouping], (1e-2,))
    assert near.rates[0].fmr_ratio is not None
    assert far.rates[0].fmr_ratio is not None
    assert far.rates[0].fmr_ratio < 1 < near.rates[0].fmr_ratio


def test_a_pair_with_an_image_that_failed_is_no_false_non_match_but_counts_in_the_generalised_rate() -> None:
    of = made_up.collection([2] * 20)
    enrolled = made_up.enrolled(of, made_up.crowd(20, 2, noise=0.05), failed=(0, 1, 5))
    comparisons = Comparisons.of(enrolled, every_pair(of), of)
    (one,), _ = rates(comparisons, fmrs=(1e-2,))
    assert comparisons.failed == 2
    assert enrolled.fte == 3 / 40
    assert (one.fnmr.errors, one.fnmr.trials) == (0, 18)
    assert one.gfrr == pytest.approx(2 / 20)


def test_failures_to_enrol_are_counted_by_group_of_all_its_images() -> None:
    of = made_up.collection([2] * 20)
    enrolled = made_up.enrolled(of, made_up.crowd(20, 2, noise=0.05), failed=(0, 1, 5))
    comparisons = Comparisons.of(enrolled, every_pair(of), of)
    grouping = Grouping("origin", ("far", "near", "other"), np.array([0] * 5 + [1] * 10 + [2] * 3 + [-1] * 2))
    _, (far, near, other) = rates(comparisons, [grouping], FMRS)
    assert [(one.persons, one.images, one.fte.errors) for one in (far, near, other)] == [
        (5, 10, 3),
        (10, 20, 0),
        (3, 6, 0),
    ]
    assert (far.fte.rate, far.fte_ratio) == (0.3, pytest.approx(0.3 / (3 / 40)))
    assert comparisons.fte().rate == enrolled.fte
    for one in (far.fte, near.fte, comparisons.fte()):
        assert one.rate is not None
        assert one.interval.low <= one.rate < one.interval.high


def test_where_no_genuine_pair_was_enrolled_nothing_is_measured() -> None:
    of = made_up.collection([2, 1, 1])
    enrolled = made_up.enrolled(of, made_up.crowd(4, 1), failed=(0,))
    with pytest.raises(Unusable, match="no genuine pair"):
        Comparisons.of(enrolled, Pairs(np.array([[0, 1]]), 1, 0), of)


def test_a_rate_with_few_false_matches_behind_it_says_so() -> None:
    overall, _ = rates(made_up.comparisons(40, 3), fmrs=(1e-1, 1e-5))
    assert [one.fmr.few_errors for one in overall] == [False, True]
    assert overall[1].fmr.errors == 0


def test_a_table_made_on_other_persons_is_measured_on_these() -> None:
    row = calibrate(made_up.comparisons(120, 3, seed=1), (), data="made up", on=date(2025, 1, 1))
    others = made_up.comparisons(120, 3, seed=2)
    own, _ = rates(others, fmrs=FMRS)
    in_force, _ = rates(others, fmrs=FMRS, table=row)
    for mine, tables in zip(own, in_force, strict=True):
        assert tables.threshold == row.threshold(tables.wanted)
        assert mine.fmr.rate <= mine.wanted
        # The impostors are of one kind, so the table's rate is about the wanted one, on either side of it.
        assert tables.fmr.rate == pytest.approx(tables.wanted, rel=0.5)
        assert tables.fmr.rate != mine.fmr.rate


def test_the_det_curve_passes_through_the_measured_rates() -> None:
    comparisons = made_up.comparisons(40, 3)
    fmr, fnmr = det_curve(comparisons)
    assert (np.diff(fmr) <= 0).all()
    assert (np.diff(fnmr) >= 0).all()
    (one,), _ = rates(comparisons, fmrs=(1e-2,))
    place = int(np.argmin(np.abs(fmr - one.fmr.rate)))
    assert fnmr[place] == pytest.approx(one.fnmr.rate, abs=0.02)
