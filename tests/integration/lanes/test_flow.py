"""One traveller from the first scan to the decision, and what may happen on the way."""

import threading
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from crossing.decisions.errors import FacesUncompared, SecondLineNeeded
from crossing.decisions.schemas import Decision, RefusalReason, Verdict
from crossing.documents.dates import PartialDate
from crossing.faces.schemas import Judgement
from crossing.lanes.errors import (
    DocumentMissing,
    IdentityMissing,
    LaneBusy,
    LaneUnknown,
    LaneWrongDirection,
    NameMissing,
    NameUnreadable,
    SessionUnknown,
    StepNotAllowed,
)
from crossing.lanes.examination import Pictures
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import FieldSource, Identity, ImageKind, SessionState
from crossing.lanes.service import LANES_TOPIC, topic
from crossing.movements.models import Movement
from crossing.movements.schemas import CrossingCase, Direction, EvidenceLevel, Person, TravelDocument
from crossing.platform.ids import new_id
from crossing.posts.models import Lane
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import AMINATA, MOUSSA, NOBODY, page
from tests.integration.lanes.world import OFFICER, ScriptedBridge, World


def declared(**changed: object) -> Identity:
    return Identity.model_validate(
        {
            "case": CrossingCase.NO_DOCUMENT,
            "person": Person(surname="Koné", given_names="Awa", birth_date="1987", birth_approximate=True),
            "evidence_level": EvidenceLevel.WITNESS,
            "witness": "The village chief",
            **changed,
        }
    )


def outcomes_of(world: World, session_id: UUID, kind: CheckKind) -> set[CheckOutcome]:
    """What counts of this kind, which may be several answers."""
    return {one.outcome for one in world.view(session_id).checks if one.kind is kind}


