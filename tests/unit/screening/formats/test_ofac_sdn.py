"""OFAC's Specially Designated Nationals."""

from collections import Counter
from pathlib import Path

import pytest

from crossing.screening.errors import ListArchiveRefused, ListFileMissing, ListMalformed
from crossing.screening.lists.contents import FindingCode, ListContents, NameKind
from crossing.screening.lists.formats.ofac_sdn import birth, read
from tests.factories.screening.workbooks import archive

EMPTY = "-0- ," * 7


def line(number: int, name: str, kind: str = "individual", remarks: str = "-0- ") -> str:
    quoted = remarks if remarks == "-0- " else f'"{remarks}"'
    shown = kind if kind == "-0- " else f'"{kind}"'
    return f'{number},"{name}",{shown},"SDGT] [IFSR",{EMPTY}{quoted}\r\n'


def alias(number: int, name: str, kind: str = "aka") -> str:
    return f'{number},{number}0,"{kind}","{name}",-0- \r\n'


def read_files(sdn: str, alt: str = "", **more: str) -> ListContents:
    files = {"sdn.csv": sdn, "alt.csv": alt} | {f"{name}.csv": text for name, text in more.items()}
    return read(archive(files))


def test_a_person_with_everything() -> None:
    remarks = (
        "DOB 28 Feb 1951; alt. DOB circa 1952; POB Cali, Colombia; nationality Korea, North; alt. citizen Mali; "
        "Gender Male; Passport A1457974 (Malaysia) issued 01 Oct 2013 expires 01 Oct 2023; alt. Passport 00016161; "
        "Cedula No. 31137617 (Colombia); Tax ID No. 78 (Mali); a.k.a. 'LAKAY, Abu'; a.k.a. 'EL PATO'; "
        "Linked To: X CO."
    )
    contents = read_files(line(7, "SANTOS, Ahmad (Ahmed)", remarks=remarks), alias(7, "SANTOS, A.", "fka"))
    [read] = contents.persons
    assert not contents.findings
    assert [(name.kind, name.surname, name.given_names) for name in read.names] == [
        (NameKind.PRIMARY, "SANTOS", "Ahmad"),
        (NameKind.ALIAS, "SANTOS", "Ahmed"),
        (NameKind.ALIAS, "SANTOS", "A."),
        (NameKind.WEAK_ALIAS, "LAKAY", "Abu"),
        (NameKind.WEAK_ALIAS, "", "EL PATO"),
    ]
    assert [str(one) for one in read.births] == ["1951-02-28", "~1952"]
    assert (read.sex, read.nationalities) == ("M", ("PRK", "MLI"))
    assert [(one.number, one.issuer, one.type) for one in read.documents] == [
        ("A1457974", "MYS", "Passport"),
        ("00016161", "", "Passport"),
        ("31137617", "COL", "Cedula No (identity document)"),
    ]
    assert read.remarks == "POB Cali, Colombia; Tax ID No. 78 (Mali); Linked To: X CO"
    assert read.orders.legal_basis == "OFAC sanctions programme: SDGT, IFSR"
    assert "Office of Foreign Assets Control" in contents.publisher


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("28 Feb 1951", "1951-02-28"), ("Sep 1970", "1970-09"), ("1964", "1964"), ("circa 1979-1982", "1979–1982"),
        ("1960 to 1965", "1960–1965"), ("01 Jan 1960 to 31 Dec 1965", "1960-01-01–1965-12-31"),
        ("circa Mar 1970", "~1970-03"),
    ],
)  # fmt: skip
def test_dates_of_birth_are_read_in_all_their_forms(written: str, read: str) -> None:
    assert str(birth(written)) == read


def test_what_crosses_no_border_is_counted() -> None:
    contents = read_files(
        line(1, "BOAT", "vessel") + line(2, "PLANE", "aircraft") + line(3, "BANK", "-0- ") + line(4, "X, Y") + "\x1a"
    )
    assert contents.left_out == {"vessel": 1, "aircraft": 1, "organisation": 1}
    assert (len(contents), contents.skipped) == (1, 0)


