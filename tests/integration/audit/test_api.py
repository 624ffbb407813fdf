"""Reading the audit trail over HTTP, which is itself recorded."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crossing.audit.endpoints import router
from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Role
from crossing.platform.db import Database
from tests.factories.officers import app_with_identity, signed_in_client


@pytest.fixture
def app(post_database: Database) -> FastAPI:
    return _app(post_database)


def _app(database: Database) -> FastAPI:
    app = app_with_identity(database)
    app.include_router(router)
    return app


def record(app: FastAPI, times: int) -> None:
    with app.state.database.unit_of_work() as session:
        for number in range(times):
            app.state.audit.record(
                session,
                actor=SYSTEM,
                action="test.done",
                subject_kind="test",
                subject_id=f"subject-{number}",
                purpose="test",
                detail={"number": number},
            )


def test_pages_follow_each_other_newest_first(any_database: Database) -> None:
    app = _app(any_database)
    record(app, 5)
    client = signed_in_client(app, Role.OVERSIGHT)
    first = client.get("/api/audit", params={"purpose": "review", "action": "test.done", "limit": 3}).json()
    assert [entry["detail"]["number"] for entry in first["entries"]] == [4, 3, 2]
    rest = client.get(
        "/api/audit",
        params={"purpose": "review", "action": "test.done", "before": first["next_before"], "limit": 3},
    ).json()
    assert [entry["detail"]["number"] for entry in rest["entries"]] == [1, 0]
    assert rest["next_before"] is None


def test_a_subjects_entries_are_found(app: FastAPI) -> None:
    record(app, 3)
    client = signed_in_client(app, Role.OVERSIGHT)
    found = client.get("/api/audit", params={"purpose": "complaint-2031", "subject_id": "subject-1"}).json()
    assert [entry["subject_id"] for entry in found["entries"]] == ["subject-1"]


def test_the_reading_is_an_entry_with_its_purpose(app: FastAPI) -> None:
    client = signed_in_client(app, Role.OVERSIGHT)
    client.get("/api/audit", params={"purpose": "complaint-2031"})
    newest = client.get("/api/audit", params={"purpose": "review", "limit": 1}).json()["entries"][0]
    assert (newest["action"], newest["purpose"], newest["actor_login"]) == (
        "audit.read",
        "complaint-2031",
        "oversight",
    )


def test_without_a_purpose_or_with_odd_limits_nothing_is_shown(app: FastAPI) -> None:
    client = signed_in_client(app, Role.OVERSIGHT)
    for query in ("", "?purpose=", "?purpose=Two+words", "?purpose=x&limit=201", "?purpose=x&before=0"):
        assert client.get(f"/api/audit{query}").status_code == 422, query


def test_nobody_else_reads_it(app: FastAPI) -> None:
    assert signed_in_client(app, Role.ADMINISTRATOR).get("/api/audit?purpose=review").status_code == 403
    assert TestClient(app).get("/api/audit?purpose=review").status_code == 401
