"""When two names and dates are worth an officer's time, on a short list and on a very long one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.screening.names.alerting import is_chance
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.index import ListedName, NameIndex
from crossing.screening.names.judging import judge
from crossing.screening.names.spelling import spell

BORN = PartialDate(1985, 3, 12)
LISTED_BORN = (ListedBirth.exact(BORN),)
SHORT, LONG = 1_000, 1_000_000


def _is_chance(
    asked: tuple[str, str],
    listed: tuple[str, str],
    total: int,
    *,
    born: PartialDate = BORN,
    listed_born: tuple[ListedBirth, ...] = LISTED_BORN,
    nationality: str = "MLI",
    sex: str = "M",
) -> bool:
    index = NameIndex.of([ListedName(0, False, False, *listed, listed_born)])
    spelling = spell(*asked)
    match = next(iter(index.ask(spelling, born).matches))
    person = AskedPerson(spelling, born, sex, nationality)
    theirs = ListedPerson(match.alignment.listed, listed_born, "M", ("MLI",))
    return is_chance(person, theirs, match, judge(person, theirs, index, match.alignment), total)


@pytest.mark.parametrize("nationality", ["MLI", "FRA", ""])
def test_the_very_name_and_the_very_date_are_never_chance(nationality: str) -> None:
    asked, listed = ("DIALLO", "MAMADOU"), ("Diallo", "Mamadou")
    assert not _is_chance(asked, listed, LONG, nationality=nationality)


def test_a_similar_name_of_another_state_is_chance_on_a_long_list_alone() -> None:
    asked, listed = ("COULIBALY", "SEYDOU"), ("Coulibaly", "Seydou Drissa Lassana")
    assert _is_chance(asked, listed, LONG, nationality="FRA")
    assert not _is_chance(asked, listed, SHORT, nationality="FRA")
    assert not _is_chance(asked, listed, LONG)


def test_a_similar_name_of_another_sex_is_chance_on_a_long_list_alone() -> None:
    asked, listed = ("COULIBALY", "SEYDOU"), ("Coulibaly", "Seydou Drissa Lassana")
    assert _is_chance(asked, listed, LONG, sex="F")
    assert not _is_chance(asked, listed, SHORT, sex="F")
    assert not _is_chance(asked, listed, LONG, sex="")


def test_the_very_name_and_date_of_another_sex_are_never_chance() -> None:
    assert not _is_chance(("DIALLO", "MAMADOU"), ("Diallo", "Mamadou"), LONG, sex="F")


def test_of_one_known_by_the_year_only_others_known_by_the_year_are_namesakes() -> None:
    asked, listed, first_of_january = ("SISSOKO", "TIEMOKO"), ("Sissoko", "Tiemoko"), PartialDate(1985, 1, 1)
    by_year, length = (ListedBirth.exact(PartialDate(1985)),), 4 * LONG
    assert not _is_chance(asked, listed, length, born=first_of_january, listed_born=by_year)
    assert _is_chance(asked, listed, length, born=first_of_january)
    assert _is_chance(asked, listed, length, listed_born=by_year)


def test_who_is_known_by_the_year_only_is_found_under_a_common_name_of_his_own_state() -> None:
    asked, listed, first_of_january = ("TRAORE", "DAOUDA"), ("Traoré", "Daouda"), PartialDate(1985, 1, 1)
    by_year = (ListedBirth.exact(PartialDate(1985)),)
    assert not _is_chance(asked, listed, LONG, born=first_of_january, listed_born=by_year)
    assert not _is_chance(asked, listed, LONG, born=first_of_january, listed_born=by_year, nationality="")
    assert _is_chance(asked, listed, LONG, born=first_of_january, listed_born=by_year, nationality="FRA")
    assert _is_chance(asked, listed, LONG, born=first_of_january, listed_born=by_year, sex="F")
    assert _is_chance(asked, listed, LONG, born=first_of_january)


def test_with_a_year_alone_a_part_left_over_makes_more_people_namesakes() -> None:
    by_year = (ListedBirth.exact(PartialDate(1985)),)
    asked, whole, longer = ("NABANDE", "ALASSANE"), ("Nabandé", "Alassane"), ("Nabandé", "Lassana Alassane")
    assert not _is_chance(asked, whole, LONG, listed_born=by_year)
    assert _is_chance(asked, longer, LONG, listed_born=by_year)


def test_the_same_day_makes_up_for_a_part_that_nobody_recognises_where_the_others_are_rare() -> None:
    asked, listed = ("SAMGANE", "PENDAH ROHEY SOHNA"), ("Samgane", "Penda Rokhaya Sokhna")
    assert not _is_chance(asked, listed, LONG)
    assert _is_chance(("DIALLO", "MAMADOU ROHEY"), ("Diallo", "Mamadou Rokhaya"), LONG)


@pytest.mark.parametrize("nationality", ["MLI", "FRA", ""])
@pytest.mark.parametrize("sex", ["M", "F"])
def test_what_is_no_chance_with_the_year_is_none_with_the_day(nationality: str, sex: str) -> None:
    asked, listed = ("SAMGANE", "PENDAH ROHEY SOHNA"), ("Samgane", "Penda Rokhaya Sokhna")
    by_year = (ListedBirth.exact(PartialDate(1985)),)
    assert not _is_chance(asked, listed, LONG, listed_born=by_year, nationality=nationality, sex=sex)
    assert not _is_chance(asked, listed, LONG, nationality=nationality, sex=sex)


def test_the_same_day_is_chance_where_parts_of_a_common_name_are_left_over() -> None:
    asked, longer = ("DIALLO", "MAMADOU"), ("Diallo", "Mamadou Saliou")
    assert _is_chance(asked, longer, LONG, nationality="")
    assert not _is_chance(asked, longer, LONG // 10, nationality="")
    assert not _is_chance(("SAMGANE", "PENDA"), ("Samgane", "Penda Rokhaya"), LONG, nationality="")


def test_the_more_parts_are_left_over_the_more_of_the_list_are_namesakes() -> None:
    asked, one, two = ("TRAORE", "MOUSSA"), ("Traoré", "Moussa Issa"), ("Traoré", "Moussa Issa Oumar")
    length = 3 * LONG
    assert not _is_chance(asked, one, length)
    assert _is_chance(asked, two, length)


def test_day_and_month_exchanged_are_as_telling_as_the_day_where_the_whole_name_agrees() -> None:
    swapped = PartialDate(1985, 12, 3)
    assert not _is_chance(("KHAN", "SANJAY"), ("Khan", "Sanjay"), LONG, born=swapped, nationality="")
    assert _is_chance(("KHAN", "SANJAY"), ("Khan", "Sanjay Asif"), LONG, born=swapped, nationality="")
    assert _is_chance(("KHAN", "SANJAY"), ("Khan", "Sanjay"), LONG, born=swapped, nationality="FRA")


def test_a_year_beside_the_listed_one_tells_less_than_the_year_itself() -> None:
    asked, listed, by_year = ("SISSOKO", "TIEMOKO"), ("Sissoko", "Tiemoko"), (ListedBirth.exact(PartialDate(1985)),)
    length = LONG // 5
    assert not _is_chance(asked, listed, length, listed_born=by_year)
    assert _is_chance(asked, listed, length, born=PartialDate(1986, 3, 12), listed_born=by_year)


def test_without_a_date_to_compare_the_length_of_a_list_says_nothing() -> None:
    assert not _is_chance(("COULIBALY", "SEYDOU"), ("Coulibaly", "Seydou Drissa"), LONG, listed_born=())


def test_a_date_of_which_a_digit_differs_needs_more_of_the_name_the_longer_the_list() -> None:
    asked, listed = ("DEMBELE", "OUMAR ISSA"), ("Dembélé", "Oumarou Moussa Issa")
    slip = PartialDate(1985, 3, 13)
    assert _is_chance(asked, listed, LONG, born=slip)
    assert not _is_chance(asked, listed, SHORT, born=slip)


@given(st.integers(1, 10_000_000), st.integers(1, 10_000_000), st.sampled_from([BORN, PartialDate(1985, 12, 3)]))
def test_what_is_chance_on_a_list_is_chance_on_every_longer_one(one: int, other: int, born: PartialDate) -> None:
    asked, listed = ("TRAORE", "FATOUMATA"), ("Traoré", "Fatoumata Bintou")
    shorter, longer = sorted((one, other))
    assert _is_chance(asked, listed, longer, born=born) or not _is_chance(asked, listed, shorter, born=born)
