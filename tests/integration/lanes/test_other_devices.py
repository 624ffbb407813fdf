"""Swipe readers, code readers and finger devices at a lane."""

import json
import threading
from base64 import b64encode
from typing import Final
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from crossing.audit.models import AuditEntry
from crossing.fingers.errors import FingersUnreadable
from crossing.identity.roles import Role
from crossing.lanes.errors import NoDeviceAtLane, StepNotAllowed
from crossing.lanes.examination import Picture
from crossing.lanes.finger_desk import FingerDesk
from crossing.lanes.schemas import CaptureOrder, ChipState, FieldSource, FingerOrder, ReadingSource
from crossing.movements.errors import ImageUnknown
from crossing.platform.db.reading import reading
from crossing.ports import fingers as fingers_port
from crossing.ports.fingers import FingerCapture, FingerFormat, FingerPosition, FingerRecord
from crossing.posts.device_errors import DeviceGarbled, NothingPresented
from crossing.replication.models import OutboxBlob
from crossing_devices.simulated.sbi.records import RecordForm, finger_record
from tests.factories.officers import signed_in_client
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import AMINATA, MOUSSA
from tests.integration.lanes.world import OFFICER, ScriptedAgent, World

SWIPE, CODES, FINGERS = "swipe", "code-reader", "finger-scanner"
CODES_MEDIA_TYPE: Final = "application/vnd.crossing.codes+json"
CODE_ALONE: Final = CaptureOrder(page=False, live=False, code=True)


def swiped(lines: tuple[str, ...]) -> Picture:
    return Picture("\n".join(lines).encode(), "text/plain; charset=us-ascii")


def shown(*codes: tuple[str, str]) -> Picture:
    listed = [{"symbology": symbology, "text": text} for symbology, text in codes]
    return Picture(json.dumps({"codes": listed}).encode(), CODES_MEDIA_TYPE)


def pressed(*positions: FingerPosition, quality: int | None = 60, person: int = 1) -> Picture:
    records = tuple(
        FingerRecord(
            position=position,
            format=FingerFormat.IMAGE,
            record=b64encode(finger_record(person, position, 60, RecordForm.WSQ)),
            quality=quality,
        )
        for position in positions
    )
    return Picture(FingerCapture(records=records).model_dump_json().encode(), fingers_port.MEDIA_TYPE)


class TestSwipeReader:
    """It is held until a test lets it give what it has; only then the listener's question is answered."""

    @pytest.fixture
    def reader(self, world: World, agent: ScriptedAgent) -> threading.Event:
        world.equip(swipe_device=SWIPE)
        return agent.hold(SWIPE)

    def listened(self, agent: ScriptedAgent) -> bool:
        return SWIPE in {device for device, _ in agent.asked}

    def test_what_is_drawn_through_it_is_who_stands_there(
        self, world: World, agent: ScriptedAgent, reader: threading.Event
    ) -> None:
        session_id = world.step_up()
        wait_until(lambda: self.listened(agent), what="the reader being listened to")
        agent.gives[SWIPE] = swiped(AMINATA.mrz())
        reader.set()
        wait_until(lambda: world.view(session_id).person is not None, what="the swiped lines")
        world.settle(session_id)

        view = world.view(session_id)
        assert view.person is not None
        assert (view.person.surname, set(view.field_sources.values())) == ("TRAORE", {FieldSource.TYPED})
        assert view.reading is not None
        assert view.reading.source is ReadingSource.TYPED
        entries = world.count(AuditEntry, AuditEntry.action == "session.identified")
        assert entries == 1

    def test_nobody_listens_where_nobody_stands_or_the_document_is_read(
        self, world: World, agent: ScriptedAgent, reader: threading.Event
    ) -> None:
        assert not self.listened(agent)
        session_id = world.step_up()
        wait_until(lambda: self.listened(agent), what="the reader being listened to")
        world.take(session_id, MOUSSA)
        agent.gives[SWIPE] = swiped(AMINATA.mrz())
        reader.set()
        before = len(agent.asked)
        world.decide(session_id)

        view = world.view(session_id)
        assert view.person is not None
        assert view.person.surname == "DIALLO"
        assert len(agent.asked) <= before

    def test_lines_belong_to_whoever_stands_there_now(
        self, world: World, agent: ScriptedAgent, reader: threading.Event
    ) -> None:
        gone = world.step_up()
        wait_until(lambda: self.listened(agent), what="the reader being listened to")
        with world.database.unit_of_work() as session:
            world.desk.abandon(session, gone)
        now = world.step_up()
        agent.gives[SWIPE] = swiped(AMINATA.mrz())
        reader.set()
        wait_until(lambda: world.view(now).person is not None, what="the swiped lines")
        world.settle(now)

        assert world.view(gone).person is None

    @pytest.mark.parametrize("given", [swiped(("NOT A DOCUMENT",)), "garbled"])
    def test_what_can_t_be_read_is_said_and_it_is_listened_to_again(
        self, world: World, agent: ScriptedAgent, reader: threading.Event, given: object
    ) -> None:
        session_id = world.step_up()
        wait_until(lambda: self.listened(agent), what="the reader being listened to")
        agent.gives[SWIPE] = given
        reader.set()
        wait_until(lambda: bool(world.view(session_id).troubles), what="a word to the officer")
        agent.gives[SWIPE] = swiped(AMINATA.mrz())
        wait_until(lambda: world.view(session_id).person is not None, what="the second swipe")
        world.settle(session_id)


