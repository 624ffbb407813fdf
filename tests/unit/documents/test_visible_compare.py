"""Whether the print says what the MRZ says: texts as a recogniser gives them, laid out as on a page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import Mrz, MrzData, MrzFormat, Sex, compose, parse
from crossing.documents.reading import Box
from crossing.documents.visible.compare import compare, date_of_issue
from crossing.documents.visible.labels import fields_of
from crossing.documents.visible.zone import Agreement, Comparison, Printed

TODAY = date(2026, 3, 1)
DATA = MrzData(
    document_code="P",
    issuing_state="UTO",
    surname="MUELLER",
    given_names="JOSE MARIA",
    document_number="A4G7K29B1",
    nationality="UTO",
    birth_date=PartialDate(1987, 5, 14),
    sex=Sex.FEMALE,
    expiry_date=PartialDate(2034, 1, 31),
)
PAGE = {
    "N° du document / Document No.": "A4G7K29B1",
    "Nom / Surname": "MÜLLER",
    "Prénoms / Given names": "JOSÉ MARÍA",
    "Nationalité / Nationality": "UTO",
    "Sexe / Sex": "F",
    "Date de naissance / Date of birth": "14 MAI/MAY 1987",
    "Délivré le / Date of issue": "01 FÉV/FEB 2024",
    "Expire le / Date of expiry": "31 JAN/JAN 2034",
}


def mrz_of(data: MrzData = DATA, mrz_format: MrzFormat = MrzFormat.TD3) -> Mrz:
    return parse(compose(data, mrz_format), today=TODAY)


def printed(rows: dict[str, str], *, certainty: float = 0.99) -> list[Printed]:
    """Each value 25 pixels high under its label of 15, row under row."""
    texts = []
    for number, (label, value) in enumerate(rows.items()):
        top = 70 * number
        texts.append(Printed(label, Box(500, top, 9 * len(label), 15), 0.95))
        texts.append(Printed(value, Box(500, top + 20, 16 * len(value), 25), certainty))
    return texts


def outcomes(texts: Sequence[Printed], mrz: Mrz | None = None) -> dict[str, Agreement]:
    return {one.field: one.agreement for one in compare(texts, mrz or mrz_of())}


def changed(**rows: str) -> dict[str, str]:
    """The page with the values of the labels that hold these words replaced."""
    return {label: next((rows[word] for word in rows if word in label), value) for label, value in PAGE.items()}


def test_an_honest_page_agrees_in_every_field() -> None:
    found = compare(printed(PAGE), mrz_of())
    assert {one.agreement for one in found} == {Agreement.AGREES}
    assert [one.field for one in found] == [
        "surname",
        "given_names",
        "document_number",
        "nationality",
        "birth_date",
        "sex",
        "expiry_date",
    ]
    number = next(one for one in found if one.field == "document_number")
    assert number == Comparison("document_number", Agreement.AGREES, "A4G7K29B1", number.printed)
    assert number.printed is not None
    assert number.printed.text == "A4G7K29B1"


@pytest.mark.parametrize(
    ("in_mrz", "on_page"),
    [
        ("MUELLER", "MULLER"),
        ("MUELLER", "MUELLER"),
        ("MUELLER", "Müller"),
        ("OESTERGAARD", "ØSTERGÅRD"),
        ("NUNEZ", "NÚÑEZ"),
        ("NUNXXEZ", "NUÑEZ"),
        ("DARTAGNAN", "D'ARTAGNAN"),
        ("SAINT CLAIR", "SAINT-CLAIR"),
        ("TRAORE", "TRAORÉ ép. DIALLO"),
        ("DIALLO", "TRAORÉ ép. DIALLO"),
        ("TKACHENKO", "TKA4EHKO/TKACHENKO"),
        ("OUEDRAOGO", "0UEDRA0GO"),
        ("OUEDRAOGO", "OUEDRAOCO"),
        ("STRASSE", "STRAßE"),
    ],
)
def test_a_name_may_be_printed_in_any_spelling_of_the_standard(in_mrz: str, on_page: str) -> None:
    data = replace(DATA, surname=in_mrz)
    assert outcomes(printed(changed(Surname=on_page)), mrz_of(data))["surname"] is Agreement.AGREES


def test_a_name_that_the_mrz_cut_short_agrees_with_the_whole_one() -> None:
    given = "MAXIMILIAN ALEXANDER CHRISTOPHER BARTHOLOMEW"
    data = replace(DATA, given_names=given)
    assert outcomes(printed(changed(Given=given)), mrz_of(data))["given_names"] is Agreement.AGREES


def test_a_name_in_two_rows_is_one() -> None:
    texts = [one for one in printed(PAGE) if one.text != "JOSÉ MARÍA"]
    texts += [Printed("JOSÉ", Box(500, 160, 70, 22), 0.99), Printed("MARÍA", Box(500, 184, 80, 22), 0.99)]
    assert outcomes(texts)["given_names"] is Agreement.AGREES


@pytest.mark.parametrize(
    ("field", "word", "value"),
    [
        ("surname", "Surname", "MUSTER"),
        ("surname", "Surname", "DIALLO"),
        ("given_names", "Given", "JUAN PEDRO"),
        ("document_number", "Document", "A4G7K92C1"),
        ("document_number", "Document", "X9H8L30D2"),
        ("birth_date", "birth", "14 MAI/MAY 1996"),
        ("birth_date", "birth", "23 MAI/MAY 1987"),
        ("expiry_date", "expiry", "31 JAN/JAN 2043"),
        ("sex", "Sex", "M"),
        ("nationality", "Nationality", "FRA"),
    ],
)
def test_another_value_in_the_fields_place_differs(field: str, word: str, value: str) -> None:
    found = {one.field: one for one in compare(printed(changed(**{word: value})), mrz_of())}

    assert found[field].agreement is Agreement.DIFFERS
    differing = found[field].printed
    assert differing is not None
    assert differing.text == value
    assert {one.agreement for name, one in found.items() if name != field} == {Agreement.AGREES}


@pytest.mark.parametrize("word", ["Surname", "Given", "Document", "birth", "expiry", "Sex", "Nationality"])
def test_nothing_differs_that_was_not_read_surely(word: str) -> None:
    other = {"Surname": "MUSTER", "Given": "JUAN PEDRO", "Document": "X9H8L30D2", "Sex": "M", "Nationality": "FRA"}
    texts = printed(changed(**{word: other.get(word, "23 MAI/MAY 1996")}), certainty=0.7)
    assert Agreement.DIFFERS not in outcomes(texts).values()


def test_nothing_differs_where_the_value_stands_anywhere_on_the_page() -> None:
    """The number may be printed twice, and the label's neighbour be a serial number of the form."""
    texts = [*printed(changed(Document="X9H8L30D2")), Printed("A4G7K29B1", Box(40, 900, 150, 25), 0.9)]
    assert outcomes(texts)["document_number"] is Agreement.AGREES


