"""Questions about names, read from a CSV file."""

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
    [query] = read_queries(HEAD + f"q-1,{written},1980-05,d\n".encode())
    assert (query.id, query.subject.names) == ("q-1", (name,))
    assert (query.subject.birth, query.subject.nationality) == (PartialDate(1980, 5), "DEU")


@pytest.mark.parametrize(
    ("content", "line", "trouble"),
    [
        (b"id,name\n1,Keita\n", 1, "no column birth_date, nationality"),
        (HEAD + b"q,Keita,1980/01/02,\n", 2, "birth_date is no date of the form YYYY-MM-DD, YYYY-MM or YYYY"),
        (HEAD + b"q,Keita,,\nr,Keita,,Atlantis\n", 3, "nationality is no State's code or name"),
        (HEAD + b"q,<<<,,\n", 2, "name holds no name"),
        (HEAD + b"q,Keita\n", 2, "not as many cells as the first line has"),
        (HEAD + b"q," + b"a" * 501 + b",,\n", 2, "name has more than 500 letters"),
        (HEAD + b"1,\xff,,\n", 2, "not UTF-8"),
    ],
)
def test_what_can_not_be_read_is_refused_with_its_line(content: bytes, line: int, trouble: str) -> None:
    with pytest.raises(MalformedPairs) as refused:
        list(read_queries(content))
    assert refused.value.params == {"line": line, "trouble": trouble}


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: HEAD + text.encode("utf-8", "replace")))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    try:
        assert all(query.subject.names for query in read_queries(content))
    except MalformedPairs:
        return
