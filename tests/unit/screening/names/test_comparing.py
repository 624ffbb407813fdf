"""Two parts of names: one name, akin, or known to be two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.screening.names.alignment import align
from crossing.screening.names.comparing import Kind, compare_parts
from crossing.screening.names.knowledge.lexicon import look_up, twin_names
from crossing.screening.names.spelling import spell, token_of

ONE_NAME = [
    ("KEITA", "KAITA"),
    ("WADE", "OUADE"),
    ("GUEYE", "GAYE"),
    ("NDIAYE", "NJIE"),
    ("CISSE", "SESAY"),
    ("MOHAMED", "MAHAMAT"),
    ("MARIAM", "MARIAMA"),
    ("YURIY", "IURII"),
    ("YURI", "JURI"),
    ("KUZNETSOV", "KUSNEZOW"),
    ("MULLER", "MUELLER"),
    ("WILLIAM", "BILL"),
    ("ALEKSANDR", "SASHA"),
    ("ZHANG", "CHANG"),
    ("QUJI", "CHUCHI"),
    ("JONG", "JEONG"),
    ("MAMAD0U".replace("0", "O"), "MAMADOU"),
    ("COUIIBALY", "COULIBALY"),
]

TWO_NAMES = [
    ("AMINA", "AMINATA"),
    ("HASSANE", "HOUSSEINI"),
    ("LASSANA", "FOUSSEYNI"),
    ("ALI", "ALIOUNE"),
    ("AMADOU", "MAMADOU"),
    ("MOUSSA", "MOUSSOKORO"),
    ("OUSMANE", "OUSSEINI"),
    ("DIARRA", "DIAWARA"),
    ("DANIEL", "DANIELA"),
    ("MARIA", "MARIO"),
    ("KOFI", "KOJO"),
    ("TAIWO", "KEHINDE"),
    ("SOUMANA", "SOUMAILA"),
    ("ADEOLA", "ADEOLU"),
    ("BAH", "BARRY"),
]


@pytest.mark.parametrize(("one", "other"), ONE_NAME)
def test_spellings_and_forms_of_one_name_are_one(one: str, other: str) -> None:
    assert compare_parts(token_of(one), token_of(other)).likeness >= 0.9


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BENLADEN", "LADIN"),
        ("ALBACHIR", "BECHIR"),
        ("ELBECHIR", "ALBACHIR"),
        ("ELZAWAHRY", "ZAWAHIRI"),
        ("ELGHAZALY", "GHAZALI"),
        ("OULDABDALLAHI", "ABDELLAHI"),
        ("ASSOUMAILY", "SOUMAILI"),
    ],
)
def test_an_article_or_particle_written_onto_a_name_may_be_missing_from_another_spelling_of_it(
    one: str, other: str
) -> None:
    mine, theirs = token_of(one), token_of(other)
    assert compare_parts(mine, theirs).likeness >= 0.75
    assert mine.key == theirs.key


@pytest.mark.parametrize(("one", "other"), [("BENDAVID", "LADIN"), ("ALBACHIR", "SALAH"), ("ELISEE", "ISSA")])
def test_what_is_left_without_the_particle_is_still_a_name_of_its_own(one: str, other: str) -> None:
    assert compare_parts(token_of(one), token_of(other)).likeness < 0.7


@pytest.mark.parametrize(("one", "other"), TWO_NAMES)
def test_names_that_people_tell_apart_are_two_however_alike_they_look(one: str, other: str) -> None:
    compared = compare_parts(token_of(one), token_of(other))
    assert compared.likeness < 0.5
    assert compared.kind is Kind.OTHER


def test_one_or_two_consonants_prove_nothing_of_a_name_in_arabic_letters() -> None:
    assert compare_parts(token_of("GHALY", True), token_of("GUEL")).likeness < 0.7
    assert align(spell("إغ غالي"), spell("Aigle Blanc")).score == 0
    assert compare_parts(token_of("GHALY", True), token_of("GHALI")).likeness > 0.9


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KOFFI", "KOFI"),
        ("KOUAME", "KWAME"),
        ("YAO", "YAW"),
        ("MD", "MOHAMED"),
        ("AISATU", "AISSATOU"),
        ("SEUN", "OLUWASEUN"),
        ("INOUSSA", "YUNUSA"),
    ],
)
def test_names_of_the_coast_are_one_in_french_and_in_english(one: str, other: str) -> None:
    assert compare_parts(token_of(one), token_of(other)).likeness >= 0.9


def test_kin_of_a_name_is_near_it_but_is_not_it() -> None:
    compared = compare_parts(token_of("FATIMA"), token_of("FATOUMATA"))
    assert compared.kind is Kind.AKIN
    assert 0.8 < compared.likeness < 0.9


def test_an_initial_may_be_any_name_that_begins_with_it() -> None:
    assert compare_parts(token_of("J"), token_of("JOHN")).kind is Kind.INITIAL
    assert compare_parts(token_of("J"), token_of("PETER")).likeness == 0


def test_one_slip_in_a_long_name_matters_less_than_in_a_short_one() -> None:
    long = compare_parts(token_of("PRABHAKARAN"), token_of("PRABHAKARAM")).likeness
    short = compare_parts(token_of("ROTH"), token_of("ROTS")).likeness
    assert short < 0.7 < long


def test_twins_are_known_by_any_spelling_of_their_names() -> None:
    assert twin_names("ALHASSANE", "OUSSEYNOU")
    assert twin_names("POKO", "RAOGO")
    assert not twin_names("MOUSSA", "ISSA")


def test_a_short_form_may_be_short_for_several_names() -> None:
    assert len({one.family for one in look_up("SASHA").memberships}) == 2


def test_common_names_tell_less_than_rare_ones() -> None:
    assert look_up("DIALLO").bits < look_up("SISSOKO").bits < look_up("NODJIGOTO").bits


words = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=14)


@given(words, words, st.booleans(), st.booleans())
def test_likeness_is_the_same_from_either_side(one: str, other: str, bare: bool, also: bool) -> None:
    mine, theirs = token_of(one, bare), token_of(other, also)
    assert compare_parts(mine, theirs) == compare_parts(theirs, mine)
    assert 0 <= compare_parts(mine, theirs).likeness <= 1
