"""How a program at the post learns which lanes there are."""

from crossing.identity.roles import Role
from tests.factories.officers import signed_in_client
from tests.integration.lanes.world import World


def test_who_may_open_a_session_learns_the_ids_of_the_lanes(world: World) -> None:
    officer = signed_in_client(world.app, Role.OFFICER)
    lanes = officer.get("/api/lanes").json()
    assert [(one["number"], one["id"]) for one in lanes] == [(1, str(world.lanes[0])), (2, str(world.lanes[1]))]
    opened = officer.post(f"/api/lanes/{lanes[1]['id']}/sessions", json={"direction": "entry"})
    assert (opened.status_code, opened.json()["state"]) == (201, "open")


def test_who_has_no_work_at_a_lane_is_not_told(world: World) -> None:
    assert signed_in_client(world.app, Role.ADMINISTRATOR).get("/api/lanes").status_code == 403