class TestCodeReader:
    @pytest.fixture
    def opened(self, world: World) -> UUID:
        world.equip(code_device=CODES)
        return world.step_up()

    def test_codes_are_kept_and_shown(self, world: World, agent: ScriptedAgent, opened: UUID) -> None:
        agent.presents(AMINATA)
        agent.gives[CODES] = shown(("qr_code", "https://laissez-passer.example/7"), ("code_128", "UT-77"))
        view = world.pipeline.capture(opened, CaptureOrder(code=True), officer=OFFICER)

        assert [(code.symbology, code.text) for code in view.codes] == [
            ("qr_code", "https://laissez-passer.example/7"),
            ("code_128", "UT-77"),
        ]
        assert view.person is not None
        assert view.person.surname == "TRAORE"

    def test_one_that_is_an_mrz_is_read_as_one(self, world: World, agent: ScriptedAgent, opened: UUID) -> None:
        agent.gives[CODES] = shown(("pdf417", "\n".join(AMINATA.mrz())))
        view = world.pipeline.capture(opened, CODE_ALONE, officer=OFFICER)
        world.settle(opened)

        assert view.person is not None
        assert set(view.field_sources.values()) == {FieldSource.TYPED}

    def test_beside_a_page_it_is_the_page_that_counts(self, world: World, agent: ScriptedAgent, opened: UUID) -> None:
        agent.presents(MOUSSA)
        agent.gives[CODES] = shown(("pdf417", "\n".join(AMINATA.mrz())))
        view = world.pipeline.capture(opened, CaptureOrder(code=True), officer=OFFICER)
        world.settle(opened)

        assert view.person is not None
        assert view.person.surname == "DIALLO"

    def test_text_without_bound_or_shape_is_cut_or_refused(
        self, world: World, agent: ScriptedAgent, opened: UUID
    ) -> None:
        agent.gives[CODES] = shown(*(("qr_code", "x\x00" * 5000) for _ in range(40)))
        view = world.pipeline.capture(opened, CODE_ALONE, officer=OFFICER)
        assert (len(view.codes), len(view.codes[0].text), "\x00" in view.codes[0].text) == (16, 4096, False)

        agent.gives[CODES] = Picture(b'{"codes": 7}', CODES_MEDIA_TYPE)
        with pytest.raises(DeviceGarbled):
            world.pipeline.capture(opened, CODE_ALONE, officer=OFFICER)

    def test_without_a_code_in_sight_the_reader_says_so(
        self, world: World, agent: ScriptedAgent, opened: UUID
    ) -> None:
        with pytest.raises(NothingPresented):
            world.pipeline.capture(opened, CODE_ALONE, officer=OFFICER)
        agent.presents(AMINATA)
        view = world.pipeline.capture(opened, CaptureOrder(code=True), officer=OFFICER)
        assert [trouble.code for trouble in view.troubles] == ["device_nothing_presented"]
        world.settle(opened)


