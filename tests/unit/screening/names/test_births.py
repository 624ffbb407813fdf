"""Two dates of birth: the same, perhaps the same, or another person's."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth, Relation, compare, digits_apart

MIN_DAY = date(1000, 1, 1)
YEAR_1980 = ListedBirth.exact(PartialDate(1980))
ABOUT_1980 = ListedBirth.approximate(PartialDate(1980))
FROM_1978_TO_1982 = ListedBirth.between(PartialDate(1978), PartialDate(1982))


def exact(text: str) -> ListedBirth:
    return ListedBirth.exact(PartialDate.parse(text))


@pytest.mark.parametrize(
    ("traveller", "listed", "expected"),
    [
        ("1980-05-03", exact("1980-05-03"), Relation.SAME),
        ("1980-05-03", exact("1980-03-05"), Relation.SWAPPED),
        ("1980-05-03", exact("1980-05-13"), Relation.ONE_PART_OFF),
        ("1980-05-03", exact("1981-05-03"), Relation.ONE_PART_OFF),
        ("1980-05-03", exact("1982-05-03"), Relation.SLIP),
        ("1980-05-03", exact("1980-05-30"), Relation.ONE_PART_OFF),
        ("1972-02-17", exact("1927-02-17"), Relation.SLIP),
        ("1980-05-03", exact("1991-05-03"), Relation.DIFFERS),
        ("1980-05-03", exact("1980-07-09"), Relation.DIFFERS),
        ("1980-05-03", YEAR_1980, Relation.YEAR_SAME),
        ("1980", exact("1980-05-03"), Relation.YEAR_SAME),
        ("1980-05", exact("1980-05-03"), Relation.YEAR_SAME),
        ("1980-06", exact("1980-05-03"), Relation.DIFFERS),
        ("1981", exact("1980-05-03"), Relation.NEAR),
        ("1980-01-01", exact("1980-05-03"), Relation.PLACEHOLDER),
        ("1980-05-03", exact("1980-01-01"), Relation.PLACEHOLDER),
        ("1980-01-01", exact("1980-01-01"), Relation.PLACEHOLDER),
        ("1980-06", exact("1980-01-01"), Relation.YEAR_SAME),
        ("1980-05-03", ABOUT_1980, Relation.YEAR_SAME),
        ("1982-05-03", ABOUT_1980, Relation.NEAR),
        ("1983-05-03", ABOUT_1980, Relation.DIFFERS),
        ("1978-05-03", FROM_1978_TO_1982, Relation.YEAR_SAME),
        ("1983", FROM_1978_TO_1982, Relation.NEAR),
        ("1984", FROM_1978_TO_1982, Relation.DIFFERS),
    ],
)
def test_relations(traveller: str, listed: ListedBirth, expected: Relation) -> None:
    assert compare(PartialDate.parse(traveller), [listed])[0] is expected


def test_the_strongest_of_several_listed_dates_counts() -> None:
    births = [exact("1970-02-02"), exact("1980-05-03"), YEAR_1980]
    assert compare(PartialDate.parse("1980-05-03"), births) == (Relation.SAME, births[1])


def test_nothing_is_known_where_a_side_has_no_date() -> None:
    assert compare(None, [YEAR_1980])[0] is Relation.UNKNOWN
    assert compare(PartialDate(1980), [])[0] is Relation.UNKNOWN


def test_a_span_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="span"):
        ListedBirth.between(PartialDate(1980), PartialDate(1979))
    with pytest.raises(ValueError, match="span"):
        ListedBirth.between(PartialDate(1900), PartialDate(1999))


dates = st.dates().map(PartialDate.of)
partial = st.one_of(dates, st.integers(1900, 2030).map(PartialDate))


@given(partial, partial)
def test_two_exact_dates_relate_the_same_from_either_side(one: PartialDate, other: PartialDate) -> None:
    forth = compare(one, [ListedBirth.exact(other)])[0]
    back = compare(other, [ListedBirth.exact(one)])[0]
    assert forth is back


@given(dates)
def test_a_date_is_itself_and_its_year_may_be_it(when: PartialDate) -> None:
    assert compare(when, [ListedBirth.exact(when)])[0] in (Relation.SAME, Relation.PLACEHOLDER)
    assert compare(when, [ListedBirth.exact(PartialDate(when.year))])[0] is Relation.YEAR_SAME


@given(partial)
def test_what_is_stored_is_read_back(when: PartialDate) -> None:
    for birth in (ListedBirth.exact(when), ListedBirth.approximate(when), ListedBirth.between(when, when)):
        assert ListedBirth.from_json(birth.as_json()) == birth


@given(st.dates(min_value=MIN_DAY), st.dates(min_value=MIN_DAY))
def test_no_single_slip_changes_both_the_year_and_the_day(one: date, other: date) -> None:
    """So dates that differ in both are another person's, and need not be compared digit by digit."""
    if one.year != other.year and one.day != other.day:
        listed = ListedBirth.exact(PartialDate.of(other))
        assert digits_apart(PartialDate.of(one), listed) > 1
        assert compare(PartialDate.of(one), [listed])[0] is Relation.DIFFERS


@pytest.mark.parametrize(
    ("listed", "first", "last"),
    [
        (ListedBirth.exact(PartialDate.parse("1982-05-03")), 1980, 1984),
        (ListedBirth.approximate(PartialDate(1982)), 1978, 1986),
        (ListedBirth.between(PartialDate(1980), PartialDate(1984)), 1978, 1986),
    ],
)
def test_about_a_year_leaves_two_more_open_on_the_travellers_side(listed: ListedBirth, first: int, last: int) -> None:
    may_be = [
        year
        for year in range(1970, 1995)
        if compare(PartialDate(year), [listed], approximate=True)[0] is not Relation.DIFFERS
    ]
    assert may_be == list(range(first, last + 1))


def test_about_a_whole_date_is_still_that_date_first() -> None:
    when = PartialDate.parse("1982-05-03")
    assert compare(when, [ListedBirth.exact(when)], approximate=True)[0] is Relation.SAME
