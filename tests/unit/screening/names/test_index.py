"""Finding the right one among many names."""

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.screening.names.agreement import NEEDED, Agreement
from crossing.screening.names.births import ListedBirth, Relation, compare
from crossing.screening.names.index import MAX_POSTINGS, ListedName, NameIndex, Wanted
from crossing.screening.names.index.keys import agreement_needed, birth_codes
from crossing.screening.names.spelling import spell

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


def test_common_names_alone_lead_to_few(crowded: NameIndex) -> None:
    assert len(found(crowded, "Diallo", "Mamadou")) <= 40
    assert MAX_POSTINGS < 1000


@pytest.mark.parametrize("asked", [("", ""), ("123", "456"), ("Zzyzx", "Qwrtp"), ("===", "'")])
def test_a_name_that_shares_nothing_finds_nobody(crowded: NameIndex, asked: tuple[str, str]) -> None:
    assert found(crowded, *asked) == []


def test_an_empty_list_finds_nobody() -> None:
    assert found(index_of([]), "Diallo", "Mamadou", "1980-05-03") == []


def test_who_is_not_wanted_takes_nobodys_place() -> None:
    index = index_of([("Diallo", "Mamadou", "1980-05-03")] * 500 + [("Dialo", "Mamadu", "1980-05-03")])
    places = np.zeros(501, bool)
    places[500] = True
    answer = index.ask(spell("Diallo", "Mamadou"), PartialDate(1980, 5, 3), wanted=Wanted(places))
    assert [match.name.person for match in answer.matches] == [500]
    assert answer.complete


def test_one_person_with_many_names_takes_one_place() -> None:
    births = births_of("1980-05-03")
    index = NameIndex.of(
        [ListedName(0, False, True, "Diallo", f"Mamadou {letter}", births) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
        + [ListedName(1, False, False, "Dialo", "Mamadu", births)]
    )
    assert 1 in found(index, "Diallo", "Mamadou", "1980-05-03")


@pytest.mark.parametrize(("birth", "complete"), [(None, False), ("1980", False), ("1980-05-03", True)])
def test_it_is_told_where_too_many_have_the_name(birth: str | None, complete: bool) -> None:
    index = index_of(
        [("Diallo", "Mamadou", f"{1976 + i // 100}-{1 + i % 12:02}-{2 + i % 27:02}") for i in range(1_000)]
    )
    date = PartialDate.parse(birth) if birth else None
    assert index.ask(spell("Diallo", "Mamadou"), date, wanted=Wanted(births_fit=True)).complete is complete


@pytest.mark.parametrize(("namesakes", "complete"), [(40, True), (41, False)])
def test_whoever_is_as_alike_as_is_wanted_and_was_not_compared_is_told_of(namesakes: int, complete: bool) -> None:
    spellings = ["Diallo Mamadou", "Jallow Mamadou", "Dialo Mamadu"]
    index = index_of([("", spellings[place % 3], None) for place in range(namesakes)])
    answer = index.ask(spell("Diallo", "Mamadou"), None, least=0.6)
    assert (len(answer.matches), answer.complete) == (40, complete)


def test_a_long_name_is_found_by_a_part_that_is_not_compared() -> None:
    parts = "Ali Omar Issa Moussa Salif Bakary Modibo Seydou Drissa Lassina Tiemoko Nouhoum"
    index = index_of([("", parts, "1980-05-03")])
    left_out = spell(parts).left_out[0].word
    assert [one.person for one in index.candidates(spell(left_out, "Nobody"), None)] == [0]
    assert found(index, "", parts, "1980-05-03") == [0]


births_at_all = st.one_of(
    st.dates().map(lambda day: PartialDate(day.year, day.month, day.day)),
    st.builds(PartialDate, st.integers(1900, 2020), st.none() | st.integers(1, 12)),
)


@given(births_at_all, births_at_all, st.sampled_from([ListedBirth.exact, ListedBirth.approximate]))
def test_no_birth_needs_more_agreement_than_its_relation(
    asked: PartialDate, other: PartialDate, made: Callable[[PartialDate], ListedBirth]
) -> None:
    relation, _ = compare(asked, [made(other)])
    [needed] = agreement_needed(np.array(birth_codes([made(other)]), np.uint32), asked).tolist()
    assert needed <= NEEDED[relation]


@given(births_at_all, st.data())
def test_nor_does_a_slip_of_the_pen(asked: PartialDate, data: st.DataObject) -> None:
    digits = f"{asked.year:04}{asked.month or 1:02}{asked.day or 1:02}"
    place = data.draw(st.integers(0, len(digits) - 1))
    turned = digits[:place] + digits[place + 1 : place + 2] + digits[place] + digits[place + 2 :]
    written = data.draw(
        st.sampled_from([turned, *(digits[:place] + other + digits[place + 1 :] for other in "0123456789")])
    )
    try:
        other = PartialDate.parse(f"{written[:4]}-{written[4:6]}-{written[6:]}")
    except ValueError:
        reject()
    relation, _ = compare(asked, [ListedBirth.exact(other)])
    [needed] = agreement_needed(np.array(birth_codes([ListedBirth.exact(other)]), np.uint32), asked).tolist()
    assert needed <= NEEDED[relation]


def test_a_birth_that_a_list_lacks_takes_agreement() -> None:
    codes = np.array(birth_codes([]), np.uint32)
    assert agreement_needed(codes, PartialDate(1980, 5, 3)).tolist() == [NEEDED[Relation.UNKNOWN]]


@pytest.mark.parametrize(
    ("asked", "listed", "needed"),
    [
        ("1980-05-03", "1980-05-03", Agreement.OPPOSED),
        ("1980-05-03", "1980-03-05", Agreement.OPPOSED),
        ("1980-05-03", "1980", Agreement.OPPOSED),
        ("1980-05-03", "1980-01-01", Agreement.OPPOSED),
        ("1980-05-03", "1981", Agreement.UNSAID),
        ("1980-01-01", "1981-01-01", Agreement.UNSAID),
        ("1980-05-03", "1980-05-04", Agreement.SAME),
        ("1980-05-03", "1988-05-03", Agreement.SAME),
        ("1980-01-01", "1988-01-01", Agreement.NEVER),
        ("1980-05-03", "1963-05-03", Agreement.NEVER),
        ("1980-05-03", "1980-06-17", Agreement.NEVER),
        ("1980", "1980-06-17", Agreement.OPPOSED),
        ("1980", "1990-06-17", Agreement.NEVER),
    ],
)
def test_two_births_need_so_much_agreement(asked: str, listed: str, needed: Agreement) -> None:
    codes = np.array(birth_codes(births_of(listed)), np.uint32)
    assert agreement_needed(codes, PartialDate.parse(asked)).tolist() == [needed]


@given(births_at_all, st.lists(births_at_all, max_size=20))
def test_of_many_births_each_needs_what_it_needs_alone(asked: PartialDate, others: list[PartialDate]) -> None:
    codes = np.array(birth_codes([ListedBirth.exact(one) for one in others]), np.uint32)
    alone = [int(agreement_needed(codes[place : place + 1], asked)[0]) for place in range(len(codes))]
    assert agreement_needed(codes, asked).tolist() == alone
