"""Entries made by hand over HTTP: who may do what, and what a bad proposal is told."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crossing.audit.models import AuditEntry
from crossing.identity.roles import Role
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.screening.proposals.endpoints import router
from tests.factories.clock import StandingClock
from tests.factories.officers import app_with_identity, signed_in_client
from tests.factories.screening.entries import by_hand, wanted
from tests.factories.screening.lists import list_service

MANUAL = Path(__file__).parents[3] / "docs/operations/hand-made-entries.md"
HOSTILE = "<script>alert(1)</script>' OR 1=1 --"


@pytest.fixture
def app(post_database: Database, clock: StandingClock, blobs: BlobStore) -> FastAPI:
    app = app_with_identity(post_database, clock)
    app.state.lists = list_service(post_database, clock, blobs=blobs)
    made = by_hand(post_database, app.state.lists, clock, blobs)
    app.state.proposals, app.state.entry_applier = made.proposals, made.applier
    app.include_router(router)
    return app


@pytest.fixture
def awa(app: FastAPI) -> TestClient:
    return signed_in_client(app, Role.SECOND_LINE, login="awa")


@pytest.fixture
def bintou(app: FastAPI) -> TestClient:
    return signed_in_client(app, Role.SUPERVISOR, login="bintou")


def body(**changed: Any) -> dict[str, Any]:
    return {"entry": wanted(**changed).model_dump(mode="json")}


def test_one_proposes_another_approves_and_the_list_has_it(awa: TestClient, bintou: TestClient) -> None:
    proposed = awa.post("/api/proposals", json=body()).json()
    assert awa.get("/api/proposals").json()[0]["id"] == proposed["id"]
    approval = f"/api/proposals/{proposed['id']}/approval"
    assert awa.post(approval, json={}).status_code == 403
    approved = bintou.post(approval, json={}).json()
    assert (approved["state"], approved["applied_in"]) == ("approved", 1)
    assert [one["reference"] for one in awa.get("/api/entries").json()] == ["NIA-1-00001"]
    assert bintou.post(approval, json={}).json()["code"] == "proposal_decided"


def test_the_example_in_the_manual_works(awa: TestClient, bintou: TestClient, clock: StandingClock) -> None:
    text = MANUAL.read_text(encoding="utf-8")
    example = json.loads(text.partition("```json\n")[2].partition("```")[0])
    today = clock.now().date()
    example["entry"] |= {
        "review_on": (today + timedelta(days=180)).isoformat(),
        "expires_on": (today + timedelta(days=360)).isoformat(),
    }
    proposed = awa.post("/api/proposals", json=example)
    assert proposed.status_code == 201, proposed.text
    approved = bintou.post(f"/api/proposals/{proposed.json()['id']}/approval", json={}).json()
    assert approved["applied_in"] == 1


def test_a_supervisor_can_not_approve_what_they_proposed(bintou: TestClient) -> None:
    proposed = bintou.post("/api/proposals", json=body()).json()
    refused = bintou.post(f"/api/proposals/{proposed['id']}/approval", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_proposal")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMINISTRATOR, Role.OVERSIGHT])
def test_who_has_no_part_in_it_sees_and_does_nothing(app: FastAPI, role: Role) -> None:
    client = signed_in_client(app, role)
    assert client.get("/api/entries").status_code == 403
    assert client.get("/api/proposals").status_code == 403
    assert client.post("/api/proposals", json=body()).status_code == 403
    assert TestClient(app).get("/api/entries").status_code == 401


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        (body(legal_basis=""), "entry_legal_basis_missing", "legal_basis"),
        (body(expires_on="2099-01-01"), "entry_expiry_too_far", "expires_on"),
        ({"entry": None}, "entry_name_missing", "surname"),
        (body() | {"portrait": base64.b64encode(b"no picture").decode()}, "entry_portrait_unreadable", "portrait"),
    ],
)
def test_a_bad_proposal_is_told_which_field(awa: TestClient, sent: dict[str, Any], code: str, field: str) -> None:
    answer = awa.post("/api/proposals", json=sent)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)
    assert "Traor" not in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"births": ["yesterday"]},
        {"nationalities": ["ZZ9"]},
        {"names": [{"surname": "x" * 201}]},
        {"names": [{"surname": "x"}] * 21},
        {"owner": "a\x00b"},
        {"vehicle": {"vin": "IOQ"}},
        {"portrait_sha256": "../../etc/passwd"},
        {"own": "field"},
    ],
)
def test_what_no_entry_may_hold_is_refused_by_its_field(awa: TestClient, changed: dict[str, Any]) -> None:
    entry = wanted().model_dump(mode="json") | changed
    answer = awa.post("/api/proposals", json={"entry": entry})
    assert (answer.status_code, answer.json()["code"]) == (422, "fields_invalid")
    assert answer.json()["errors"][0]["field"].startswith(f"body.entry.{next(iter(changed))}")


def test_hostile_text_is_text(awa: TestClient) -> None:
    kept = awa.post("/api/proposals", json=body(remarks=HOSTILE, names=[{"surname": HOSTILE}])).json()
    assert kept["after"]["names"][0]["surname"] == HOSTILE


def test_every_look_is_recorded_with_its_purpose(app: FastAPI, awa: TestClient) -> None:
    proposed = awa.post("/api/proposals", json=body()).json()
    awa.get(f"/api/proposals/{proposed['id']}")
    awa.get(f"/api/entries/{proposed['reference']}/history")
    awa.get("/api/entries")
    with app.state.database.unit_of_work() as session:
        told = session.execute(
            sa.select(AuditEntry.action, AuditEntry.purpose).where(AuditEntry.action.like("entry.l%"))
        ).all()
    assert [tuple(one) for one in told] == [
        ("entry.looked_at", "list_maintenance"),
        ("entry.looked_at", "list_maintenance"),
        ("entry.listed", "list_maintenance"),
    ]
