"""What speaks against a document, in codes that stay the same."""

from dataclasses import replace
from datetime import date

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import MrzData, MrzFormat, Sex, compose, parse
from crossing.documents.validity import assess

TODAY = date(2026, 3, 1)
SOUND = MrzData(
    "P", "UTO", "ERIKSSON", "ANNA", "L898902C3", "UTO", PartialDate(1974, 8, 12), Sex.FEMALE, PartialDate(2030, 4, 15)
)


def codes(data: MrzData, mrz_format: MrzFormat = MrzFormat.TD3) -> list[str]:
    return [finding.code for finding in assess(parse(compose(data, mrz_format), today=TODAY), today=TODAY)]


def test_a_sound_document_has_no_findings() -> None:
    assert codes(SOUND) == []


def test_a_document_expires_at_the_end_of_its_last_day() -> None:
    assert codes(replace(SOUND, expiry_date=PartialDate.of(TODAY))) == []
    assert codes(replace(SOUND, expiry_date=PartialDate(2026, 2, 28))) == ["document_expired"]


def test_a_partial_expiry_lasts_as_long_as_it_can() -> None:
    assert codes(replace(SOUND, expiry_date=PartialDate(2026))) == []


def test_unknown_codes_are_found() -> None:
    found = codes(replace(SOUND, document_code="Q", issuing_state="QQQ", nationality="QQQ"))
    assert found == ["issuer_unknown", "nationality_unknown", "document_type_unknown"]


def test_failing_check_digits_are_found_field_by_field() -> None:
    first, second = compose(SOUND, MrzFormat.TD3)
    forged = parse((first, second.replace("740812", "750812")), today=TODAY)
    findings = assess(forged, today=TODAY)
    assert [(finding.code, finding.field) for finding in findings] == [
        ("check_digit_fails", "birth_date"),
        ("check_digit_fails", "composite"),
    ]


def test_a_long_name_is_nothing_against_the_document() -> None:
    assert codes(replace(SOUND, surname="A" * 60)) == []


def test_a_page_without_an_mrz_is_one_finding() -> None:
    assert [finding.code for finding in assess(None, today=TODAY)] == ["not_machine_readable"]
    assert [finding.code for finding in assess(parse(["x"]), today=TODAY)] == ["not_machine_readable"]