class TestTheWholeWay:
    def test_a_passport_is_read_compared_screened_and_decided(self, world: World, bridge: ScriptedBridge) -> None:
        session_id = world.step_up()
        assert world.view(session_id).state is SessionState.OPEN
        view = world.take(session_id, AMINATA, settle=False)

        assert view.state is SessionState.CHECKED
        assert view.person == Person(
            surname="TRAORE", given_names="AMINATA", birth_date="1987-05-14", sex="F", nationality="MLI"
        )
        assert view.document == TravelDocument(
            type="P", number="A4G7K29B1", issuing_state="MLI", expiry_date=date(2034, 1, 31)
        )
        assert set(view.field_sources.values()) == {FieldSource.MRZ}
        assert view.evidence_level is EvidenceLevel.DOCUMENT
        assert view.reading is not None
        assert view.reading.lines == AMINATA.mrz()
        assert set(view.images) == {ImageKind.PAGE, ImageKind.LIVE, ImageKind.PORTRAIT}
        assert view.stay is not None
        assert view.stay.regime == "aes_free_movement"
        assert view.checks_pending
        assert view.times.local_answer_ms is not None
        assert {"page_decode", "page_read", "live_face", "face_compare", "lists"} <= set(view.times.stages)

        world.settle(session_id)
        assert bridge.asked == ["A4G7K29B1"]
        assert world.check(session_id, CheckKind.FACE_MATCH).outcome is CheckOutcome.CLEAR
        assert world.check(session_id, CheckKind.INTERPOL_SLTD).outcome is CheckOutcome.CLEAR
        movement = world.decide(session_id)
        after = world.view(session_id)
        assert after.state is SessionState.DECIDED
        assert after.movement_id == movement.movement_id
        assert after.history.movements == ()
        assert world.count(Movement) == 1

    def test_who_comes_back_is_known(self, world: World) -> None:
        first = world.step_up()
        world.take(first, AMINATA)
        entry = world.decide(first)
        world.clock.advance(days=3)
        second = world.step_up(direction=Direction.EXIT)
        view = world.take(second, AMINATA)
        assert view.history.open_entry is not None
        assert view.history.open_entry.movement_id == entry.movement_id
        assert view.stay is None
        leaving = world.decide(second)
        assert leaving.traveller_id == entry.traveller_id
        assert leaving.paired_entry is not None
        assert leaving.paired_entry.movement_id == entry.movement_id

    def test_a_declared_identity_needs_no_picture_and_no_document(self, world: World) -> None:
        session_id = world.step_up()
        view = world.pipeline.declare(session_id, declared(), source=FieldSource.DECLARED, officer=OFFICER)
        assert (view.state, view.evidence_level) == (SessionState.CHECKED, EvidenceLevel.WITNESS)
        assert view.images == {}
        world.settle(session_id)
        assert world.decide(session_id).case is CrossingCase.NO_DOCUMENT

    def test_a_declaration_without_its_evidence_said_does_not_rest_on_a_document(self, world: World) -> None:
        session_id = world.step_up()
        unsaid = Identity(case=CrossingCase.NO_DOCUMENT, person=Person(surname="Koné"))
        view = world.pipeline.declare(session_id, unsaid, source=FieldSource.DECLARED, officer=OFFICER)
        assert view.evidence_level is EvidenceLevel.DECLARATION

    def test_a_second_picture_is_compared_with_the_first_even_after_a_restart_of_the_memory(
        self, world: World
    ) -> None:
        session_id = world.step_up()
        world.pipeline.take(session_id, Pictures(page=AMINATA.page()), officer=OFFICER)
        assert world.check(session_id, CheckKind.FACE_MATCH).reason is Reason.NO_FACE
        world.pipeline._faces._faces.clear()  # what a restart does
        world.pipeline.take(session_id, Pictures(live=AMINATA.live()), officer=OFFICER)
        assert world.check(session_id, CheckKind.FACE_MATCH).outcome is CheckOutcome.CLEAR
        world.pipeline.take(session_id, Pictures(live=MOUSSA.live()), officer=OFFICER)
        assert world.check(session_id, CheckKind.FACE_MATCH).outcome is CheckOutcome.POSSIBLE

    def test_somebody_else_s_passport_is_for_the_second_line(self, world: World) -> None:
        session_id = world.step_up()
        world.pipeline.take(session_id, Pictures(page=AMINATA.page(), live=MOUSSA.live()), officer=OFFICER)
        world.settle(session_id)
        assert not world.view(session_id).needs_second_line
        with pytest.raises(FacesUncompared):
            world.decide(session_id)
        world.judge(session_id, Judgement.OTHER)
        assert world.view(session_id).needs_second_line
        with pytest.raises(SecondLineNeeded):
            world.decide(session_id)
        assert world.view(session_id).state is SessionState.CHECKED
        assert world.count(Movement) == 0

    def test_an_expired_document_is_the_first_line_s_to_judge(self, world: World) -> None:
        expired = replace(AMINATA, expires=PartialDate(2030, 1, 31))
        session_id = world.step_up()
        world.take(session_id, expired)
        validity = world.check(session_id, CheckKind.DOCUMENT_VALIDITY)
        assert (validity.outcome, validity.hits[0].entry_reference) == (CheckOutcome.POSSIBLE, "document_expired")
        assert not world.view(session_id).needs_second_line
        refused = world.decide(
            session_id, Decision(verdict=Verdict.REFUSE, reason_code=RefusalReason.DOCUMENT_NOT_VALID)
        )
        assert (refused.reason_code, refused.stay) == ("document_not_valid", None)


