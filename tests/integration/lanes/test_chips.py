"""The chip of a document: read by itself in the background, believed only where a trusted State signed it.

The chips are really made, signed and verified; the reader is a device of the contract that hands over their files.
"""

from collections.abc import Callable

import pytest

from crossing.documents.chip.results import Verdict
from crossing.lanes.errors import ChipKeyMissing, NoDeviceAtLane, ReadingUnconfirmed
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.schemas import (
    ChipState,
    FieldSource,
    Identity,
    ImageKind,
)
from crossing.movements.schemas import CrossingCase, TravelDocument
from crossing.ports.chip import ChipFile
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason
from crossing_devices.simulated.passport.portrait import PortraitCoding
from tests.factories.waiting import wait_until
from tests.integration.lanes.chip_lane import (
    OUSMANE,
    READER,
    check,
    chip_at,
    misread,
    read,
    scanned,
    signs,
    unsure,
)
from tests.integration.lanes.chips import chip, stranger, trust
from tests.integration.lanes.drawn import Traveller, page
from tests.integration.lanes.world import OFFICER, ScriptedAgent, ScriptedBridge, World


class TestAGenuineChip:
    def test_is_read_by_itself_and_the_check_is_clear(self, lane: World, agent: ScriptedAgent) -> None:
        view = read(lane, scanned(lane))

        found = chip_at(lane, view.session_id)
        assert (found.state, found.verdict, found.mrz_agrees) == (ChipState.READ, Verdict.VERIFIED, True)
        assert found.changed == ()
        assert found.fields["full_birth_date"] == "1987-05-14"
        assert {one.name for one in found.results if one.verdict is Verdict.VERIFIED} >= {
            "sod",
            "chain",
            "dg1",
            "dg2",
        }
        result = check(view)
        assert (result.outcome, result.source_version) == (CheckOutcome.CLEAR, "7")
        assert result.source_as_of == found.trust_as_of == trust().as_of
        (asked,) = (request for device, request in agent.asked if device == READER)
        assert asked.chip is not None
        assert asked.chip.mrz is not None
        assert asked.chip.mrz.document_number == "UT4O21907"

    def test_confirms_an_unsure_reading_so_that_nobody_has_to_compare(self, lane: World) -> None:
        view = read(lane, scanned(lane, unsure()))

        assert not view.needs_confirmation
        assert view.reading is not None
        assert (view.reading.confirmed_by, view.reading.confirmed_by_chip) == ("", True)
        assert [field.name for field in view.reading.fields if field.doubts] == []
        assert chip_at(lane, view.session_id).mrz_agrees
        assert lane.decide(view.session_id).document is not None

    def test_puts_a_wrong_reading_right_and_everything_is_asked_anew(
        self, lane: World, bridge: ScriptedBridge
    ) -> None:
        view = read(lane, scanned(lane, misread()))

        assert view.person is not None
        assert view.person.birth_date == "1987-05-14"
        assert view.field_sources["birth_date"] is FieldSource.CHIP
        assert view.field_sources["surname"] is FieldSource.MRZ
        found = chip_at(lane, view.session_id)
        assert (set(found.changed), found.mrz_agrees) == ({"birth_date"}, False)
        assert not view.needs_confirmation
        assert check(view).outcome is CheckOutcome.CLEAR
        assert check(view, CheckKind.DOCUMENT_VALIDITY).outcome is CheckOutcome.CLEAR
        assert len(lane.answers(view.session_id, CheckKind.NAME_LIST)) == len(
            lane.answers(view.session_id, CheckKind.KNOWN_TRAVELLER)
        )
        assert len(bridge.asked) == 2
        reading = view.reading
        assert reading is not None
        assert reading.lines == OUSMANE.mrz()
        (birth,) = (field for field in reading.fields if field.name == "birth_date")
        assert [(mark.at, mark.read) for mark in birth.marks] == [(5, "6")]

    def test_s_portrait_is_the_one_that_the_live_face_is_compared_with(
        self, lane: World, agent: ScriptedAgent
    ) -> None:
        agent.gives[READER] = chip(OUSMANE, face=5)
        view = read(lane, scanned(lane, live=5))

        match = check(view, CheckKind.FACE_MATCH)
        assert (match.outcome, match.source) == (CheckOutcome.CLEAR, "chip")
        assert lane.blobs.get(view.images[ImageKind.CHIP]).startswith(b"\xff\xd8")
        again = lane.pipeline.take(view.session_id, Pictures(live=page((), 3)), officer=OFFICER)
        assert check(again, CheckKind.FACE_MATCH).outcome is CheckOutcome.POSSIBLE
        assert check(again, CheckKind.FACE_MATCH).source == "chip"

    def test_whose_portrait_is_not_the_page_s_shows_a_sign_of_fraud(self, lane: World, agent: ScriptedAgent) -> None:
        agent.gives[READER] = chip(OUSMANE, face=5)
        result = check(read(lane, scanned(lane)))

        assert result.outcome is CheckOutcome.POSSIBLE
        assert signs(result) == {"chip_portrait_differs"}

    def test_keeps_a_portrait_of_jpeg_2000_as_one_that_browsers_show(self, lane: World, agent: ScriptedAgent) -> None:
        agent.gives[READER] = chip(OUSMANE, coding=PortraitCoding.JPEG_2000)
        view = read(lane, scanned(lane))

        assert lane.blobs.get(view.images[ImageKind.CHIP]).startswith(b"\xff\xd8")
        assert check(view, CheckKind.FACE_MATCH).source == "chip"

    def test_that_contradicts_a_sure_page_is_a_sign_of_fraud_and_changes_nothing(
        self, lane: World, agent: ScriptedAgent
    ) -> None:
        agent.gives[READER] = chip(Traveller("SIDIBE", "OUSMANE", "UT4O21999", face=3, nationality="UTO"))
        view = read(lane, scanned(lane))

        assert view.document is not None
        assert view.document.number == OUSMANE.number
        assert signs(check(view)) == {"chip_differs.document_number"}
        assert check(view).hits[0].label.startswith("Sign of fraud: ")
        assert chip_at(lane, view.session_id).changed == ()

    def test_makes_the_identity_where_the_page_could_not_be_read(self, lane: World) -> None:
        session_id = lane.step_up()
        lane.pipeline.take(session_id, Pictures(page=page((), 3)), officer=OFFICER)
        assert lane.view(session_id).chip is None
        with pytest.raises(ChipKeyMissing):
            lane.pipeline.read_chip(session_id, officer=OFFICER)

        lane.pipeline.read_chip(session_id, can="123456", officer=OFFICER)
        wait_until(lambda: lane.view(session_id).person is not None, what="the chip's identity")
        view = read(lane, session_id)
        assert view.document is not None
        assert view.document.number == OUSMANE.number
        assert set(view.field_sources.values()) == {FieldSource.CHIP}
        assert lane.decide(session_id).person.surname == "SIDIBE"


