"""Searches for persons who are in the gallery, and for persons who are not."""

import dataclasses
from datetime import date

import numpy as np
import pytest

from crossing.faces.evaluation.calibrating import calibrate
from crossing.faces.evaluation.collection import Grouping, every_pair
from crossing.faces.evaluation.identification import identify
from crossing.faces.evaluation.verification import Comparisons
from tests.unit.faces.evaluation import made_up


def _of(images_of: list[int], *, noise: float, seed: int = 1) -> Comparisons:
    of = made_up.collection(images_of)
    vectors = np.concatenate(
        [made_up.crowd(1, many, noise=noise, seed=1000 * seed + person) for person, many in enumerate(images_of)]
    )
    return Comparisons.of(made_up.enrolled(of, vectors), every_pair(of), of)


def test_one_image_of_each_person_with_several_is_the_gallery_and_the_others_search() -> None:
    found = identify(_of([3] * 20 + [1] * 15, noise=0.3))
    assert found is not None
    assert (found.gallery, found.mated, found.non_mated) == (20, 40, 15)


def test_where_everybody_has_several_a_third_is_left_out_always_the_same() -> None:
    comparisons = _of([2] * 30, noise=0.3)
    found = identify(comparisons)
    assert found is not None
    assert (found.gallery, found.mated, found.non_mated) == (20, 20, 20)
    assert identify(comparisons) == found


def test_faces_that_are_alike_only_to_themselves_are_all_found() -> None:
    found = identify(_of([2] * 20 + [1] * 20, noise=0.05))
    assert found is not None
    assert found.first == 1
    for rate in found.rates:
        assert rate.fnir.rate == 0
        assert rate.fpir.errors <= rate.wanted * found.non_mated


def test_a_stricter_rate_raises_fewer_strangers_and_misses_more() -> None:
    found = identify(_of([2] * 100 + [1] * 100, noise=0.9))
    assert found is not None
    assert 0 < found.first < 1
    assert [rate.fpir.errors for rate in found.rates] == [10, 1, 0]
    missed = [rate.fnir.rate or 0 for rate in found.rates]
    assert missed == sorted(missed)
    assert missed[0] > 0


def test_the_searches_of_each_group_are_counted_apart_at_everybodys_threshold() -> None:
    comparisons = _of([2] * 90 + [1] * 60, noise=0.9)
    group_of = np.arange(150) % 3 - 1
    found = identify(
        comparisons, [Grouping("sex", ("F", "M"), group_of), Grouping("all", ("x",), np.zeros(150, int))]
    )
    assert found is not None
    assert list(found.groups) == [("sex", "F"), ("sex", "M"), ("all", "x")]
    for whole, part in zip(found.rates, found.groups["all", "x"], strict=True):
        assert (part.fpir, part.fnir) == (whole.fpir, whole.fnir)
        assert part.fpir_ratio == (1 if whole.fpir.errors else None)
    female, male, known = found.groups["sex", "F"], found.groups["sex", "M"], group_of >= 0
    either = identify(comparisons, [Grouping("known", ("no", "yes"), known.astype(int))])
    assert either is not None
    for one, other, both in zip(female, male, either.groups["known", "yes"], strict=True):
        for rate in ("fpir", "fnir"):
            first, second, together = (getattr(part, rate) for part in (one, other, both))
            assert first.errors + second.errors == together.errors
            assert first.trials + second.trials == together.trials
            assert first.interval.low <= first.rate <= first.interval.high


def test_a_group_nobody_searches_for_has_no_rate() -> None:
    comparisons = _of([2] * 20 + [1] * 20, noise=0.3)
    found = identify(comparisons, [Grouping("sex", ("F",), np.array([0] * 20 + [-1] * 20))])
    assert found is not None
    (part, *_) = found.groups["sex", "F"]
    assert (part.fpir.rate, part.fpir_ratio, part.fpir.trials, part.fnir.trials) == (None, None, 0, 20)


def test_too_few_persons_with_several_images_cannot_be_searched_for() -> None:
    assert identify(_of([2, 2, 2], noise=0.3)) is not None
    of = made_up.collection([2, 1])
    comparisons = Comparisons.of(made_up.enrolled(of, made_up.crowd(3, 1)), every_pair(of), of)
    assert identify(comparisons) is not None
    failed = made_up.enrolled(of, made_up.crowd(3, 1), failed=(1,))
    alone = dataclasses.replace(comparisons, enrolled=failed)
    assert identify(alone) is None


def test_a_threshold_measured_one_to_one_holds_in_searches() -> None:
    """FPIR is about FMR times the gallery's size, which is how the program chooses its threshold."""
    comparisons = _of([2] * 100 + [1] * 200, noise=0.9)
    found = identify(comparisons)
    assert found is not None
    wanted = found.rates[0]
    (threshold,) = comparisons.impostors.thresholds([wanted.wanted / found.gallery])
    assert threshold == pytest.approx(wanted.threshold, abs=0.1)
    row = calibrate(comparisons, (), data="made up", on=date(2025, 1, 1))
    measured = identify(comparisons, table=row)
    assert measured is not None
    tables = measured.in_force[0]
    assert tables.threshold == row.identification_threshold(0.1, found.gallery)
    assert tables.fpir.interval.low <= 0.1 <= tables.fpir.interval.high
