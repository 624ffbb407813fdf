"""The row that an engine gets in the table of thresholds."""

from datetime import date

import numpy as np
import pytest

from crossing.faces.evaluation.calibrating import calibrate, updated, worst_factor
from crossing.faces.evaluation.collection import Grouping, Unusable, every_pair
from crossing.faces.evaluation.verification import Comparisons, rates
from crossing.faces.thresholds import Thresholds
from tests.unit.faces.evaluation import made_up

TODAY = date(2025, 1, 1)
SEX = Grouping("sex", ("F", "M"), np.array([0, 1] * 60))


def test_every_point_lets_through_at_most_its_rate() -> None:
    comparisons = made_up.comparisons(120, 3)
    row = calibrate(comparisons, (), data="made up", on=TODAY)
    assert [point.fmr for point in row.points] == [0.1, 0.03, 0.01, 0.003, 0.001, 0.0003]
    thresholds = [point.threshold for point in row.points]
    reached = np.concatenate([level for *_, level in comparisons.impostors.matches(thresholds)])
    for place, point in enumerate(row.points):
        assert (reached > place).sum() <= point.fmr * comparisons.impostors.count
        assert point.fnmr == pytest.approx((comparisons.genuine < point.threshold).mean(), abs=1e-4)
    assert row.evidence.impostor_pairs == comparisons.impostors.count
    assert (row.evidence.genuine_pairs, row.evidence.images, row.evidence.failed_to_enrol) == (360, 360, 0)
    assert row.worst_group_factor is None


def test_the_worst_group_is_said_where_groups_were_given() -> None:
    comparisons = made_up.comparisons(120, 4)
    row = calibrate(comparisons, (SEX,), data="made up", on=TODAY)
    _, groups = rates(comparisons, (SEX,), (1e-3,))
    assert row.worst_group_factor == worst_factor(groups)
    assert row.worst_group_factor is not None
    assert row.worst_group_factor >= 1


def test_a_group_with_too_few_false_matches_says_nothing_of_the_worst() -> None:
    _, groups = rates(made_up.comparisons(120, 1 + 1), (Grouping("sex", ("F",), np.array([0] * 3 + [-1] * 117)),))
    assert worst_factor(groups) is None


def test_other_engines_rows_are_kept_and_the_engines_own_is_replaced() -> None:
    row = calibrate(made_up.comparisons(120, 3), (), data="made up", on=TODAY)
    other = row.model_copy(update={"engine": "another"})
    older = row.model_copy(update={"version": "0", "worst_group_factor": 3.0})
    assert updated(Thresholds(()), row).rows == (row,)
    assert updated(Thresholds((other,)), row).rows == (other, row)
    assert updated(Thresholds((older, other)), row).rows == (row, other)


def test_what_is_known_of_the_worst_group_on_the_same_images_is_not_forgotten() -> None:
    row = calibrate(made_up.comparisons(120, 3), (), data="made up", on=TODAY)
    known = row.model_copy(update={"worst_group_factor": 3.0})
    assert updated(Thresholds((known,)), row).rows == (known,)
    later = calibrate(made_up.comparisons(120, 3), (), data="made up", on=date(2025, 2, 1))
    assert updated(Thresholds((known,)), later).rows == (later.model_copy(update={"worst_group_factor": 3.0}),)
    measured = row.model_copy(update={"worst_group_factor": 1.5})
    assert updated(Thresholds((known,)), measured).rows == (measured,)


@pytest.mark.parametrize("changed", [{"data": "another border"}, {"images": 361}, {"impostor_pairs": 7}])
def test_what_was_known_of_the_worst_group_on_other_images_is_dropped(changed: dict[str, str | int]) -> None:
    row = calibrate(made_up.comparisons(120, 3), (), data="made up", on=TODAY)
    evidence = row.evidence.model_copy(update=changed)
    elsewhere = row.model_copy(update={"worst_group_factor": 3.0, "evidence": evidence})
    assert updated(Thresholds((elsewhere,)), row).rows == (row,)


def test_too_few_pairs_and_scores_that_tell_nobody_apart_make_no_table() -> None:
    with pytest.raises(Unusable, match="too few"):
        calibrate(made_up.comparisons(5, 2), (), data="made up", on=TODAY)
    of = made_up.collection([2] * 40)
    one_picture = np.repeat(made_up.crowd(1, 1), 80, axis=0)
    comparisons = Comparisons.of(made_up.enrolled(of, one_picture), every_pair(of), of)
    with pytest.raises(Unusable):
        calibrate(comparisons, (), data="made up", on=TODAY)
