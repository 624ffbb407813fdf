"""Posts, lanes and machines over HTTP."""

from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI

from crossing.identity.dependencies import requires
from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Permission, Role
from crossing.platform.db import Database
from crossing.posts.endpoints import machines_router, posts_router
from crossing.posts.service import PostsService, ensure_post, lane
from tests.factories.officers import app_with_identity, signed_in_client
from tests.integration.posts.machines import Capital, new_machine, request_of

LANE = {"number": 1, "name": "Entrée nord", "direction": "entry", "scanner_device": "scanner-1"}


@pytest.fixture
def app(post_database: Database) -> FastAPI:
    app = app_with_identity(post_database)
    app.state.posts = PostsService(app.state.clock, app.state.audit.record)
    guards = {"may_read": requires(Permission.STATUS_READ), "may_manage": requires(Permission.POSTS_MANAGE)}
    app.include_router(posts_router(**guards))
    app.include_router(machines_router(**guards))
    with post_database.unit_of_work() as session:
        ensure_post(session, code="NIA", name="Niagi", country="UTO")
    return app


def test_an_administrator_adds_lanes_and_an_officer_sees_them(app: FastAPI) -> None:
    administrator = signed_in_client(app, Role.ADMINISTRATOR)
    added = administrator.post("/api/posts/NIA/lanes", json=LANE)
    assert added.status_code == 201
    by_hand = administrator.post("/api/posts/NIA/lanes", json={"number": 2, "name": "Sortie"}).json()
    assert (by_hand["direction"], by_hand["scanner_device"]) == ("both", None)
    officer = signed_in_client(app, Role.OFFICER)
    assert officer.get("/api/posts").json() == [{"code": "NIA", "name": "Niagi", "country": "UTO"}]
    assert [one["number"] for one in officer.get("/api/posts/NIA/lanes").json()] == [1, 2]
    assert officer.post("/api/posts/NIA/lanes", json=LANE).status_code == 403
    with app.state.database.unit_of_work() as session:
        newest = app.state.audit.read(session, reader=SYSTEM, purpose="test", action="lane.added", limit=1)
        assert lane(session, UUID(by_hand["id"])).name == "Sortie"
    assert newest.entries[0].subject_id == by_hand["id"]
    assert newest.entries[0].actor_login == "administrator"


def test_what_is_wrong_with_a_lane_is_said(app: FastAPI) -> None:
    administrator = signed_in_client(app, Role.ADMINISTRATOR)
    administrator.post("/api/posts/NIA/lanes", json=LANE)
    wrong: list[tuple[str, dict[str, object], int, str]] = [
        ("NIA", {}, 409, "lane_exists"),
        ("NOWHERE", {"number": 3}, 404, "post_unknown"),
        ("NIA", {"number": 0}, 422, "fields_invalid"),
        ("NIA", {"direction": "sideways"}, 422, "fields_invalid"),
        ("NIA", {"scanner_device": "with space"}, 422, "fields_invalid"),
        ("NIA", {"scanner_device": "a/b"}, 422, "fields_invalid"),
        ("NIA", {"name": "a\x00b"}, 422, "fields_invalid"),
        ("NIA", {"colour": "red"}, 422, "fields_invalid"),
        ("nia'--", {}, 422, "fields_invalid"),
    ]
    for path, change, status, code in wrong:
        answer = administrator.post(f"/api/posts/{path}/lanes", json={**LANE, **change})
        assert (answer.status_code, answer.json()["code"]) == (status, code), change


def test_devices_are_given_to_a_lane_all_at_once(app: FastAPI) -> None:
    administrator = signed_in_client(app, Role.ADMINISTRATOR)
    added = administrator.post("/api/posts/NIA/lanes", json=LANE).json()
    path = "/api/posts/NIA/lanes/1/devices"
    given = {"chip_device": "chip", "swipe_device": "swipe", "code_device": "codes", "finger_device": "sbi-1"}
    assert signed_in_client(app, Role.OFFICER).put(path, json=given).status_code == 403
    changed = administrator.put(path, json=given).json()
    assert changed == added | given | {"scanner_device": None}
    assert administrator.get("/api/posts/NIA/lanes").json() == [changed]
    wrong = [
        ("/api/posts/NIA/lanes/2/devices", {}, 404, "lane_unknown"),
        ("/api/posts/NOWHERE/lanes/1/devices", {}, 404, "post_unknown"),
        ("/api/posts/NIA/lanes/0/devices", {}, 422, "fields_invalid"),
        (path, {"chip_device": "a/b"}, 422, "fields_invalid"),
        (path, {"number": 2}, 422, "fields_invalid"),
    ]
    for where, body, status, code in wrong:
        answer = administrator.put(where, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), where
    with app.state.database.unit_of_work() as session:
        noted = app.state.audit.read(session, reader=SYSTEM, purpose="test", action="lane.devices_set", limit=9)
    assert [one.subject_id for one in noted.entries] == [added["id"]]


def test_machines_are_listed_and_shut_out(app: FastAPI, tmp_path: Path) -> None:
    capital = Capital(app.state.database, tmp_path / "capital")
    enrolled = capital.enrol(request_of(new_machine(tmp_path / "desk", post="ASS")))
    administrator = signed_in_client(app, Role.ADMINISTRATOR)
    (listed,) = administrator.get("/api/machines").json()
    assert (listed["post_code"], listed["name"], listed["revoked_at"]) == ("ASS", "desk-1", None)
    path = f"/api/machines/{enrolled.machine.id}/revocation"
    assert signed_in_client(app, Role.OFFICER).post(path).status_code == 403
    assert administrator.post(path).json()["revoked_at"]
    assert administrator.post(path).status_code == 200
    assert administrator.get("/api/machines").json()[0]["revoked_at"]
    unknown = administrator.post("/api/machines/00000000-0000-0000-0000-000000000000/revocation")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "machine_not_known")


def test_with_its_audit_trail_an_enrolment_is_recorded(app: FastAPI, tmp_path: Path) -> None:
    capital = Capital(app.state.database, tmp_path / "capital")
    with app.state.database.unit_of_work() as session:
        enrolled = app.state.posts.enrol(
            session,
            actor=SYSTEM,
            request=request_of(new_machine(tmp_path / "desk", post="ASS")),
            authority=capital.authority,
            signing_key=capital.signing_key,
        )
        page = app.state.audit.read(session, reader=SYSTEM, purpose="test", limit=1)
    assert (page.entries[0].action, page.entries[0].subject_id) == ("machine.enrolled", str(enrolled.machine.id))
