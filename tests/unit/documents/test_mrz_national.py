"""Documents beside the five formats' plain ones: the French identity card before 2021, crew cards, every issuer."""

from dataclasses import replace
from datetime import date

import pytest

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import (
    ISSUERS,
    CheckOutcome,
    MrzData,
    MrzFormat,
    MrzNotComposable,
    ProblemCode,
    Sex,
    compose,
    parse,
)

TODAY = date(2026, 3, 1)
# Both are specimens that descriptions of the card print.
BERTHIER = ("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6")
LOISEAU = ("IDFRALOISEAU<<<<<<<<<<<<<<<<<<<<<<<<", "970675K002774HERVE<<DJAMEL<7303216M4")
CARD = MrzData(
    document_code="ID",
    issuing_state="FRA",
    surname="BERTHIER",
    given_names="CORINNE",
    document_number="880692310285",
    nationality="FRA",
    birth_date=PartialDate(1965, 12, 6),
    sex=Sex.FEMALE,
    issued_on=PartialDate(1988, 6),
)
CREW = MrzData(
    document_code="AC",
    issuing_state="UTO",
    surname="ERIKSSON",
    given_names="ANNA MARIA",
    document_number="D23145890",
    nationality="MLI",
    birth_date=PartialDate(1974, 8, 12),
    sex=Sex.FEMALE,
    expiry_date=PartialDate(2030, 4, 15),
    optional_data="AIR MALI",
)


class TestFrenchCard:
    def test_its_own_layout_is_read(self) -> None:
        mrz = parse(BERTHIER, today=TODAY)

        assert mrz.valid
        assert mrz.format is MrzFormat.FRENCH_ID
        assert mrz.data == CARD
        assert set(mrz.checks) == {"document_number", "birth_date", "composite"}
        assert "expiry_date" not in mrz.fields

    def test_it_is_written_as_it_was_read(self) -> None:
        assert compose(CARD, MrzFormat.FRENCH_ID) == BERTHIER

    def test_given_names_stand_in_the_second_line(self) -> None:
        mrz = parse(LOISEAU, today=TODAY)
        assert mrz.valid
        assert (mrz.data.surname, mrz.data.given_names) == ("LOISEAU", "HERVE DJAMEL")
        assert compose(mrz.data, MrzFormat.FRENCH_ID) == LOISEAU

    def test_the_month_of_issue_and_the_nationality_say_what_they_were_derived_from(self) -> None:
        fields = parse(BERTHIER, today=TODAY).fields
        assert (fields["issued_on"].raw, fields["issued_on"].value) == ("8806", "1988-06")
        assert (fields["nationality"].raw, fields["nationality"].spans) == ("FRA", fields["issuing_state"].spans)

    @pytest.mark.parametrize(("number", "issued"), [("210101123456", "2021-01"), ("991201123456", "1999-12")])
    def test_a_card_was_issued_in_the_past(self, number: str, issued: str) -> None:
        data = replace(CARD, document_number=number, issued_on=None)
        assert str(parse(compose(data, MrzFormat.FRENCH_ID), today=TODAY).data.issued_on) == issued

    def test_a_number_that_begins_with_no_month_is_reported(self) -> None:
        data = replace(CARD, document_number="881392310285", issued_on=None)
        problems = [
            (problem.code, problem.field)
            for problem in parse(compose(data, MrzFormat.FRENCH_ID), today=TODAY).problems
        ]
        assert problems == [(ProblemCode.DATE_IMPOSSIBLE, "issued_on")]

    def test_names_that_fill_their_place_are_flagged(self) -> None:
        data = replace(CARD, given_names="MARIE CAROLINE FRANCOISE")
        mrz = parse(compose(data, MrzFormat.FRENCH_ID), today=TODAY)
        assert mrz.data.given_names == "MARIE CAROLIN"
        assert [(problem.code, problem.field) for problem in mrz.problems] == [
            (ProblemCode.NAME_TRUNCATED, "given_names")
        ]

    def test_a_misread_number_is_mended_by_its_digit(self) -> None:
        mrz = parse((BERTHIER[0], BERTHIER[1].replace("923102858", "9231O2858")), today=TODAY)
        assert mrz.valid
        assert [one.corrected for one in mrz.fields["document_number"].corrections] == ["0"]

    def test_the_digit_over_all_mends_nothing_for_it_covers_the_names_too(self) -> None:
        data = replace(CARD, optional_data="75B002")
        first, second = compose(data, MrzFormat.FRENCH_ID)
        mrz = parse((first.replace("75B", "758"), second), today=TODAY)
        assert not mrz.valid
        assert mrz.corrections == ()
        assert mrz.checks["composite"] is CheckOutcome.FAILS

    def test_a_misread_head_is_still_recognised(self) -> None:
        assert parse(("10FRA" + BERTHIER[0][5:], BERTHIER[1]), today=TODAY).data == CARD

    def test_other_documents_of_france_are_read_as_the_standard_says(self) -> None:
        td1 = MrzData("ID", "FRA", "BERTHIER", "CORINNE", "X4RTBPFW4", "FRA", PartialDate(1990, 7, 13), Sex.FEMALE)
        permit = replace(td1, document_code="IR", nationality="MLI")
        assert parse(compose(td1, MrzFormat.TD1), today=TODAY).format is MrzFormat.TD1
        assert parse(compose(permit, MrzFormat.TD2), today=TODAY).format is MrzFormat.TD2

    def test_a_td2_that_begins_like_the_card_is_one_only_if_all_its_check_digits_hold(self) -> None:
        data = replace(CREW, document_code="ID", issuing_state="FRA", optional_data="")
        first, second = compose(data, MrzFormat.TD2)
        assert parse((first, second), today=TODAY).data == data
        assert parse((first, second.replace("D23145890", "D23145891")), today=TODAY).format is MrzFormat.FRENCH_ID

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            (replace(CARD, nationality="MLI"), "nationality"),
            (replace(CARD, issuing_state="MLI"), "issuing_state"),
            (replace(CARD, expiry_date=PartialDate(2030)), "expiry_date"),
            (replace(CARD, issued_on=PartialDate(1989, 6)), "issued_on"),
            (replace(CARD, document_number="8806923102850"), "document_number"),
        ],
    )
    def test_what_the_card_cannot_say_is_refused(self, changed: MrzData, field: str) -> None:
        with pytest.raises(MrzNotComposable, match=field):
            compose(changed, MrzFormat.FRENCH_ID)

    def test_only_this_card_has_a_month_of_issue(self) -> None:
        with pytest.raises(MrzNotComposable, match="issued_on"):
            compose(replace(CREW, issued_on=PartialDate(2020, 1)), MrzFormat.TD1)


