"""Spellings of one name sound alike, in whatever language they were written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.screening.names.spelling import MAX_KEYS, MAX_TOKENS, spell

SOUND_ALIKE = [
    ("Ouédraogo", "Ouedraogo", "Wedraogo", "OUEDRAOGO"),
    ("Diallo", "Jallow", "Jalloh", "Djalo"),
    ("Cissé", "Sesay", "Ceesay"),
    ("Thiam", "Cham", "Tiam"),
    ("Touré", "Turay", "TOURE"),
    ("Ndiaye", "Njie", "Njai"),
    ("Souleymane", "Sulaiman", "Suleiman"),
    ("Coulibaly", "Kulibali"),
    ("Hassane", "Assan"),
    ("O'Brien", "OBrien"),
]

FOUND_TOGETHER = [
    ("Mamadou", "Mahamadou", "Mohamed", "Muhammad", "Mouhamadou", "محمد"),
    ("Boubacar", "Abubakar", "Boubakar"),
    ("Khadidiatou", "Kadiatou", "Khadija"),
    ("Fatoumata", "Fatima", "Fatma", "Fadimata"),
    ("Abdoulaye", "Abdullahi", "Abdallah"),
    ("Abdelaziz", "Abdoulaziz"),
    ("Oumar", "Umar", "Omar", "Oumarou"),
    ("Ibrahim", "Ibrahima", "Brahim"),
    ("Al-Tikriti", "التكريتي"),
    ("Youssouf", "Yusuf", "Issoufou"),
]


@pytest.mark.parametrize("spellings", SOUND_ALIKE, ids=lambda group: group[0])
def test_spellings_of_one_name_have_one_sound(spellings: tuple[str, ...]) -> None:
    assert len({spell(name).text for name in spellings}) == 1


@pytest.mark.parametrize("spellings", FOUND_TOGETHER, ids=lambda group: group[0])
def test_forms_of_one_name_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({spell(name).tokens[0].key for name in spellings}) == 1


@pytest.mark.parametrize(
    ("one_word", "two_words"),
    [
        ("Abderrahmane", "Abd al-Rahman"),
        ("Abdelkader", "Abdoul Kader"),
        ("Noureddine", "Nur al-Din"),
        ("Aboubakr", "Abu Bakr"),
    ],
)
def test_a_name_written_as_one_word_or_as_two_has_one_key(one_word: str, two_words: str) -> None:
    assert spell(one_word).tokens[0].key == spell(two_words).joins[0].key


@pytest.mark.parametrize(
    ("one", "other"), [("Hassan", "Oumar"), ("Keita", "Konaté"), ("Moussa", "Issa"), ("Diop", "Diallo")]
)
def test_other_names_stay_other_names(one: str, other: str) -> None:
    assert spell(one).tokens[0].key != spell(other).tokens[0].key


def test_particles_and_honorifics_are_left_out() -> None:
    assert spell("Ould El Hadj Cheikh").text == spell("Cheikh").text


def test_a_name_of_particles_alone_keeps_them() -> None:
    assert spell("Ag").tokens


def test_the_escapes_of_arabic_letters_in_an_mrz_are_read_back() -> None:
    assert spell("XHASSAN").text == spell("Hassan").text
    assert spell("XKHALED").text == spell("Khaled").text


def test_hyphens_separate_and_apostrophes_vanish() -> None:
    assert len(spell("Al-Amin Jean-Marie N'Diaye").tokens) == 4


@pytest.mark.parametrize(
    "before",
    [
        "x " * 20,
        "a b c d e f g h i j k l ",
        "Traoré " * 12,
        "qwert zuiop asdfg hjklm yxcvb nmwer tzuio pasdf ghj ",
    ],
)
def test_nothing_written_before_a_name_hides_it(before: str) -> None:
    words = {token.word for token in spell(f"{before} Diallo Mamadou").tokens}
    assert {"DIALLO", "MAMADOU"} <= words


def test_a_name_with_too_many_parts_is_found_by_all_of_them_and_tells_which_are_not_compared() -> None:
    parts = "Ali Omar Issa Moussa Salif Bakary Modibo Seydou Drissa Lassina Tiemoko Nouhoum"
    spelling = spell(parts)
    assert len(spelling.tokens) == MAX_TOKENS
    assert {token.word for token in (*spelling.tokens, *spelling.left_out)} == set(parts.upper().split())
    assert not spell("Ali Ali Omar").left_out


def test_an_initial_is_nobodys_name_and_tells_no_sex() -> None:
    assert not spell("M").tokens[0].known.sex


def test_what_was_written_is_kept_beside_each_part() -> None:
    assert spell("Ould Abdoul-Azîz, محمد").written == ("Abdoul", "Azîz", "محمد")


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_is_written_becomes_a_bounded_number_of_sounding_parts(surname: str, given_names: str) -> None:
    spelling = spell(surname, given_names)
    assert len(spelling.tokens) == len(spelling.written) <= MAX_TOKENS
    assert len(spelling.tokens) + len(spelling.left_out) <= MAX_KEYS
    assert len(spelling.joins) == max(0, len(spelling.tokens) - 1)
    assert all(token.sound and token.key for token in spelling.tokens)
    assert all(letter.isascii() for token in spelling.tokens for letter in token.sound)


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ '-", max_size=60))
def test_case_makes_no_difference(name: str) -> None:
    assert spell(name) == spell(name.lower())
