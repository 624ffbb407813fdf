"""INTERPOL's public notices."""

import json
from typing import Any

import pytest

from crossing.screening.errors import ListKeyRepeated, ListMalformed
from crossing.screening.lists.contents import FindingCode, ListContents, NameKind
from crossing.screening.lists.formats.interpol import birth_date, read
from tests.factories.screening.workbooks import archive


def notice(reference: str = "2024/7", kind: str = "red", **more: Any) -> dict[str, Any]:
    address = f"https://ws-public.interpol.int/notices/v1/{kind}/{reference.replace('/', '-')}"
    return {
        "entity_id": reference,
        "name": "DIALLO",
        "forename": "MAMADOU",
        "date_of_birth": "1980/05/03",
        "nationalities": ["ML"],
        "_links": {"self": {"href": address}, "thumbnail": {"href": f"{address}/images/1"}},
        **more,
    }


def page(*notices: Any, total: int | None = None) -> dict[str, Any]:
    return {"total": len(notices) if total is None else total, "_embedded": {"notices": list(notices)}, "_links": {}}


def read_json(*documents: Any) -> ListContents:
    return read("\n".join(json.dumps(one) for one in documents).encode())


def test_a_page_has_notices_in_short() -> None:
    contents = read_json(page(notice(), notice("2024/8", "yellow", nationalities=None, date_of_birth="1980")))
    first, second = contents.persons
    assert not contents.findings
    assert (first.reference, first.label, first.nationalities) == ("2024/7", "DIALLO MAMADOU", ("MLI",))
    assert [str(one) for one in (*first.births, *second.births)] == ["1980-05-03", "1980"]
    assert (first.orders.notice_colour, second.orders.notice_colour) == ("red", "yellow")
    assert (first.orders.legal_basis, first.portrait) == ("INTERPOL Red Notice 2024/7", "")
    assert contents.publisher == "INTERPOL"


def test_a_document_says_more_and_completes_the_page() -> None:
    warrants = [{"issuing_country_id": "SN", "charge": "Vol", "charge_translation": "Theft"}]
    detail = notice(arrest_warrants=warrants, sex_id="M", date_of_birth=None, distinguishing_marks="Scar")
    for documents in ((page(notice()), detail), (detail, page(notice()))):
        [person] = read_json(*documents).persons
        assert (person.sex, str(person.births[0])) == ("M", "1980-05-03")
        assert person.remarks == "SN: Theft; Scar"
        assert person.orders.authority == "INTERPOL at the request of SEN"


def test_a_united_nations_notice_has_aliases_documents_and_another_script() -> None:
    [person] = read_json(
        notice(
            kind="un/persons",
            forename_in_original_script="محمد",
            name_in_original_script="ديالو",
            aliases=[
                {"name": "JALLOW", "forename": "M", "qualification": "Low", "date_of_birth": "1979/01/02"},
                {"name": "BAH", "forename": "M", "qualification": "Good"},
            ],
            identity_documents=[{"identity_document_number": "AA12", "country_id": "ML", "type": "passport"}, {}],
            un_resolution="2374",
        )
    ).persons
    assert [(one.kind, one.surname) for one in person.names] == [
        (NameKind.PRIMARY, "DIALLO"),
        (NameKind.ALIAS, "ديالو"),
        (NameKind.WEAK_ALIAS, "JALLOW"),
        (NameKind.ALIAS, "BAH"),
    ]
    assert [str(one) for one in person.births] == ["1980-05-03", "1979-01-02"]
    assert [(one.number, one.issuer, one.type) for one in person.documents] == [("AA12", "MLI", "passport")]
    assert (person.orders.notice_colour, person.orders.legal_basis) == (
        "",
        "INTERPOL United Nations Special Notice 2024/7 2374",
    )


def test_pages_may_come_in_an_array_or_in_an_archive() -> None:
    pages = [page(notice()), page(notice("2024/8"))]
    for content in (
        json.dumps(pages).encode(),
        json.dumps(pages, indent=1).encode(),
        archive({f"page{n}.json": json.dumps(one) for n, one in enumerate(pages)}),
    ):
        assert [person.reference for person in read(content).persons] == ["2024/7", "2024/8"]


def test_organisations_are_counted() -> None:
    contents = read_json(page(notice(kind="un/entities")))
    assert (len(contents), contents.left_out) == (0, {"organisation": 1})


def test_fewer_notices_than_the_page_speaks_of_are_noted() -> None:
    contents = read_json(page(notice(), total=6500))
    assert [one.code for one in contents.findings] == [FindingCode.COUNT_DIFFERS]


def test_what_can_not_be_read_is_noted() -> None:
    odd = notice("2024/9", date_of_birth="May 1980", sex_id="?", nationalities=["XQ", 7])
    contents = read_json(page(notice(""), notice("2024/8", name="", forename=None), odd, "text"))
    assert [one.code for one in contents.findings] == [
        FindingCode.REFERENCE_MISSING,
        FindingCode.RECORD_UNREADABLE,
        FindingCode.NAME_MISSING,
        FindingCode.BIRTH_UNREADABLE,
        FindingCode.SEX_UNREADABLE,
        FindingCode.STATE_UNKNOWN,
        FindingCode.STATE_UNKNOWN,
    ]
    assert [person.reference for person in contents.persons] == ["2024/9"]


@pytest.mark.parametrize(
    ("written", "read"),
    [("1980/05/03", "1980-05-03"), ("1980/05", "1980-05"), ("1980", "1980"), ("1980/00/00", "1980")],
)
def test_dates_may_be_partial(written: str, read: str) -> None:
    assert str(birth_date(written)) == read


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"[1]", b'{"_embedded": {}}', b'{"_embedded": {"notices": 1}}', b"<html/>", b'"x"'],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ListMalformed):
        read(content)


def test_one_name_twice_is_refused() -> None:
    with pytest.raises(ListKeyRepeated):
        read(b'{"entity_id": "1", "name": "A", "name": "B"}')
