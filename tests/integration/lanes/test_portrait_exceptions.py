"""Nobody is kept from being registered for want of a portrait; why there is none stands in the record."""

import json
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from crossing.audit.models import AuditEntry
from crossing.identity.roles import Role
from crossing.lanes.errors import ExceptionUnexplained, StepNotAllowed
from crossing.lanes.examination import Pictures
from crossing.lanes.portrait_desk import PortraitDesk
from crossing.lanes.portrait_endpoints import ACTION
from crossing.lanes.schemas import (
    CaptureOrder,
    ExceptionOrder,
    FieldSource,
    Identity,
    ImageKind,
    SessionState,
    SessionView,
)
from crossing.movements.schemas import CrossingCase, ExceptionReason, MovementRecord, Person
from crossing.movements.service import RECORDED
from crossing.platform.db.reading import reading
from crossing.posts.models import Lane
from crossing.replication.models import OutboxEvent
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason
from tests.factories.officers import signed_in_client
from tests.factories.services import CAMERA, SCANNER
from tests.integration.lanes.drawn import AMINATA, NOBODY, page
from tests.integration.lanes.world import OFFICER, ScriptedAgent, World

VEIL = ExceptionOrder(reason=ExceptionReason.VEIL)


def excuse(world: World, session_id: UUID, order: ExceptionOrder = VEIL) -> SessionView:
    desk: PortraitDesk = world.app.state.portrait_desk
    with world.database.unit_of_work() as session:
        row = desk.excuse(session, session_id, order, officer=OFFICER)
        session.flush()
        return world.desk.view(session, row)


def take_back(world: World, session_id: UUID) -> None:
    with world.database.unit_of_work() as session:
        world.app.state.portrait_desk.take_back(session, session_id)


def without_live(world: World) -> UUID:
    session_id = world.step_up()
    world.pipeline.take(session_id, Pictures(page=AMINATA.page()), officer=OFFICER)
    world.settle(session_id)
    return session_id


class TestEverybodyIsRegistered:
    @pytest.mark.parametrize("reason", [ExceptionReason.VEIL, ExceptionReason.INJURY, ExceptionReason.CHILD])
    def test_without_a_portrait_for_a_reason(self, world: World, reason: ExceptionReason) -> None:
        session_id = without_live(world)
        excuse(world, session_id, ExceptionOrder(reason=reason, note="At the officer's word"))
        movement = world.decide(session_id)
        noted = movement.images.exception
        assert noted is not None
        assert (noted.reason, noted.note, noted.by) == (reason, "At the officer's word", OFFICER)
        assert noted.at == world.clock.now()
        assert movement.images.live is None

    def test_by_word_of_mouth_before_anything_was_captured(self, world: World) -> None:
        session_id = world.step_up()
        assert excuse(world, session_id).state is SessionState.OPEN
        child = Identity(case=CrossingCase.NO_DOCUMENT, person=Person(given_names="Awa"))
        world.pipeline.declare(session_id, child, source=FieldSource.DECLARED, officer=OFFICER)
        assert world.decide(session_id).images.exception is not None

    def test_at_a_lane_without_a_camera(self, world: World, agent: ScriptedAgent) -> None:
        with world.database.unit_of_work() as session:
            session.get_one(Lane, world.lanes[0]).camera_device = None
        agent.presents(AMINATA)
        session_id = world.step_up()
        view = world.pipeline.capture(session_id, CaptureOrder(), officer=OFFICER)
        assert [trouble.code for trouble in view.troubles] == ["no_device_at_lane"]
        world.settle(session_id)
        assert _registered(world, session_id).images.live is None

    def test_with_a_picture_in_which_no_face_is_found(self, world: World, agent: ScriptedAgent) -> None:
        agent.gives = {SCANNER: AMINATA.page(), CAMERA: page((), NOBODY)}
        session_id = world.step_up()
        view = world.pipeline.capture(session_id, CaptureOrder(), officer=OFFICER)
        world.settle(session_id)
        assert view.face_hints == ("no_face",)
        assert _registered(world, session_id).images.live == view.images[ImageKind.LIVE]


