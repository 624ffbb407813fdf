"""What holds nothing that a list could be asked with is never taken for a question that found nobody."""

import pytest

from crossing.screening.askable import is_readable_name, why_no_document, why_no_name, why_no_vehicle
from crossing.screening.schemas import Reason, Subject, SubjectDocument, SubjectName, SubjectVehicle


@pytest.mark.parametrize("written", ["---", "...", "<<<", "123", "١٢٣", "\N{GRINNING FACE}", " ", ""])
def test_a_name_without_a_letter_is_unreadable(written: str) -> None:
    assert why_no_name(Subject(names=(SubjectName(surname=written),))) is Reason.NAME_UNREADABLE


@pytest.mark.parametrize("written", ["Diallo", "ديالو", "Ñ", "X"])
def test_a_letter_of_any_script_is_enough_on_one_side(written: str) -> None:
    assert is_readable_name("-", written)
    assert is_readable_name(written, "")
    assert why_no_name(Subject(names=(SubjectName(surname="---"), SubjectName(surname=written)))) is None


@pytest.mark.parametrize("number", ["<<<", "---", " "])
def test_a_number_without_a_letter_or_digit_is_unreadable(number: str) -> None:
    assert why_no_document(Subject(document=SubjectDocument(number=number))) is Reason.NUMBER_UNREADABLE
    assert why_no_vehicle(Subject(vehicle=SubjectVehicle(plate=number))) is Reason.NUMBER_UNREADABLE
    assert why_no_vehicle(Subject(vehicle=SubjectVehicle(plate="AB 123", vin=number))) is Reason.NUMBER_UNREADABLE


def test_what_is_not_there_at_all_is_another_reason() -> None:
    empty = Subject()
    assert (why_no_name(empty), why_no_document(empty), why_no_vehicle(empty)) == (
        Reason.NO_NAME,
        Reason.NO_DOCUMENT,
        Reason.NO_VEHICLE,
    )
