"""What a person meets where a machine meets JSON: the door, the way back, and pages that say what went wrong."""

from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends
from fastapi.testclient import TestClient

from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission, Role
from crossing.platform.db import Database, SessionDep
from crossing.platform.errors import DomainError, Kind
from crossing.web import errors
from crossing.web.pages import sign_in
from crossing.web.rendering import POST_NAVIGATION, Surface
from tests.factories.officers import PASSWORD, add_officer, app_with_identity, signed_in_client

PAGE = {"accept": "text/html"}
PART = {"accept": "text/html", "hx-request": "true"}


class Unlucky(DomainError):
    kind = Kind.CONFLICT
    code = "unlucky"
    message = "There is no such movement."


room = APIRouter()
Officer = Annotated[Principal, Depends(requires(Permission.TRAVELLERS_REGISTER))]


@room.get("/lanes/1")
def lane(_officer: Officer) -> dict[str, str]:
    return {"lane": "1"}


@room.get("/for-nobody")
def for_nobody(_machine: Annotated[Principal, Depends(requires(Permission.REPLICATION_DELIVER))]) -> None:
    """No officer has this permission."""


@room.get("/unlucky")
@room.get("/api/unlucky")
def unlucky(_session: SessionDep) -> None:
    raise Unlucky


@room.get("/broken")
def broken() -> None:
    raise RuntimeError("OUEDRAOGO Salif")


@pytest.fixture
def client(post_database: Database) -> Iterator[TestClient]:
    app = app_with_identity(post_database)
    app.state.surface = Surface("post", "Gogui", POST_NAVIGATION)
    errors.install(app)
    app.include_router(sign_in.router)
    app.include_router(room)
    add_officer(app.state.identity, post_database, "a.keita", Role.OFFICER, post="GOGUI-1")
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


def come_in(client: TestClient, go_to: str = "") -> str:
    """Sign in; returns where that leads."""
    answer = client.post("/sign-in", data={"login": "a.keita", "password": PASSWORD, "next": go_to}, headers=PAGE)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_who_is_not_signed_in_is_led_to_the_door_and_back(client: TestClient) -> None:
    answer = client.get("/lanes/1", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/lanes/1")
    assert come_in(client, go_to="/lanes/1") == "/lanes/1"
    assert client.get("/lanes/1", headers=PAGE).json() == {"lane": "1"}


def test_a_part_of_a_page_leads_the_whole_page_to_the_door(client: TestClient) -> None:
    answer = client.get("/lanes/1", headers=PART)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/sign-in?next=/lanes/1")


def test_a_machine_is_answered_with_a_problem(client: TestClient) -> None:
    for path, accept in (("/api/unlucky", "text/html"), ("/unlucky", "application/json")):
        answer = client.get(path, headers={"accept": accept})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "unlucky"


@pytest.mark.parametrize(
    ("locale", "sentence", "direction"),
    [
        ("fr", "Ce passage n&#39;existe pas.", "ltr"),
        ("en", "There is no such movement.", "ltr"),
        ("ar", "لا يوجد عبور كهذا.", "rtl"),
    ],
)
def test_a_problem_is_a_page_in_the_readers_language(
    client: TestClient, locale: str, sentence: str, direction: str
) -> None:
    answer = client.get("/unlucky", headers={**PAGE, "accept-language": locale})
    assert answer.status_code == 409
    assert sentence in answer.text
    assert f'dir="{direction}"' in answer.text
    assert answer.headers["content-language"] == locale


def test_a_problem_in_a_part_of_a_page_leaves_the_page_standing(client: TestClient) -> None:
    answer = client.get("/unlucky", headers=PART)
    assert answer.headers["hx-retarget"] == "#problems"
    assert "<html" not in answer.text


def test_an_unforeseen_error_says_that_it_is_ours_and_nothing_of_whom_it_met(client: TestClient) -> None:
    answer = client.get("/broken", headers=PAGE)
    assert answer.status_code == 500
    assert "Une erreur s&#39;est produite de notre côté." in answer.text
    assert "OUEDRAOGO" not in answer.text


def test_an_unknown_page_is_said_to_be_unknown(client: TestClient) -> None:
    answer = client.get("/nowhere", headers=PAGE)
    assert answer.status_code == 404
    assert "Cette page n&#39;existe pas." in answer.text


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "/", "lanes/1"])
def test_signing_in_leads_nowhere_else(client: TestClient, elsewhere: str) -> None:
    assert come_in(client, go_to=elsewhere) == "/lanes"


def test_signing_in_leads_to_a_page_that_the_role_may_see(client: TestClient, post_database: Database) -> None:
    for role, home in (
        (Role.ADMINISTRATOR, "/lists"),
        (Role.OVERSIGHT, "/faces/figures"),
        (Role.SUPERVISOR, "/lanes"),
    ):
        officer = signed_in_client(client.app, role)  # type: ignore[arg-type]
        assert officer.get("/", headers=PAGE, follow_redirects=False).headers["location"] == home
        refused = officer.get("/for-nobody", headers=PAGE)
        assert refused.status_code == 403
        assert f'<a class="govuk-link" href="{home}">' in refused.text


def test_a_wrong_password_is_said_without_telling_whether_the_login_exists(client: TestClient) -> None:
    answers = [
        client.post("/sign-in", data={"login": login, "password": "wrong"}, headers=PAGE)
        for login in ("a.keita", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    for answer in answers:
        assert "L&#39;identifiant ou le mot de passe est faux." in answer.text


def test_another_site_signs_nobody_in(client: TestClient) -> None:
    answer = client.post(
        "/sign-in",
        data={"login": "a.keita", "password": PASSWORD},
        headers={**PAGE, "sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_leaving_needs_the_forms_own_token_and_ends_the_session(client: TestClient) -> None:
    come_in(client)
    assert client.post("/sign-out", headers=PAGE).status_code == 403
    page = client.get("/password", headers=PAGE).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert client.post("/sign-out", data={"csrf_token": token}, headers=PAGE).headers["location"] == "/sign-in"
    assert client.get("/lanes/1", headers=PAGE).status_code == 303


def test_a_role_without_the_permission_is_told_so(client: TestClient, post_database: Database) -> None:
    analyst = signed_in_client(client.app, Role.ANALYST)  # type: ignore[arg-type]
    answer = analyst.get("/lanes/1", headers=PAGE)
    assert answer.status_code == 403
    assert "Votre rôle ne le permet pas." in answer.text


def test_the_language_is_kept_and_leads_back_to_the_page(client: TestClient) -> None:
    answer = client.post("/locale", data={"locale": "ar", "back": "/unlucky"}, headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/unlucky")
    assert 'lang="ar"' in client.get("/unlucky", headers=PAGE).text
    assert client.post("/locale", data={"locale": "xx", "back": "//evil.example"}).headers["location"] == "/"
