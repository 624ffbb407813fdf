"""A copy answers while INTERPOL does not: it is told at once, and INTERPOL's own answer takes its place."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from crossing.decisions import repository as referrals
from crossing.lanes.events import LATE_ANSWER, LateAnswer
from crossing.platform.db.reading import reading
from crossing.ports.bridge import BatchItem
from crossing.replication.models import OutboxEvent
from crossing.screening.models import Recheck
from crossing.screening.schemas import INTERPOL_OF_TRAVELLER, CheckKind, CheckOutcome
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import AMINATA
from tests.integration.lanes.world import COPY_AS_OF, Prepared, ScriptedBridge, World, copied, post_in


@pytest.fixture
def world(
    prepared: Prepared, tmp_path: Path, bridge: ScriptedBridge, serving_bridge: tuple[ScriptedBridge, int]
) -> Iterator[World]:
    folder = copied(prepared, tmp_path / "post")
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1], recheck_interval_s=0.05) as running:
        yield running


def stepped_up(world: World) -> UUID:
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    return session_id


def interpol_answers_itself(world: World, bridge: ScriptedBridge) -> None:
    bridge.by_copy = False

    def answered() -> bool:
        world.clock.advance(minutes=20)
        return world.count(Recheck, Recheck.state == "answered") == 3

    wait_until(answered, what="INTERPOL's own answers")


def told_to_the_capital(world: World) -> list[LateAnswer]:
    with reading(world.database) as session:
        query = sa.select(OutboxEvent).where(OutboxEvent.type == LATE_ANSWER).order_by(OutboxEvent.sequence)
        return [LateAnswer.model_validate_json(row.payload) for row in session.scalars(query)]


def calls(world: World) -> int:
    with reading(world.database) as session:
        return len(referrals.waiting(session))


def request_ids(items: tuple[BatchItem, ...]) -> set[UUID]:
    return {query.request_id for item in items for query in (item.document, item.nominal) if query}


def test_it_is_told_at_once_with_its_date_and_the_question_waits(world: World, bridge: ScriptedBridge) -> None:
    bridge.by_copy = True
    session_id = stepped_up(world)
    for kind in INTERPOL_OF_TRAVELLER:
        check = world.check(session_id, kind)
        assert (check.outcome, check.source_version, check.recheck) == (CheckOutcome.CLEAR, "offline_copy", True)
        assert check.source_as_of == COPY_AS_OF
    assert world.count(Recheck, Recheck.state == "pending") == 3
    world.decide(session_id)


def test_it_is_asked_again_under_the_same_ids_until_interpol_answers(world: World, bridge: ScriptedBridge) -> None:
    bridge.by_copy = True
    session_id = stepped_up(world)
    interpol_answers_itself(world, bridge)
    first, *again = [request_ids(batch.items) for batch in bridge.batches]
    assert again
    assert all(ids == first for ids in again)
    for kind in INTERPOL_OF_TRAVELLER:
        check = world.check(session_id, kind)
        assert (check.outcome, check.source_version, check.recheck) == (CheckOutcome.CLEAR, "online", False)
        assert len(world.answers(session_id, kind)) == 2, "the copy says the same again, and is recorded once"


def test_a_hit_that_the_copy_lacked_alerts_like_any_late_hit(world: World, bridge: ScriptedBridge) -> None:
    bridge.by_copy = True
    session_id = stepped_up(world)
    world.decide(session_id)
    bridge.stolen.add(AMINATA.number)
    bridge.by_copy = False
    interpol_answers_itself(world, bridge)
    assert calls(world) == 1
    assert [answer.alerts for answer in told_to_the_capital(world)].count(True) == 1


def test_a_hit_that_interpol_repeats_is_told_once(world: World, bridge: ScriptedBridge) -> None:
    bridge.by_copy = True
    bridge.stolen.add(AMINATA.number)
    session_id = stepped_up(world)
    with world.database.unit_of_work() as session:
        world.desk.abandon(session, session_id)
    assert calls(world) == 1
    interpol_answers_itself(world, bridge)
    assert calls(world) == 1
    by_copy, by_interpol = told_to_the_capital(world)
    assert (by_copy.alerts, by_interpol.alerts, by_interpol.told_before) == (True, False, True)
    assert (by_interpol.person, by_interpol.document) == (None, None), "whom to look for was told"
    assert world.check(session_id, CheckKind.INTERPOL_SLTD).source_version == "online"


def test_the_capital_ends_with_interpol_s_own_answer_and_is_alerted_once(
    world: World, bridge: ScriptedBridge
) -> None:
    bridge.away = True
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    world.decide(session_id)
    bridge.away, bridge.by_copy = False, True
    bridge.stolen.add(AMINATA.number)

    def told_by_the_copy() -> bool:
        world.clock.advance(minutes=20)
        return calls(world) == 1

    wait_until(told_by_the_copy, what="the copy's hit")
    interpol_answers_itself(world, bridge)
    told = [
        (answer.alerts, answer.told_before, check.source_version, check.recheck, answer.round)
        for answer in told_to_the_capital(world)
        for check in answer.checks
        if check.kind is CheckKind.INTERPOL_SLTD
    ]
    assert [one[:4] for one in told] == [(True, False, "offline_copy", True), (False, True, "online", False)]
    assert calls(world) == 1, "the second line is called once"
    rounds = [one[4] or 0 for one in told]
    assert 0 < rounds[0] < rounds[1]


def test_a_hit_of_the_copy_stands_though_interpol_has_it_no_more(world: World, bridge: ScriptedBridge) -> None:
    bridge.by_copy = True
    bridge.stolen.add(AMINATA.number)
    session_id = stepped_up(world)
    bridge.stolen.clear()
    interpol_answers_itself(world, bridge)
    outcomes = {one.outcome for one in world.view(session_id).checks if one.kind is CheckKind.INTERPOL_SLTD}
    assert outcomes == {CheckOutcome.CLEAR, CheckOutcome.HIT}
    assert world.view(session_id).needs_second_line
