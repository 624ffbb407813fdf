"""OpenSanctions, as FollowTheMoney entities and as the simplified table."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crossing.screening.errors import ListColumnsMissing, ListKeyRepeated, ListMalformed
from crossing.screening.lists.contents import FindingCode, ListContents, NameKind
from crossing.screening.lists.formats import opensanctions_ftm, opensanctions_simple

COLUMNS = (
    "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,"
    "first_seen,last_seen,last_change"
)


def entity(reference: str, schema: str = "Person", *, target: bool = True, **properties: Any) -> dict[str, Any]:
    return {
        "id": reference,
        "caption": properties.get("name", [""])[0],
        "schema": schema,
        "properties": properties,
        "datasets": ["ml_national"],
        "target": target,
        "first_seen": "2026-01-01T00:00:00",
        "last_seen": "2026-11-20T06:00:00",
    }


def read_entities(*entities: Any) -> ListContents:
    return opensanctions_ftm.read("\n".join(json.dumps(one) for one in entities).encode())


def test_a_person_with_everything() -> None:
    contents = read_entities(
        entity("p-1", "Passport", holder=["Q7"], number=["AA12"], country=["ml"]),
        entity(
            "Q7",
            name=["Mamadou Diallo", "Diallo Mamadou"],
            alias=["محمد ديالو"],
            weakAlias=["Le Grand"],
            previousName=["M. Bah"],
            birthDate=["1980-05-03", "1979"],
            nationality=["ml"],
            country=["fr"],
            gender=["male"],
            passportNumber=["AA 12", "BB34"],
            idNumber=["991"],
            topics=["sanction"],
        ),
        entity("s-1", "Sanction", entity=["Q7"], authority=["UN"], program=["Mali"], endDate=["2031-01"]),
        entity("s-2", "Sanction", entity=["Q7"], authority=["EU"], program=["Mali"], endDate=["2030-12-31"]),
    )
    [person] = contents.persons
    assert not contents.findings
    assert [(one.kind, one.given_names) for one in person.names] == [
        (NameKind.PRIMARY, "Mamadou Diallo"),
        (NameKind.ALIAS, "Diallo Mamadou"),
        (NameKind.ALIAS, "محمد ديالو"),
        (NameKind.ALIAS, "M. Bah"),
        (NameKind.WEAK_ALIAS, "Le Grand"),
    ]
    assert [str(one) for one in person.births] == ["1980-05-03", "1979"]
    assert (person.sex, person.nationalities, person.remarks) == ("M", ("MLI",), "sanction")
    assert [(one.number, one.issuer, one.type) for one in person.documents] == [
        ("BB34", "", "passport"),
        ("991", "", "identification"),
        ("AA12", "MLI", "passport"),
    ]
    assert len({one.reference for one in person.documents}) == 3
    orders = person.orders
    assert (orders.authority, orders.legal_basis, orders.expires_on) == ("UN; EU", "Mali", date(2031, 1, 31))
    assert contents.as_of == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert (contents.publisher, contents.source) == ("OpenSanctions", "ml_national")


def test_a_sanction_without_an_end_keeps_the_entry() -> None:
    [person] = read_entities(
        entity("Q7", name=["A"]),
        entity("s-1", "Sanction", entity=["Q7"], endDate=["2020"]),
        entity("s-2", "Sanction", entity=["Q7"], listingDate=["2021-02-03"], reason=["Arms"]),
    ).persons
    assert (person.orders.expires_on, person.orders.authority) == (None, "ml_national")
    assert person.remarks == "2021-02-03 Arms"


def test_vehicles_are_read() -> None:
    [vehicle] = read_entities(
        entity("v-1", "Vehicle", name=["x"], registrationNumber=["AB 123"], country=["ml"], model=["Hilux"])
    ).vehicles
    assert (vehicle.plate, vehicle.country, vehicle.model) == ("AB 123", "MLI", "Hilux")


def test_other_schemas_and_relatives_are_counted() -> None:
    contents = read_entities(
        entity("Q7", name=["A"]),
        entity("Q8", name=["B"], target=False),
        entity("c", "Company", name=["C"]),
        entity("p", "Passport", holder=["Q8"], number=["1"]),
    )
    assert contents.left_out == {"person who is no target": 1, "Company": 1, "document of another entity": 1}
    assert [person.reference for person in contents.persons] == ["Q7"]


def test_what_can_not_be_read_is_noted_with_its_line() -> None:
    contents = read_entities(
        entity("", name=["A"]),
        entity("Q1"),
        entity("Q2", name=["B"], birthDate=["soon"], nationality=["zz"], gender=["?"], idNumber=["none"]),
        entity("Q2", name=["C"]),
        entity("v", "Vehicle"),
        entity("p", "Passport", holder=["Q2"]),
    )
    assert [(one.line, one.code) for one in contents.findings] == [
        (1, FindingCode.REFERENCE_MISSING),
        (2, FindingCode.NAME_MISSING),
        (3, FindingCode.SEX_UNREADABLE),
        (3, FindingCode.BIRTH_UNREADABLE),
        (3, FindingCode.STATE_UNKNOWN),
        (3, FindingCode.DOCUMENT_UNREADABLE),
        (4, FindingCode.REFERENCE_REPEATED),
        (5, FindingCode.NUMBER_MISSING),
        (6, FindingCode.DOCUMENT_UNREADABLE),
    ]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"schema": null}', b'{"id": "x"}', b"id,name\n", b'{"schema": "Person"']
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ListMalformed):
        opensanctions_ftm.read(content)


def test_one_name_twice_is_refused_with_its_line() -> None:
    with pytest.raises(ListKeyRepeated) as refused:
        opensanctions_ftm.read(b'{"schema": "Company"}\n{"schema": "Person", "schema": "Company"}')
    assert refused.value.params == {"line": 2}


def simple(*rows: str) -> ListContents:
    return opensanctions_simple.read("\n".join((COLUMNS, *rows)).encode())


def test_the_table_has_one_line_a_target() -> None:
    contents = simple(
        'Q7,Person,Mamadou Diallo,"Bah, M.;ديالو",1980-05-03;1979,ml;fr,Bamako,AA12;none,UN Mali,,,UN-SC,un_sc,'
        "2026-01-01T00:00:00,2026-11-20T06:00:00,2026-01-01T00:00:00",
        '"C","Company","X","","","","","","","","","","un_sc","","2026-11-21T00:00:00",""',
        "short,Person",
        ",Person,A,,,,,,,,,,,,,",
        "Q8,Person,,,,,,,,,,,,,,",
    )
    [person] = contents.persons
    assert [name.given_names for name in person.names] == ["Mamadou Diallo", "Bah, M.", "ديالو"]
    assert [str(one) for one in person.births] == ["1980-05-03", "1979"]
    assert (person.nationalities, [one.number for one in person.documents]) == (("MLI", "FRA"), ["AA12"])
    assert (person.orders.legal_basis, person.orders.authority) == ("UN Mali UN-SC", "un_sc")
    assert contents.left_out == {"Company": 1}
    assert contents.as_of == datetime(2026, 11, 21, tzinfo=UTC)
    assert [(one.line, one.code) for one in contents.findings] == [
        (2, FindingCode.DOCUMENT_UNREADABLE),
        (4, FindingCode.COLUMNS_WRONG),
        (5, FindingCode.REFERENCE_MISSING),
        (6, FindingCode.NAME_MISSING),
    ]


@pytest.mark.parametrize("content", [b"", b"id,name\n", COLUMNS.replace(",name", ",caption").encode()])
def test_another_table_is_refused(content: bytes) -> None:
    with pytest.raises(ListColumnsMissing):
        opensanctions_simple.read(content)