class TestCrewCard:
    def test_it_is_a_td1_with_a_code_of_its_own(self) -> None:
        mrz = parse(compose(CREW, MrzFormat.TD1), today=TODAY)
        assert mrz.data == CREW
        assert mrz.data.crew_card
        assert mrz.problems == ()

    def test_it_may_have_a_long_number(self) -> None:
        long = replace(CREW, document_number="D23145890734", optional_data="")
        mrz = parse(compose(long, MrzFormat.TD1), today=TODAY)
        assert mrz.valid
        assert mrz.data == long

    @pytest.mark.parametrize(
        ("code", "mrz_format"),
        [("AC", MrzFormat.TD2), ("IV", MrzFormat.TD1), ("X", MrzFormat.TD1), ("P5", MrzFormat.TD3)],
    )
    def test_a_code_that_the_standard_does_not_give_is_remarked_on(self, code: str, mrz_format: MrzFormat) -> None:
        data = replace(CREW, document_code=code, optional_data="")
        mrz = parse(compose(data, mrz_format), today=TODAY)
        assert mrz.valid
        assert [problem.code for problem in mrz.problems] == [ProblemCode.DOCUMENT_CODE_UNUSUAL]

    def test_a_card_that_leaves_the_nationality_out_is_remarked_on(self) -> None:
        mrz = parse(compose(replace(CREW, nationality=""), MrzFormat.TD1), today=TODAY)
        assert mrz.valid
        assert [problem.code for problem in mrz.problems] == [ProblemCode.NATIONALITY_UNKNOWN]


# Doc 9303-3 section 5, parts A to H.
BEYOND_ISO_3166 = """
    GBD GBN GBO GBP GBS D RKS EUE UNO UNA UNK XBA XIM XCC XCE XCO XEC XPO XES XMP XOM XDC
    XXA XXB XXC XXX ANT NTZ UTO IAO
"""


@pytest.mark.parametrize("code", BEYOND_ISO_3166.split())
def test_every_code_of_the_standard_issues_and_is_a_nationality(code: str) -> None:
    mrz = parse(compose(replace(CREW, issuing_state=code, nationality=code), MrzFormat.TD1), today=TODAY)
    assert mrz.problems == ()
    assert (mrz.data.issuing_state, mrz.data.nationality) == (code, code)


def test_codes_of_former_states_are_known_and_others_are_not() -> None:
    assert {"MLI", "NER", "BFA", "TCD", "YUG", "SUN", "ZAR"} <= ISSUERS
    assert not {"XXK", "EUR", "QQQ", ""} & ISSUERS
