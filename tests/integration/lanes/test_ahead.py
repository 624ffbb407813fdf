"""Who is looked for by other posts, and is here, was here meanwhile, or was here before."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from crossing.decisions import repository as referrals
from crossing.lanes import repository
from crossing.lanes.events import LATE_ANSWER, LATE_ANSWER_VERSION
from crossing.lanes.schemas import SessionState
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.replication.feed.appliers import FeedItem
from crossing.screening.ahead.applying import AheadAppliers
from crossing.screening.ahead.keeping import AheadKeeper
from crossing.screening.ahead.schemas import TOLD, AheadAlert, AheadDocument, AheadHit, AheadKind, EndedBy
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult
from tests.integration.capital.test_ahead import CLEAR, Capital, hit, received
from tests.integration.lanes.drawn import AMINATA
from tests.integration.lanes.test_rescreening import late_answers, rescreen
from tests.integration.lanes.world import Prepared, World, copied, post_in

SLTD = AheadHit(check=CheckKind.INTERPOL_SLTD, source="INTERPOL", reference="SLTD-1", action="Seize the document")


@pytest.fixture
def world(prepared: Prepared, tmp_path: Path) -> Iterator[World]:
    with post_in(copied(prepared, tmp_path / "post"), prepared.lanes, rescreen_share=1.0) as running:
        yield running


def tell(world: World, left_at: datetime) -> None:
    """Aminata's passport is looked for; she left another post at ``left_at``."""
    keeper: AheadKeeper = world.app.state.ahead_keeper
    alert = AheadAlert(
        alert_id=new_id(),
        kind=AheadKind.LATE_HIT,
        post="KOB-2",
        lane="1",
        left_at=left_at,
        document=AheadDocument(number="A4G7K29B1", issuer="MLI", type="P"),
        hits=(SLTD,),
    )
    now = world.clock.now()
    item = FeedItem(uuid4(), 1, TOLD, 1, alert.model_dump(mode="json"), now, now + timedelta(hours=72))
    with world.database.unit_of_work() as session:
        AheadAppliers(world.clock, keeper.wake).told(session, item)
    assert keeper.keep()
    while keeper.look_back():
        pass


def here(world: World) -> UUID:
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    return session_id


def gone(world: World) -> UUID:
    session_id = here(world)
    world.decide(session_id)
    return session_id


def late_referrals(world: World) -> list[UUID]:
    with reading(world.database) as session:
        return [one.session_id for one in referrals.waiting(session) if one.late]


def of_documents(world: World, session_id: UUID) -> list[CheckOutcome]:
    return [one.outcome for one in world.answers(session_id, CheckKind.DOCUMENT_LIST) if one.source == "ahead"]


def test_whoever_comes_then_is_stopped_by_a_light_of_its_own(world: World) -> None:
    tell(world, world.clock.now())
    session_id = here(world)
    assert of_documents(world, session_id) == [CheckOutcome.HIT]
    assert world.view(session_id).needs_second_line


def test_whoever_stands_at_the_lane_is_stopped_there(world: World) -> None:
    session_id = here(world)
    tell(world, world.clock.now() - timedelta(minutes=5))
    rescreen(world)
    assert of_documents(world, session_id) == [CheckOutcome.HIT]
    view = world.view(session_id)
    assert (view.state, view.needs_second_line) == (SessionState.CHECKED, True)


def test_whoever_left_before_this_post_was_told_is_told_of_to_second_line_and_capital_once(world: World) -> None:
    left_there = world.clock.now() - timedelta(minutes=5)
    session_id = gone(world)
    tell(world, left_there)
    assert late_referrals(world) == [session_id]
    [(_, answer)] = [one for one in late_answers(world) if one[1].alerts]
    assert {check.source for check in answer.checks if check.alerts} == {"ahead"}
    assert answer.case == "document"
    rescreen(world)
    assert late_referrals(world) == [session_id]


def test_whoever_was_here_before_being_there_is_nobody_to_look_for(world: World) -> None:
    gone(world)
    world.clock.advance(minutes=30)
    tell(world, world.clock.now())
    rescreen(world)
    assert late_referrals(world) == []
    assert not [one for _, one in late_answers(world) if one.alerts]


def answered(world: World, session_id: UUID, answer: CheckResult) -> None:
    """INTERPOL answers of one who has left."""
    with world.database.unit_of_work() as session:
        world.desk.answer_from_outside(session, repository.get(session, session_id), [answer])


def delivered(world: World, capital: Capital) -> None:
    """The capital takes the newest late answer in."""
    _, answer = late_answers(world)[-1]
    capital.take(received(LATE_ANSWER, LATE_ANSWER_VERSION, answer.model_dump(mode="json"), answer.post))


def test_a_hit_that_was_withdrawn_and_comes_back_is_told_anew(world: World, capital_database: Database) -> None:
    session_id, capital = gone(world), Capital(capital_database)
    sltd = hit()
    for answer in (sltd, CLEAR, sltd, sltd):
        answered(world, session_id, answer)
        delivered(world, capital)
    assert [why for _, why in capital.withdrawn] == [EndedBy.NO_LONGER_A_HIT]
    first, second = capital.told
    assert capital.looked_for == {second.alert_id}
    assert (second.person, second.document, second.hits) == (first.person, first.document, first.hits)
    assert late_referrals(world) == [session_id], "the second line is called once"
