"""Two logins are two people by their letters and digits, whatever else is in them."""

import unicodedata
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.four_eyes import are_two_people, says_something

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: tuple[Form, ...] = get_args(Form)
BLANKS = " \t\n\u00a0\u2003\u200b\u200d\u2060\ufeff\u00ad"


@pytest.mark.parametrize(
    "other",
    ["o1", "O1", " o1 ", "o1\t", "o1\u00a0", "o1\u200b", "o\u200d1", "o.1", "\uff4f\uff11", "o1\u0301"],
)
def test_another_spelling_is_no_other_person(other: str) -> None:
    assert not are_two_people("o1", other)
    assert not are_two_people(other, "o1")


@pytest.mark.parametrize(("one", "other"), [("JOSÉ", "josé"), ("josé", "jose\u0301"), ("straße", "STRASSE")])
def test_letters_beyond_ascii_are_compared_whole(one: str, other: str) -> None:
    assert not are_two_people(one, other)


@pytest.mark.parametrize("nobody", ["", " ", BLANKS, "--", "؟", "é"])
def test_who_says_nothing_is_nobody(nobody: str) -> None:
    assert not says_something(nobody)
    assert not are_two_people("o1", nobody)
    assert not are_two_people(nobody, "o1")


def test_two_are_two() -> None:
    assert are_two_people("s.kone", "b.ouedraogo")
    assert are_two_people("officer-1", "officer-2")


@given(st.text(max_size=12), st.text(alphabet=BLANKS, max_size=3), st.sampled_from(FORMS))
def test_no_spelling_of_one_login_makes_two(login: str, blanks: str, form: Form) -> None:
    assert not are_two_people(login, blanks + unicodedata.normalize(form, login) + blanks)


@given(st.text(max_size=12), st.text(max_size=12))
def test_it_is_the_same_from_both_sides(one: str, other: str) -> None:
    assert are_two_people(one, other) == are_two_people(other, one)
    assert not are_two_people(one, one)