class TestAnUnprovedChip:
    @pytest.fixture(params=["of an unknown signer", "altered"])
    def unproved(self, request: pytest.FixtureRequest) -> Callable[..., Picture]:
        if request.param == "altered":
            return lambda traveller, **how: chip(traveller, changed=ChipFile.DG1, **how)
        return lambda traveller, **how: chip(traveller, authority=stranger(), **how)

    def test_confirms_and_corrects_nothing(
        self, lane: World, agent: ScriptedAgent, unproved: Callable[..., Picture]
    ) -> None:
        agent.gives[READER] = unproved(OUSMANE)
        view = read(lane, scanned(lane, misread()))

        assert view.person is not None
        assert view.person.birth_date == "1987-05-16"
        assert view.needs_confirmation
        assert "chip_differs_unproved" in {hit.entry_reference for hit in check(view).hits}
        assert chip_at(lane, view.session_id).changed == ()
        with pytest.raises(ReadingUnconfirmed):
            lane.decide(view.session_id)

    def test_s_portrait_is_not_the_one_to_compare_with(
        self, lane: World, agent: ScriptedAgent, unproved: Callable[..., Picture]
    ) -> None:
        agent.gives[READER] = unproved(OUSMANE, face=5)
        view = read(lane, scanned(lane, live=3))

        match = check(view, CheckKind.FACE_MATCH)
        assert (match.outcome, match.source) == (CheckOutcome.CLEAR, "page")
        assert "chip_portrait_differs" in {hit.entry_reference for hit in check(view).hits}
        assert "chip_portrait_differs" not in signs(check(view))

    def test_whose_signer_is_unknown_is_not_checked_and_says_so(self, lane: World, agent: ScriptedAgent) -> None:
        agent.gives[READER] = chip(OUSMANE, authority=stranger())
        result = check(read(lane, scanned(lane)))

        assert (result.outcome, result.reason) == (CheckOutcome.NOT_CHECKED, Reason.CHIP_SIGNER_UNKNOWN)

    def test_that_was_altered_is_a_sign_of_fraud_that_stands_when_the_document_is_taken_away(
        self, lane: World, agent: ScriptedAgent
    ) -> None:
        agent.gives[READER] = chip(OUSMANE, changed=ChipFile.DG1)
        view = read(lane, scanned(lane))
        assert signs(check(view)) >= {"dg1.changed"}

        agent.gives[READER] = "nothing_presented"
        lane.pipeline.read_chip(view.session_id, officer=OFFICER)
        again = read(lane, view.session_id)
        outcomes = {one.outcome for one in again.checks if one.kind is CheckKind.DOCUMENT_CHIP}
        assert outcomes == {CheckOutcome.NOT_CHECKED, CheckOutcome.POSSIBLE}
        known = lane.decide(view.session_id).known_at_decision
        assert any(signs(one) >= {"dg1.changed"} for one in known.checks if one.kind is CheckKind.DOCUMENT_CHIP)

        agent.gives[READER] = chip(OUSMANE)
        another = read(lane, scanned(lane))
        assert check(another).outcome is CheckOutcome.CLEAR


