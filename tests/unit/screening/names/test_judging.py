"""Two names and two dates of birth: what a careful officer would say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.judging import Decision, Judged, judge
from crossing.screening.names.spelling import spell

BIRTH = "1979-03-23"


def judged(one: str, other: str, birth: str = BIRTH, listed: str = BIRTH) -> Judged:
    asked = AskedPerson(spell(one), PartialDate.parse(birth) if birth else None)
    births = (ListedBirth.exact(PartialDate.parse(listed)),) if listed else ()
    return judge(asked, ListedPerson(spell(other), births))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mamadou Diallo", "JALLOH<<MOHAMADOU"),
        ("OUEDRAOGO<<ABDOUL<KARIM", "Abdoulkarim Ouédraogo"),
        ("Mme Traoré née Coulibaly Awa", "Awa Coulibaly"),
        ("El Hadj Seydou Nourou Tall", "Seydou Tall"),
        ("محمد صالح أبكر", "Mahamat Saleh Abakar"),
        ("ABAKAR<<MAHAMAT<SALEH", "Mahamat Saleh Abakar"),
        ("Mahamat Saleh", "Mahamat Saleh Abakar"),
        ("Nourdine Hassane", "Nour Eddine Hassane"),
        ("Mariem Mint Ely", "Maryam Bint Ali"),
        ("Bill Thornton", "William Thornton"),
        ("Владимир Соколов", "Vladimir Sokolov"),
        ("习远平", "Xi Yuanping"),
        ("Boubacar 0uedraogo", "Boubacar Ouédraogo"),
    ],
)
def test_one_person_under_two_spellings_is_a_match(one: str, other: str) -> None:
    assert judged(one, other).decision is Decision.MATCH


@pytest.mark.parametrize(
    ("one", "other", "birth", "listed"),
    [
        ("Hassane Diallo", "Housseini Diallo", BIRTH, BIRTH),
        ("Aminata Traoré", "Amina Traoré", BIRTH, BIRTH),
        ("Moussa Diarra", "Moussa Diawara", BIRTH, BIRTH),
        ("Oumou Tall", "Oumar Tall", BIRTH, BIRTH),
        ("Mahamat Saleh Abakar", "Saleh Abakar", BIRTH, "1950-01-01"),
        ("Mahamat Saleh Abakar", "Saleh Mahamat Abakar", BIRTH, "2001-09-09"),
        ("Bilal Ag Attaher", "Attaher Ag Bilal", "1961-10-13", "1985-10-13"),
        ("Mamadou Diallo", "Mamadou Diallo", BIRTH, "1971-08-25"),
        ("Ferdinand Santos", "Imelda Santos", "", ""),
    ],
)
def test_two_people_are_told_apart(one: str, other: str, birth: str, listed: str) -> None:
    assert judged(one, other, birth, listed).decision is Decision.DIFFERENT


@pytest.mark.parametrize("listed", ["1979-01-01", "1979"])
def test_an_unknown_day_of_the_same_year_speaks_for_it(listed: str) -> None:
    assert judged("Tiémoko Sangaré", "Tiemoko Sangare", listed=listed).decision is Decision.MATCH


def test_a_slip_of_the_pen_weighs_less_against_a_rare_name_than_against_a_common_one() -> None:
    rare = judged("Niamoye Bathily", "Niamoye Bathily", "1972-02-17", "1927-02-17")
    common = judged("Moussa Traoré", "Moussa Traoré", "1972-02-17", "1927-02-17")
    assert rare.score > common.score + 0.1


def test_day_and_month_exchanged_are_nearly_as_good_as_the_same() -> None:
    assert judged("Hamadi Dicko", "Hamadi Dicko", "1981-04-06", "1981-06-04").decision is Decision.MATCH


def test_a_name_cut_by_its_document_fits() -> None:
    asked = AskedPerson(spell("DIARRA<<ALHOUSSEYNI<ABDOULAYE<MOUHAMADO"), truncated=True)
    listed = ListedPerson(spell("Alhousseyni Abdoulaye Mouhamadoul Moustapha Diarra"))
    assert judge(asked, listed).decision is Decision.MATCH


def test_what_a_list_shows_to_be_common_tells_less() -> None:
    class Everybody:
        def count(self, key: str) -> int:
            return 9_000

        def total(self) -> int:
            return 10_000

    asked = AskedPerson(spell("Niamoye Bathily"), PartialDate(1980))
    listed = ListedPerson(spell("Niamoye Bathily"), (ListedBirth.exact(PartialDate(1980)),))
    assert judge(asked, listed, Everybody()).score < judge(asked, listed).score


def test_the_reasons_can_be_read_aloud() -> None:
    sentences = [reason.text() for reason in judged("Hassane Jallow", "Housseini Diallo").reasons]
    assert "These parts are one name, written in two ways: Jallow = Diallo" in sentences
    assert "These parts differ: Hassane here, Housseini there" in sentences
    assert "These are names that twins are given." in sentences
    assert f"The date of birth is the same: {BIRTH}" in sentences


names = st.text(alphabet="ABDEHIKLMNOSUY '-<,é", min_size=1, max_size=30)
births = st.one_of(st.just(""), st.dates().map(str), st.sampled_from(["1980", "1980-05"]))


@given(names, names, births, births)
def test_a_score_is_a_share_and_every_reason_has_its_sentence(one: str, other: str, birth: str, listed: str) -> None:
    found = judged(one, other, birth, listed)
    assert 0 <= found.score <= 1
    assert all(reason.text() != reason.code for reason in found.reasons)
