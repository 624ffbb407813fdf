"""Finding the right one among many names."""

import random
from collections.abc import Sequence

import pytest

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.index import MAX_POSTINGS, ListedName, NameIndex

Entry = tuple[str, str, str | None]

SURNAMES = ["Diallo", "Traoré", "Keita", "Coulibaly", "Ouédraogo", "Sow", "Cissé", "Touré", "Maïga", "Konaté"]
GIVEN = ["Mamadou", "Fatoumata", "Moussa", "Ibrahim", "Aminata", "Oumar", "Aïcha", "Boubacar", "Issa", "Mariam"]


def index_of(entries: Sequence[Entry]) -> NameIndex:
    return NameIndex.of(
        ListedName(place, False, False, surname, given, births_of(birth))
        for place, (surname, given, birth) in enumerate(entries)
    )


def births_of(birth: str | None) -> list[ListedBirth]:
    return [ListedBirth.exact(PartialDate.parse(birth))] if birth else []


def found(
    index: NameIndex, surname: str, given: str, birth: str | None = None, *, truncated: bool = False
) -> list[int]:
    date = PartialDate.parse(birth) if birth else None
    return [match.name.person for match in index.search(surname, given, date, truncated=truncated)]


@pytest.fixture(scope="module")
def many() -> list[Entry]:
    """Twenty thousand people with a hundred names between them, and a birth date each."""
    chance = random.Random(7)
    return [
        (
            chance.choice(SURNAMES),
            chance.choice(GIVEN),
            f"{chance.randint(1940, 2010)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        )
        for _ in range(20_000)
    ]


@pytest.fixture(scope="module")
def crowded(many: list[Entry]) -> NameIndex:
    return index_of([*many, ("Dembélé", "Yacouba Seydou", None)])


def test_the_right_one_of_hundreds_of_namesakes_is_found_by_its_birth_date(
    crowded: NameIndex, many: list[Entry]
) -> None:
    for place in range(0, 2000, 97):
        surname, given, birth = many[place]
        assert many[found(crowded, surname, given, birth)[0]] == many[place]


def test_it_is_found_though_day_and_month_were_exchanged(crowded: NameIndex, many: list[Entry]) -> None:
    surname, given, birth = next(
        one for one in many if one[2] and 1 < int(one[2][8:]) <= 12 and one[2][5:7] != one[2][8:]
    )
    assert birth is not None
    swapped = f"{birth[:4]}-{birth[8:]}-{birth[5:7]}"
    assert (surname, given, birth) in [many[place] for place in found(crowded, surname, given, swapped)]


@pytest.mark.parametrize(
    "asked", [("Dembele", "Seydou Yacouba"), ("DEMBELE YACOUBA", "SEYDOU"), ("Dembele", "Yacouba")]
)
def test_a_person_without_a_birth_date_is_found_in_the_crowd(crowded: NameIndex, asked: tuple[str, str]) -> None:
    assert 20_000 in found(crowded, *asked)
    assert 20_000 in found(crowded, *asked, "1980-05-03")


def test_a_name_cut_by_the_mrz_is_found() -> None:
    index = index_of([("Ouédraogo Kaboré", "Wendpanga Jean Baptiste Souleymane", "1980-05-03")])
    assert found(index, "OUEDRAOGO KABORE", "WENDPANGA JEAN BAPTI", "1980-05-03", truncated=True) == [0]


def test_common_names_alone_find_nobody_and_cost_nothing(crowded: NameIndex) -> None:
    assert len(found(crowded, "Diallo", "Mamadou")) <= 20
    assert MAX_POSTINGS < 1000


@pytest.mark.parametrize("asked", [("", ""), ("123", "456"), ("Zzyzx", "Qwrtp"), ("===", "'")])
def test_a_name_that_shares_nothing_finds_nobody(crowded: NameIndex, asked: tuple[str, str]) -> None:
    assert found(crowded, *asked) == []


def test_an_empty_list_finds_nobody() -> None:
    assert found(index_of([]), "Diallo", "Mamadou", "1980-05-03") == []
