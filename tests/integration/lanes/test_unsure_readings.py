"""A document that was not read surely: what is marked, what the officer's one key does, and typed lines instead."""

from datetime import date
from typing import Final
from uuid import UUID

import pytest

from crossing.documents.reading.port import Confidence, DoubtReason
from crossing.lanes.errors import (
    ConfirmationOutdated,
    MrzUnreadable,
    NothingToConfirm,
    ReadingUnconfirmed,
    StepNotAllowed,
    StripUnknown,
)
from crossing.lanes.examination import Pictures
from crossing.lanes.repository import strip_of
from crossing.lanes.schemas import (
    FieldSource,
    FieldView,
    Identity,
    ImageKind,
    MarkView,
    MrzLines,
    ReadingSource,
    SessionState,
    SessionView,
)
from crossing.movements.schemas import CrossingCase, Person, TravelDocument
from crossing.platform.db.reading import reading
from crossing.screening.schemas import CheckKind, CheckOutcome
from tests.integration.lanes.drawn import AMINATA, NOBODY, Traveller, page
from tests.integration.lanes.world import OFFICER, World

OUSMANE: Final = Traveller("SIDIBE", "OUSMANE", "UT4O21907", face=3)
"""The O of his number is easily read as a zero; only the check digit tells."""


def misread(traveller: Traveller = OUSMANE) -> tuple[str, ...]:
    """His lines with a zero for the O."""
    names, data = traveller.mrz()
    return names, data.replace("UT4O21907", "UT4021907")


def broken() -> tuple[str, ...]:
    """His lines with a check digit of the birth date that does not hold, and so with the last one."""
    names, data = OUSMANE.mrz()
    return names, data[:19] + str((int(data[19]) + 1) % 10) + data[20:]


def scanned(world: World, lines: tuple[str, ...], lane: int = 0) -> SessionView:
    session_id = world.step_up(lane)
    world.pipeline.take(session_id, Pictures(page=page(lines, 3), live=page((), 3)), officer=OFFICER)
    world.settle(session_id)
    return world.view(session_id)


def confirm(world: World, session_id: UUID, evidence: int | None = None) -> tuple[str, ...]:
    """The officer's one key; gives the fields that were doubted."""
    seen = world.view(session_id).evidence if evidence is None else evidence
    with world.database.unit_of_work() as session:
        return world.desk.confirm(session, session_id, evidence=seen, officer=OFFICER)[1]


def field(view: SessionView, name: str) -> FieldView:
    assert view.reading is not None
    return next(one for one in view.reading.fields if one.name == name)


def typed(world: World, lines: tuple[str, ...], *, as_it_stands: bool = False) -> SessionView:
    session_id = world.step_up()
    world.pipeline.take_lines(session_id, MrzLines(lines=lines, as_it_stands=as_it_stands), officer=OFFICER)
    world.settle(session_id)
    return world.view(session_id)


class TestASureReading:
    def test_asks_for_nothing(self, world: World) -> None:
        view = scanned(world, AMINATA.mrz())

        assert view.reading is not None
        assert view.reading.confidence is Confidence.HIGH
        assert not view.needs_confirmation
        assert all(not one.doubts and not one.marks for one in view.reading.fields)
        with pytest.raises(NothingToConfirm):
            confirm(world, view.session_id)
        assert world.decide(view.session_id).person.surname == "TRAORE"

    def test_marks_a_letter_that_its_place_put_right_and_asks_for_nothing(self, world: World) -> None:
        names, data = AMINATA.mrz()

        view = scanned(world, (names, data.replace("MLI8", "ML18")))

        assert field(view, "nationality").marks == (MarkView(at=2, read="1"),)
        assert not view.needs_confirmation

    def test_says_every_field_as_the_mrz_has_it(self, world: World) -> None:
        view = scanned(world, AMINATA.mrz())

        said = {name: (field(view, name).value, field(view, name).raw) for name in ("birth_date", "sex", "surname")}
        assert said == {"birth_date": ("1987-05-14", "870514"), "sex": ("F", "F"), "surname": ("TRAORE", "TRAORE")}


