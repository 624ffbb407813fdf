"""Lists and the bridge over HTTP."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crossing.identity.roles import Role
from crossing.platform.db import Database
from crossing.platform.notify import Notices
from crossing.screening.bridge import BridgeClient
from crossing.screening.endpoints import router
from crossing.screening.lists.endpoints import LARGE_UPLOADS
from crossing.screening.lists.jobs import ImportJobs
from crossing.screening.rechecks import RecheckQueue
from tests.factories.clock import StandingClock
from tests.factories.officers import app_with_identity, signed_in_client
from tests.factories.screening.lists import csv_of, list_service, person

FIRST = {"name": "The national list", "format": "national_persons", "as_of": "2031-02-20T00:00:00Z"}


@pytest.fixture
def app(post_database: Database, clock: StandingClock) -> Iterator[FastAPI]:
    app = app_with_identity(post_database, clock)
    app.state.lists = list_service(post_database, clock)
    app.state.body_limits = (LARGE_UPLOADS,)
    app.state.list_imports = ImportJobs(
        post_database, app.state.lists, clock=clock, audit=app.state.audit, notices=Notices()
    )
    app.state.list_imports.start()
    app.state.bridge = BridgeClient(None, clock=clock)
    app.state.rechecks = RecheckQueue(clock)
    app.include_router(router)
    yield app
    app.state.list_imports.stop()
    app.state.bridge.close()


def upload(
    client: TestClient, content: bytes, *, code: str = "national", **fields: str
) -> tuple[int, dict[str, object]]:
    answer = client.post(f"/api/lists/{code}/versions", files={"file": ("list.csv", content)}, data=fields)
    return answer.status_code, answer.json()


def test_an_administrator_imports_and_an_officer_sees_how_old_the_lists_are(app: FastAPI) -> None:
    administrator = signed_in_client(app, Role.ADMINISTRATOR)
    status, report = upload(administrator, csv_of(person("N-1"), person("", "x")), **FIRST)
    assert status == 201
    assert (report["version"], report["persons"], report["skipped"]) == (1, 1, 1)
    [listed] = signed_in_client(app, Role.OFFICER, post="KOR").get("/api/lists").json()
    assert (listed["code"], listed["imported_by"], listed["age_days"], listed["expired"]) == (
        "national",
        "administrator",
        9,
        False,
    )


def test_an_officer_may_not_import_and_a_stranger_may_not_look(app: FastAPI) -> None:
    assert upload(signed_in_client(app, Role.OFFICER, post="KOR"), csv_of(person()), **FIRST)[0] == 403
    assert TestClient(app).get("/api/lists").status_code == 401
    assert TestClient(app).get("/api/bridge/status").status_code == 401


@pytest.mark.parametrize(
    ("content", "fields", "status", "code"),
    [
        (csv_of(person()), {}, 404, "list_unknown"),
        (b"reference,surname\nN-1,\xff", FIRST, 422, "list_not_utf8"),
        (b"a,b\n1,2\n", FIRST, 422, "list_columns_missing"),
        (b'reference,surname\nN-1,"open', FIRST, 422, "list_malformed"),
        (csv_of(person()), FIRST | {"format": "scroll"}, 422, "list_format_unknown"),
        (csv_of(person()), FIRST | {"as_of": "2040-01-01T00:00:00Z"}, 422, "list_from_the_future"),
        (csv_of(person()), FIRST | {"max_age_days": "0"}, 422, "fields_invalid"),
    ],
)
def test_a_refused_import_is_one_clear_problem(
    app: FastAPI, content: bytes, fields: dict[str, str], status: int, code: str
) -> None:
    given, problem = upload(signed_in_client(app, Role.ADMINISTRATOR), content, **fields)
    assert (given, problem["code"]) == (status, code)
    assert "Diallo" not in str(problem)


def test_a_code_is_a_short_word(app: FastAPI) -> None:
    assert upload(signed_in_client(app, Role.ADMINISTRATOR), csv_of(person()), code="A B", **FIRST)[0] == 422


def test_without_a_bridge_the_status_says_so(app: FastAPI) -> None:
    status = signed_in_client(app, Role.OFFICER, post="KOR").get("/api/bridge/status").json()
    assert status == {"configured": False, "reachable": False, "pending_rechecks": 0, "said": None}
