"""Which rows the document panel has, what stands beside each, and which of them ask for a look."""

from datetime import UTC, date, datetime
from typing import Any, Final

from crossing.documents.reading.port import DoubtReason
from crossing.lanes.schemas import (
    BoxView,
    DoubtView,
    FieldSource,
    FieldView,
    MarkView,
    ReadingView,
    SessionState,
    SessionView,
)
from crossing.movements.schemas import CrossingCase, Direction, Person, TravelDocument
from crossing.platform.ids import new_id
from crossing.web.panel import Piece, Row, doubted_fields, rows

BOX: Final = BoxView(left=10, top=20, width=180, height=26)
NUMBER: Final = FieldView(
    name="document_number",
    value="UT4O21907",
    raw="UT4O21907",
    box=BOX,
    marks=(MarkView(at=3, read="0"),),
    doubts=(DoubtView(reason=DoubtReason.CORRECTED),),
)
SURNAME: Final = FieldView(name="surname", value="BA SY", raw="BA<SY", box=BOX)
BIRTH: Final = FieldView(name="birth_date", value="1979-03-21", raw="790321", box=BOX)


def view(
    *fields: FieldView, unsure: bool = False, source: FieldSource = FieldSource.MRZ, **changed: Any
) -> SessionView:
    given: dict[str, Any] = {
        "session_id": new_id(),
        "lane_id": new_id(),
        "lane": "1",
        "post": "NIA-1",
        "state": SessionState.CHECKED,
        "version": 3,
        "evidence": 1,
        "direction": Direction.ENTRY,
        "case": CrossingCase.DOCUMENT,
        "opened_at": datetime(2031, 3, 1, 8, tzinfo=UTC),
        "opened_by": "a.traore",
        "person": Person(surname="BA SY", given_names="AWA", birth_date="1979-03-21", sex="F", nationality="MLI"),
        "document": TravelDocument(type="P", number="UT4O21907", issuing_state="MLI"),
        "field_sources": dict.fromkeys(Person.model_fields, source),
        "reading": ReadingView(format="TD3", fields=fields),
        "needs_confirmation": unsure,
        "today": date(2031, 3, 1),
    }
    return SessionView(**(given | changed))


def row(shown: SessionView, name: str) -> Row:
    return next(one for one in rows(shown) if one.name == name)


def test_who_the_traveller_is_always_has_its_rows_and_the_rest_where_it_is_known() -> None:
    names = [one.name for one in rows(view(document=None))]

    assert names == ["surname", "given_names", "birth_date", "sex", "nationality"]
    assert "number" in [one.name for one in rows(view())]


def test_a_field_without_doubt_is_quiet_and_has_its_crop_beside_it() -> None:
    surname = row(view(SURNAME), "surname")

    assert not surname.doubted
    assert not surname.wide
    assert [crop.box for crop in surname.crops] == [BOX]
    assert surname.pieces == (Piece("BA SY"),)


def test_a_doubted_field_says_why_and_shows_what_was_put_right() -> None:
    number = row(view(NUMBER, unsure=True), "number")

    assert [(one.reason, one.repairs) for one in number.doubts] == [(DoubtReason.CORRECTED, (("0", "O"),))]
    assert number.pieces == (Piece("UT4"), Piece("O", "0"), Piece("21907"))
    assert number.wide


def test_once_compared_a_field_asks_no_more_and_its_mark_stays() -> None:
    number = row(view(NUMBER), "number")

    assert not number.doubted
    assert Piece("O", "0") in number.pieces
    assert doubted_fields(view(NUMBER)) == []


def test_a_date_is_said_in_words_and_spelled_only_where_it_is_doubted() -> None:
    doubted = BIRTH.model_copy(update={"doubts": (DoubtView(reason=DoubtReason.CHECK_FAILED),)})

    assert row(view(BIRTH), "birth_date").pieces == ()
    unsure = row(view(doubted, unsure=True), "birth_date")
    assert unsure.pieces == (Piece("790321"),)
    assert not unsure.spelled


def test_what_the_officer_typed_is_not_spelled_as_the_machine_read_it_but_keeps_the_picture() -> None:
    number = row(view(NUMBER, source=FieldSource.OFFICER), "number")

    assert number.pieces == ()
    assert number.crops


def test_a_traveller_without_a_document_has_no_crops() -> None:
    assert all(not one.crops for one in rows(view(SURNAME, case=CrossingCase.NO_DOCUMENT)))


def test_a_number_that_could_not_be_read_has_its_row_where_it_is_doubted() -> None:
    missing = FieldView(name="document_number", value="", raw="", doubts=(DoubtView(reason=DoubtReason.UNSURE),))

    assert row(view(missing, unsure=True, document=None), "number").doubted
