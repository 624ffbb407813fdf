"""How a reading is said field by field: whose doubts count, which characters are marked, what of others is told."""

from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np
import pytest

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import MrzData, MrzFormat, Sex, compose, parse
from crossing.documents.reading.port import Confidence, Doubt, DoubtReason, PageReading, ReadingProblem
from crossing.documents.service import DocumentReading
from crossing.lanes.readings import page_view
from crossing.lanes.schemas import FieldView, MarkView, OtherDocument

TODAY: Final = date(2031, 3, 1)
HOLDER: Final = MrzData(
    document_code="P",
    issuing_state="MLI",
    surname="SIDIBE",
    given_names="OUSMANE",
    document_number="UT4821907",
    nationality="MLI",
    birth_date=PartialDate(1979, 3, 21),
    sex=Sex.MALE,
    expiry_date=PartialDate(2034, 1, 31),
)


def page_of(data: MrzData = HOLDER, mrz_format: MrzFormat = MrzFormat.TD3) -> PageReading:
    lines = compose(data, mrz_format)
    return PageReading(
        lines=lines,
        mrz=parse(lines, today=TODAY),
        confidence=Confidence.HIGH,
        certainty=1.0,
        problems=(),
        image=np.zeros((4, 4, 3), np.uint8),
        line_boxes=(),
        elapsed_ms={"total": 1.0},
    )


def fields(page: PageReading) -> dict[str, FieldView]:
    view = page_view(DocumentReading(page, ()), None)
    return {one.name: one for one in view.fields}


def test_fields_come_in_the_order_in_which_an_officer_reads_them() -> None:
    assert list(fields(page_of()))[:6] == [
        "surname",
        "given_names",
        "birth_date",
        "sex",
        "nationality",
        "document_number",
    ]


@pytest.mark.parametrize(
    ("field", "other", "marks"),
    [
        ("surname", "SIDIRE", (MarkView(at=4, read="R"),)),
        ("birth_date", "1979-03-27", (MarkView(at=5, read="7"),)),
        ("document_number", "UT4B21907", (MarkView(at=3, read="B"),)),
        ("surname", "SIDIBEE", ()),
        ("surname", "", ()),
    ],
)
def test_what_the_second_reader_read_otherwise_is_marked_where_the_two_can_be_laid_over_each_other(
    field: str, other: str, marks: tuple[MarkView, ...]
) -> None:
    page = replace(page_of(), doubts=(Doubt(field, DoubtReason.DISAGREED, other),), confidence=Confidence.LOW)

    said = fields(page)[field]

    assert said.marks == marks
    assert [(one.reason, one.other) for one in said.doubts] == [(DoubtReason.DISAGREED, other)]


def test_the_readers_own_doubts_are_the_only_ones() -> None:
    page = replace(
        page_of(), doubts=(Doubt("sex", DoubtReason.UNSURE),), problems=(ReadingProblem.UNSURE_CHARACTERS,)
    )

    assert [name for name, one in fields(page).items() if one.doubts] == ["sex"]


def test_a_reader_that_names_no_field_and_finds_letters_unsure_means_the_names() -> None:
    page = replace(page_of(), problems=(ReadingProblem.UNSURE_CHARACTERS,), confidence=Confidence.LOW)

    assert [name for name, one in fields(page).items() if one.doubts] == ["surname", "given_names"]


def test_a_doubt_about_the_last_check_digit_has_a_row_of_its_own() -> None:
    page = replace(page_of(), doubts=(Doubt("composite", DoubtReason.UNSURE),))

    assert fields(page)["composite"].raw == page.lines[1][43]
    assert "composite" not in fields(page_of())


def test_a_number_that_runs_on_is_whole() -> None:
    page = page_of(replace(HOLDER, document_number="D23145890734"), MrzFormat.TD1)

    number = fields(page)["document_number"]

    assert number.value == "D23145890734"
    assert number.raw == "D23145890<734"


def test_another_document_is_named_by_its_kind_and_its_state_and_not_by_its_holder() -> None:
    visa = page_of(replace(HOLDER, document_code="V", surname="KEITA", issuing_state="FRA"), MrzFormat.MRV_A)

    view = page_view(DocumentReading(replace(page_of(), others=(visa,)), ()), None)

    assert view.others == (OtherDocument(type="V", issuing_state="FRA"),)
    assert "KEITA" not in view.model_dump_json()
