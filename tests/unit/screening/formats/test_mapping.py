"""A ministry's columns: suggested, mapped, and read."""

import json
from datetime import date

import pytest

from crossing.screening.errors import (
    ListColumnsMissing,
    ListColumnUnclear,
    ListKeyRepeated,
    ListMalformed,
    ListMappingUnknown,
    ListRecordsMissing,
)
from crossing.screening.lists.contents import FindingCode, NameKind
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.formats.national import read_documents, read_persons, read_vehicles
from crossing.screening.lists.formats.tables import Kind, headers_of, preview
from crossing.screening.lists.mapping import ColumnMapping, added_to, confidence, date_order_of, suggest
from crossing.screening.lists.vocabulary import HEADERS

FRENCH = ["N° fiche", "Nom", "Prénom(s)", "Date de naissance", "Nationalité", "N° passeport", "Motif", "Expire le"]
ARABIC = ["رقم الملف", "اللقب", "الاسم", "تاريخ الميلاد", "الجنسية", "رقم جواز السفر", "الجنس"]


def csv(*rows: list[str]) -> bytes:
    return "\n".join(";".join(row) for row in rows).encode()


def test_a_french_file_is_recognised() -> None:
    mapping = suggest(FRENCH)
    assert mapping.columns == {
        "reference": ("N° fiche",),
        "surname": ("Nom",),
        "given_names": ("Prénom(s)",),
        "birth_dates": ("Date de naissance",),
        "nationalities": ("Nationalité",),
        "document_number": ("N° passeport",),
        "remarks": ("Motif",),
        "expires_on": ("Expire le",),
    }
    assert set(confidence(mapping).values()) == {1.0}


def test_an_arabic_file_is_recognised() -> None:
    assert suggest(ARABIC).columns == {
        "reference": ("رقم الملف",),
        "surname": ("اللقب",),
        "given_names": ("الاسم",),
        "birth_dates": ("تاريخ الميلاد",),
        "nationalities": ("الجنسية",),
        "document_number": ("رقم جواز السفر",),
        "sex": ("الجنس",),
    }


@pytest.mark.parametrize(
    ("headers", "list_format", "columns"),
    [
        (
            ["Immatriculation", "N° de châssis (VIN)", "Marque", "Modèle", "Couleur", "Pays"],
            "national_vehicles",
            {
                "plate": ("Immatriculation",), "vin": ("N° de châssis (VIN)",), "make": ("Marque",),
                "model": ("Modèle",), "colour": ("Couleur",), "country": ("Pays",),
            },
        ),
        (
            ["Type de document", "Numéro du document", "Pays émetteur", "Motif"],
            "national_documents",
            {
                "type": ("Type de document",), "number": ("Numéro du document",), "issuing_state": ("Pays émetteur",),
                "reason": ("Motif",),
            },
        ),
        (["First Name", "LAST_NAME", "DateOfBirth", "id"], "national_persons", {
            "given_names": ("First Name",), "surname": ("LAST_NAME",), "birth_dates": ("DateOfBirth",),
            "reference": ("id",),
        }),
        (["Nom et prénoms", "x", ""], "national_persons", {"full_name": ("Nom et prénoms",)}),
    ],
)  # fmt: skip
def test_other_files_are_recognised(
    headers: list[str], list_format: str, columns: dict[str, tuple[str, ...]]
) -> None:
    assert suggest(headers, list_format).columns == columns


def test_our_own_names_are_recognised_for_what_they_are() -> None:
    for name in ("national_persons", "national_documents", "national_vehicles"):
        known = sorted(FORMATS[name].fields & set(HEADERS[name]))
        assert suggest(known, name).columns == {field: (field,) for field in known}
        assert set(HEADERS[name]) <= FORMATS[name].fields


def test_words_in_part_are_less_sure() -> None:
    mapping = suggest(["Date de naissance déclarée"])
    assert mapping.columns == {"birth_dates": ("Date de naissance déclarée",)}
    assert confidence(mapping) == {"birth_dates": 0.7}
    assert confidence(ColumnMapping(columns={"surname": ("Colonne 7",)})) == {"surname": 0.0}


@pytest.mark.parametrize(
    ("values", "order"),
    [(["03/04/1980", "13/04/1980"], "DMY"), (["04/13/1980"], "MDY"), (["1980-04-03"], "YMD"), (["03/04/1980"], None),
     (["13/04/1980", "04/13/1980"], None), ([], None)],
)  # fmt: skip
def test_the_order_of_dates_is_told_by_those_that_give_it_away(values: list[str], order: str | None) -> None:
    assert date_order_of(values) == order


def test_the_first_rows_tell_the_order_of_dates() -> None:
    headers = ["Nom", "Date de naissance"]
    assert suggest(headers, rows=[["A", "04/13/1980"], ["B"]]).date_order == "MDY"
    assert suggest(headers, rows=[["13/04/1980", "04/03/1980"]]).date_order == "DMY"


def test_a_mapped_file_is_read_with_its_constants() -> None:
    mapping = ColumnMapping(
        columns={**suggest(FRENCH).columns, "given_names": ("prénom(s)", "  NOM ")},
        constants={
            "owner": "DGPN",
            "legal_basis": "Code 12",
            "expires_on": "2031-12-31",
            "document_type": "passport",
        },
    )
    rows = [
        ["7", "Keïta", "Awa", "03/04/1980", "Mali", "AA12", "vol", "01/02/2031"],
        ["8", "Bâ", "", "", "", "", "", ""],
    ]
    first, second = read_persons(csv(FRENCH, *rows), mapping).persons
    assert first.names[0].given_names == "Awa Keïta"
    assert str(first.births[0]) == "1980-04-03"
    assert (first.nationalities, first.documents[0].number, first.documents[0].type) == (("MLI",), "AA12", "passport")
    assert (first.orders.owner, first.orders.legal_basis) == ("DGPN", "Code 12")
    assert (first.orders.expires_on, second.orders.expires_on) == (date(2031, 2, 1), date(2031, 12, 31))


