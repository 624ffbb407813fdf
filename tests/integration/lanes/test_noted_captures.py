"""Every capture of a traveller's data is noted with a purpose, from whichever page or call it was ordered."""

import pytest
import sqlalchemy as sa

from crossing.audit.models import AuditEntry
from crossing.identity.roles import Role
from crossing.platform.db.reading import reading
from tests.factories.officers import signed_in_client
from tests.integration.lanes.drawn import AMINATA
from tests.integration.lanes.world import ScriptedAgent, World


@pytest.mark.parametrize("step", ["scan", "photograph"])
def test_what_an_officer_orders_on_the_lane_s_page(world: World, agent: ScriptedAgent, step: str) -> None:
    agent.presents(AMINATA)
    officer = signed_in_client(world.app, Role.OFFICER)
    answer = officer.post(f"/lanes/1/{step}", data={"direction": "entry"}, follow_redirects=False)
    assert answer.status_code == 303
    with reading(world.database) as session:
        noted = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "session.captured")).all()
    assert [(one.subject_kind, one.purpose) for one in noted] == [("session", "border_control")]


def test_a_capture_that_failed_was_ordered_all_the_same(world: World, agent: ScriptedAgent) -> None:
    officer = signed_in_client(world.app, Role.OFFICER)
    answer = officer.post("/lanes/1/scan", data={"direction": "entry"})
    assert answer.status_code != 200
    assert world.count(AuditEntry, AuditEntry.action == "session.captured") == 1
