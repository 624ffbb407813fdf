"""XLSX workbooks: what is read of them, and what refuses them."""

import io
from datetime import date, datetime

import openpyxl
import pytest

from crossing.screening.errors import (
    ListArchiveRefused,
    ListFormulaRefused,
    ListMalformed,
    ListSheetMissing,
    ListTooLarge,
    ListWorkbookOld,
    ListWorkbookUnsafe,
)
from crossing.screening.lists.contents import FindingCode
from crossing.screening.lists.formats.national import read_persons
from crossing.screening.lists.formats.tables import open_table
from crossing.screening.lists.formats.workbook import Workbook
from crossing.screening.lists.mapping import ColumnMapping
from tests.factories.screening.workbooks import archive, text_row, workbook

HEADER = text_row(1, "reference", "surname", "birth_dates", "remarks")


def saved(*rows: tuple[object, ...], more_sheets: int = 0) -> bytes:
    """As another program writes it."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    for _ in range(more_sheets):
        book.create_sheet().append(["x"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cells(content: bytes) -> list[tuple[int, list[str]]]:
    return list(Workbook(content).rows())


def test_values_are_read_as_they_are_meant() -> None:
    content = saved(
        ("text", 12345678901, 1.5, date(1980, 5, 3), datetime.fromisoformat("1980-05-03T04:05"), True, None, "end")
    )
    assert cells(content) == [(1, ["text", "12345678901", "1.5", "1980-05-03", "1980-05-03", "TRUE", "", "end"])]


def test_rows_keep_the_numbers_that_the_sheet_shows() -> None:
    content = workbook(HEADER, text_row(7, "N-1", "Keita"), text_row(9, "", "Diallo"))
    contents = read_persons(content)
    assert contents.lines == {"N-1": 7}
    assert [(one.line, one.code) for one in contents.findings] == [(9, FindingCode.REFERENCE_MISSING)]


def test_dates_of_a_ministry_are_read_from_date_cells_and_day_numbers() -> None:
    content = saved(
        ("reference", "surname", "birth_dates"), ("N-1", "Keita", date(1980, 5, 3)), ("N-2", "Bah", 29344)
    )
    births = [str(person.births[0]) for person in read_persons(content).persons]
    assert births == ["1980-05-03", "1980-05-03"]


def test_the_first_of_january_1900_is_day_1_and_the_29_february_never_was() -> None:
    row = '<row r="1"><c r="A1" s="1"><v>1</v></c><c r="B1" s="1"><v>60</v></c><c r="C1" s="1"><v>61</v></c></row>'
    assert cells(workbook(row)) == [(1, ["1900-01-01", "60", "1900-03-01"])]


def test_a_workbook_may_count_from_1904_and_then_a_bare_number_is_no_date() -> None:
    row = '<row r="1"><c r="A1" s="1"><v>1</v></c></row>'
    assert cells(workbook(row, from_1904=True)) == [(1, ["1904-01-02"])]
    assert not open_table(workbook(row, from_1904=True)).serial_dates


def test_further_sheets_are_reported_and_can_be_asked_for() -> None:
    content = saved(("reference", "surname"), ("N-1", "Keita"), more_sheets=2)
    assert [one.code for one in read_persons(content).findings] == [FindingCode.SHEET_NOT_READ] * 2
    assert not read_persons(content, ColumnMapping(sheet="Sheet")).findings
    with pytest.raises(ListSheetMissing) as refused:
        read_persons(content, ColumnMapping(sheet="Persons"))
    assert "Sheet1" in str(refused.value)


def test_text_that_looks_like_a_formula_is_text() -> None:
    content = workbook(HEADER, text_row(2, "N-1", "=1+1"))
    assert read_persons(content).persons[0].label == "=1+1"


@pytest.mark.parametrize(
    "cell",
    ['<c r="B3"><f>1+1</f><v>2</v></c>', '<c r="B3" t="str"><f>A1</f></c>', '<c r="B3" t="e"><v>#N/A</v></c>'],
    ids=["number", "text", "error"],
)
def test_a_formula_is_refused_with_its_place(cell: str) -> None:
    with pytest.raises(ListFormulaRefused) as refused:
        read_persons(workbook(HEADER, text_row(2, "N-1", "Keita"), f'<row r="3">{cell}</row>'))
    assert refused.value.params == {"line": 3, "column": "B"}


def test_a_formula_by_another_program_is_refused_too() -> None:
    with pytest.raises(ListFormulaRefused):
        read_persons(saved(("reference", "surname"), ("N-1", "=A1")))


@pytest.mark.parametrize("part", ["xl__vbaProject", "xl__externalLinks__externalLink1", "xl__embeddings__object1"])
def test_macros_and_links_refuse_the_workbook(part: str) -> None:
    with pytest.raises(ListWorkbookUnsafe):
        read_persons(workbook(HEADER, **{part: "<x/>"}))


def test_a_relation_to_another_machine_refuses_the_workbook() -> None:
    relation = '<Relationships><Relationship Id="r1" TargetMode="External" Target="http://x"/></Relationships>'
    with pytest.raises(ListWorkbookUnsafe):
        read_persons(archive({"xl/workbook.xml": "<workbook/>", "xl/_rels/workbook.xml.rels": relation}))


def test_an_entity_bomb_is_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'
    with pytest.raises(ListMalformed):
        read_persons(workbook(HEADER, xl__sharedStrings=bomb))


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ('<row r="2"><c r="XFD2"><v>1</v></c></row>', ListTooLarge),
        ('<row r="2"><c r="A2" t="s"><v>99</v></c></row>', ListMalformed),
        ('<row r="2"><c r="A9"><v>1</v></c></row>', ListMalformed),
        ('<row r="1"><c r="A1"><v>1</v></c></row>', ListMalformed),
        ('<row r="2"><c r="B2"/><c r="A2"/></row>', ListMalformed),
        ('<row r="2"><c r="A2"><v>one</v></c></row>', ListMalformed),
        (f'<row r="2"><c r="A2" t="str"><v>{"x" * 40_000}</v></c></row>', ListMalformed),
        ("<a>" * 100, ListMalformed),
        ("<row", ListMalformed),
    ],
    ids=["far column", "no such text", "other row", "row again", "backwards", "no number", "long", "deep", "cut"],
)
def test_a_damaged_sheet_is_refused(row: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_persons(workbook(HEADER, row))


def test_huge_numbers_stay_what_was_written() -> None:
    assert cells(workbook('<row r="1"><c r="A1"><v>1E999999</v></c><c r="B1"><v>1.2E3</v></c></row>')) == [
        (1, ["1E999999", "1200"])
    ]


def test_a_sheet_that_is_not_there_is_a_damage() -> None:
    with pytest.raises(ListMalformed):
        read_persons(workbook(HEADER, sheets=2), ColumnMapping(sheet="Sheet2"))


def test_rows_far_apart_cost_nothing() -> None:
    content = workbook(HEADER, text_row(1_048_576, "N-1", "Keita"))
    assert read_persons(content).lines == {"N-1": 1_048_576}


def test_a_sheet_that_unpacks_to_far_more_is_refused() -> None:
    with pytest.raises(ListArchiveRefused):
        read_persons(workbook(HEADER, xl__worksheets__sheet9=" " * 10_000_000))


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)], ids=["old or encrypted"])
def test_an_old_workbook_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ListWorkbookOld):
        read_persons(content)
