"""Who may call what: every route of a post and of a capital, asked by everybody there is.

What each role may do stands here a second time, by path and independent of the permissions that the routes name: a
route with the wrong permission is found as well as one with none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from crossing.api_description import describe
from crossing.identity.dependencies import CSRF_HEADER
from crossing.identity.models import Officer
from crossing.identity.roles import MACHINE_ROLES, Role
from crossing.identity.surface import RouteAccess, access_table, forgotten
from crossing.platform.http import http_client
from crossing.posts.machine_identity import MachineIdentity
from tests.factories.services import CapitalService, PostService, Service, enrol, post_settings, prepared_post
from tests.factories.serving import serving

FIRST_LINE: Final = {Role.OFFICER, Role.SECOND_LINE, Role.SUPERVISOR}
SECOND_LINE: Final = {Role.SECOND_LINE, Role.SUPERVISOR}
PEOPLE: Final = set(Role) - MACHINE_ROLES

MAY: Final[dict[str, set[Role]]] = {
    # Everybody who signed in: their own session, the description of the API.
    "/api/session": set(Role),
    "/api/openapi.json": set(Role),
    "/password": set(Role),
    "/sign-out": set(Role),
    # Travellers at the desk.
    "/api/lanes": FIRST_LINE,
    "/api/sessions/": FIRST_LINE,
    "/lanes": FIRST_LINE,
    "/sessions/": FIRST_LINE,
    "/api/referrals": SECOND_LINE,
    "/api/ahead": SECOND_LINE,
    "/ahead": SECOND_LINE,
    "/referrals": SECOND_LINE,
    "/referrals/{referral_id}/clearances/": {Role.SUPERVISOR, Role.ANALYST},
    # Travellers on record.
    "/api/movements": FIRST_LINE | {Role.ANALYST},
    "/api/movements/{movement_id}/corrections": {Role.SUPERVISOR},
    "/movements": FIRST_LINE | {Role.ANALYST},
    "/api/search": {Role.ANALYST},
    "/api/timelines/": {Role.ANALYST},
    "/api/alerts": {Role.ANALYST},
    "/search": {Role.ANALYST},
    "/travellers": {Role.ANALYST},
    "/alerts": {Role.ANALYST},
    # How things stand; no traveller in it.
    "/api/posts": PEOPLE,
    "/api/machines": PEOPLE,
    "/api/devices": PEOPLE,
    "/api/replication/status": PEOPLE,
    "/api/bridge/status": PEOPLE,
    "/api/bridge/verifications": SECOND_LINE,
    "/interpol": SECOND_LINE | {Role.ADMINISTRATOR},
    "/interpol/posts": PEOPLE,
    "/api/faces/engine": PEOPLE,
    "/status": PEOPLE,
    "/status/lanes": {Role.ADMINISTRATOR},
    "/posts": PEOPLE,
    "/api/lists": FIRST_LINE | {Role.ADMINISTRATOR, Role.ANALYST},
    "/api/lists/{code}": SECOND_LINE | {Role.ADMINISTRATOR, Role.ANALYST},
    "/api/lists/{code}/imports": {Role.ADMINISTRATOR},
    "/api/lists/{code}/entries": SECOND_LINE | {Role.ANALYST},
    "POST /api/lists/{code}/entries/endings/{proposal_id}/approval": {Role.SUPERVISOR, Role.ANALYST},
    "POST /api/lists/{code}/entries/endings/{proposal_id}/refusal": {Role.SUPERVISOR, Role.ANALYST},
    "POST /api/lists/{code}/entries/resumption": {Role.SUPERVISOR, Role.ANALYST},
    "/api/clearances": {Role.SUPERVISOR, Role.ANALYST},
    # Entries made by hand take two persons.
    "/api/entries": SECOND_LINE | {Role.ANALYST},
    "/api/proposals": SECOND_LINE | {Role.ANALYST},
    "POST /api/proposals/{proposal_id}/approval": {Role.SUPERVISOR, Role.ANALYST},
    "POST /api/proposals/{proposal_id}/refusal": {Role.SUPERVISOR, Role.ANALYST},
    "/lists": FIRST_LINE | {Role.ADMINISTRATOR, Role.ANALYST},
    "/lists/in/": SECOND_LINE | {Role.ADMINISTRATOR, Role.ANALYST},
    "/lists/in/{code}/portraits": SECOND_LINE | {Role.ANALYST},
    "/lists/in/{code}/imports": {Role.ADMINISTRATOR},
    "/lists/search": SECOND_LINE | {Role.ANALYST},
    "/lists/entries": SECOND_LINE | {Role.ANALYST},
    "/lists/proposals": SECOND_LINE | {Role.ANALYST},
    "POST /lists/proposals/{proposal_id}/approval": {Role.SUPERVISOR, Role.ANALYST},
    "POST /lists/proposals/{proposal_id}/refusal": {Role.SUPERVISOR, Role.ANALYST},
    "/lists/in/{code}/endings": SECOND_LINE | {Role.ANALYST},
    "POST /lists/in/{code}/endings/{proposal_id}/approval": {Role.SUPERVISOR, Role.ANALYST},
    "POST /lists/in/{code}/endings/{proposal_id}/refusal": {Role.SUPERVISOR, Role.ANALYST},
    "POST /lists/in/{code}/resumption": {Role.SUPERVISOR, Role.ANALYST},
    "/lists/import": {Role.ADMINISTRATOR},
    "/lists/imports/live": {Role.ADMINISTRATOR},
    # Running the machines and the accounts.
    "/metrics": {Role.ADMINISTRATOR},
    "/api/officers": {Role.ADMINISTRATOR},
    "POST /api/posts": {Role.ADMINISTRATOR},
    "PUT /api/posts": {Role.ADMINISTRATOR},
    "POST /api/machines": {Role.ADMINISTRATOR},
    "POST /api/lists/{code}/previews": {Role.ADMINISTRATOR},
    "POST /api/lists/{code}/versions": {Role.ADMINISTRATOR},
    "/api/audit": {Role.OVERSIGHT},
    # Systems of other services.
    "/match/": {Role.SYSTEM},
    "/search/": {Role.SYSTEM},
    "/api/faces/figures": SECOND_LINE | {Role.ANALYST, Role.OVERSIGHT},
    "/faces/figures": SECOND_LINE | {Role.ANALYST, Role.OVERSIGHT},
}
"""By the beginning of a path, or of a method and a path; the longest that fits counts."""

PLACES: Final = {"number": "1", "kind": "live", "post_code": "NIA-1", "code": "national", "sha256": "0" * 64}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    code: str | None


@pytest.fixture(params=["post", "capital"])
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = request.getfixturevalue(request.param)
    return found


def test_no_route_was_forgotten(post: PostService, capital: CapitalService) -> None:
    for app in (post.app, capital.app, capital.machines):
        assert forgotten(app) == []
        assert len(access_table(app)) > 5


def test_every_described_operation_is_among_the_routes_walked(service: Service) -> None:
    walked = {(access.method.lower(), access.path) for access in access_table(service.app)}
    described = {(method, path) for path, item in describe(service.app)["paths"].items() for method in item}
    assert described <= walked
    assert len(described) > 20


@pytest.mark.parametrize("role", Role)
def test_a_role_is_let_in_where_its_work_is_and_nowhere_else(service: Service, role: Role) -> None:
    client = _signed_in(service, role)
    wrong = []
    for access in _guarded(service.app):
        may = role in _allowed(access)
        answer = _ask(client, access)
        if may and _closes_session(access):
            client = _signed_in(service, role)
        refused = answer.status in (401, 403)
        if refused is may or (refused and answer != Answer(403, "permission_missing")) or _failed(answer):
            wrong.append((access.method, access.path, answer))
    assert wrong == []


def test_who_has_not_signed_in_sees_the_way_in_and_nothing_else(service: Service) -> None:
    stranger = service.stranger()
    answers = {(access.method, access.path): _ask(stranger, access) for access in _guarded(service.app)}
    assert {key: answer for key, answer in answers.items() if answer != Answer(401, "not_signed_in")} == {}
    public = [access for access in access_table(service.app) if access.public and access.method != "MOUNT"]
    assert len(public) == 7
    for access in public:
        assert _ask(stranger, access).status < 500


def test_a_forged_or_ended_session_is_none(service: Service) -> None:
    name = service.app.state.identity.cookie.name
    ended = _signed_in(service, Role.OFFICER)
    assert ended.delete("/api/session").status_code == 204
    for token in ("", "0" * 43, "é", "a" * 5000, ended.cookies.get(name, "")):
        client = service.stranger()
        client.headers = httpx.Headers([*client.headers.raw, (b"cookie", f"{name}={token}".encode("latin-1"))])
        assert client.get("/api/session").status_code == 401, token


def test_nothing_changes_without_the_sessions_csrf_token(service: Service) -> None:
    wrong = []
    for role in sorted(PEOPLE):
        client = _signed_in(service, role)
        del client.headers[CSRF_HEADER]
        for access in _guarded(service.app):
            if access.method in ("GET", "HEAD") or role not in _allowed(access):
                continue
            answer = _ask(client, access)
            if answer != Answer(403, "csrf_refused"):
                wrong.append((role, access.method, access.path, answer))
    assert wrong == []


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_no_other_token_will_do(service: Service, token: str) -> None:
    client = _signed_in(service, Role.ADMINISTRATOR)
    del client.headers[CSRF_HEADER]
    client.headers = httpx.Headers([*client.headers.raw, (CSRF_HEADER.encode(), token.encode("latin-1"))])
    for answer in (
        client.post("/api/officers", json={}),
        client.post("/api/officers", data={"csrf_token": token}),
        client.post("/api/officers", files={"csrf_token": b"x"}),
    ):
        assert answer.json()["code"] == "csrf_refused"


def test_one_officers_csrf_token_is_of_no_use_to_another(service: Service) -> None:
    one, other = _signed_in(service, Role.ADMINISTRATOR), _signed_in(service, Role.OFFICER)
    one.headers[CSRF_HEADER] = other.headers[CSRF_HEADER]
    assert one.post("/api/officers", json={}).json()["code"] == "csrf_refused"


def test_a_one_time_code_opens_nothing_but_the_choice_of_a_password(service: Service) -> None:
    administrator = _signed_in(service, Role.ADMINISTRATOR)
    new = {
        "login": f"new-{uuid4().hex[:8]}",
        "name": "New",
        "roles": ["supervisor", "administrator"],
        "post": "NIA-1",
    }
    added = administrator.post("/api/officers", json=new)
    assert added.status_code == 201, added.text
    client = service.stranger()
    signed_in = client.post("/api/session", json={"login": new["login"], "secret": added.json()["code"]}).json()
    client.headers[CSRF_HEADER] = signed_in["csrf_token"]
    refused = Answer(403, "password_required")
    open_to_it = {
        (access.method, access.path)
        for access in _guarded(service.app)
        if not _closes_session(access) and _ask(client, access) != refused
    }
    assert open_to_it == {
        ("GET", "/api/session"),
        ("POST", "/api/session/password"),
        ("GET", "/password"),
        ("POST", "/password"),
    }


def test_nobody_can_be_made_a_machine(service: Service) -> None:
    administrator = _signed_in(service, Role.ADMINISTRATOR)
    new = {"login": f"robot-{uuid4().hex[:8]}", "name": "Robot", "roles": ["service"]}
    assert administrator.post("/api/officers", json=new).json()["code"] == "role_not_for_officers"


class TestTheMachinesSurface:
    """On its own port, with mutual TLS: who has no certificate of this capital does not even get an answer."""

    def test_an_enrolled_machine_is_let_in(self, capital: CapitalService, machine: httpx.Client) -> None:
        for access in _guarded(capital.machines):
            answer = _ask(machine, access)
            assert answer.status not in (401, 403), (access, answer)
            assert answer.status < 500, (access, answer)

    def test_without_a_certificate_there_is_no_connection(self, capital: CapitalService) -> None:
        plain = httpx.Client(base_url=f"https://127.0.0.1:{capital.machine_port}", verify=False, trust_env=False)
        with plain, pytest.raises(httpx.TransportError):
            plain.get("/health/live")

    def test_behind_the_tls_too_nobody_else_is_let_in(self, capital: CapitalService) -> None:
        callers = [capital.stranger(), *(_signed_in(capital, role) for role in sorted(Role))]
        with serving(capital.machines) as port:
            for caller in callers:
                caller.base_url = f"http://127.0.0.1:{port}"
                for access in _guarded(capital.machines):
                    assert _ask(caller, access).status == 401, access

    def test_a_revoked_machine_is_shut_out(self, capital: CapitalService, machine: httpx.Client) -> None:
        administrator = _signed_in(capital, Role.ADMINISTRATOR)
        [known] = administrator.get("/api/machines").json()
        assert administrator.post(f"/api/machines/{known['id']}/revocation").status_code == 200
        for access in _guarded(capital.machines):
            assert _ask(machine, access) == Answer(403, None if access.method == "HEAD" else "machine_revoked")


@pytest.fixture(scope="module")
def machine(capital: CapitalService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A machine that is enrolled at the capital."""
    settings = post_settings(tmp_path_factory.mktemp("enrolled"))
    prepared_post(settings)
    enrol(settings, capital.settings)
    tls = MachineIdentity.load(settings.data / "identity").client_tls()
    with http_client(f"https://127.0.0.1:{capital.machine_port}", tls=tls) as client:
        yield client


