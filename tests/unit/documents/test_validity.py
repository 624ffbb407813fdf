"""What speaks against a document by its data alone, in codes that stay the same."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import MrzData, MrzFormat, Sex, check_digit, compose, parse
from crossing.documents.validity import EXPIRED, NOT_MACHINE_READABLE, FindingKind, assess, assess_typed

TODAY = date(2026, 3, 1)
SOUND = MrzData(
    document_code="P",
    issuing_state="MLI",
    surname="KEITA",
    given_names="AWA",
    document_number="AA0412345",
    nationality="MLI",
    birth_date=PartialDate(1974, 8, 12),
    sex=Sex.FEMALE,
    expiry_date=PartialDate(2030, 4, 15),
)
GERMAN = replace(SOUND, issuing_state="D", nationality="D", document_number="C01X00T47")
CHILD = replace(SOUND, issuing_state="USA", nationality="USA", birth_date=PartialDate(2015, 5, 1))


def codes(
    data: MrzData, mrz_format: MrzFormat = MrzFormat.TD3, *, today: date = TODAY, issued_on: PartialDate | None = None
) -> list[str]:
    mrz = parse(compose(data, mrz_format), today=today)
    return [finding.code for finding in assess(mrz, today=today, issued_on=issued_on)]


class TestASoundDocument:
    def test_has_no_findings(self) -> None:
        assert codes(SOUND) == []

    def test_a_long_name_is_nothing_against_it(self) -> None:
        assert codes(replace(SOUND, surname="A" * 60)) == []

    @given(
        code=st.sampled_from(["P", "PP", "PD", "PO", "PE", "PM"]),
        state=st.sampled_from(["MLI", "NER", "BFA", "TCD", "SEN", "FRA", "CMR"]),
        number=st.from_regex(r"[A-Z]{2}[1-9][0-9]{6}", fullmatch=True),
        age_days=st.integers(0, 36_000),
        left_days=st.integers(0, 5 * 365),
    )
    def test_whoever_holds_it(self, code: str, state: str, number: str, age_days: int, left_days: int) -> None:
        holder = replace(
            SOUND,
            document_code=code,
            issuing_state=state,
            nationality=state,
            document_number=number,
            birth_date=PartialDate.of(TODAY - timedelta(days=age_days)),
            expiry_date=PartialDate.of(TODAY + timedelta(days=left_days)),
        )
        assert codes(holder) == []


class TestExpiry:
    def test_a_document_is_valid_to_the_end_of_its_last_day(self) -> None:
        assert codes(replace(SOUND, expiry_date=PartialDate.of(TODAY))) == []
        assert codes(replace(SOUND, expiry_date=PartialDate(2026, 2, 28))) == ["document_expired"]

    def test_a_partial_date_lasts_as_long_as_it_can(self) -> None:
        assert codes(replace(SOUND, expiry_date=PartialDate(2026))) == []

    def test_a_document_without_one_gets_a_remark(self) -> None:
        assert codes(replace(SOUND, expiry_date=None)) == ["expiry_missing"]


class TestTheDateOfIssue:
    def test_in_the_past_it_says_nothing(self) -> None:
        assert codes(SOUND, issued_on=PartialDate(2020, 4, 16)) == []

    def test_before_birth_and_after_expiry_it_is_a_sign_of_fraud(self) -> None:
        assert codes(replace(SOUND, expiry_date=None), issued_on=PartialDate(1974, 8, 11)) == [
            "issued_before_birth",
            "expiry_missing",
        ]
        expired = replace(SOUND, expiry_date=PartialDate(2026, 1, 1))
        assert codes(expired, issued_on=PartialDate(2026, 1, 2)) == ["issued_after_expiry", "document_expired"]

    def test_on_the_day_of_birth_it_is_a_newborns(self) -> None:
        newborn = replace(SOUND, birth_date=PartialDate(2025, 9, 3))
        assert codes(newborn, issued_on=PartialDate(2025, 9, 3)) == []

    def test_in_the_future_it_is_a_sign_of_fraud_but_not_on_the_other_side_of_the_date_line(self) -> None:
        assert codes(SOUND, issued_on=PartialDate(2026, 3, 2)) == []
        assert codes(SOUND, issued_on=PartialDate(2026, 3, 3)) == ["issued_in_future"]

    def test_a_visa_may_begin_later(self) -> None:
        visa = replace(SOUND, document_code="V")
        assert codes(visa, MrzFormat.MRV_A, issued_on=PartialDate(2026, 5, 1)) == ["not_yet_valid"]

    def test_a_partial_one_is_believed_as_far_as_it_can_be(self) -> None:
        assert codes(SOUND, issued_on=PartialDate(2026)) == []


class TestTheLengthOfValidity:
    def test_no_passport_is_valid_for_more_than_ten_years_and_some_months(self) -> None:
        until = replace(SOUND, expiry_date=PartialDate(2030, 12, 1))
        assert codes(until, issued_on=PartialDate(2020, 3, 1)) == []
        assert codes(until, issued_on=PartialDate(2019, 11, 30)) == ["valid_too_long"]

    def test_without_a_date_of_issue_today_is_the_latest_that_there_can_be(self) -> None:
        assert codes(replace(SOUND, expiry_date=PartialDate(2037, 3, 1))) == []
        assert codes(replace(SOUND, expiry_date=PartialDate(2037, 3, 2))) == ["valid_too_long"]

    def test_a_card_may_be_valid_for_life(self) -> None:
        assert codes(replace(SOUND, document_code="I", expiry_date=PartialDate(2060, 1, 1)), MrzFormat.TD1) == []

    def test_a_childs_passport_is_valid_for_as_long_as_its_state_says(self) -> None:
        assert codes(replace(CHILD, expiry_date=PartialDate(2031, 2, 28))) == []
        assert codes(replace(CHILD, expiry_date=PartialDate(2035, 2, 28))) == ["child_valid_too_long"]

    def test_who_was_of_age_at_issue_has_a_grown_ups_passport(self) -> None:
        grown = replace(CHILD, birth_date=PartialDate(2009, 1, 1), expiry_date=PartialDate(2035, 2, 1))
        assert codes(grown, issued_on=PartialDate(2025, 2, 2)) == []
        assert codes(grown, issued_on=PartialDate(2024, 12, 30)) == ["child_valid_too_long"]

    def test_other_states_and_official_passports_have_rules_that_we_dont_know(self) -> None:
        long = replace(CHILD, expiry_date=PartialDate(2035, 2, 28))
        assert codes(replace(long, issuing_state="MLI", nationality="MLI")) == []
        assert codes(replace(long, document_code="PD")) == []

    def test_it_is_counted_from_the_29th_of_february_too(self) -> None:
        day = date(2028, 2, 29)
        until = replace(SOUND, expiry_date=PartialDate(2039, 3, 1))
        assert codes(until, today=day) == []


class TestCheckDigits:
    def forged(self, old: str, new: str, data: MrzData = SOUND) -> list[str]:
        first, second = compose(data, MrzFormat.TD3)
        assert old in second
        mrz = parse((first, second.replace(old, new)), today=TODAY)
        return [finding.code for finding in assess(mrz, today=TODAY)]

    def test_each_says_which_field_it_guards(self) -> None:
        assert self.forged("740812", "750812") == ["check_digit_birth"]
        assert self.forged("300415", "310415") == ["check_digit_expiry"]
        assert self.forged("AA0412345", "AA0412346") == ["check_digit_number"]
        personal = replace(SOUND, optional_data="12345")
        assert self.forged("12345<<", "12346<<", personal) == ["check_digit_optional"]

    def test_the_last_one_is_said_only_where_it_stands_alone(self) -> None:
        lines = compose(SOUND, MrzFormat.TD3)
        digit = (int(lines[1][-1]) + 5) % 10
        mrz = parse((lines[0], f"{lines[1][:-1]}{digit}"), today=TODAY)
        assert [finding.code for finding in assess(mrz, today=TODAY)] == ["check_digit_composite"]

    def test_nothing_is_concluded_from_a_field_whose_digit_fails(self) -> None:
        assert self.forged("300415", "390415") == ["check_digit_expiry"]
        assert self.forged("C01X00T47", "C01X0BT47", GERMAN) == ["check_digit_number"]

    def test_an_impossible_date_is_a_sign_of_fraud_only_where_its_digit_holds(self) -> None:
        assert self.forged("740812", "741312") == ["check_digit_birth"]
        birth, expiry = (f"{day}{check_digit(day)}" for day in ("741312", "300434"))
        first, second = compose(SOUND, MrzFormat.TD3)
        for place, written, code in ((13, birth, "birth_date_impossible"), (21, expiry, "expiry_date_impossible")):
            line = second[:place] + written + second[place + 7 :]
            mrz = parse((first, line), today=TODAY)
            assert code in [finding.code for finding in assess(mrz, today=TODAY)]


class TestIssuerAndNationality:
    def test_unknown_codes_are_found(self) -> None:
        assert codes(replace(SOUND, issuing_state="QQQ", nationality="QQQ")) == [
            "issuer_unknown",
            "nationality_unknown",
        ]

    def test_a_state_that_is_no_more_issues_nothing_but_people_were_born_there(self) -> None:
        assert codes(replace(SOUND, issuing_state="YUG", nationality="YUG")) == ["issuer_withdrawn"]

    def test_the_codes_for_those_without_a_nationality_are_nobodys_to_issue_under(self) -> None:
        assert codes(replace(SOUND, issuing_state="XXB")) == ["issuer_is_no_state"]

    @pytest.mark.parametrize("nationality", ["XXA", "XXB", "XXC", "XXX", "NER"])
    @pytest.mark.parametrize(("code", "mrz_format"), [("P", "TD3"), ("PT", "TD3"), ("V", "MRV-A"), ("AR", "TD1")])
    def test_travel_documents_visas_and_permits_are_given_to_others_too(
        self, nationality: str, code: str, mrz_format: str
    ) -> None:
        assert codes(replace(SOUND, nationality=nationality, document_code=code), MrzFormat(mrz_format)) == []

    def test_only_a_passport_that_calls_itself_national_is_its_nationals(self) -> None:
        assert codes(replace(SOUND, document_code="PP", nationality="NER")) == ["nationality_not_issuer"]
        british = replace(SOUND, document_code="PP", issuing_state="GBR", document_number="925665416")
        assert codes(replace(british, nationality="GBO")) == []

    def test_a_missing_nationality_is_a_remark(self) -> None:
        assert codes(replace(SOUND, document_code="I", nationality=""), MrzFormat.TD1) == ["nationality_missing"]


class TestTypesAndNumbers:
    @pytest.mark.parametrize(
        ("issuer", "code", "mrz_format"),
        [
            ("MLI", "PP", "TD3"),
            ("UNO", "PL", "TD3"),
            ("USA", "IP", "TD1"),
            ("USA", "C1", "TD1"),
            ("FRA", "ID", "TD2"),
            ("D", "AR", "TD1"),
            ("MLI", "AC", "TD1"),
            ("MLI", "V", "MRV-B"),
            ("MLI", "VB", "MRV-A"),
        ],
    )
    def test_known_types_in_their_formats_say_nothing(self, issuer: str, code: str, mrz_format: str) -> None:
        assert codes(replace(SOUND, issuing_state=issuer, document_code=code), MrzFormat(mrz_format)) == []

    def test_an_unknown_type_and_an_unusual_format_are_remarks(self) -> None:
        assert codes(replace(SOUND, document_code="PX")) == ["document_type_unknown"]
        assert codes(replace(SOUND, document_code="AI"), MrzFormat.TD1) == ["document_type_unknown"]
        assert codes(replace(SOUND, document_code="P"), MrzFormat.TD2) == ["document_format_unusual"]
        assert codes(replace(SOUND, document_code="AC"), MrzFormat.TD2) == ["document_format_unusual"]

    @pytest.mark.parametrize("number", ["C01X00T47", "F1234567", "123456789"])
    def test_german_numbers_have_their_own_letters(self, number: str) -> None:
        assert codes(replace(GERMAN, document_number=number)) == []

    @pytest.mark.parametrize("number", ["C01X00A47", "C01X00T4", "CO1X00T47"])
    def test_a_german_number_with_another_letter_or_length_is_a_sign_of_fraud(self, number: str) -> None:
        assert codes(replace(GERMAN, document_number=number)) == ["number_pattern"]

    def test_where_the_form_is_not_published_any_number_will_do(self) -> None:
        assert codes(replace(SOUND, document_number="A1")) == []
        assert codes(replace(GERMAN, document_code="AR", document_number="SB1"), MrzFormat.TD1) == []

    def test_a_number_that_runs_on_is_a_remark(self) -> None:
        long = replace(SOUND, document_code="I", document_number="AB1234567890")
        assert codes(long, MrzFormat.TD1) == ["number_overflows"]


class TestTheFrenchCard:
    CARD = replace(
        SOUND,
        document_code="ID",
        issuing_state="FRA",
        nationality="FRA",
        document_number="190275P01234",
        issued_on=PartialDate(2019, 2),
        expiry_date=None,
    )

    def test_has_no_expiry_date_in_its_zone(self) -> None:
        assert codes(self.CARD, MrzFormat.FRENCH_ID) == ["expiry_missing"]

    def test_says_itself_when_it_was_issued(self) -> None:
        born_later = replace(self.CARD, birth_date=PartialDate(2020, 5, 1))
        assert codes(born_later, MrzFormat.FRENCH_ID) == ["issued_before_birth", "expiry_missing"]
        assert codes(born_later, MrzFormat.FRENCH_ID, issued_on=PartialDate(2020, 6, 1)) == ["expiry_missing"]

    def test_its_end_follows_from_its_issue_and_the_age_of_its_holder(self) -> None:
        def ended(card: MrzData, day: date) -> bool:
            return "document_expired" in codes(card, MrzFormat.FRENCH_ID, today=day)

        childs = replace(self.CARD, birth_date=PartialDate(2005, 5, 1))
        assert (ended(self.CARD, date(2034, 2, 28)), ended(self.CARD, date(2034, 3, 1))) == (False, True)
        assert (ended(childs, date(2029, 2, 28)), ended(childs, date(2029, 3, 1))) == (False, True)

    def test_a_number_whose_digit_fails_tells_no_date(self) -> None:
        first, second = compose(replace(self.CARD, birth_date=PartialDate(2020, 5, 1)), MrzFormat.FRENCH_ID)
        altered = "1903" + second[4:35]
        mrz = parse((first, altered + check_digit(first + altered)), today=TODAY)
        assert [finding.code for finding in assess(mrz, today=TODAY)] == ["check_digit_number", "expiry_missing"]


class TestPersonalNumbers:
    ESTONIAN = replace(
        SOUND,
        issuing_state="EST",
        nationality="EST",
        birth_date=PartialDate(1975, 1, 22),
        optional_data="47501220010",
    )
    CZECH = replace(
        SOUND,
        issuing_state="CZE",
        nationality="CZE",
        birth_date=PartialDate(1981, 6, 5),
        optional_data="8156057342",
    )

    def test_that_agree_say_nothing(self) -> None:
        assert codes(self.ESTONIAN) == []
        assert codes(self.CZECH) == []
        assert codes(replace(self.CZECH, optional_data="8176057342")) == []

    def test_another_date_or_sex_is_a_sign_of_fraud(self) -> None:
        assert codes(replace(self.ESTONIAN, birth_date=PartialDate(1985, 1, 22))) == ["personal_number_birth"]
        assert codes(replace(self.CZECH, sex=Sex.MALE)) == ["personal_number_sex"]

    def test_a_birth_date_known_in_part_is_compared_in_part(self) -> None:
        assert codes(replace(self.ESTONIAN, birth_date=PartialDate(1975))) == []

    def test_a_holder_of_a_hundred_years_is_not_taken_for_a_child(self) -> None:
        old = replace(self.CZECH, birth_date=PartialDate(2011, 1, 1), sex=Sex.MALE, optional_data="110101111")
        assert codes(old) == []

    @pytest.mark.parametrize("other", ["", "12", "47513220010", "47501420010", "A7501220010", "99999999999999"])
    def test_what_is_no_such_number_says_nothing(self, other: str) -> None:
        assert codes(replace(self.ESTONIAN, optional_data=other)) == []

    def test_other_states_may_write_what_they_like(self) -> None:
        assert codes(replace(self.ESTONIAN, issuing_state="MLI", birth_date=PartialDate(1985))) == []


class TestSpecimens:
    @pytest.mark.parametrize(
        "change",
        [
            {"issuing_state": "UTO", "nationality": "UTO"},
            {"surname": "SPECIMEN"},
            {"given_names": "ERIKA MUSTERMANN"},
            {"document_number": "000000000"},
            {"document_number": "AA0000000"},
        ],
    )
    def test_are_remarked_on(self, change: dict[str, str]) -> None:
        assert codes(replace(SOUND, **change)) == ["specimen"]  # type: ignore[arg-type]

    def test_no_real_specimen_has_a_sign_of_fraud_on_a_day_on_which_it_was_valid(
        self, real_material: Path | None
    ) -> None:
        specimens = [list(compose(replace(GERMAN, surname="MUSTERMANN"), MrzFormat.TD3))]
        if real_material is not None:
            truth = json.loads((real_material / "mrz" / "ground_truth.json").read_text(encoding="utf-8"))
            specimens += [specimen["lines"] for specimen in truth.values()]
        for lines in specimens:
            expiry = parse(lines, today=TODAY).data.expiry_date
            day = expiry.latest if expiry else TODAY
            found = assess(parse(lines, today=day), today=day)
            assert not any(finding.kind is FindingKind.FRAUD_SIGN or finding is EXPIRED for finding in found), lines


class TestWhatIsNoMrz:
    def test_is_one_finding(self) -> None:
        assert assess(None, today=TODAY) == (NOT_MACHINE_READABLE,)
        assert assess(parse(["x"]), today=TODAY) == (NOT_MACHINE_READABLE,)

    def test_a_damaged_one_is_compared_field_by_field(self) -> None:
        first, second = compose(SOUND, MrzFormat.TD3)
        mrz = parse((first, second[:20] + "K" + second[21:]), today=TODAY)
        assert "mrz_malformed" in [finding.code for finding in assess(mrz, today=TODAY)]

    def test_one_half_of_which_was_not_seen_is_told_once(self) -> None:
        mrz = parse(compose(SOUND, MrzFormat.TD3)[:1], today=TODAY)
        assert mrz.format is MrzFormat.TD3
        assert [finding.code for finding in assess(mrz, today=TODAY)] == ["mrz_malformed"]

    @given(lines=st.lists(st.text(alphabet="ABDP<0123456789", min_size=20, max_size=46), max_size=4))
    def test_whatever_was_read_each_finding_is_told_once_and_the_gravest_first(self, lines: list[str]) -> None:
        found = assess(parse(lines, today=TODAY), today=TODAY)
        kinds = [list(FindingKind).index(finding.kind) for finding in found]
        assert kinds == sorted(kinds)
        assert len(set(found)) == len(found)


class TestTypedData:
    TYPED = MrzData(document_code="P", issuing_state="MLI", document_number="AA0412345")

    def typed(self, **changes: object) -> list[str]:
        data = replace(self.TYPED, **changes)  # type: ignore[arg-type]
        return [finding.code for finding in assess_typed(data, today=TODAY)]

    def test_what_was_not_typed_says_nothing(self) -> None:
        assert self.typed() == []

    def test_it_is_judged_by_the_same_rules(self) -> None:
        assert self.typed(expiry_date=PartialDate(2025, 1, 1)) == ["document_expired"]
        assert self.typed(issuing_state="QQQ") == ["issuer_unknown"]
        assert self.typed(issuing_state="GBR", document_number="12345") == ["number_pattern"]
        assert self.typed(expiry_date=PartialDate(2046, 1, 1)) == ["valid_too_long"]
        assert self.typed(birth_date=PartialDate(2027)) == ["birth_in_future"]
        assert self.typed(birth_date=PartialDate(1899, 3, 1)) == ["age_impossible"]
        assert self.typed(birth_date=PartialDate(1900)) == []