class TestWhatTheChecksSay:
    def test_without_a_live_face_the_exception_is_the_reason(self, world: World) -> None:
        session_id = without_live(world)
        assert world.check(session_id, CheckKind.FACE_MATCH).reason is Reason.NO_FACE
        excuse(world, session_id)
        assert world.check(session_id, CheckKind.FACE_MATCH).reason is Reason.PORTRAIT_EXCEPTION
        assert world.check(session_id, CheckKind.FACE_RECENT).reason is Reason.PORTRAIT_EXCEPTION
        assert world.check(session_id, CheckKind.FACE_LIST).reason is Reason.NO_LIST
        assert world.view(session_id).state is SessionState.CHECKED
        take_back(world, session_id)
        assert world.check(session_id, CheckKind.FACE_MATCH).reason is Reason.NO_FACE
        assert world.view(session_id).portrait_exception is None

    def test_noted_first_it_is_the_reason_of_the_checks_that_follow(self, world: World) -> None:
        session_id = world.step_up()
        excuse(world, session_id)
        pictures = Pictures(page=AMINATA.page(), live=page((), NOBODY))
        world.pipeline.take(session_id, pictures, officer=OFFICER)
        world.settle(session_id)
        match = world.check(session_id, CheckKind.FACE_MATCH)
        assert (match.outcome, match.reason) == (CheckOutcome.NOT_CHECKED, Reason.PORTRAIT_EXCEPTION)

    def test_a_live_face_is_compared_all_the_same(self, world: World) -> None:
        session_id = world.step_up()
        excuse(world, session_id, ExceptionOrder(reason=ExceptionReason.INJURY))
        world.take(session_id, AMINATA)
        assert world.check(session_id, CheckKind.FACE_MATCH).outcome is CheckOutcome.CLEAR
        movement = _registered(world, session_id)
        assert movement.images.live is not None
        assert movement.images.exception is not None


class TestTheOrder:
    def test_another_reason_needs_a_note(self, world: World) -> None:
        session_id = world.step_up()
        with pytest.raises(ExceptionUnexplained):
            excuse(world, session_id, ExceptionOrder(reason=ExceptionReason.OTHER, note="  "))
        view = excuse(world, session_id, ExceptionOrder(reason=ExceptionReason.OTHER, note="The lamp is broken"))
        assert view.portrait_exception is not None
        assert view.portrait_exception.note == "The lamp is broken"

    def test_the_last_one_counts(self, world: World) -> None:
        session_id = world.step_up()
        excuse(world, session_id)
        view = excuse(world, session_id, ExceptionOrder(reason=ExceptionReason.CHILD))
        assert view.portrait_exception is not None
        assert view.portrait_exception.reason is ExceptionReason.CHILD

    def test_it_comes_too_late_once_the_traveller_was_referred_or_has_gone(self, world: World) -> None:
        referred, gone = without_live(world), world.step_up(lane=1)
        with world.database.unit_of_work() as session:
            world.desk.refer(session, referred, officer=OFFICER, note="Two stories")
            world.desk.abandon(session, gone)
        for session_id in (referred, gone):
            with pytest.raises(StepNotAllowed):
                excuse(world, session_id)
            with pytest.raises(StepNotAllowed):
                take_back(world, session_id)


class TestOverHttp:
    @pytest.fixture
    def officer(self, world: World) -> TestClient:
        return signed_in_client(world.app, Role.OFFICER)

    def test_it_is_noted_in_the_trail_without_the_note(self, world: World, officer: TestClient) -> None:
        path = f"/api/sessions/{world.step_up()}/portrait-exception"
        shown = officer.put(path, json={"reason": "injury", "note": "Burnt on Monday"}).json()
        assert shown["portrait_exception"]["reason"] == "injury"
        assert officer.delete(path).json()["portrait_exception"] is None
        assert officer.put(path, json={"reason": "other"}).json()["code"] == "exception_unexplained"
        assert officer.put(path, json={"reason": "moon"}).status_code == 422
        with reading(world.database) as session:
            entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == ACTION)).all()
        assert [json.loads(entry.detail) for entry in entries] == [{"reason": "injury"}, {"reason": "withdrawn"}]

    def test_the_event_to_the_capital_carries_it(self, world: World) -> None:
        session_id = without_live(world)
        excuse(world, session_id)
        world.decide(session_id)
        with reading(world.database) as session:
            events = session.scalars(sa.select(OutboxEvent).where(OutboxEvent.type == RECORDED)).all()
        assert [json.loads(event.payload)["images"]["exception"]["reason"] for event in events] == ["veil"]


def _registered(world: World, session_id: UUID) -> MovementRecord:
    world.settle(session_id)
    return world.decide(session_id)
