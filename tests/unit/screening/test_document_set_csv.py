"""The CSV of a set of documents: every row is read, or skipped with its line; a damaged file is refused."""

import contextlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.platform.errors import DomainError
from crossing.ports.document_set import Document, NumberRange
from crossing.screening.errors import ListColumnUnclear, ListMalformed
from crossing.screening.lists.contents import Finding
from crossing.screening.lists.formats.document_set import read, rows

HEADER = "number,issuing_state,type,reason"


def rows_of(text: str) -> tuple[list[Document | NumberRange], list[tuple[int, str]]]:
    noticed: list[Finding] = []
    found = list(rows(BytesIO(text.encode()), noticed.append))
    return found, [(one.line, one.code.value) for one in noticed]


def test_columns_come_in_any_order_and_others_are_ignored() -> None:
    found, noticed = rows_of("Reason;note;TYPE;issuing_state;number\nlost;x;visa;Mali;ab 12\n")
    assert found == [Document("AB12", "MLI", "visa", "lost", None)]
    assert not noticed


def test_a_range_has_two_ends() -> None:
    [found], _ = rows_of(f"{HEADER},number_to,reported_on\nA001,MLI,passport,stolen blank,A 099,2030-01\n")
    assert found == NumberRange("A001", "A099", "MLI", "passport", "stolen blank", 2030)


def test_a_cell_over_two_lines_keeps_the_count() -> None:
    found, noticed = rows_of(f'{HEADER}\nA1,MLI,passport,"lost\nat sea"\n\nA2,MLI\n<,MLI,passport,lost\n')
    assert [one.reason for one in found] == ["lost at sea"]
    assert noticed == [(5, "columns_wrong"), (6, "number_missing")]


@pytest.mark.parametrize(
    ("text", "error"),
    [(f"{HEADER},number\n", ListColumnUnclear), (f'{HEADER}\nA1,MLI,passport,"lost', ListMalformed)],
)
def test_a_file_that_can_be_meant_in_two_ways_is_refused(text: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        rows_of(text)


@given(st.binary(max_size=200), st.booleans())
def test_whatever_is_in_a_file_is_read_or_refused_in_plain_words(content: bytes, with_header: bool) -> None:
    with contextlib.suppress(DomainError):
        read((HEADER.encode() + b"\n" if with_header else b"") + content)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=4, max_size=4))
def test_no_cell_breaks_a_row(cells: list[str]) -> None:
    quoted = ",".join('"{}"'.format(cell.replace('"', '""')) for cell in cells)
    found, noticed = rows_of(f"{HEADER}\n{quoted}\nB2,MLI,passport,lost\n")
    assert found[-1] == Document("B2", "MLI", "passport", "lost", None)
    assert len(found) + sum(code == "number_missing" for _, code in noticed) == 2