class TestAnUnsureReading:
    def test_marks_the_character_that_a_check_digit_chose(self, world: World) -> None:
        view = scanned(world, misread())

        number = field(view, "document_number")
        assert (number.value, number.raw) == ("UT4O21907", "UT4O21907")
        assert number.marks == (MarkView(at=3, read="0"),)
        assert [doubt.reason for doubt in number.doubts] == [DoubtReason.CORRECTED]
        assert view.needs_confirmation
        assert view.reading is not None
        assert [(one.line, one.column, one.read, one.corrected) for one in view.reading.repairs] == [(2, 4, "0", "O")]

    def test_names_the_field_whose_check_digit_fails_and_the_last_digit_with_it(self, world: World) -> None:
        view = scanned(world, broken())

        assert view.reading is not None
        doubted = {one.name: [doubt.reason for doubt in one.doubts] for one in view.reading.fields if one.doubts}
        assert doubted == {"birth_date": [DoubtReason.CHECK_FAILED], "composite": [DoubtReason.CHECK_FAILED]}

    def test_is_looked_for_on_the_lists_at_once_and_waits_for_nobody(self, world: World) -> None:
        view = scanned(world, misread())

        assert view.state is SessionState.CHECKED
        assert {CheckKind.DOCUMENT_VALIDITY, CheckKind.INTERPOL_SLTD} <= {check.kind for check in view.checks}

    def test_is_not_decided_on_before_a_person_has_compared_it(self, world: World) -> None:
        view = scanned(world, misread())

        with pytest.raises(ReadingUnconfirmed):
            world.decide(view.session_id)
        assert world.view(view.session_id).state is SessionState.CHECKED

        assert confirm(world, view.session_id) == ("document_number",)
        assert not world.view(view.session_id).needs_confirmation
        movement = world.decide(view.session_id)
        assert movement.document is not None
        assert movement.document.number == "UT4O21907"

    def test_may_go_to_the_second_line_as_it_is(self, world: World) -> None:
        view = scanned(world, misread())

        with world.database.unit_of_work() as session:
            world.desk.refer(session, view.session_id, officer=OFFICER, note="The number looks scratched.")
        assert world.view(view.session_id).needs_confirmation
        with pytest.raises(StepNotAllowed):
            confirm(world, view.session_id)

    def test_may_be_abandoned(self, world: World) -> None:
        view = scanned(world, misread())

        with world.database.unit_of_work() as session:
            world.desk.abandon(session, view.session_id)
        assert world.view(view.session_id).state is SessionState.ABANDONED

    def test_is_settled_by_a_correction_and_looked_for_again(self, world: World) -> None:
        view = scanned(world, misread())
        assert view.person is not None
        identity = Identity(
            case=CrossingCase.DOCUMENT,
            person=view.person,
            document=TravelDocument(type="P", number="UT4Q21907", issuing_state="MLI"),
        )

        world.pipeline.declare(view.session_id, identity, source=FieldSource.OFFICER, officer=OFFICER)
        world.settle(view.session_id)

        after = world.view(view.session_id)
        assert not after.needs_confirmation
        assert len(world.answers(view.session_id, CheckKind.INTERPOL_SLTD)) == 2
        movement = world.decide(view.session_id)
        assert movement.document is not None
        assert movement.document.number == "UT4Q21907"


class TestConfirming:
    def test_says_who_compared_what(self, world: World) -> None:
        view = scanned(world, broken())

        confirm(world, view.session_id)

        after = world.view(view.session_id)
        assert after.reading is not None
        assert after.reading.confirmed_by == OFFICER
        assert after.field_sources["birth_date"] is FieldSource.CONFIRMED
        assert after.field_sources["surname"] is FieldSource.MRZ

    def test_counts_for_what_was_on_the_screen_and_nothing_newer(self, world: World) -> None:
        view = scanned(world, misread())
        world.pipeline.take(view.session_id, Pictures(page=page(broken(), 3)), officer=OFFICER)

        with pytest.raises(ConfirmationOutdated):
            confirm(world, view.session_id, view.evidence)

        assert world.view(view.session_id).needs_confirmation

    def test_a_new_page_asks_anew(self, world: World) -> None:
        view = scanned(world, misread())
        confirm(world, view.session_id)

        world.pipeline.take(view.session_id, Pictures(page=page(misread(), 3)), officer=OFFICER)

        assert world.view(view.session_id).needs_confirmation

    def test_twice_is_told(self, world: World) -> None:
        view = scanned(world, misread())
        confirm(world, view.session_id)

        with pytest.raises(NothingToConfirm):
            confirm(world, view.session_id)

    def test_a_page_without_an_mrz_has_nothing_to_confirm(self, world: World) -> None:
        view = scanned(world, ())

        assert not view.needs_confirmation
        with pytest.raises(NothingToConfirm):
            confirm(world, view.session_id)


