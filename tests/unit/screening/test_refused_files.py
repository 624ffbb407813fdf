"""What an administrator is told of a file that is refused: what is wrong with it, and where."""

import pytest

from crossing.screening.errors import (
    ListColumnsMissing,
    ListCutShort,
    ListFileEmpty,
    ListHasDoctype,
    ListHasNul,
    ListIsNoTable,
    ListMalformed,
    ListMappingUnknown,
    ListQuoteOpen,
)
from crossing.screening.lists.formats.national import read_persons
from crossing.screening.lists.formats.un_xml import read as read_un
from crossing.screening.lists.mapping import ColumnMapping
from tests.factories.screening.lists import un_individual, un_list


@pytest.mark.parametrize(
    ("content", "refusal", "line"),
    [
        (b'reference,surname\nN-1,"Keita\nN-2,Diallo\nN-3,Barry\n', ListQuoteOpen, 2),
        (b"reference,surname\nN-1,Ke\0ita\n", ListHasNul, 2),
        (b"%PDF-1.7\n%\xe2\xe3", ListIsNoTable, 1),
        (b"", ListFileEmpty, 1),
        (b" \n\n", ListFileEmpty, 1),
    ],
)
def test_of_a_table_that_is_none_the_reason_and_the_line_are_told(
    content: bytes, refusal: type[ListMalformed], line: int
) -> None:
    with pytest.raises(refusal) as refused:
        read_persons(content)
    assert refused.value.params["line"] == line


def test_a_list_that_ends_in_the_middle_was_cut_short() -> None:
    with pytest.raises(ListCutShort):
        read_un(un_list(un_individual("CDi.001", "ERIC"))[:-30])


def test_a_document_type_is_named_as_what_is_refused() -> None:
    with pytest.raises(ListHasDoctype):
        read_un(b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">]><CONSOLIDATED_LIST>&a;</CONSOLIDATED_LIST>')


def test_a_field_that_no_column_is_mapped_to_is_asked_for() -> None:
    with pytest.raises(ListColumnsMissing) as refused:
        read_persons(b"Dossier,Nom\n1,Keita\n", ColumnMapping({"surname": ("Nom",)}))
    assert "No column is said to be reference" in str(refused.value)


def test_a_file_of_other_columns_than_the_mapping_s_may_be_the_wrong_file() -> None:
    with pytest.raises(ListColumnsMissing) as refused:
        read_persons(b"a,b\n1,2\n", ColumnMapping({"reference": ("Dossier",), "surname": ("Nom",)}))
    assert "the mapping names: Dossier, Nom" in str(refused.value)


def test_an_unknown_field_is_answered_with_those_there_are() -> None:
    with pytest.raises(ListMappingUnknown) as refused:
        read_persons(b"a,b\n1,2\n", ColumnMapping({"foo": ("a",)}))
    assert "birth_dates" in str(refused.value)
