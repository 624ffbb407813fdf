"""How far two names are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.screening.names.alignment import ONE_PART_LIMIT, Likeness, align
from crossing.screening.names.spelling import spell

STRONG = 0.90
"""Names this alike are taken for one, where nothing else speaks against it."""

FAIR = 0.78


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Diallo Mamadou", "Mamadou Diallo"),
        ("Jallow Mohamed", "Diallo Mamadou"),
        ("Ouedraogo Abdoul Kader", "OUÉDRAOGO Abdelkader"),
        ("Ben Ali Abderrahmane", "Abd al-Rahman Ali"),
        ("Soleimani Ghasem", "Qasem Soleimani"),
        ("Traore Moussa", "Moussa Ibrahim Traoré"),
        ("Sesay Fatima", "Cissé Fatoumata"),
        ("Jang Bomsu", "JANG Bom Su"),
        ("Al-Tikriti Hamid Mahmud", "التكريتي حامد محمود"),
    ],
)
def test_one_name_is_strong_in_any_order_spelling_and_length(name: str, listed: str) -> None:
    assert align(spell(name), spell(listed)).score >= STRONG


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Diallo Mamadou", "Diallo Fatoumata"),
        ("Traore Moussa", "Keita Moussa"),
        ("Hassan Ali", "Hussein Omar"),
        ("Keita Ibrahim", "Konaté Issa"),
    ],
)
def test_names_that_share_half_their_parts_are_not_even_fair(name: str, listed: str) -> None:
    assert align(spell(name), spell(listed)).score < FAIR


def test_names_that_agree_in_one_part_alone_never_become_strong() -> None:
    assert align(spell("Shamsuddin"), spell("Shamsuddin")).score == ONE_PART_LIMIT < STRONG


def test_a_cut_name_fits_the_whole_one() -> None:
    whole = spell("Abdoulrahmane Ouedraogo Souleymane Mahamadou")
    cut = align(spell("Abdoulrahmane Ouedraogo Souley"), whole, truncated=True)
    assert cut.likeness is Likeness.CUT
    assert cut.score >= STRONG
    assert cut.score > align(spell("Abdoulrahmane Ouedraogo Souley"), whole).score


@pytest.mark.parametrize(
    ("name", "listed", "likeness"),
    [
        ("Diallo Mamadou", "DIALLO Mamadou", Likeness.SAME),
        ("Diallo Mamadou", "Mamadou Diallo", Likeness.SAME_SPELLING),
        ("Jalloh Mamadou", "Diallo Mamadou", Likeness.SAME_SPELLING),
        ("Diallo Mohamed", "Diallo Mamadou", Likeness.CLOSE),
        ("Diallo Mamadou", "Diallo Mamadou Bailo", Likeness.PARTIAL),
    ],
)
def test_the_officer_is_told_in_what_the_names_agree(name: str, listed: str, likeness: Likeness) -> None:
    assert align(spell(name), spell(listed)).likeness is likeness


names = st.lists(
    st.sampled_from(["MAMADOU", "DIALLO", "KEITA", "FATOUMATA", "BA", "SOW", "OULD", "CISSE", "IBRAHIM"]), max_size=6
)


@given(names, names, st.booleans())
def test_a_score_stays_between_nothing_and_one(one: list[str], other: list[str], truncated: bool) -> None:
    found = align(spell(" ".join(one)), spell(" ".join(other)), truncated=truncated)
    assert 0 <= found.score <= 1


@given(names)
def test_a_name_is_itself(name: list[str]) -> None:
    spelling = spell(" ".join(name))
    if len(spelling.tokens) > 1:
        assert align(spelling, spelling).score == pytest.approx(1)


@given(names, names)
def test_it_does_not_matter_which_name_is_listed(one: list[str], other: list[str]) -> None:
    first, second = spell(" ".join(one)), spell(" ".join(other))
    assert align(first, second).score == pytest.approx(align(second, first).score)