class TestAnotherPage:
    def test_a_new_page_replaces_all_that_the_earlier_one_said(self, world: World) -> None:
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        view = world.take(session_id, MOUSSA)
        assert view.person is not None
        assert view.person.surname == "DIALLO"
        assert view.document is not None
        assert view.document.number == MOUSSA.number

    def test_a_page_that_cannot_be_read_leaves_nobody_s_name_behind(self, world: World) -> None:
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        unreadable = Pictures(page=page((), NOBODY))
        view = world.pipeline.take(session_id, unreadable, officer=OFFICER)
        assert (view.person, view.document, view.stay) == (None, None, None)
        assert ImageKind.PORTRAIT not in view.images
        with pytest.raises(IdentityMissing):
            world.decide(session_id)

    def test_a_page_that_cannot_be_read_does_not_undo_what_the_officer_typed(self, world: World) -> None:
        session_id = world.step_up()
        typed = declared(
            case=CrossingCase.DOCUMENT, document=TravelDocument(type="P", number="Z9", issuing_state="MLI")
        )
        world.pipeline.declare(session_id, typed, source=FieldSource.OFFICER, officer=OFFICER)
        view = world.pipeline.take(session_id, Pictures(page=page((), NOBODY)), officer=OFFICER)
        assert view.person is not None
        assert view.person.surname == "Koné"

    def test_no_answer_about_the_earlier_document_counts_for_the_new_one(
        self, world: World, bridge: ScriptedBridge
    ) -> None:
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        assert world.check(session_id, CheckKind.INTERPOL_SLTD).outcome is CheckOutcome.CLEAR
        bridge.answering.clear()
        bridge.stolen.add(MOUSSA.number)
        view = world.take(session_id, MOUSSA, settle=False)
        assert [one for one in view.checks if one.kind is CheckKind.INTERPOL_SLTD and one.ran] == []
        movement = world.decide(session_id)
        (known,) = (one for one in movement.known_at_decision.checks if one.kind is CheckKind.INTERPOL_SLTD)
        assert (known.outcome, known.reason) == (CheckOutcome.NOT_CHECKED, Reason.PENDING)

    def test_a_clear_answer_about_the_earlier_document_that_comes_now_is_not_taken(
        self, world: World, bridge: ScriptedBridge
    ) -> None:
        session_id = world.step_up()
        bridge.answering.clear()
        world.take(session_id, AMINATA, settle=False)
        world.take(session_id, MOUSSA, settle=False)
        bridge.answering.set()
        world.settle(session_id)
        assert world.check(session_id, CheckKind.INTERPOL_SLTD).outcome is CheckOutcome.CLEAR
        assert len(world.answers(session_id, CheckKind.INTERPOL_SLTD)) == 1

    def test_a_hit_on_the_earlier_document_stands_until_the_second_line_has_looked(
        self, world: World, bridge: ScriptedBridge
    ) -> None:
        session_id = world.step_up()
        bridge.answering.clear()
        bridge.stolen.add(AMINATA.number)
        world.take(session_id, AMINATA, settle=False)
        world.take(session_id, MOUSSA, settle=False)
        bridge.answering.set()
        world.settle(session_id)
        # Either of the two answers may be the first to arrive.
        wait_until(
            lambda: CheckOutcome.HIT in outcomes_of(world, session_id, CheckKind.INTERPOL_SLTD), what="the hit"
        )
        assert world.view(session_id).needs_second_line
        with pytest.raises(SecondLineNeeded):
            world.decide(session_id)


class TestNotChecked:
    def test_what_is_still_being_asked_is_not_checked_when_it_is_decided(
        self, world: World, bridge: ScriptedBridge
    ) -> None:
        bridge.answering.clear()
        session_id = world.step_up()
        view = world.take(session_id, AMINATA, settle=False)
        assert not [one for one in view.checks if one.kind is CheckKind.INTERPOL_SLTD]
        movement = world.decide(session_id)
        known = {one.kind: one for one in movement.known_at_decision.checks}
        for kind in (CheckKind.INTERPOL_SLTD, CheckKind.INTERPOL_TDAWN, CheckKind.INTERPOL_NOMINALS):
            assert (known[kind].outcome, known[kind].reason) == (CheckOutcome.NOT_CHECKED, Reason.PENDING)

    def test_a_post_without_lists_says_so_and_lets_the_traveller_go(self, world: World) -> None:
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        for kind in (CheckKind.DOCUMENT_LIST, CheckKind.NAME_LIST, CheckKind.FACE_LIST):
            assert world.check(session_id, kind).reason is Reason.NO_LIST
        world.decide(session_id)

    def test_a_picture_without_a_face_is_not_compared_and_not_clear(self, world: World) -> None:
        session_id = world.step_up()
        view = world.pipeline.take(session_id, Pictures(page=AMINATA.page(), live=page((), NOBODY)), officer=OFFICER)
        assert view.face_hints == ("no_face",)
        assert world.check(session_id, CheckKind.FACE_MATCH).reason is Reason.NO_FACE

    def test_a_result_can_not_even_be_written_as_unchecked_and_clear(self) -> None:
        for outcome, reason in ((CheckOutcome.CLEAR, Reason.TIMEOUT), (CheckOutcome.NOT_CHECKED, None)):
            with pytest.raises(ValueError, match="reason"):
                CheckResult(
                    kind=CheckKind.NAME_LIST, outcome=outcome, reason=reason, performed_at="2031-03-01T08:00:00Z"
                )


