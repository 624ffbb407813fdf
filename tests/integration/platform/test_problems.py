"""Errors over HTTP: foreseen ones are answers, and only the unforeseen reach the server's log as crashes."""

from fastapi.testclient import TestClient

from crossing.platform.api import new_app
from crossing.platform.blobs import BlobMissing
from crossing.platform.clock import SystemClock
from crossing.platform.db import Database


def test_a_domain_error_is_an_answer_and_no_crash(post_database: Database) -> None:
    app = new_app(title="test", database=post_database, clock=SystemClock())

    @app.get("/missing")
    def missing() -> None:
        raise BlobMissing

    # A test client raises whatever the application lets through to the server.
    answer = TestClient(app).get("/missing", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "blob_missing"


def test_an_unforeseen_error_says_nothing_of_itself(post_database: Database) -> None:
    app = new_app(title="test", database=post_database, clock=SystemClock())

    @app.get("/crash")
    def crash() -> None:
        raise ValueError("Aminata's passport")

    answer = TestClient(app, raise_server_exceptions=False).get("/crash")
    assert answer.status_code == 500
    assert answer.json()["code"] == "unexpected"
    assert "Aminata" not in answer.text