class TestAChipThatIsNotRead:
    @pytest.mark.parametrize(
        ("fault", "code", "reason"),
        [
            ("refused", "device_refused", Reason.CHIP_REFUSED),
            ("vanished", "chip_lost", Reason.CHIP_LOST),
            ("nothing_presented", "device_nothing_presented", Reason.NO_CHIP),
            ("unknown_device", "device_unknown", Reason.CHIP_READER_AWAY),
            ("timeout", "device_timeout", Reason.TIMEOUT),
            ("failed", "device_failed", Reason.CHIP_UNREADABLE),
            (Picture(b"{}", "application/json"), "device_garbled", Reason.CHIP_UNREADABLE),
        ],
    )
    def test_says_why_and_stops_nobody(
        self, lane: World, agent: ScriptedAgent, fault: object, code: str, reason: Reason
    ) -> None:
        agent.gives[READER] = fault
        view = read(lane, scanned(lane))

        assert view.chip is not None
        assert view.chip.trouble is not None
        assert (view.chip.state, view.chip.trouble.code) == (ChipState.FAILED, code)
        assert (check(view).outcome, check(view).reason) == (CheckOutcome.NOT_CHECKED, reason)
        assert check(view, CheckKind.FACE_MATCH).source == "page"
        movement = lane.decide(view.session_id)
        (kept,) = (one for one in movement.known_at_decision.checks if one.kind is CheckKind.DOCUMENT_CHIP)
        assert kept.reason is reason

    def test_is_tried_again_with_what_the_officer_put_right(self, lane: World, agent: ScriptedAgent) -> None:
        agent.gives[READER] = "refused"
        view = read(lane, scanned(lane, misread()))
        agent.gives[READER] = chip(OUSMANE)
        assert view.person is not None
        put_right = Identity(
            case=CrossingCase.DOCUMENT,
            person=view.person.model_copy(update={"birth_date": "1987-05-14"}),
            document=view.document,
        )
        lane.pipeline.declare(view.session_id, put_right, source=FieldSource.OFFICER, officer=OFFICER)
        again = read(lane, view.session_id)

        asked = [request.chip for device, request in agent.asked if device == READER]
        assert [one.mrz.birth_date for one in asked if one and one.mrz] == ["870516", "870514"]
        assert check(again).outcome is CheckOutcome.CLEAR
        assert set(again.field_sources.values()) == {FieldSource.OFFICER}

    def test_and_the_officer_s_own_word_is_not_overwritten_but_compared(
        self, lane: World, agent: ScriptedAgent
    ) -> None:
        held = agent.hold(READER)
        session_id = scanned(lane)
        view = lane.view(session_id)
        assert view.person is not None
        other = Identity(
            case=CrossingCase.DOCUMENT,
            person=view.person,
            document=TravelDocument(type="P", number="UT9999999", issuing_state="UTO"),
        )
        lane.pipeline.declare(session_id, other, source=FieldSource.OFFICER, officer=OFFICER)
        held.set()
        after = read(lane, session_id)

        assert after.document == other.document
        assert "chip_differs_typed" in {hit.entry_reference for hit in check(after).hits}

    def test_has_no_check_at_a_lane_without_a_reader(self, world: World) -> None:
        session_id = scanned(world)
        view = world.view(session_id)

        assert view.chip is None
        assert [one for one in view.checks if one.kind is CheckKind.DOCUMENT_CHIP] == []
        with pytest.raises(NoDeviceAtLane):
            world.pipeline.read_chip(session_id, officer=OFFICER)
