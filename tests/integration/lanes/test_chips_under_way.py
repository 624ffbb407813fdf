"""While a chip is read nobody waits for it; and what of it leaves the post."""

from pathlib import Path

import pytest

from crossing.lanes.errors import StepNotAllowed
from crossing.lanes.examination import Pictures
from crossing.lanes.progress import topic
from crossing.lanes.schemas import (
    ChipState,
    FieldSource,
    ImageKind,
    MrzLines,
    SessionState,
)
from crossing.movements.schemas import MovementRecord
from crossing.ports.devices import Progress
from crossing.replication.models import OutboxBlob, OutboxEvent
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason
from tests.factories.waiting import wait_until
from tests.integration.lanes.chip_lane import AWA, OUSMANE, READER, check, chip_at, misread, read, scanned
from tests.integration.lanes.chips import chip
from tests.integration.lanes.drawn import NOBODY, page
from tests.integration.lanes.world import OFFICER, Prepared, ScriptedAgent, World, copied, post_in


class TestWhileTheChipIsRead:
    def test_the_local_answer_does_not_wait_and_progress_is_seen(self, lane: World, agent: ScriptedAgent) -> None:
        held = agent.hold(READER)
        session_id = scanned(lane)

        assert lane.view(session_id).state is SessionState.CHECKED
        seen = lane.app.state.notices.count(topic(session_id))
        agent.progress[READER] = Progress(step="dg2", done=4096, total=15000)
        wait_until(lambda: chip_at(lane, session_id).step == "dg2", what="progress", passes=True)
        now = chip_at(lane, session_id)
        assert (now.state, now.done, now.total) == (ChipState.READING, 4096, 15000)
        assert lane.app.state.notices.count(topic(session_id)) > seen
        held.set()
        assert chip_at(lane, read(lane, session_id).session_id).step == ""

    def test_a_decision_says_that_the_answer_had_not_come_and_the_answer_is_dropped(
        self, lane: World, agent: ScriptedAgent
    ) -> None:
        held = agent.hold(READER)
        session_id = scanned(lane)
        lane.settle(session_id)
        movement = lane.decide(session_id)
        (kept,) = (one for one in movement.known_at_decision.checks if one.kind is CheckKind.DOCUMENT_CHIP)
        assert (kept.outcome, kept.reason) == (CheckOutcome.NOT_CHECKED, Reason.PENDING)

        held.set()
        after = read(lane, scanned(lane, AWA.mrz(), face=4, live=4))
        assert after.chip is not None
        closed = lane.view(session_id)
        assert (closed.state, closed.chip, ImageKind.CHIP in closed.images) == (SessionState.DECIDED, None, False)
        assert lane.answers(session_id, CheckKind.DOCUMENT_CHIP) == []

    def test_another_page_supersedes_it(self, lane: World, agent: ScriptedAgent) -> None:
        held = agent.hold(READER)
        session_id = scanned(lane)
        lane.pipeline.take(session_id, Pictures(page=page(AWA.mrz(), 4)), officer=OFFICER)
        agent.gives[READER] = chip(AWA)
        held.set()
        view = read(lane, session_id)

        assert view.person is not None
        assert view.person.surname == "KONE"
        assert check(view).outcome is CheckOutcome.CLEAR
        assert len(lane.answers(session_id, CheckKind.DOCUMENT_CHIP)) == 1

    def test_the_second_line_is_told_but_nothing_is_changed_under_its_eyes(
        self, lane: World, agent: ScriptedAgent
    ) -> None:
        held = agent.hold(READER)
        session_id = scanned(lane, misread())
        lane.settle(session_id)
        with lane.database.unit_of_work() as session:
            lane.desk.refer(session, session_id, officer=OFFICER, note="Nervous.")
        held.set()
        view = read(lane, session_id)

        assert (view.state, view.person and view.person.birth_date) == (SessionState.REFERRED, "1987-05-16")
        assert {hit.entry_reference for hit in check(view).hits} == {"chip_differs_late"}
        with pytest.raises(StepNotAllowed):
            lane.pipeline.read_chip(session_id, officer=OFFICER)

    def test_a_restart_reads_it_again(
        self, prepared: Prepared, tmp_path: Path, agent: ScriptedAgent, serving_agent: tuple[ScriptedAgent, int]
    ) -> None:
        folder = copied(prepared, tmp_path / "post")
        held = agent.hold(READER)
        agent.gives[READER] = chip(OUSMANE)
        with post_in(folder, prepared.lanes, agent=serving_agent[1]) as world:
            world.equip(chip_device=READER)
            session_id = scanned(world)
        agent.held.clear()
        with post_in(folder, prepared.lanes, agent=serving_agent[1]) as world:
            view = read(world, session_id)
            assert check(view).outcome is CheckOutcome.CLEAR
        held.set()


class TestWhatLeavesThePost:
    def test_movement_event_and_blobs_carry_the_chip(self, lane: World) -> None:
        view = read(lane, scanned(lane))
        movement = lane.decide(view.session_id)

        assert movement.images.chip == view.images[ImageKind.CHIP]
        (kept,) = (one for one in movement.known_at_decision.checks if one.kind is CheckKind.DOCUMENT_CHIP)
        assert kept.outcome is CheckOutcome.CLEAR
        with lane.database.unit_of_work() as session:
            (event,) = session.query(OutboxEvent).filter_by(type="movement.recorded")
            assert MovementRecord.model_validate_json(event.payload) == movement
            notes = {blob.sha256 for blob in session.query(OutboxBlob)}
        assert movement.images.chip in notes

    def test_lines_that_are_typed_open_the_chip_too(self, lane: World) -> None:
        session_id = lane.step_up()
        lane.pipeline.take_lines(session_id, MrzLines(lines=OUSMANE.mrz()), officer=OFFICER)
        view = read(lane, session_id)

        assert check(view).outcome is CheckOutcome.CLEAR
        assert set(view.field_sources.values()) == {FieldSource.TYPED}

    def test_a_visa_is_not_asked_for_a_chip(self, lane: World, agent: ScriptedAgent) -> None:
        session_id = lane.step_up()
        lines = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")
        lane.pipeline.take(session_id, Pictures(page=page(lines, NOBODY)), officer=OFFICER)

        assert lane.view(session_id).chip is None
        assert READER not in {device for device, _ in agent.asked}
