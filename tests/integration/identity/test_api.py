"""Identity over HTTP: the cookie, the CSRF token, and who may call what."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Form
from fastapi.testclient import TestClient

from crossing.identity.dependencies import BACKGROUND_HEADER, CSRF_FIELD, CSRF_HEADER, requires, signed_in
from crossing.identity.endpoints import router
from crossing.identity.principal import SYSTEM, Principal
from crossing.identity.roles import MACHINE_ROLES, Permission, Role
from crossing.identity.schemas import OfficerIn
from crossing.identity.sessions import SessionCookie
from crossing.platform.db import Database, SessionDep
from tests.factories.officers import PASSWORD, add_officer, app_with_identity, signed_in_client


@pytest.fixture
def app(post_database: Database) -> FastAPI:
    app = app_with_identity(post_database)
    app.include_router(router)
    registers = Annotated[Principal, Depends(requires(Permission.TRAVELLERS_REGISTER))]

    @app.post("/form")
    def form(principal: registers, text: Annotated[str, Form()]) -> str:
        return f"{principal.login}: {text}"

    @app.post("/bare", dependencies=[Depends(signed_in)])
    def bare() -> str:
        return "done"

    @app.get("/own-transaction")
    def own_transaction(principal: registers) -> str:
        with post_database.unit_of_work() as session:
            session.connection()
        return principal.login

    @app.get("/request-transaction")
    def request_transaction(session: SessionDep, principal: registers) -> str:
        session.connection()
        return principal.login

    return app


def code(response: object) -> str:
    return str(response.json()["code"])  # type: ignore[attr-defined]


class TestSigningIn:
    def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(self, app: FastAPI) -> None:
        add_officer(app.state.identity, app.state.database, "aminata.d", Role.OFFICER)
        client = TestClient(app)
        answer = client.post("/api/session", json={"login": " Aminata.D", "secret": PASSWORD})
        assert answer.status_code == 201
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert "Max-Age=43200" in cookie
        assert client.get("/api/session").json() == answer.json()
        assert answer.json()["permissions"]

    def test_over_tls_the_cookie_stays_on_tls(self, app: FastAPI) -> None:
        add_officer(app.state.identity, app.state.database, "aminata.d", Role.OFFICER)
        app.state.identity.cookie = SessionCookie("crossing_post_session", secure=True)
        answer = TestClient(app).post("/api/session", json={"login": "aminata.d", "secret": PASSWORD})
        assert answer.headers["set-cookie"].startswith("crossing_post_session=")
        assert "Secure" in answer.headers["set-cookie"]

    def test_failures_become_401_then_429_with_the_seconds_to_wait(self, app: FastAPI) -> None:
        client = TestClient(app)
        body = {"login": "aminata.d", "secret": "wrong"}
        statuses = [client.post("/api/session", json=body).status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 401, 429]
        refused = client.post("/api/session", json=body)
        assert refused.json()["retry_after_s"] == 1
        assert refused.headers["retry-after"] == "1"

    def test_another_site_cannot_sign_somebody_in(self, app: FastAPI) -> None:
        answer = TestClient(app).post(
            "/api/session",
            json={"login": "aminata.d", "secret": PASSWORD},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert (answer.status_code, code(answer)) == (403, "csrf_refused")

    @pytest.mark.parametrize("login", ["\x00", "\ud800", "ا", "x" * 65, ""])
    def test_no_login_is_too_odd_for_a_clear_answer(self, capital_database: Database, login: str) -> None:
        app = app_with_identity(capital_database)
        app.include_router(router)
        content = f'{{"login": {_json(login)}, "secret": "x"}}'
        answer = TestClient(app).post("/api/session", content=content, headers={"content-type": "application/json"})
        assert answer.status_code in (401, 422)

    def test_a_page_that_only_refreshes_itself_keeps_nobody_signed_in(self, app: FastAPI) -> None:
        client = signed_in_client(app, Role.OFFICER)
        for _ in range(2):
            app.state.clock.advance(minutes=20)
            answer = client.get("/api/session", headers={BACKGROUND_HEADER: "1"})
        assert answer.status_code == 401

    def test_signing_out_ends_session_and_cookie(self, app: FastAPI) -> None:
        client = signed_in_client(app, Role.OFFICER)
        assert client.delete("/api/session").status_code == 204
        answer = client.get("/api/session")
        assert (answer.status_code, code(answer)) == (401, "not_signed_in")


def _json(text: str) -> str:
    return '"' + "".join(f"\\u{ord(one):04x}" for one in text) + '"'


class TestFirstPassword:
    def test_until_it_is_set_nothing_else_is_allowed(self, app: FastAPI) -> None:
        identity, database = app.state.identity, app.state.database
        new = OfficerIn(login="aminata.d", name="Aminata D.", roles=frozenset({Role.OFFICER}), post="NIA-1")
        with database.unit_of_work() as session:
            one_time = identity.add_officer(session, actor=SYSTEM, officer=new).code
        client = TestClient(app)
        body = client.post("/api/session", json={"login": "aminata.d", "secret": one_time}).json()
        assert body["password_required"]
        client.headers[CSRF_HEADER] = body["csrf_token"]
        answer = client.get("/own-transaction")
        assert (answer.status_code, code(answer)) == (403, "password_required")
        assert client.get("/api/session").json()["password_required"]
        short = client.post("/api/session/password", json={"new_password": "short"})
        assert (short.status_code, code(short)) == (422, "password_too_short")
        assert client.post("/api/session/password", json={"new_password": PASSWORD}).status_code == 204
        assert client.get("/own-transaction").json() == "aminata.d"


class TestCsrf:
    def test_a_change_needs_the_sessions_own_token(self, app: FastAPI) -> None:
        client = signed_in_client(app, Role.OFFICER)
        good = client.headers.pop(CSRF_HEADER)
        other = signed_in_client(app, Role.OFFICER, login="other").headers[CSRF_HEADER]
        for bad in ({}, {CSRF_HEADER: ""}, {CSRF_HEADER: other}, {CSRF_HEADER: "é".encode()}):
            answer = client.post("/bare", headers=bad)  # type: ignore[arg-type]
            assert (answer.status_code, code(answer)) == (403, "csrf_refused")
        assert client.post("/bare", headers={CSRF_HEADER: good}).status_code == 200

    def test_a_plain_form_carries_it_as_a_field(self, app: FastAPI) -> None:
        client = signed_in_client(app, Role.OFFICER)
        token = client.headers.pop(CSRF_HEADER)
        assert client.post("/form", data={"text": "t", CSRF_FIELD: token}).json() == "officer: t"
        multipart = client.post("/form", data={"text": "t", CSRF_FIELD: token}, files={"file": b""})
        assert multipart.json() == "officer: t"
        assert client.post("/bare", data={CSRF_FIELD: token}).json() == "done"
        assert client.post("/form", data={"text": "t"}).status_code == 403
        as_file = client.post("/form", data={"text": "t"}, files={CSRF_FIELD: token.encode()})
        assert as_file.status_code == 403

    def test_reading_needs_none(self, app: FastAPI) -> None:
        client = signed_in_client(app, Role.OFFICER)
        del client.headers[CSRF_HEADER]
        assert client.get("/own-transaction").status_code == 200


class TestGuards:
    @pytest.mark.parametrize("path", ["/own-transaction", "/request-transaction"])
    def test_a_guard_leaves_the_writers_place_to_the_endpoint(self, app: FastAPI, path: str) -> None:
        assert signed_in_client(app, Role.OFFICER).get(path).json() == "officer"

    @pytest.mark.parametrize("role", [role for role in Role if role not in MACHINE_ROLES])
    def test_the_role_decides(self, app: FastAPI, role: Role) -> None:
        client = signed_in_client(app, role)
        registers = role in (Role.OFFICER, Role.SECOND_LINE, Role.SUPERVISOR)
        assert client.get("/own-transaction").status_code == (200 if registers else 403)
        assert client.get("/api/officers").status_code == (200 if role is Role.ADMINISTRATOR else 403)

    @pytest.mark.parametrize("cookie", ["", "x", "x" * 5000])
    def test_a_made_up_cookie_is_nobody(self, app: FastAPI, cookie: str) -> None:
        client = TestClient(app, cookies={app.state.identity.cookie.name: cookie})
        assert client.get("/own-transaction").status_code == 401


class TestOfficers:
    def test_an_administrator_adds_changes_and_reopens_accounts(self, app: FastAPI) -> None:
        client = signed_in_client(app, Role.ADMINISTRATOR)
        new = {"login": "aminata.d", "name": "Aminata D.", "roles": ["officer"], "post": "NIA"}
        added = client.post("/api/officers", json=new)
        assert added.status_code == 201
        officer = added.json()["officer"]
        assert officer["password_set"] is False
        path = f"/api/officers/{officer['id']}"
        changed = client.patch(path, json={"roles": ["supervisor"], "active": False}).json()
        assert (changed["roles"], changed["active"]) == (["supervisor"], False)
        assert client.post(f"{path}/code").json()["code"] != added.json()["code"]
        assert [one["login"] for one in client.get("/api/officers").json()] == ["administrator", "aminata.d"]

    @pytest.mark.parametrize(
        ("change", "status", "expected"),
        [
            ({"login": "administrator"}, 409, "login_taken"),
            ({"roles": ["service"]}, 422, "role_not_for_officers"),
            ({"roles": []}, 422, "fields_invalid"),
            ({"login": "Has Capitals"}, 422, "fields_invalid"),
            ({"name": "line\nbreak"}, 422, "fields_invalid"),
            ({"is_admin": True}, 422, "fields_invalid"),
            ({"post": None}, 422, "post_needed"),
        ],
    )
    def test_what_is_wrong_with_a_new_account_is_said(
        self, app: FastAPI, change: dict[str, object], status: int, expected: str
    ) -> None:
        client = signed_in_client(app, Role.ADMINISTRATOR)
        new = {"login": "aminata.d", "name": "Aminata D.", "roles": ["officer"], "post": "NIA-1", **change}
        answer = client.post("/api/officers", json=new)
        assert (answer.status_code, code(answer)) == (status, expected)

    def test_nobody_changes_their_own_account(self, app: FastAPI) -> None:
        client = signed_in_client(app, Role.ADMINISTRATOR)
        own = client.get("/api/session").json()["officer_id"]
        answer = client.patch(f"/api/officers/{own}", json={"roles": ["supervisor"]})
        assert (answer.status_code, code(answer)) == (409, "own_account")

    def test_an_unknown_officer_is_not_found(self, app: FastAPI) -> None:
        client = signed_in_client(app, Role.ADMINISTRATOR)
        answer = client.patch(f"/api/officers/{SYSTEM.id}", json={"active": True})
        assert (answer.status_code, code(answer)) == (404, "officer_unknown")