def test_what_can_not_be_read_is_noted_with_its_line() -> None:
    contents = read_files(
        line(1, "A, B", remarks="DOB soon; Gender other") + "2,short\r\n" + line(3, ""), alias(9, "X")
    )
    assert [(one.line, one.reference, one.code) for one in contents.findings] == [
        (1, "1", FindingCode.BIRTH_UNREADABLE),
        (1, "1", FindingCode.SEX_UNREADABLE),
        (2, "", FindingCode.COLUMNS_WRONG),
        (3, "3", FindingCode.NAME_MISSING),
        (1, "9", FindingCode.OWNER_UNKNOWN),
    ]


def test_remarks_go_on_in_another_file() -> None:
    contents = read_files(line(1, "A, B", remarks="DOB 1964; nation"), sdn_comments='1,"ality Mali."\r\n')
    assert contents.persons[0].nationalities == ("MLI",)


def test_files_may_lie_in_a_folder_and_be_of_the_consolidated_list() -> None:
    content = archive(
        {"lists/CONS_PRIM.CSV": line(1, "A, B"), "lists/cons_alt.csv": alias(1, "C, D"), "add.csv": "x"}
    )
    assert len(read(content).persons[0].names) == 2


@pytest.mark.parametrize("files", [{"sdn.csv": line(1, "A, B")}, {"alt.csv": alias(1, "A")}, {"other": "x"}])
def test_half_a_list_is_refused(files: dict[str, str]) -> None:
    with pytest.raises(ListFileMissing):
        read(archive(files))


def test_the_main_file_alone_is_refused() -> None:
    with pytest.raises(ListFileMissing) as refused:
        read(line(1, "A, B").encode())
    assert refused.value.params == {"file": "alt.csv"}


def test_damaged_aliases_refuse_the_list() -> None:
    with pytest.raises(ListMalformed):
        read_files(line(1, "A, B"), "1,2,aka\r\n")


@pytest.mark.parametrize("sdn", ["", "nothing", 'ent_num,"open'])
def test_what_is_no_such_file_is_refused(sdn: str) -> None:
    with pytest.raises(ListMalformed):
        read_files(sdn)


def test_a_bomb_is_refused() -> None:
    with pytest.raises(ListArchiveRefused):
        read_files(line(1, "A, B") + " " * 50_000_000)


@pytest.mark.parametrize(
    "remarks",
    ["A " * 60_000, "DOB " + "1 to " * 20_000, "Passport " + "1" * 120_000, "(" * 9000],
    ids=["words", "spans", "number", "brackets"],
)
def test_long_remarks_take_no_long_time(remarks: str) -> None:
    assert len(read_files(line(1, "A, B", remarks=remarks) + line(2, " " * 100_000 + "x")).persons) == 2


def test_a_list_of_the_published_size_is_read_whole(real_material: Path | None) -> None:
    """The published one too, where it lies on this machine."""
    made = read_files(
        "".join(line(n, f"N{n}, X") for n in range(2000)), "".join(alias(n, "A, B") for n in range(2000))
    )
    assert (len(made.persons), made.findings) == (2000, [])
    if real_material is None:
        return
    folder = real_material / "watchlists"
    contents = read(archive({name: (folder / name).read_bytes() for name in ("sdn.csv", "alt.csv")}))
    assert (len(contents.persons), contents.skipped) == (3845, 0)
    assert contents.left_out == {"organisation": 2994, "vessel": 323, "aircraft": 217}
    assert sum(len(person.births) for person in contents.persons) > 4200
    assert sum(len(person.documents) for person in contents.persons) > 2200
    kinds = Counter(name.kind for person in contents.persons for name in person.names)
    assert (kinds[NameKind.ALIAS] > 5200, kinds[NameKind.WEAK_ALIAS] > 1500) == (True, True)
    assert len(contents.findings) < 10
