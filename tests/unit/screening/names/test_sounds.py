"""Habits of spelling, and the signs by which a word without them is passed over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.screening.names import sounds

HABITS = [*sounds._CONSONANTS, *sounds._VOWELS, *sounds._SKELETON]
# What is between the habits of consonants and those of vowels too: a letter of no alphabet.
words = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ\u0106", max_size=12) | st.lists(
    st.sampled_from(
        ["SCH", "TCH", "ABDEL", "DJ", "IA", "OU", "RD", "EY", "NE", "QU", "ZZ", "FF", "YE", "TH", "A", "N"]
    ),
    max_size=5,
).map("".join)


@given(words)
def test_a_word_without_the_signs_of_a_habit_stays_as_it_is(word: str) -> None:
    for signs, respelled in HABITS:
        assert any(sign in word for sign in signs) or respelled(word) == word


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("OUEDRAOGO", "WIDRAUGU"),
        ("DJALLOH", "JALU"),
        ("ABDELKADER", "ABDKADIR"),
        ("MUXHAMMAD", "MUAMAD"),
        ("H", "H"),
    ],
)
def test_a_word_sounds_like_what_is_left(word: str, sound: str) -> None:
    assert sounds.sound_of(word) == sound


@pytest.mark.parametrize("word", ["YURIY", "IURII", "JURI"])
def test_slavic_spellings_of_one_name_have_one_skeleton(word: str) -> None:
    assert sounds.skeleton_of(word) == sounds.skeleton_of("YURI")
