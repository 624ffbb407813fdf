"""The UN Security Council consolidated list."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.platform.errors import DomainError
from crossing.screening.errors import ListMalformed
from crossing.screening.lists.contents import FindingCode, ListedPerson, NameKind
from crossing.screening.lists.formats.un_xml import alias_names, document_number, read
from crossing.screening.names.births import Precision
from tests.factories.screening.lists import un_alias, un_birth, un_individual, un_list

BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><CONSOLIDATED_LIST><INDIVIDUALS>&c;</INDIVIDUALS></CONSOLIDATED_LIST>"""

FOREIGN_FILE = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<CONSOLIDATED_LIST><INDIVIDUALS>&x;</INDIVIDUALS></CONSOLIDATED_LIST>"""


def read_one(inside: str) -> ListedPerson:
    [person] = read(un_list(un_individual("CDi.001", "ERIC", "BADEGE", inside))).persons
    return person


def test_the_list_gives_its_own_date() -> None:
    contents = read(un_list(un_individual("CDi.001", "ERIC", "BADEGE"), generated="2026-02-27T00:00:09.554Z"))
    assert contents.as_of == datetime(2026, 2, 27, 0, 0, 9, 554000, tzinfo=UTC)


def test_a_name_is_put_together_from_its_parts() -> None:
    [name] = read_one("<THIRD_NAME>X</THIRD_NAME>").names
    assert (name.kind, name.given_names) == (NameKind.PRIMARY, "ERIC BADEGE X")


def test_aliases_keep_what_the_list_thinks_of_them() -> None:
    names = read_one(un_alias("Frank Kakorere") + un_alias("Rumuli", "Low") + un_alias("Michel", "")).names
    assert [name.kind for name in names[1:]] == [NameKind.ALIAS, NameKind.WEAK_ALIAS, NameKind.ALIAS]


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Azim Adhajani; Azim Agha-Jani", ["Azim Adhajani", "Azim Agha-Jani"]),
        ("Mohammed Sabet; Sabet b) M. Kareemi", ["Mohammed Sabet", "Sabet", "M. Kareemi"]),
        ("Jin Tiesan (金铁三)", ["Jin Tiesan", "金铁三"]),
        ("Amir Khazmat (original script: Амир Хазмат)", ["Amir Khazmat", "Амир Хазмат"]),
        ("حسن غول (Hassan Ghul; Hasan Gul)", ["حسن غول", "Hassan Ghul", "Hasan Gul"]),
        ("EL PARA (COMBAT NAME)", ["EL PARA"]),
        ("Safia Farkash, born 1 Jan. 1953 (Oman passport no.03825239)", ["Safia Farkash"]),
        (" ; ", []),
    ],
)
def test_names_are_found_in_what_editors_write(written: str, names: list[str]) -> None:
    assert list(alias_names(written)) == names


def test_dates_of_birth_keep_their_precision() -> None:
    births = read_one(
        un_birth(TYPE_OF_DATE="EXACT", DATE="1984-01-17")
        + un_birth(TYPE_OF_DATE="EXACT", YEAR="1985")
        + un_birth(TYPE_OF_DATE="APPROXIMATELY", YEAR="1986")
        + un_birth(TYPE_OF_DATE="BETWEEN", FROM_YEAR="1987", TO_YEAR="1989")
        + un_birth(TYPE_OF_DATE="")
    ).births
    assert [str(birth) for birth in births] == ["1984-01-17", "1985", "~1986", "1987–1989"]
    assert births[1].precision is Precision.EXACT


def test_a_date_in_words_is_reported_and_the_person_kept() -> None:
    birth = un_birth(TYPE_OF_DATE="EXACT", NOTE="Between Aug. and Sep. 1977")
    contents = read(un_list(un_individual("CDi.001", "ERIC", inside=birth)))
    assert len(contents.persons) == 1
    assert [(one.code, one.line) for one in contents.findings] == [(FindingCode.BIRTH_UNREADABLE, 4)]
    assert contents.persons[0].remarks == "Date of birth: Between Aug. and Sep. 1977"


@pytest.mark.parametrize(
    ("kind", "note", "birth"), [("EXACT", "Nov. 1973", "1973-11"), ("APPROXIMATELY", "August 1961", "~1961-08")]
)
def test_a_date_in_a_note_is_read_where_it_is_one(kind: str, note: str, birth: str) -> None:
    assert [str(one) for one in read_one(un_birth(TYPE_OF_DATE=kind, NOTE=note)).births] == [birth]


def test_a_document_without_a_number_of_its_own_is_kept_in_the_remarks() -> None:
    document = (
        "<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT>"
        "<NOTE>Libyan passport number 347834, issued under another name</NOTE></INDIVIDUAL_DOCUMENT>"
    )
    person = read_one(document)
    assert person.documents == ()
    assert person.remarks == "Document: Passport, Libyan passport number 347834, issued under another name"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("OB 0243318", "OB 0243318"), ("CAR diplomatic passport no. D00000898", "D00000898"),
        ("Central African Republic number O00065772", "O00065772"), ("1-78-09-44621-80", "1-78-09-44621-80"),
        ("unknown", ""), ("", ""), ("n/a", ""),
    ],
)  # fmt: skip
def test_document_numbers_are_found_in_what_editors_write(written: str, number: str) -> None:
    assert document_number(written) == number


def test_documents_know_their_state() -> None:
    person = read_one(
        "<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>AB850901</NUMBER>"
        "<ISSUING_COUNTRY>United Republic of Tanzania</ISSUING_COUNTRY></INDIVIDUAL_DOCUMENT><INDIVIDUAL_DOCUMENT/>"
    )
    assert [(one.number, one.issuer, one.reference) for one in person.documents] == [("AB850901", "TZA", "CDi.001#1")]


def test_what_has_no_name_or_no_reference_is_skipped_and_reported() -> None:
    contents = read(un_list(un_individual("CDi.001", ""), un_individual("", "ERIC"), un_individual("CDi.002", "IDA")))
    assert [person.reference for person in contents.persons] == ["CDi.002"]
    assert [one.code for one in contents.findings] == [FindingCode.NAME_MISSING, FindingCode.REFERENCE_MISSING]
    assert contents.skipped == 2


def test_a_repeated_reference_counts_once() -> None:
    contents = read(un_list(un_individual("CDi.001", "ERIC"), un_individual("CDi.001", "IDA")))
    assert [person.label for person in contents.persons] == ["ERIC"]
    assert contents.findings[0].code is FindingCode.REFERENCE_REPEATED


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not xml", b"<html><body>Sign in to the network</body></html>", BOMB, FOREIGN_FILE,
        un_list(un_individual("CDi.001", "ERIC"))[:-30], b"<CONSOLIDATED_LIST>" + b"<x>" * 50,
        b'<?xml version="1.0" encoding="nonsense"?><CONSOLIDATED_LIST/>', b"\xff\xfe\x00\x01",
    ],
    ids=["empty", "text", "captive portal", "entity bomb", "foreign file", "cut", "deep", "encoding", "bytes"],
)  # fmt: skip
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ListMalformed):
        read(content)


@given(st.binary(max_size=400))
def test_bytes_are_read_or_refused_and_nothing_else(noise: bytes) -> None:
    whole = un_list(un_individual("CDi.001", "ERIC"))
    middle = len(whole) // 2
    for content in (noise, whole[:middle] + noise + whole[middle:]):
        try:
            read(content)
        except DomainError:
            continue


def test_a_list_of_the_published_size_is_read_whole(real_material: Path | None) -> None:
    """The published one too, where it lies on this machine."""
    made = read(un_list(*(un_individual(f"CDi.{number:03}", f"ERIC {number}") for number in range(730))))
    assert (len(made.persons), made.skipped) == (730, 0)
    if real_material is None:
        return
    contents = read((real_material / "watchlists" / "UN_consolidated.xml").read_bytes())
    assert len(contents.persons) == 730
    assert contents.skipped == 0
    assert sum(len(person.births) for person in contents.persons) > 850
    assert sum(len(person.documents) for person in contents.persons) > 440
    assert len(contents.findings) < 30
