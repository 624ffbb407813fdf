"""Two names and two dates of birth: what a careful officer would say."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth, Relation
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


SEEN = Path(__file__).parents[4] / "benchmarks" / "names" / "sets"


def seen_pairs() -> list[tuple[str, str]]:
    found = []
    for path in sorted(SEEN.glob("*_seen.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [(row["name_a"], row["name_b"]) for row in csv.DictReader(file)]
    return found


SEEN_PAIRS = seen_pairs()
name_pairs = st.one_of(st.sampled_from(SEEN_PAIRS), st.tuples(names, names))
WHOLE = "1972-02-17"
FROM_THE_SAME_TO_ANOTHER = [
    (Relation.SAME, WHOLE),
    (Relation.SWAPPED, "1972-03-04"),
    (Relation.PLACEHOLDER, "1972-01-01"),
    (Relation.YEAR_SAME, "1972"),
    (Relation.UNKNOWN, ""),
    (Relation.NEAR, "1973"),
    (Relation.SLIP, "1927-02-17"),
    (Relation.DIFFERS, "1950-09-30"),
]
"""Each with a listed date that stands so to the traveller's: 17 February 1972, and 3 April for day and month."""


@given(name_pairs)
def test_a_closer_date_of_birth_never_lowers_the_score(pair: tuple[str, str]) -> None:
    scores = []
    for relation, listed in FROM_THE_SAME_TO_ANOTHER:
        birth = "1972-04-03" if relation is Relation.SWAPPED else WHOLE
        found = judged(*pair, birth, listed)
        assert found.relation is relation
        scores.append(found.score)
    assert scores == sorted(scores, reverse=True)


@given(name_pairs)
def test_a_date_that_is_one_part_off_stands_between_the_same_and_a_slip(pair: tuple[str, str]) -> None:
    off = judged(*pair, WHOLE, "1972-02-18")
    assert off.relation is Relation.ONE_PART_OFF
    assert judged(*pair, WHOLE, WHOLE).score >= off.score >= judged(*pair, WHOLE, "1927-02-17").score


@given(name_pairs, births, births)
def test_a_nationality_that_agrees_never_lowers_the_score(pair: tuple[str, str], birth: str, listed: str) -> None:
    one, other = spell(pair[0]), spell(pair[1])
    asked = AskedPerson(one, PartialDate.parse(birth) if birth else None, nationality="MLI")
    listed_births = (ListedBirth.exact(PartialDate.parse(listed)),) if listed else ()
    same, unknown, another = (
        judge(asked, ListedPerson(other, listed_births, nationalities=found)).score
        for found in (("MLI", "NER"), (), ("TCD",))
    )
    assert same >= unknown >= another


@pytest.mark.parametrize("part", ["Sangaré", "Kiptanui", "Zerbo", "Wolfenstein"])
def test_a_part_that_both_names_have_never_lowers_the_score(part: str) -> None:
    # A junior is told by the end of the name, and an MRZ says itself which part is which.
    lowered = [
        (one, other)
        for one, other in SEEN_PAIRS
        if not any(mark in one + other for mark in ("<", "Jr.", "Sr."))
        and judged(f"{one} {part}", f"{other} {part}", "", "").score < judged(one, other, "", "").score
    ]
    assert lowered == []


@given(name_pairs, births, births)
def test_it_does_not_matter_who_is_asked_about(pair: tuple[str, str], birth: str, listed: str) -> None:
    there, back = judged(*pair, birth, listed), judged(*reversed(pair), listed, birth)
    assert there.score == pytest.approx(back.score, abs=0.05)


@pytest.mark.parametrize("listed", ["1992-11-12", "1992", "1992-01-01"])
def test_the_same_year_speaks_for_a_common_name(listed: str) -> None:
    with_the_year = judged("Fatou Traoré", "Fatoumata Traoré", "1992", listed)
    assert with_the_year.decision is Decision.MATCH
    assert with_the_year.score > judged("Fatou Traoré", "Fatoumata Traoré", "", "").score


@pytest.mark.parametrize(
    ("one", "other"),
    [("Fatou Traoré", "Fatoumata Traoré"), ("Mamadou Diallo", "Mamadou Diallo"), ("فاطمة تراوري", "Fatima Traoré")],
)
def test_a_name_that_thousands_bear_is_possible_and_no_more_with_nothing_else(one: str, other: str) -> None:
    assert judged(one, other, "", "").decision is Decision.POSSIBLE
    asked = AskedPerson(spell(one), nationality="MLI")
    assert judge(asked, ListedPerson(spell(other), nationalities=("MLI",))).decision is Decision.MATCH


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Taiwo Adeleke", "Kehinde Adeleke"),
        ("Ata Panin Owusu", "Ata Kakra Owusu"),
        ("Nana Yaa Osei", "Nana Yaw Osei"),
        ("Chinedu Okafor", "Chinedu Okoro"),
        ("Salif Konaté", "Salia Konaté"),
        ("Hassan Idriss", "حسين إدريس"),
        ("Mohamed Bouba", "محمود بوبا"),
        ("Hassan Bouba", "حسنة بوبا"),
        ("أمينة عمر", "أميناتا عمر"),
        ("Jamal Bouba", "جميل بوبا"),
        ("Zakaria Mahamane", "Zakia Mahamane"),
        ("Saadou Harouna", "Seydou Harouna"),
    ],
)
def test_brothers_sisters_and_twins_of_one_day_are_told_apart(one: str, other: str) -> None:
    assert judged(one, other).decision is Decision.DIFFERENT


def test_with_a_part_of_its_own_on_each_paper_a_name_is_possible_and_no_more() -> None:
    assert judged("Zanbrou Koutouan Ablo", "Zanbrou Koutouan Vridi").decision is Decision.POSSIBLE


def test_one_father_of_a_long_chain_may_be_another_on_the_next_paper() -> None:
    chain = judged("Ngarta Mahamat Saleh Idriss Haggar", "Ngarta Moussa Saleh Idriss Haggar")
    brother = judged("Ngarta Mahamat Saleh Idriss Haggar", "Moussa Mahamat Saleh Idriss Haggar")
    assert (chain.decision, brother.decision) == (Decision.POSSIBLE, Decision.DIFFERENT)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Kwame N. Boateng", "Kwame Boateng"), ("Awa Diop née Sarr", "Awa Diop épouse Fall")],
)
def test_initials_and_spare_parts_are_no_parts_of_one_s_own(one: str, other: str) -> None:
    assert judged(one, other).decision is Decision.MATCH


@pytest.mark.parametrize(("one", "other"), [("Mamadou", "Mamadou Coulibaly"), ("Traoré", "Traoré Oumar")])
def test_one_part_of_a_longer_name_is_possible_and_no_more(one: str, other: str) -> None:
    assert judged(one, other).decision is Decision.POSSIBLE
    assert judged(one, one).decision is Decision.MATCH


def test_a_rare_name_needs_no_date() -> None:
    assert judged("Mbaïoundabé Nodjigoto", "Mbaioundabe Nojigoto", "", "").decision is Decision.MATCH
