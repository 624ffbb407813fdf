"""Reading the figures by group over HTTP: who may, of which posts, as JSON and as a table; each look is kept."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crossing.audit.models import AuditEntry
from crossing.faces.figures import tallies
from crossing.faces.figures.endpoints import router
from crossing.faces.figures.schemas import FigureKind
from crossing.faces.figures.tallies import TallyKey
from crossing.identity.roles import Role
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from tests.factories.officers import app_with_identity, signed_in_client

PERIOD = {"from": "2031-01", "to": "2031-03"}


@pytest.fixture
def app(any_database: Database) -> FastAPI:
    """Two posts: 40 comparisons of women and 5 of men at each, in February."""
    app = app_with_identity(any_database)
    app.include_router(router)
    for post in ("NIA-1", "NIA-2"):
        with any_database.unit_of_work() as session:
            for sex, count in (("F", 40), ("M", 5)):
                key = TallyKey(
                    "2031-02", post, FigureKind.FACE_MATCH, "fused", "1", sex, "18-29", "western_africa", "match"
                )
                tallies.add(session, [key] * count)
    return app


def ask(client: TestClient, **params: Any) -> Any:
    answer = client.get("/api/faces/figures", params=PERIOD | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def compared(figures: dict[str, Any]) -> dict[str | None, int | None]:
    [block] = figures["blocks"]
    return {row["sex"]: row["counts"]["comparisons"] for row in (block["whole"], *block["by_sex"])}


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.SECOND_LINE])
def test_an_officer_of_a_post_sees_that_post_alone(app: FastAPI, role: Role) -> None:
    client = signed_in_client(app, role)
    assert compared(ask(client)) == {None: 40, "F": 40, "M": None}
    assert compared(ask(client, post="NIA-1")) == {None: 40, "F": 40, "M": None}
    refused = client.get("/api/faces/figures", params=PERIOD | {"post": "NIA-2"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")


@pytest.mark.parametrize("role", [Role.OVERSIGHT, Role.ANALYST])
def test_who_watches_over_the_nation_sees_every_post(app: FastAPI, role: Role) -> None:
    client = signed_in_client(app, role)
    assert compared(ask(client)) == {None: 90, "F": 80, "M": 10}
    assert compared(ask(client, post="NIA-2")) == {None: 40, "F": 40, "M": None}
    assert ask(client, post="NIA-3")["blocks"] == []
    assert ask(client, **{"from": "2031-03"})["blocks"] == []


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMINISTRATOR])
def test_nobody_else_does(app: FastAPI, role: Role) -> None:
    assert signed_in_client(app, role).get("/api/faces/figures", params=PERIOD).status_code == 403


def test_each_look_is_kept_with_what_was_asked(app: FastAPI, any_database: Database) -> None:
    ask(signed_in_client(app, Role.OVERSIGHT), post="NIA-1", crossed=True)
    with reading(any_database) as session:
        [entry] = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "faces.figures_read"))
    assert (entry.subject_kind, entry.subject_id, entry.purpose) == ("face_figures", "NIA-1", "fairness")
    assert json.loads(entry.detail) == {"first_month": "2031-01", "last_month": "2031-03", "crossed": True}


def test_sex_by_age_comes_when_asked_for(app: FastAPI) -> None:
    client = signed_in_client(app, Role.OVERSIGHT)
    assert ask(client)["blocks"][0]["by_sex_and_age"] == []
    crossed = ask(client, crossed=True)["blocks"][0]["by_sex_and_age"]
    assert [(one["sex"], one["age_band"]) for one in crossed] == [("F", "18-29"), ("M", "18-29")]


def test_the_same_for_a_spreadsheet(app: FastAPI) -> None:
    answer = signed_in_client(app, Role.SUPERVISOR).get("/api/faces/figures", params=PERIOD | {"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(StringIO(answer.text)))
    compared = {one["sex"]: (one["count"], one["suppressed"]) for one in lines if one["measure"] == "comparisons"}
    assert compared == {"": ("40", "0"), "F": ("40", "0"), "M": ("", "1")}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"from": "2031-04", "to": "2031-03"}, "months_reversed"),
        ({"from": "2031-13"}, "fields_invalid"),
        ({"from": "0000-01"}, "fields_invalid"),
        ({"from": "2031-1"}, "fields_invalid"),
        ({"post": "nia 1"}, "fields_invalid"),
        ({"format": "xml"}, "fields_invalid"),
    ],
)
def test_a_question_that_means_nothing_is_refused(app: FastAPI, asked: dict[str, str], code: str) -> None:
    answer = signed_in_client(app, Role.OVERSIGHT).get("/api/faces/figures", params=PERIOD | asked)
    assert answer.status_code == 422
    assert answer.json()["code"] == code


def test_the_answer_holds_counts_and_codes_alone(app: FastAPI) -> None:
    """Every word in it is one of a fixed set, or was asked with; there is no room for a person's."""
    answer = ask(signed_in_client(app, Role.OVERSIGHT), crossed=True)
    answer.pop("notes")
    known = {"2031-01", "2031-03", "face_match", "fused", "1", "F", "M", "18-29", "western_africa"}
    assert set(words_of(answer)) <= known


def words_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for one in value.values() for word in words_of(one)]
    if isinstance(value, list):
        return [word for one in value for word in words_of(one)]
    return [value] if isinstance(value, str) else []