class TestFingers:
    @pytest.fixture
    def desk(self, world: World) -> FingerDesk:
        world.equip(finger_device=FINGERS)
        desk: FingerDesk = world.app.state.fingers
        return desk

    def test_are_kept_shown_and_sent_with_the_movement(
        self, world: World, agent: ScriptedAgent, desk: FingerDesk
    ) -> None:
        agent.gives[FINGERS] = pressed(FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        view = desk.capture(session_id, FingerOrder(missing=(FingerPosition.LEFT_INDEX,)))

        assert [(one.position, one.quality) for one in view.fingers] == [
            (FingerPosition.RIGHT_INDEX, 60),
            (FingerPosition.LEFT_INDEX, 60),
        ]
        (asked,) = (request.fingers for device, request in agent.asked if device == FINGERS)
        assert asked is not None
        assert asked.missing == (FingerPosition.LEFT_INDEX,)
        with reading(world.database) as session:
            picture = desk.picture(session, session_id, FingerPosition.LEFT_INDEX)
            assert picture.startswith(b"\x89PNG")
            with pytest.raises(ImageUnknown):
                desk.picture(session, session_id, FingerPosition.LEFT_THUMB)
        movement = world.decide(session_id)
        assert movement.images.fingers == view.fingers
        sent = {finger.sha256 for finger in movement.images.fingers}
        assert world.count(OutboxBlob, OutboxBlob.sha256.in_(sent)) == 2
        with pytest.raises(StepNotAllowed):
            desk.capture(session_id, FingerOrder())

    def test_one_that_is_pressed_again_replaces_itself(
        self, world: World, agent: ScriptedAgent, desk: FingerDesk
    ) -> None:
        session_id = world.step_up()
        agent.gives[FINGERS] = pressed(FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
        first = desk.capture(session_id, FingerOrder())
        agent.gives[FINGERS] = pressed(FingerPosition.LEFT_INDEX, quality=None, person=2)
        second = desk.capture(session_id, FingerOrder(positions=(FingerPosition.LEFT_INDEX,)))

        assert first.fingers[0] == second.fingers[0]
        assert first.fingers[1].sha256 != second.fingers[1].sha256
        assert second.fingers[1].quality is None

    def test_what_is_none_is_refused_and_nothing_kept(
        self, world: World, agent: ScriptedAgent, desk: FingerDesk
    ) -> None:
        session_id = world.step_up()
        agent.gives[FINGERS] = Picture(b"{}", fingers_port.MEDIA_TYPE)
        with pytest.raises(FingersUnreadable):
            desk.capture(session_id, FingerOrder())
        assert world.view(session_id).fingers == ()

    def test_need_a_device(self, world: World) -> None:
        session_id = world.step_up()
        with pytest.raises(NoDeviceAtLane):
            world.app.state.fingers.capture(session_id, FingerOrder())


def test_over_http_each_look_and_each_capture_is_noted(world: World, agent: ScriptedAgent) -> None:
    world.equip(finger_device=FINGERS, chip_device="chip-reader")
    agent.gives[FINGERS] = pressed(FingerPosition.RIGHT_INDEX)
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    wait_until(lambda: not _waits(world, session_id), what="the chip that isn't there")
    officer = signed_in_client(world.app, Role.OFFICER)
    path = f"/api/sessions/{session_id}"

    taken = officer.post(f"{path}/fingers", json={"positions": ["right_index"]})
    assert (taken.status_code, taken.json()["fingers"][0]["position"]) == (200, "right_index")
    picture = officer.get(f"{path}/fingers/right_index")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert officer.get(f"{path}/fingers/left_index").json()["code"] == "image_unknown"
    held = agent.hold("chip-reader")
    again = officer.post(f"{path}/chip", json={"can": "123456"})
    assert (again.status_code, again.json()["chip"]["state"]) == (202, "waiting")
    held.set()
    wait_until(lambda: not _waits(world, session_id), what="the chip that isn't there")
    assert officer.post(f"{path}/chip", json={"can": "12"}).status_code == 422

    captured = AuditEntry.action == "session.captured"
    assert world.count(AuditEntry, captured) == 2
    assert world.count(AuditEntry, AuditEntry.action == "session.image_read") == 1


def _waits(world: World, session_id: UUID) -> bool:
    chip = world.view(session_id).chip
    return chip is not None and chip.state in (ChipState.WAITING, ChipState.READING)


def test_strangers_capture_nothing(world: World) -> None:
    session_id = world.step_up()
    stranger: TestClient = world.web
    for path in ("chip", "fingers"):
        assert stranger.post(f"/api/sessions/{session_id}/{path}", json={}).status_code in (401, 403)
    assert stranger.get(f"/api/sessions/{session_id}/fingers/right_index").status_code == 401
