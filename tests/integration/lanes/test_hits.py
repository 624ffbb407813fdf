"""Hits at the lane: they stand until the second line has looked, and the second line's word ends the session."""

from uuid import UUID

import pytest

from crossing.decisions import repository
from crossing.decisions.errors import SecondLineNeeded
from crossing.decisions.schemas import Decision, Finding, ReferralState, RefusalReason, Resolution, Verdict
from crossing.faces.schemas import Judgement
from crossing.lanes.examination import Pictures
from crossing.lanes.schemas import FieldSource, Identity, SessionState
from crossing.movements.models import Movement
from crossing.movements.schemas import CrossingCase, MovementOutcome, Person
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason
from tests.factories.screening.lists import csv_of, document, order
from tests.integration.lanes.drawn import AMINATA, MOUSSA
from tests.integration.lanes.world import OFFICER, ScriptedBridge, World

REFUSE = Decision(verdict=Verdict.REFUSE, reason_code=RefusalReason.DOCUMENT_STOLEN_OR_LOST)
CONFIRMED = Resolution(
    verdict=Verdict.REFUSE,
    reason_code=RefusalReason.DOCUMENT_STOLEN_OR_LOST,
    finding=Finding.CONFIRMED,
    bureau_reference="UTO-77",
)


def with_a_stolen_passport(world: World, bridge: ScriptedBridge) -> UUID:
    bridge.stolen.add(AMINATA.number)
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    return session_id


def refer(world: World, session_id: UUID) -> UUID:
    with world.database.unit_of_work() as session:
        return world.desk.refer(session, session_id, officer=OFFICER, note="").referral_id


def test_neither_verdict_is_the_first_line_s(world: World, bridge: ScriptedBridge) -> None:
    session_id = with_a_stolen_passport(world, bridge)
    assert world.view(session_id).needs_second_line
    for decision in (Decision(verdict=Verdict.ADMIT), REFUSE):
        with pytest.raises(SecondLineNeeded):
            world.decide(session_id, decision)
    assert (world.view(session_id).state, world.count(Movement)) == (SessionState.CHECKED, 0)


@pytest.mark.parametrize("how", ["another page", "another identity"])
def test_a_hit_is_not_cleared_by_what_is_scanned_or_typed_next(
    world: World, bridge: ScriptedBridge, how: str
) -> None:
    session_id = with_a_stolen_passport(world, bridge)
    if how == "another page":
        world.take(session_id, MOUSSA)
    else:
        identity = Identity(case=CrossingCase.NO_DOCUMENT, person=Person(surname="Koné", given_names="Awa"))
        world.pipeline.declare(session_id, identity, source=FieldSource.DECLARED, officer=OFFICER)
        world.settle(session_id)
    stands = [one for one in world.view(session_id).checks if one.kind is CheckKind.INTERPOL_SLTD and one.alerts]
    assert len(stands) == 1
    with pytest.raises(SecondLineNeeded):
        world.decide(session_id)


def test_two_faces_that_differ_may_be_photographed_again(world: World) -> None:
    session_id = world.step_up()
    world.pipeline.take(session_id, Pictures(page=AMINATA.page(), live=MOUSSA.live()), officer=OFFICER)
    world.judge(session_id, Judgement.OTHER)
    assert world.view(session_id).needs_second_line
    world.pipeline.take(session_id, Pictures(live=AMINATA.live()), officer=OFFICER)
    world.settle(session_id)
    assert not world.view(session_id).needs_second_line
    world.judge(session_id, Judgement.SAME)
    world.decide(session_id)


def test_the_second_line_s_word_and_a_second_officer_s_end_the_session(world: World, bridge: ScriptedBridge) -> None:
    session_id = with_a_stolen_passport(world, bridge)
    referral_id = refer(world, session_id)
    assert world.view(session_id).state is SessionState.REFERRED
    with world.database.unit_of_work() as session:
        view = world.desk.resolve(session, referral_id, CONFIRMED, officer="s.kone")
    assert view.state is ReferralState.AWAITING_APPROVAL
    assert (world.view(session_id).state, world.count(Movement)) == (SessionState.REFERRED, 0)
    with world.database.unit_of_work() as session:
        world.desk.approve(session, referral_id, officer="b.ouedraogo")
    after = world.view(session_id)
    assert (after.state, after.needs_second_line) == (SessionState.DECIDED, False)
    with world.database.unit_of_work() as session:
        movement = session.get_one(Movement, after.movement_id)
        assert (movement.outcome, movement.decided_by, movement.approved_by) == (
            MovementOutcome.REFUSED,
            "s.kone",
            "b.ouedraogo",
        )


def test_a_hit_of_the_post_s_own_list_is_one_even_without_the_bridge(world: World, bridge: ScriptedBridge) -> None:
    stolen = csv_of(document(AMINATA.number))
    world.app.state.lists.import_list(order(stolen, code="stolen", format="national_documents"))
    bridge.away = True
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    hit = world.check(session_id, CheckKind.DOCUMENT_LIST)
    assert (hit.outcome, hit.source, hit.source_version) == (CheckOutcome.HIT, "stolen", "1")
    assert world.check(session_id, CheckKind.INTERPOL_SLTD).reason is Reason.BACKEND_ERROR
    with pytest.raises(SecondLineNeeded):
        world.decide(session_id)


def test_a_hit_that_comes_while_the_traveller_waits_is_put_before_the_second_line(
    world: World, bridge: ScriptedBridge
) -> None:
    bridge.answering.clear()
    bridge.stolen.add(AMINATA.number)
    session_id = world.step_up()
    world.take(session_id, AMINATA, settle=False)
    refer(world, session_id)
    bridge.answering.set()
    world.settle(session_id)
    with world.database.unit_of_work() as session:
        (call,) = repository.waiting(session)
    assert [reason.kind for reason in call.reasons] == [CheckKind.INTERPOL_SLTD]
    assert world.view(session_id).state is SessionState.REFERRED