class TestOneTravellerAtALane:
    def test_the_lane_is_busy_until_its_traveller_has_gone(self, world: World) -> None:
        session_id = world.step_up()
        with pytest.raises(LaneBusy):
            world.step_up()
        world.step_up(lane=1)
        world.take(session_id, AMINATA)
        with pytest.raises(LaneBusy):
            world.step_up()
        world.decide(session_id)
        world.step_up()

    def test_who_was_referred_waits_elsewhere(self, world: World) -> None:
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        with world.database.unit_of_work() as session:
            world.desk.refer(session, session_id, officer=OFFICER, note="Two stories")
        world.step_up()
        with pytest.raises(StepNotAllowed):
            world.decide(session_id)

    def test_who_left_leaves_the_lane_and_nothing_can_be_done_with_the_session(self, world: World) -> None:
        session_id = world.step_up()
        with world.database.unit_of_work() as session:
            world.desk.abandon(session, session_id)
        world.step_up()
        with pytest.raises(StepNotAllowed):
            world.take(session_id, AMINATA)
        assert world.row(session_id).closed_at == world.clock.now()

    def test_of_many_at_the_same_moment_one_gets_the_lane(self, world: World) -> None:
        ready, outcomes = threading.Barrier(6), list[str]()

        def arrive() -> None:
            ready.wait(60)
            try:
                world.step_up()
                outcomes.append("in")
            except LaneBusy:
                outcomes.append("busy")

        arrivals = [threading.Thread(target=arrive) for _ in range(6)]
        for one in arrivals:
            one.start()
        for one in arrivals:
            one.join(30)
        assert sorted(outcomes) == ["busy"] * 5 + ["in"]
        assert world.count(CaptureSession) == 1

    def test_the_database_itself_holds_that_rule(self, world: World) -> None:
        session_id = world.step_up()
        copy = {key: value for key, value in vars(world.row(session_id)).items() if not key.startswith("_")}
        with pytest.raises(sa.exc.IntegrityError), world.database.unit_of_work() as session:
            session.add(CaptureSession(**(copy | {"session_id": new_id()})))

    def test_a_lane_that_is_not_there_or_not_for_this_direction(self, world: World) -> None:
        with world.database.unit_of_work() as session:
            session.get_one(Lane, world.lanes[1]).direction = "exit"
        with pytest.raises(LaneWrongDirection):
            world.step_up(lane=1)
        world.step_up(lane=1, direction=Direction.EXIT)
        with pytest.raises(LaneUnknown), world.database.unit_of_work() as session:
            world.desk.open(session, new_id(), Direction.ENTRY, officer=OFFICER)
        with pytest.raises(SessionUnknown):
            world.view(new_id())


class TestIdentity:
    def test_nobody_is_decided_on_without_a_name(self, world: World) -> None:
        session_id = world.step_up()
        world.pipeline.take(session_id, Pictures(live=AMINATA.live()), officer=OFFICER)
        assert world.check(session_id, CheckKind.NAME_LIST).outcome is CheckOutcome.NOT_CHECKED
        with pytest.raises(IdentityMissing):
            world.decide(session_id)

    def test_a_name_is_needed_and_a_document_where_one_is_said_to_be(self, world: World) -> None:
        session_id = world.step_up()
        for identity, error in (
            (declared(person=Person()), NameMissing),
            (declared(person=Person(surname="---", given_names="123")), NameUnreadable),
            (declared(case=CrossingCase.DOCUMENT), DocumentMissing),
        ):
            with pytest.raises(error):
                world.pipeline.declare(session_id, identity, source=FieldSource.OFFICER, officer=OFFICER)
        view = world.view(session_id)
        assert (view.state, view.person) == (SessionState.OPEN, None)

    def test_a_single_name_is_enough(self, world: World) -> None:
        session_id = world.step_up()
        identity = declared(person=Person(given_names="Awa"))
        world.pipeline.declare(session_id, identity, source=FieldSource.DECLARED, officer=OFFICER)
        assert world.decide(session_id).person.given_names == "Awa"


def test_who_watches_is_told_after_each_step(world: World) -> None:
    session_id = world.step_up()
    notices = world.app.state.notices
    before, lanes = notices.count(topic(session_id)), notices.count(LANES_TOPIC)
    world.take(session_id, AMINATA)
    assert notices.count(topic(session_id)) > before
    assert notices.count(LANES_TOPIC) > lanes


def test_a_session_knows_its_version(world: World) -> None:
    session_id = world.step_up()
    before = world.view(session_id).version
    assert world.take(session_id, AMINATA).version > before


@pytest.mark.parametrize("direction", list(Direction))
def test_only_who_enters_is_given_a_stay(world: World, direction: Direction) -> None:
    session_id = world.step_up(direction=direction)
    view = world.take(session_id, MOUSSA)
    assert (view.stay is not None) == (direction is Direction.ENTRY)
