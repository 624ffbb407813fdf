"""Of which date a version of a list is."""

from datetime import UTC, datetime, timedelta

import pytest

from crossing.screening.errors import ListDatedLater, ListDateMissing, ListFromTheFuture, ListOlder
from crossing.screening.lists.dating import Dating
from crossing.screening.models import ListVersion

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
IN_USE = ListVersion(sha256="ab", as_of=NOW - timedelta(hours=1))


def test_the_file_s_own_date_holds() -> None:
    own = NOW - timedelta(days=5)
    assert Dating(None, own).date(NOW, None, "ab") == own


def test_where_the_file_has_none_the_given_one_holds() -> None:
    given = NOW - timedelta(days=3)
    assert Dating(given, None).date(NOW, None, "ab") == given


def test_nobody_makes_a_file_fresher_than_it_says_it_is() -> None:
    with pytest.raises(ListDatedLater) as refused:
        Dating(NOW, NOW - timedelta(days=268)).date(NOW, None, "ab")
    assert refused.value.params == {"own": "2030-06-06", "given": "2031-03-01"}
    with pytest.raises(ListDatedLater):
        Dating(NOW, NOW - timedelta(days=268), corrects=True).date(NOW, IN_USE, "ab")


def test_an_earlier_date_than_the_file_s_own_counts() -> None:
    given = NOW - timedelta(days=9)
    assert Dating(given, NOW - timedelta(days=5)).date(NOW, None, "ab") == given


def test_a_later_hour_of_the_file_s_own_day_is_no_other_date() -> None:
    assert Dating(NOW, NOW - timedelta(hours=9)).date(NOW, None, "ab") == NOW - timedelta(hours=9)


def test_of_a_file_without_a_date_one_is_asked_for() -> None:
    with pytest.raises(ListDateMissing):
        Dating(None, None).date(NOW, None, "ab")
    with pytest.raises(ListDateMissing):
        Dating(None, None).date(NOW, IN_USE, "cd")


def test_the_content_in_use_keeps_its_date() -> None:
    assert Dating(None, None).date(NOW, IN_USE, "ab") == IN_USE.as_of


def test_a_date_in_the_future_is_refused() -> None:
    with pytest.raises(ListFromTheFuture):
        Dating(NOW + timedelta(days=2), None).date(NOW, None, "ab")


def test_an_older_list_is_refused_and_both_days_are_told() -> None:
    with pytest.raises(ListOlder) as refused:
        Dating(NOW - timedelta(days=9), None).date(NOW, IN_USE, "cd")
    assert refused.value.params == {"as_of": "2031-02-20", "serving": "2031-03-01"}


def test_of_one_day_the_times_are_told() -> None:
    with pytest.raises(ListOlder) as refused:
        Dating(NOW - timedelta(hours=2), None).date(NOW, IN_USE, "cd")
    assert refused.value.params == {"as_of": "2031-03-01 10:00", "serving": "2031-03-01 11:00"}


def test_a_wrong_date_is_put_right_for_the_same_content_alone() -> None:
    right = NOW - timedelta(days=9)
    assert Dating(right, None, corrects=True).date(NOW, IN_USE, "ab") == right
    with pytest.raises(ListOlder):
        Dating(right, None, corrects=True).date(NOW, IN_USE, "cd")
