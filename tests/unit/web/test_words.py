"""No code reaches a screen as a code: each has a word, each outcome has a shape of its own."""

from datetime import UTC, datetime
from enum import Enum

import pytest

from crossing.decisions.mobility import built_in_rules
from crossing.documents.chip.lds import DETAILS
from crossing.documents.chip.reasons import Reason as ChipReason
from crossing.documents.chip.results import ChipPart, Verdict
from crossing.documents.mrz.issuers import ISSUERS
from crossing.documents.reading.port import ReadingProblem
from crossing.faces.words import HINTS
from crossing.lanes.schemas import ChipResult, ChipState, ChipView
from crossing.platform.i18n import LOCALES
from crossing.ports.chip import ChipFile
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Explanation, HitDetail
from crossing.web import countries
from crossing.web.device_words import CHIP_FIELDS
from crossing.web.vocabulary import CODES, READING, REGIMES
from crossing.web.words import SYMBOLS, Words


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


def test_every_field_that_a_chip_may_hold_has_its_word() -> None:
    assert set(CHIP_FIELDS) == set(DETAILS.values())
    assert Words("fr").chip_field("place_of_birth") == "Lieu de naissance"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1956-11-19", "19 nov. 1956"), ("2023-02-30", "2023-02-30"), ("0000-00-00", "0000-00-00"), ("x", "x")],
)
def test_a_chip_s_date_is_shown_as_a_date_and_what_is_none_as_it_stands(value: str, shown: str) -> None:
    assert Words("fr").chip_value("full_birth_date", value) == shown
    assert Words("fr").chip_value("title", value) == value


@pytest.mark.parametrize(
    ("name", "reason", "word"),
    [
        (ChipFile.DG2, ChipReason.CHANGED, "Chip altered"),
        (ChipPart.SIGNATURE, ChipReason.SIGNATURE_WRONG, "Chip altered"),
        (ChipPart.SOD, ChipReason.SOD_WITHHELD, "The chip keeps back what was signed"),
        (ChipPart.CHAIN, ChipReason.ISSUER_DENIES, "Signer of the chip not recognised"),
        (ChipPart.REVOCATION, ChipReason.REVOKED, "Signer of the chip revoked"),
        (ChipPart.ACTIVE_AUTHENTICATION, ChipReason.WRONG_ANSWER, "The chip may be a copy"),
        (ChipPart.ACCESS, ChipReason.PACE_HIDDEN, "Chip not genuine"),
    ],
)
def test_a_chip_that_fails_is_told_by_what_failed(name: str, reason: str, word: str) -> None:
    why = ChipResult(name=str(name), verdict=Verdict.FAILED, reason=str(reason))
    chip = ChipView(state=ChipState.READ, verdict=Verdict.FAILED, results=(why,))
    assert Words("en").chip(chip, why) == word


@pytest.mark.parametrize(
    ("kind", "must_verify", "word"),
    [
        (CheckKind.DOCUMENT_CHIP, True, "Sign of fraud"),
        (CheckKind.DOCUMENT_VALIDITY, True, "Sign of fraud"),
        (CheckKind.DOCUMENT_VALIDITY, False, "To look at"),
        (CheckKind.NAME_LIST, True, "Possible hit"),
    ],
)
def test_only_a_list_has_possible_hits(kind: CheckKind, must_verify: bool, word: str) -> None:
    hit = HitDetail(
        list_name="", entry_reference="dg2.changed", label="It was changed.", score=1, must_verify=must_verify
    )
    found = CheckResult(kind=kind, outcome=CheckOutcome.POSSIBLE, performed_at=datetime.now(UTC), hits=(hit,))
    assert Words("en").finding(found) == word
    about = "Portrait (DG2) – " if kind is CheckKind.DOCUMENT_CHIP else ""
    assert Words("en").label(found, hit) == f"{about}It was changed."


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


def test_dates_inside_a_sentence_are_the_reader_s_and_a_document_number_is_left_alone() -> None:
    told = (
        Explanation(code="other_birth_then", params={"date": "2031-03-01", "listed": "1961-08"}),
        Explanation(code="other_document_then", params={"date": "2031-03-01", "listed": "2031-03-01"}),
    )
    hit = HitDetail(
        list_name="", entry_reference="one", label="DIALLO MOUSSA, 1961-08-04", score=0.8, explanations=told
    )
    birth, document = Words("fr").explain(hit)
    assert "1 mars 2031" in birth
    assert "août 1961" in birth
    assert document.endswith("2031-03-01")
    assert Words("fr").hit_label(CheckKind.FACE_RECENT, hit) == "DIALLO MOUSSA, 4 août 1961"
    assert Words("fr").hit_label(CheckKind.FACE_LIST, hit) == "DIALLO MOUSSA, 1961-08-04"


def test_a_state_a_sex_and_a_time_inside_a_sentence_are_in_the_reader_s_words() -> None:
    told = [
        Explanation(code="nationality_same", params={"listed": "MLI, NER"}),
        Explanation(code="sex_differs", params={"listed": "F"}),
        Explanation(code="ahead_left_undecided", params={"post": "Gogui", "lane": "1", "at": "2031-03-01 08:55"}),
    ]
    nationality, sex, left = Words("fr").reasons(told)
    assert nationality.endswith("Mali, Niger")
    assert sex.endswith("Féminin")
    assert "1 mars 2031 08:55" in left


def test_a_large_number_in_a_reason_is_written_as_the_language_groups_it() -> None:
    (french,) = Words("fr").reasons([Explanation(code="name_common", params={"of": 11585})])
    (english,) = Words("en").reasons([Explanation(code="name_common", params={"of": 11585})])
    assert "11\u202f585" in french
    assert "11,585" in english
    (small,) = Words("en").reasons([Explanation(code="name_common", params={"of": 1984})])
    assert "1984" in small
