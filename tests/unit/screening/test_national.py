"""National lists of persons and documents as CSV."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.platform.errors import DomainError
from crossing.screening.errors import ListColumnsMissing, ListFormulaRefused, ListMalformed, ListNotUtf8
from crossing.screening.lists.contents import FindingCode, ListContents, NameKind
from crossing.screening.lists.formats.national import read_documents, read_persons
from tests.factories.screening.lists import csv_of, document, person


def codes(contents: ListContents) -> list[FindingCode]:
    return [finding.code for finding in contents.findings]


def test_a_person_with_everything() -> None:
    contents = read_persons(
        csv_of(
            person(
                aliases="Jallow, Mohamed; Petit Mamadou", weak_aliases="Le Grand",
                birth_dates="1980-05-03; ~1979; 1978/1982",
                sex="m", nationalities="MLI; Niger", documents="passport:MLI:AB 123; id::99", notice_colour="Yellow",
                handling="Speak to her alone", caution="armed", action="inform the bureau", authority="Judge",
                legal_basis="Code 12", owner="National Police", review_on="2031-09-01", expires_on="2032-01-01",
                portrait="n-1.jpg", remarks="seen in Gao",
            )
        )
    )  # fmt: skip
    [read] = contents.persons
    assert not contents.findings
    assert [(name.kind, name.surname, name.given_names) for name in read.names] == [
        (NameKind.PRIMARY, "Diallo", "Mamadou"),
        (NameKind.ALIAS, "Jallow", "Mohamed"),
        (NameKind.ALIAS, "", "Petit Mamadou"),
        (NameKind.WEAK_ALIAS, "", "Le Grand"),
    ]
    assert [str(birth) for birth in read.births] == ["1980-05-03", "~1979", "1978–1982"]
    assert (read.sex, read.nationalities, read.portrait) == ("M", ("MLI", "NER"), "n-1.jpg")
    assert [(one.type, one.issuer, one.number) for one in read.documents] == [
        ("passport", "MLI", "AB 123"),
        ("id", "", "99"),
    ]
    orders = read.orders
    assert (orders.notice_colour, orders.handling, orders.authority) == (
        "yellow",
        "Speak to her alone",
        "Judge",
    )
    assert (orders.review_on, orders.expires_on) == (date(2031, 9, 1), date(2032, 1, 1))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_separator_is_the_header_lines(delimiter: str) -> None:
    [read] = read_persons(csv_of(person(aliases="Jallow; Jalloh"), delimiter=delimiter)).persons
    assert len(read.names) == 3


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert read_persons(b"\xef\xbb\xbf" + csv_of(person())).persons


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "=1+1", "= A1", "==A1", " =A1", "\t=A1", "@SUM(A1)",
        "+cmd|' /C calc'!A0", "-cmd|' /C calc'!A0", "+SUM(A1)", "-Sheet2!A1", "+@SUM(A1)", "+-SUM(A1)",
    ],
)  # fmt: skip
def test_a_formula_is_refused_with_its_place(cell: str) -> None:
    with pytest.raises(ListFormulaRefused) as refused:
        read_persons(csv_of(person("N-1"), person("N-2", cell)))
    assert refused.value.params == {"line": 3, "column": "B"}


def test_a_column_name_that_is_a_formula_is_refused() -> None:
    with pytest.raises(ListFormulaRefused) as refused:
        read_persons(b"reference,surname,=A1\nN-1,Keita,x\n")
    assert refused.value.params == {"line": 1, "column": "C"}


@pytest.mark.parametrize(
    "cell",
    [
        "-", "--", "---", "=", "==", "@", "+", "+22370000000", "-12", "+1 (202) 555", "-Diallo", "- Diallo (Mamadou)",
        "@abu_bakr", "O=Brien", "d'Almeida", "Al-Zawahiri", "N'Diaye (dit Ali)", "'=1+1",
    ],
)  # fmt: skip
def test_a_sign_makes_no_formula(cell: str) -> None:
    [read] = read_persons(csv_of(person(aliases=cell))).persons
    assert read.reference == "N-1"


def test_a_document_has_number_state_type_and_reason() -> None:
    [read] = read_documents(csv_of(document(action="keep the document"))).documents
    assert (read.reference, read.number, read.issuer) == ("MLI:A1234567", "A1234567", "MLI")
    assert (read.type, read.reason, read.orders.action) == ("passport", "stolen", "keep the document")


def test_what_can_not_be_used_is_skipped_with_its_line() -> None:
    contents = read_persons(
        csv_of(person("N-1"), person("", surname="Keita"), person("N-3", surname="", given_names=""), person("N-1"))
    )
    assert [(one.line, one.code) for one in contents.findings] == [
        (3, FindingCode.REFERENCE_MISSING),
        (4, FindingCode.NAME_MISSING),
        (5, FindingCode.REFERENCE_REPEATED),
    ]
    assert contents.skipped == 3
    assert len(contents) == 1


def test_what_is_wrong_with_one_field_costs_that_field_alone() -> None:
    contents = read_persons(
        csv_of(
            person(
                birth_dates="1980-13-01; 03/04/1980; 1990", sex="Q", nationalities="Atlantis", documents="AB 123",
                notice_colour="pink", review_on="soon", portrait="../../etc/passwd", action="x" * 400,
            )
        )
    )  # fmt: skip
    [read] = contents.persons
    assert [str(birth) for birth in read.births] == ["1990"]
    assert len(read.orders.action) == 300
    assert not any((read.sex, read.nationalities, read.documents, read.portrait, read.orders.notice_colour))
    assert set(codes(contents)) == {
        FindingCode.BIRTH_UNREADABLE, FindingCode.SEX_UNREADABLE, FindingCode.STATE_UNKNOWN,
        FindingCode.DOCUMENT_UNREADABLE, FindingCode.COLOUR_UNKNOWN, FindingCode.DATE_UNREADABLE,
        FindingCode.PORTRAIT_NAME_REFUSED, FindingCode.FIELD_TOO_LONG,
    }  # fmt: skip
    assert contents.skipped == 0


def test_a_line_with_too_few_or_too_many_cells_is_skipped() -> None:
    contents = read_documents(b"number,issuing_state,type,reason\nA1,MLI,passport,lost\nA2,MLI\n\nA3,MLI,id,lost,x\n")
    assert [one.number for one in contents.documents] == ["A1"]
    assert [(one.line, one.code) for one in contents.findings] == [
        (3, FindingCode.COLUMNS_WRONG),
        (5, FindingCode.COLUMNS_WRONG),
    ]


def test_a_cell_over_several_lines_keeps_the_count() -> None:
    contents = read_persons(b'reference,surname,remarks\nN-1,Keita,"one\ntwo"\n,Diallo,\n')
    assert [finding.line for finding in contents.findings] == [4]
    assert contents.persons[0].remarks == "one two"


@pytest.mark.parametrize("content", [b"name,number\nx,1\n", b"reference\nN-1\n"])
def test_a_file_without_the_columns_it_needs_is_refused(content: bytes) -> None:
    with pytest.raises(ListColumnsMissing) as refused:
        read_persons(content)
    assert "surname" in refused.value.params["columns"] if isinstance(refused.value.params["columns"], str) else False


@pytest.mark.parametrize("content", ["référence".encode("cp1252"), "\nréférence".encode("cp1252")])
def test_other_encodings_are_refused(content: bytes) -> None:
    with pytest.raises(ListNotUtf8):
        read_persons(content)


@pytest.mark.parametrize(
    "rest", ['N-1,"open\n', 'N-1,"a"b\n', "N-1," + "x" * 200_000 + "\n"], ids=["open", "quotes", "endless"]
)
def test_a_damaged_file_is_refused_with_its_line(rest: str) -> None:
    with pytest.raises(ListMalformed) as refused:
        read_persons(f"reference,surname\n{rest}".encode())
    assert refused.value.params["line"] == 2


@given(st.binary(max_size=300), st.sampled_from([read_persons, read_documents]))
def test_bytes_are_read_or_refused_and_nothing_else(noise: bytes, read: object) -> None:
    header = b"reference,surname,number,issuing_state,type,reason,birth_dates,portrait\n"
    for content in (noise, header + noise):
        try:
            read(content)  # type: ignore[operator]
        except DomainError:
            continue


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30), min_size=8, max_size=8))
def test_any_text_in_any_cell_keeps_the_file_readable(cells: list[str]) -> None:
    columns = ["surname", "given_names", "aliases", "birth_dates", "sex", "nationalities", "documents", "review_on"]
    content = csv_of({"reference": "N-1", **dict(zip(columns, cells, strict=True))})
    if any(cell.strip().startswith(("=", "+", "-", "@")) for cell in cells):
        with suppress(ListFormulaRefused):
            read_persons(content)
        return
    contents = read_persons(content)
    assert len(contents.persons) + contents.skipped == 1
