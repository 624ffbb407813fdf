"""No code reaches a screen as a code: each has a word, each outcome has a shape of its own."""

from enum import Enum

import pytest

from crossing.decisions.mobility import built_in_rules
from crossing.documents.mrz.issuers import ISSUERS
from crossing.documents.reading.port import ReadingProblem
from crossing.faces.words import HINTS
from crossing.platform.i18n import LOCALES
from crossing.screening.schemas import CheckOutcome
from crossing.web import countries
from crossing.web.words import CODES, READING, REGIMES, SYMBOLS, Words


@pytest.mark.parametrize("kind", CODES)
def test_every_member_has_its_word(kind: type[Enum]) -> None:
    assert set(CODES[kind]) == set(kind)
    for locale in LOCALES:
        assert all(Words(locale).of(code) for code in kind)


def test_every_outcome_of_a_check_has_a_shape_of_its_own() -> None:
    assert set(SYMBOLS) == set(CheckOutcome)
    assert len(set(SYMBOLS.values())) == len(CheckOutcome)


def test_not_checked_is_never_said_like_clear() -> None:
    for locale in LOCALES:
        words = Words(locale)
        assert words.of(CheckOutcome.NOT_CHECKED) != words.of(CheckOutcome.CLEAR)


def test_every_regime_of_the_rules_and_every_hint_has_its_words() -> None:
    assert {rule["regime"] for rule in built_in_rules()._rules} <= set(REGIMES)
    assert set(READING) == {problem.value for problem in ReadingProblem}
    assert all(Words("fr").face_hint(code) != code for code in HINTS)


@pytest.mark.parametrize("locale", LOCALES)
def test_states_are_named_in_the_readers_language(locale: str) -> None:
    names = {"fr": "Tchad", "en": "Chad", "ar": "تشاد"}
    assert countries.name("TCD", locale) == names[locale]
    assert all(countries.name(code, locale) for code in ISSUERS)


def test_a_choice_of_states_begins_with_the_region_and_keeps_what_was_chosen() -> None:
    options = countries.options("fr", also=("GBO", ""))
    assert options[:2] == [("GBO", "GBO"), ("MLI", "Mali")]
    codes = [code for code, _ in options]
    assert len(codes) == len(set(codes))
    assert "" not in codes
    names = [name for _, name in options]
    assert names.index("Égypte") < names.index("Espagne")


def test_a_code_that_the_standard_does_not_know_is_no_state() -> None:
    assert countries.known("MLI") == "MLI"
    assert countries.known("ZZZ") is None
    assert countries.known("") is None