def test_one_character_is_no_fraud() -> None:
    found = outcomes(printed(changed(Surname="MULLEK", Document="A4G7K29C1", birth="14 MAI/MAY 1988")))
    assert Agreement.DIFFERS not in found.values()


def test_an_empty_page_is_not_found_and_nothing_more() -> None:
    assert set(outcomes([]).values()) == {Agreement.NOT_FOUND}
    assert date_of_issue([], mrz_of()) is None


def test_dates_of_another_calendar_say_nothing() -> None:
    assert outcomes(printed(changed(birth="14 MAY 2530")))["birth_date"] is Agreement.NOT_FOUND


def test_the_passport_number_on_a_visa_is_not_the_visas() -> None:
    rows = {
        label.replace("Document No.", "Passport No."): value for label, value in changed(Document="X9H8L30D2").items()
    }
    assert (
        outcomes(printed(rows), mrz_of(replace(DATA, document_code="V"), MrzFormat.MRV_A))["document_number"]
        is Agreement.NOT_FOUND
    )


class TestDateOfIssue:
    def test_it_stands_under_its_label(self) -> None:
        assert date_of_issue(printed(PAGE), mrz_of()) == PartialDate(2024, 2, 1)

    def test_without_a_label_it_is_the_one_date_between_birth_and_expiry(self) -> None:
        texts = [Printed(value, Box(500, 70 * row, 200, 25), 0.99) for row, value in enumerate(PAGE.values())]
        assert date_of_issue(texts, mrz_of()) == PartialDate(2024, 2, 1)

    def test_of_two_such_dates_none_is_chosen(self) -> None:
        texts = [Printed(value, Box(500, 70 * row, 200, 25), 0.99) for row, value in enumerate(PAGE.values())]
        texts.append(Printed("03 MAR 2025", Box(40, 900, 200, 25), 0.99))
        assert date_of_issue(texts, mrz_of()) is None


@pytest.mark.parametrize(
    ("label", "fields"),
    [
        ("Nom / Surname", {"surname"}),
        ("Apellidos / Surnames", {"surname"}),
        ("Prénoms / Given names", {"given_names"}),
        ("Vornamen / Given names", {"given_names"}),
        ("Surname, Given names/Nom, Prénoms", {"surname", "given_names"}),
        ("N° du passeport / Passport No.", {"document_number"}),
        ("Passport Number", {"document_number"}),
        ("PASSPORT", set()),
        ("Date de naissance / Date of birth", {"birth_date"}),
        ("Place of birth / Lieu de naissance", {"other"}),
        ("Date of expiry / Date d'expiration", {"expiry_date"}),
        ("Date of issue/ Date de délivrance", {"issue_date"}),
        ("Geschlecht / Sex", {"sex"}),
        ("Natonality", {"nationality"}),
        ("ERIKSSON", set()),
    ],
)
def test_labels_are_known_in_the_usual_languages(label: str, fields: set[str]) -> None:
    assert fields_of(label) == fields
