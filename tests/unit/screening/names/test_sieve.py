"""Whom a search passes over unread: nobody who is as alike as is wanted, and most of those who are not."""

from typing import Final

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.screening.names.alignment import align
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.evidence import AskedPerson, ListedPerson, gather
from crossing.screening.names.index import ListedName, NameIndex
from crossing.screening.names.index.segment import Segment
from crossing.screening.names.index.sieve import Outline, Sieve
from crossing.screening.names.spelling import spell

PARTS: Final = (
    "Diallo", "Jallow", "Mamadou", "Mohammed", "Mahamat", "Abdoul", "Abdoulaye", "Laye", "Abd", "Karim",
    "Abdoulkarim", "Elhassan", "Hassan", "Ben", "Ould", "née", "Née", "Jo", "Jae", "M", "Fatimata", "Fat",
    "Jean", "Marie", "Müller", "Mueller", "Tschaikowsky", "Czajkowski", "Xu", "Hsu", "Aisha", "Aziza", "محمد",
    "عبد الله", "Ouédraogo", "Jeanmarie", "Wedraogo", "Zhang", "0uedraog0",
)  # fmt: skip
LEAST: Final = 0.6

words = st.sampled_from(PARTS) | st.text("ABDEHILMNOSU", min_size=1, max_size=8)
names = st.lists(words, min_size=1, max_size=5).map(" ".join)


def outline(listed: str) -> Outline:
    segment = Segment.of([ListedName(0, False, False, "", listed, ())])
    first = np.array([0])
    return next(segment.outlines(first, segment.sounds(first)))


def passes(name: str, listed: str, *, truncated: bool = False) -> bool:
    return Sieve(spell(name), LEAST, truncated=truncated).lets_through(outline(listed), of_the_day=False)


@given(names, names, st.booleans())
@example("Abdou Laye Sow", "Abdoulaye Sow", False)
@example("Sow Abdoulaye", "Sow Abdou Laye", False)
@example("Diallo Fat", "Fatimata Diallo Sow Keita", True)
@example("عبد الله", "Diallo Laye", False)
@example("Ben Ali Abd Karim", "Abdoulkarim", False)
@example("Fatimata Aboubakr Abiba Flo Aisha", "Flo Fatimata Abibaab oubakr Aisha", False)
@example("Diallo A. B. C. D. E. F. G. H. I. Mamadou Fatimata Karim", "Karim Fatimata Mamadou", False)
def test_nobody_is_passed_over_who_is_as_alike_as_is_wanted(name: str, listed: str, truncated: bool) -> None:
    mine = spell(name)
    score = align(mine, spell(listed), truncated=truncated).score
    assert Sieve(mine, score, truncated=truncated).lets_through(outline(listed), of_the_day=False)


@given(names, names, st.booleans())
@example("Diallo A. Mamadou", "Diallo Mamadou B.", False)
@example("Mamadou Abdou Laye", "Mamadou Abdoulaye Sow", False)
@example("Fatimata Diallo Fat", "Diallo Fatimata Keita", True)
@example("Diallo Mamadou Hassan Ali Keita", "Diallo Mamadou Hassan Ali Sow", False)
def test_nobody_is_passed_over_for_a_part_that_either_lacks_who_need_not_be_another(
    name: str, listed: str, truncated: bool
) -> None:
    mine, theirs = spell(name), spell(listed)
    alike = align(mine, theirs, truncated=truncated)
    sieve = Sieve(mine, alike.score, apart=False, truncated=truncated)
    evidence = gather(AskedPerson(mine, truncated=truncated), ListedPerson(theirs), alike)
    assert sieve.lets_through(outline(listed), of_the_day=False) or evidence.apart or not alike.pairs
    assert sieve.lets_through(outline(listed), of_the_day=True)


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Diallo Mamadou Hassan", "Mamadou Diallo Moussa"),
        ("Fatimata", "Fatimata Diallo Sow"),
    ],
)
def test_who_has_another_part_is_passed_over_but_on_the_very_day(name: str, listed: str) -> None:
    sieve = Sieve(spell(name), LEAST, apart=False, truncated=False)
    assert not sieve.lets_through(outline(listed), of_the_day=False)
    assert sieve.lets_through(outline(listed), of_the_day=True)


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Diallo Mamadou", "Diallo Fatoumata"),
        ("Traore Moussa", "Keita Moussa"),
        ("Keita Ibrahim", "Konaté Issa"),
        ("Jean Dupont", "Jean Lefèvre Martin"),
    ],
)
def test_who_shares_one_part_of_two_is_passed_over(name: str, listed: str) -> None:
    assert not passes(name, listed)


def test_the_beginning_of_a_part_is_met_where_the_name_was_cut() -> None:
    assert passes("Diallo Fatou", "Diallo Fatoumatabinta", truncated=True)
    assert not passes("Diallo Fat", "Diallo Konate")


def test_a_search_for_the_alike_finds_the_same_without_the_rest() -> None:
    born = (ListedBirth.exact(PartialDate(1980, 5, 3)),)
    listed = [
        "Mamadou Diallo",
        "Mahamadou Jallow",
        "Mamadou Keita",
        "Abdou Laye Diallo",
        "عبد الله ديالو",
        "Fatou Diallo",
    ]
    index = NameIndex.of(ListedName(place, False, False, "", one, born) for place, one in enumerate(listed))
    for asked in ("Diallo Mamadou", "Diallo Abdoulaye", "ABDALLAH DIALLO"):
        everybody = index.ask(spell(asked), None).matches
        alike = index.ask(spell(asked), None, least=LEAST).matches
        assert [one for one in everybody if one.alignment.score >= LEAST] == [
            one for one in alike if one.alignment.score >= LEAST
        ]
        assert len(alike) < len(everybody)