def _guarded(app: FastAPI) -> list[RouteAccess]:
    return [access for access in access_table(app) if not access.public]


def _allowed(access: RouteAccess) -> set[Role]:
    """Whom :data:`MAY` lets in."""
    fitting = [
        start for start in MAY if access.path.startswith(start) or f"{access.method} {access.path}".startswith(start)
    ]
    assert fitting, f"{access.method} {access.path} stands nowhere in the table of this test"
    return MAY[max(fitting, key=lambda start: len(start.split()[-1]) + start.count(" "))]


def _ask(client: httpx.Client, access: RouteAccess) -> Answer:
    """Call a route with a path and a query that it would take, and with no body."""
    path = "/".join(_filled(segment) for segment in access.path.split("/"))
    query = {"purpose": "data_quality"} if access.path.startswith(("/api/movements", "/api/timelines")) else None
    with client.stream(access.method, path, params=query) as response:
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return Answer(response.status_code, None)
        response.read()
    is_problem = response.headers.get("content-type") == "application/problem+json" and response.content
    return Answer(response.status_code, response.json()["code"] if is_problem else None)


def _filled(segment: str) -> str:
    return PLACES.get(segment[1:-1], str(uuid4())) if segment.startswith("{") else segment


def _failed(answer: Answer) -> bool:
    """Whether the service broke; that this post has no devices is an answer."""
    return answer.status >= 500 and answer.code not in ("no_device_at_lane", "device_agent_absent")


def _closes_session(access: RouteAccess) -> bool:
    return (access.method, access.path) in {("DELETE", "/api/session"), ("POST", "/sign-out")}


def _signed_in(service: Service, role: Role) -> httpx.Client:
    """An officer with that one role. Those of machines no officer can be given; here one has them all the same."""
    if role not in MACHINE_ROLES:
        return service.officer(role)
    login = f"would-be-{role}"
    client = service.officer(Role.OVERSIGHT, login=login)
    with service.database.unit_of_work() as session:
        session.execute(sa.update(Officer).where(Officer.login == login).values(roles=[role]))
    return client