def test_a_whole_name_is_a_name() -> None:
    mapping = ColumnMapping(columns={"reference": ("nom",), "full_name": ("nom",)})
    [read] = read_persons(csv(["nom"], ["Awa Keïta"]), mapping).persons
    assert (read.names[0].kind, read.names[0].given_names) == (NameKind.PRIMARY, "Awa Keïta")


def test_vehicles_have_a_plate_or_a_vin() -> None:
    contents = read_vehicles(
        csv(
            ["plate", "country", "vin", "make"],
            ["AB 123 CD", "Mali", "", "Toyota"],
            ["", "", "vf1-bb0501 12345678", ""],
            ["", "MLI", "O0O", ""],
            ["AB-123-CD", "MLI", "", ""],
        )
    )
    assert [(one.reference, one.plate, one.vin) for one in contents.vehicles] == [
        ("MLI:AB123CD", "AB 123 CD", ""),
        ("VIN:VF1BB050112345678", "", "VF1BB050112345678"),
    ]
    assert [one.code for one in contents.findings] == [
        FindingCode.VIN_UNREADABLE, FindingCode.NUMBER_MISSING, FindingCode.REFERENCE_REPEATED,
    ]  # fmt: skip


def test_the_same_list_reads_the_same_from_csv_and_from_json() -> None:
    rows = [
        dict(zip(FRENCH, [str(n), "Keïta", "Awa", "1980-04-03", "MLI", "A1", "", ""], strict=True)) for n in (1, 2)
    ]
    of_csv = read_persons(csv(FRENCH, *(list(row.values()) for row in rows)), suggest(FRENCH))
    for content in (json.dumps(rows).encode(), "\n".join(json.dumps(row) for row in rows).encode()):
        assert read_persons(content, suggest(FRENCH)).persons == of_csv.persons


def test_json_records_may_be_within_and_have_objects_within() -> None:
    content = json.dumps(
        {
            "list": {
                "items": [{"id": 7, "identity": {"name": "Keita", "states": ["MLI", "NER"]}, "ok": True, "x": None}]
            }
        }
    ).encode()
    mapping = ColumnMapping(
        columns={"reference": ("id",), "surname": ("identity.name",), "nationalities": ("identity.states",)},
        records="list.items",
    )
    assert headers_of(content, mapping) == ["id", "identity.name", "identity.states", "ok", "x"]
    [read] = read_persons(content, mapping).persons
    assert (read.reference, read.label, read.nationalities) == ("7", "Keita", ("MLI", "NER"))
    with pytest.raises(ListRecordsMissing):
        read_persons(content, ColumnMapping(records="list.rows"))


def test_a_record_that_is_no_object_is_reported() -> None:
    contents = read_documents(b'[{"number": "A1", "issuing_state": "MLI", "type": "", "reason": ""}, "x"]')
    assert (len(contents), [one.code for one in contents.findings]) == (1, [FindingCode.COLUMNS_WRONG])


def test_names_that_compare_alike_are_one_name_twice() -> None:
    with pytest.raises(ListKeyRepeated):
        read_documents(b'[{"number": "A1", "issuing_state": "", "type": "", "reason": "", "NUMBER": "A2"}]')


@pytest.mark.parametrize(
    ("mapping", "error"),
    [
        (ColumnMapping(columns={"reference": ("a",), "surname": ("c",)}), ListColumnsMissing),
        (ColumnMapping(columns={"surname": ("a",)}), ListColumnsMissing),
        (ColumnMapping(columns={"reference": ("a",), "surname": ("b",)}), ListColumnUnclear),
        (ColumnMapping(columns={"reference": ("a",), "surname": ("a",), "secret": ("a",)}), ListMappingUnknown),
        (ColumnMapping(constants={"password": "x"}), ListMappingUnknown),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(mapping: ColumnMapping, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_persons(csv(["a", "b", "b"], ["1", "2", "3"]), mapping)


def test_a_preview_shows_the_files_own_words() -> None:
    shown = preview(csv(FRENCH, ["7", "Ke\u202eïta", "A\x01wa", "", "", "", "", ""]))
    assert (shown.kind, shown.headers, shown.sheets) == (Kind.CSV, tuple(FRENCH), ())
    assert shown.rows == (("7", "Keïta", "A wa", "", "", "", "", ""),)


def test_marks_that_steer_the_display_are_taken_out_of_names() -> None:
    [read] = read_persons("reference,surname\nN-1,\u200fKei\u202eta\u2066\n".encode()).persons
    assert read.label == "Keita"


def test_utf_16_with_its_mark_is_read_and_without_refused() -> None:
    text = "reference,surname\nN-1,كيتا\n"
    assert read_persons(text.encode("utf-16")).persons[0].label == "كيتا"
    with pytest.raises(ListMalformed) as refused:
        read_persons(text.encode("utf-16-le"))
    assert refused.value.params == {"line": 1}


def test_what_is_given_goes_before_what_is_suggested_and_takes_its_column() -> None:
    given = ColumnMapping({"reference": ("Dossier",), "full_name": ("Nom",)}, {"authority": "Tribunal"})
    suggested = ColumnMapping({"surname": ("nom",), "birth_dates": ("Né le",)}, date_order="MDY")
    assert added_to(given, suggested) == ColumnMapping(
        {"reference": ("Dossier",), "full_name": ("Nom",), "birth_dates": ("Né le",)},
        {"authority": "Tribunal"},
        date_order="MDY",
    )
