"""Whom a search passes over unread: nobody who is as alike as is wanted, and most of those who are not."""

from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.screening.names.alignment import align
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.index import ListedName, NameIndex
from crossing.screening.names.index.sieve import Outline, Sieve, bits_of, is_plain
from crossing.screening.names.spelling import Spelling, spell

PARTS: Final = (
    "Diallo", "Jallow", "Mamadou", "Mohammed", "Mahamat", "Abdoul", "Abdoulaye", "Laye", "Abd", "Karim",
    "Abdoulkarim", "Elhassan", "Hassan", "Ben", "Ould", "née", "Née", "Jo", "Jae", "M", "Fatimata", "Fat",
    "Jean", "Marie", "Müller", "Mueller", "Tschaikowsky", "Czajkowski", "Xu", "Hsu", "Aisha", "Aziza", "محمد",
    "عبد الله", "Ouédraogo", "Jeanmarie", "Wedraogo", "Zhang", "0uedraog0",
)  # fmt: skip
LEAST: Final = 0.6

words = st.sampled_from(PARTS) | st.text("ABDEHILMNOSU", min_size=1, max_size=8)
names = st.lists(words, min_size=1, max_size=5).map(" ".join)


def outline(listed: Spelling) -> Outline:
    keys = 0
    for token in listed.tokens:
        keys |= bits_of([token])
    return Outline(listed.letters, listed.text, keys, bits_of(listed.joins), is_plain(listed))


def passes(name: str, listed: str, *, truncated: bool = False) -> bool:
    return Sieve(spell(name), LEAST, truncated=truncated).lets_through(outline(spell(listed)))


@given(names, names, st.booleans(), st.floats(0.3, 1.0))
@example("Abdou Laye Sow", "Abdoulaye Sow", False, 0.9)
@example("Sow Abdoulaye", "Sow Abdou Laye", False, 0.9)
@example("Diallo Fat", "Fatimata Diallo Sow Keita", True, 0.97)
@example("عبد الله", "Diallo Laye", False, 0.5)
@example("Ben Ali Abd Karim", "Abdoulkarim", False, 0.7)
def test_nobody_is_passed_over_who_is_as_alike_as_is_wanted(
    name: str, listed: str, truncated: bool, least: float
) -> None:
    mine, theirs = spell(name), spell(listed)
    if align(mine, theirs, truncated=truncated).score >= least:
        assert Sieve(mine, least, truncated=truncated).lets_through(outline(theirs))


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
