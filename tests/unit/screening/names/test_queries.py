"""Questions about names, read from a CSV file."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.screening.names.errors import MalformedPairs
from crossing.screening.names.queries import read_queries
from crossing.screening.schemas import SubjectName

HEAD = b"id,name,birth_date,nationality\n"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Abdoul Karim Ouédraogo", SubjectName(surname="", given_names="Abdoul Karim Ouédraogo")),
        ("OUEDRAOGO<<ABDOUL<KARIM<<<", SubjectName(surname="OUEDRAOGO", given_names="ABDOUL KARIM")),
        (
            "OUEDRAOGO<KABORE<<WENDPANGA<JEAN<BAPTIS",
            SubjectName(surname="OUEDRAOGO KABORE", given_names="WENDPANGA JEAN BAPTIS", truncated=True),
        ),
    ],
)
def test_a_name_is_read_as_printed_or_as_an_mrz_has_it(written: str, name: SubjectName) -> None:
    [query] = read_queries(io.BytesIO(HEAD + f"q-1,{written},1980-05,d\n".encode()))
    assert (query.id, query.subject.names) == ("q-1", (name,))
    assert (query.subject.birth, query.subject.nationality) == (PartialDate(1980, 5), "DEU")


@pytest.mark.parametrize(
    ("row", "trouble"),
    [
        ("q,<<<,,", "name holds no name"),
        ("q,Keita", "it has fewer cells than the first line has"),
        ("q," + "a" * 501 + ",,", "name has more than 500 letters"),
        ("q," + "a " * 150 + ",,", "name has more than 200 letters in a row of names"),
    ],
)
def test_a_row_that_can_not_be_read_says_why_and_the_next_is_read(row: str, trouble: str) -> None:
    first, second = read_queries(io.BytesIO(HEAD + f"{row}\nr,Keita,,\n".encode()))
    assert f"Line 2 can't be read: {trouble}." in [one.text() for one in first.unreadable]
    assert (first.id, first.line, second.id, second.unreadable) == ("q", 2, "r", ())


def test_what_can_not_be_read_is_said_in_the_readers_language() -> None:
    [query] = read_queries(io.BytesIO(HEAD + b"q,<<<,,\n"))
    words = {"Line {line} can't be read: {column} holds no name.": "{line}: {column} ?"}
    said = query.unreadable[0].text(words.__getitem__)
    assert said == "2: name ?"


def test_what_else_can_not_be_read_is_taken_as_unknown() -> None:
    [query] = read_queries(io.BytesIO(HEAD + b"q,Keita,01/02/1980,Atlantis\n"))
    assert (query.unreadable, query.subject.birth, query.subject.nationality) == ((), None, "")
    assert [one.text() for one in query.taken_as_unknown] == [
        "birth_date can't be read as a date of birth and is taken as unknown (line 2).",
        "nationality is no State's code or name and is taken as unknown (line 2).",
    ]


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(MalformedPairs) as refused:
        list(read_queries(io.BytesIO(b"id,name\n1,Keita\n")))
    assert refused.value.params == {"columns": "birth_date, nationality"}


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: HEAD + text.encode("utf-8", "replace")))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    try:
        assert all(query.subject.names or query.unreadable for query in read_queries(io.BytesIO(content)))
    except MalformedPairs:
        return
