"""Errors over HTTP: foreseen ones are answers, and only the unforeseen reach the server's log as crashes."""

from typing import Final

import pytest
from fastapi.testclient import TestClient

from crossing.platform.api import new_app
from crossing.platform.blobs import BlobMissing
from crossing.platform.clock import SystemClock
from crossing.platform.db import Database
from crossing.platform.i18n import LOCALES, translator

ENGLISH: Final = {
    "unexpected": "Something went wrong on our side. It has been recorded; please try again.",
    "fields_invalid": "Some fields are missing or not as they should be.",
    "request_unreadable": "The request could not be read: it is damaged or cut short.",
    "address_unknown": "There is no such page.",
    "method_not_taken": "This page does not take that.",
}


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


@pytest.mark.parametrize("locale", LOCALES)
def test_every_problem_is_said_in_the_readers_language(post_database: Database, locale: str) -> None:
    app = new_app(title="test", database=post_database, clock=SystemClock())

    @app.post("/crash")
    def crash(body: dict[str, int]) -> None:
        raise ValueError(body)

    client = TestClient(app, raise_server_exceptions=False, headers={"Accept-Language": locale})
    broken = {"content": b"{\xff", "headers": {"content-type": "application/json"}}
    answers = {
        "unexpected": client.post("/crash", json={}),
        "fields_invalid": client.post("/crash", json={"a": "b"}),
        "request_unreadable": client.post("/crash", **broken),  # type: ignore[arg-type]
        "address_unknown": client.get("/nowhere"),
        "method_not_taken": client.delete("/crash"),
    }
    for code, answer in answers.items():
        problem = answer.json()
        assert problem["code"] == code
        assert problem["type"] == f"urn:crossing:problem:{code}"
        assert answer.headers["content-type"] == "application/problem+json"
        assert (problem["title"] == ENGLISH[code]) is (locale == "en")
        assert problem["title"] == translator(locale).gettext(ENGLISH[code])
    assert answers["method_not_taken"].headers["allow"] == "POST"
