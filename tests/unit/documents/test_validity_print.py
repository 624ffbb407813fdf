"""What speaks against a document because its print and its MRZ say different things."""

from dataclasses import replace
from datetime import date

import pytest

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import MrzData, MrzFormat, Sex, compose, parse
from crossing.documents.reading import Box
from crossing.documents.validity import FindingKind, assess
from crossing.documents.visible.zone import Agreement, Comparison, Printed, VisibleZone

TODAY = date(2026, 3, 1)
HOLDER = MrzData(
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
PLACE = Box(10, 10, 100, 20)
COMPARED = ("surname", "given_names", "document_number", "birth_date", "expiry_date", "sex")


def page(*comparisons: Comparison, portrait: Box | None = PLACE, issued_on: PartialDate | None = None) -> VisibleZone:
    return VisibleZone(portrait, (), comparisons, issued_on, elapsed_ms=1.0)


def differs(field: str) -> Comparison:
    return Comparison(field, Agreement.DIFFERS, "in the zone", Printed("on the page", PLACE, 0.9))


def codes(visible: VisibleZone, mrz_format: MrzFormat = MrzFormat.TD3, data: MrzData = HOLDER) -> list[str]:
    mrz = parse(compose(data, mrz_format), today=TODAY)
    return [finding.code for finding in assess(mrz, today=TODAY, visible=visible)]


def test_a_page_that_agrees_or_was_not_found_has_no_findings() -> None:
    agreeing = [Comparison(field, Agreement.AGREES, "") for field in COMPARED[:3]]
    worn = [Comparison(field, Agreement.NOT_FOUND, "") for field in COMPARED[3:]]
    assert codes(page(*agreeing, *worn)) == []


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("surname", "printed_surname_differs"),
        ("given_names", "printed_given_names_differ"),
        ("document_number", "printed_number_differs"),
        ("birth_date", "printed_birth_differs"),
        ("expiry_date", "printed_expiry_differs"),
        ("sex", "printed_sex_differs"),
        ("nationality", "printed_field_differs"),
    ],
)
def test_each_difference_is_a_sign_of_fraud_of_its_own(field: str, code: str) -> None:
    mrz = parse(compose(HOLDER, MrzFormat.TD3), today=TODAY)
    (finding,) = assess(mrz, today=TODAY, visible=page(differs(field)))
    assert (finding.code, finding.kind) == (code, FindingKind.FRAUD_SIGN)


def test_a_field_whose_check_digit_fails_was_misread_and_its_difference_says_nothing() -> None:
    first, second = compose(HOLDER, MrzFormat.TD3)
    misread = parse((first, second.replace("740812", "750812")), today=TODAY)
    found = assess(misread, today=TODAY, visible=page(differs("birth_date"), differs("surname")))
    assert [finding.code for finding in found] == ["printed_surname_differs", "check_digit_birth"]


def test_the_printed_date_of_issue_is_judged_unless_somebody_knows_better() -> None:
    before_birth = page(issued_on=PartialDate(1970, 1, 1))
    assert codes(before_birth) == ["issued_before_birth", "valid_too_long"]
    mrz = parse(compose(HOLDER, MrzFormat.TD3), today=TODAY)
    assert assess(mrz, today=TODAY, visible=before_birth, issued_on=PartialDate(2025, 4, 16)) == ()


def test_a_data_page_without_a_portrait_is_remarked_on_but_not_the_back_of_a_card() -> None:
    assert codes(page(portrait=None)) == ["portrait_missing"]
    assert codes(page(portrait=None), MrzFormat.TD1, replace(HOLDER, document_code="I")) == []