class TestTypedLines:
    def test_are_read_like_a_page_and_remembered_as_typed(self, world: World) -> None:
        view = typed(world, AMINATA.mrz())

        assert view.person == Person(
            surname="TRAORE", given_names="AMINATA", birth_date="1987-05-14", sex="F", nationality="MLI"
        )
        assert view.document is not None
        assert view.document.expiry_date == date(2034, 1, 31)
        assert set(view.field_sources.values()) == {FieldSource.TYPED}
        assert view.reading is not None
        assert view.reading.source is ReadingSource.TYPED
        assert not view.needs_confirmation
        assert world.check(view.session_id, CheckKind.DOCUMENT_VALIDITY).outcome is CheckOutcome.CLEAR
        world.decide(view.session_id)

    def test_may_be_in_small_letters_on_one_line_or_without_the_fillers_at_the_end(self, world: World) -> None:
        names, data = AMINATA.mrz()
        for lane, lines in enumerate([(names.lower() + data.lower(),), (names.rstrip("<"), data)]):
            session_id = world.step_up(lane)
            view = world.pipeline.take_lines(session_id, MrzLines(lines=lines), officer=OFFICER)
            assert view.person is not None
            assert view.person.surname == "TRAORE"
            assert not view.needs_confirmation

    def test_that_were_repaired_wait_for_a_look_at_the_page(self, world: World) -> None:
        view = typed(world, misread())

        assert field(view, "document_number").marks == (MarkView(at=3, read="0"),)
        assert view.needs_confirmation
        confirm(world, view.session_id)
        world.decide(view.session_id)

    @pytest.mark.parametrize("lines", [("SIDIBE OUSMANE",), broken(), ("<", "<", "<")])
    def test_that_do_not_hold_are_refused_and_change_nothing(self, world: World, lines: tuple[str, ...]) -> None:
        session_id = world.step_up()

        with pytest.raises(MrzUnreadable):
            world.pipeline.take_lines(session_id, MrzLines(lines=lines), officer=OFFICER)

        assert world.view(session_id).reading is None

    def test_that_do_not_hold_are_taken_where_the_officer_vouches_for_them(self, world: World) -> None:
        view = typed(world, broken(), as_it_stands=True)

        assert view.reading is not None
        assert view.reading.confirmed_by == OFFICER
        assert not view.needs_confirmation
        assert world.check(view.session_id, CheckKind.DOCUMENT_VALIDITY).outcome is CheckOutcome.POSSIBLE
        world.decide(view.session_id)

    def test_vouching_does_not_make_an_mrz_of_what_is_none(self, world: World) -> None:
        session_id = world.step_up()
        lines = MrzLines(lines=("SIDIBE OUSMANE",), as_it_stands=True)

        with pytest.raises(MrzUnreadable):
            world.pipeline.take_lines(session_id, lines, officer=OFFICER)

    def test_stay_where_a_page_that_cannot_be_read_comes_after_them(self, world: World) -> None:
        view = typed(world, AMINATA.mrz())

        world.pipeline.take(view.session_id, Pictures(page=page((), NOBODY)), officer=OFFICER)

        after = world.view(view.session_id)
        assert after.person == view.person

    def test_keep_their_verdict_when_a_photograph_follows(self, world: World) -> None:
        view = typed(world, broken(), as_it_stands=True)

        world.pipeline.take(view.session_id, Pictures(live=page((), 3)), officer=OFFICER)

        assert world.check(view.session_id, CheckKind.DOCUMENT_VALIDITY).outcome is CheckOutcome.POSSIBLE


def test_a_reading_that_an_earlier_version_stored_is_shown_as_far_as_it_goes(world: World) -> None:
    view = scanned(world, AMINATA.mrz())
    with world.database.unit_of_work() as session:
        row = session.get_one(type(world.row(view.session_id)), view.session_id)
        row.reading = {"lines": list(AMINATA.mrz()), "format": "TD3", "valid": True, "corrections": ["1:5 0→O"]}

    after = world.view(view.session_id)

    assert after.reading is not None
    assert after.reading.lines == AMINATA.mrz()
    assert after.reading.fields == ()


def test_without_a_picture_of_the_mrz_there_is_no_strip(world: World) -> None:
    view = scanned(world, AMINATA.mrz())

    assert view.reading is not None
    assert view.reading.strip is None
    assert field(view, "surname").box is None
    with reading(world.database) as session, pytest.raises(StripUnknown):
        strip_of(session, view.session_id)
    assert set(view.images) <= set(ImageKind)
