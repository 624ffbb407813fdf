"""What the ledger says of a document: what alerts, what must not be overlooked, and what is only remarked on."""

from dataclasses import replace
from datetime import UTC, date, datetime

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import MrzData, MrzFormat, Sex, compose, parse
from crossing.documents.service import LinesReading
from crossing.documents.validity import CATALOGUE, assess
from crossing.lanes.findings import face_match_check, subject_of, typed_document_check, validity_check
from crossing.movements.schemas import Person, TravelDocument
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject

TODAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SOUND = MrzData(
    document_code="P",
    issuing_state="D",
    surname="KEITA",
    given_names="AWA",
    document_number="C01X00T47",
    nationality="D",
    birth_date=PartialDate(1974, 8, 12),
    sex=Sex.FEMALE,
    expiry_date=PartialDate(2030, 4, 15),
)
TYPED = TravelDocument(type="P", number="AA0412345", issuing_state="MLI", expiry_date=date(2030, 4, 15))


def check(data: MrzData) -> CheckResult:
    mrz = parse(compose(data, MrzFormat.TD3), today=TODAY)
    return validity_check(LinesReading(mrz, assess(mrz, today=TODAY)), now=NOW)


def references(result: CheckResult) -> list[str]:
    return [hit.entry_reference for hit in result.hits]


def typed(document: TravelDocument, person: Person | None = None) -> CheckResult:
    return typed_document_check(document, person=person, today=TODAY, now=NOW)


def test_a_sound_document_is_clear() -> None:
    result = check(SOUND)
    assert (result.kind, result.outcome, result.hits) == (CheckKind.DOCUMENT_VALIDITY, CheckOutcome.CLEAR, ())


def test_an_expired_document_is_possible_and_no_sign_of_fraud() -> None:
    result = check(replace(SOUND, expiry_date=PartialDate(2026, 1, 1)))
    assert result.outcome is CheckOutcome.POSSIBLE
    assert [(hit.entry_reference, hit.must_verify) for hit in result.hits] == [("document_expired", False)]


def test_a_sign_of_fraud_comes_first_must_be_verified_and_says_what_it_is() -> None:
    result = check(replace(SOUND, document_number="B00000001", expiry_date=PartialDate(2026, 1, 1)))
    assert references(result) == ["number_pattern", "document_expired"]
    assert [hit.must_verify for hit in result.hits] == [True, False]
    assert result.hits[0].label == CATALOGUE["number_pattern"].message
    assert result.hits[0].label.startswith("Sign of fraud: ")


def test_a_remark_alone_leaves_the_document_clear_and_beside_an_alert_it_is_shown() -> None:
    specimen = replace(SOUND, surname="MUSTERMANN")
    assert (check(specimen).outcome, check(specimen).hits) == (CheckOutcome.CLEAR, ())
    assert references(check(replace(specimen, expiry_date=PartialDate(2026, 1, 1)))) == [
        "document_expired",
        "specimen",
    ]


def test_typed_documents_are_judged_by_the_same_rules() -> None:
    assert typed(TYPED).outcome is CheckOutcome.CLEAR
    assert typed(TYPED).engine == "typed"
    assert references(typed(TYPED.model_copy(update={"expiry_date": date(2026, 2, 28)}))) == ["document_expired"]
    assert references(typed(TYPED.model_copy(update={"issuing_state": "QQQ"}))) == ["issuer_unknown"]
    assert references(typed(TYPED.model_copy(update={"issuing_state": "GBR"}))) == ["number_pattern"]
    assert references(typed(TYPED.model_copy(update={"expiry_date": date(2045, 1, 1)}))) == ["valid_too_long"]


def test_a_typed_holder_is_judged_where_there_is_one() -> None:
    child = Person(surname="Doe", birth_date="2020-05", sex="F", nationality="USA")
    passport = TYPED.model_copy(update={"issuing_state": "USA", "expiry_date": date(2035, 1, 1)})
    assert references(typed(passport, child)) == ["child_valid_too_long"]
    assert references(typed(passport)) == []
    assert references(typed(TYPED, Person(birth_date="2031"))) == ["birth_in_future"]


def test_a_birth_that_is_approximate_is_asked_about_as_such() -> None:
    about = subject_of(Person(surname="Diallo", birth_date="1980", birth_approximate=True), None, truncated=False)
    assert (str(about.birth), about.birth_approximate) == ("1980", True)
    stored = about.model_dump(mode="json") | {}
    del stored["birth_approximate"]
    assert not Subject.model_validate(stored).birth_approximate


def test_faces_that_were_not_compared_say_what_was_missing() -> None:
    def why(*, page: bool, live: bool, unseen: Reason | None = None) -> Reason | None:
        result = face_match_check(None, page=page, live=live, now=NOW, unseen=unseen)
        assert result is None or result.outcome is CheckOutcome.NOT_CHECKED
        return None if result is None else result.reason

    assert why(page=False, live=False) is None, "nothing was taken yet"
    assert why(page=False, live=True) is Reason.NO_PAGE
    assert why(page=True, live=False) is Reason.NO_FACE
    assert why(page=True, live=True, unseen=Reason.NO_FACE_ENGINE) is Reason.NO_FACE_ENGINE
