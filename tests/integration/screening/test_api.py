"""Lists and the bridge over HTTP."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crossing.identity.roles import Role
from crossing.platform.api import MAX_BODY_BYTES
from crossing.platform.db import Database
from crossing.platform.notify import Notices
from crossing.screening.bridge import BridgeClient
from crossing.screening.endpoints import router
from crossing.screening.lists.endpoints import LARGE_UPLOADS
from crossing.screening.lists.jobs import ImportJobs
from crossing.screening.rechecks import RecheckQueue
from crossing.screening.schemas import Reason
from crossing.screening.verifications import VerificationQueue, Word
from tests.factories.clock import StandingClock
from tests.factories.officers import app_with_identity, signed_in_client
from tests.factories.screening.lists import csv_of, list_service, person
from tests.factories.waiting import wait_until
from tests.integration.screening.test_bridge import http, misbehaving

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
    app.state.verifications = VerificationQueue(clock)
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
    assert {name: said for name, said in status.items() if said} == {}
    assert status["configured"] is False
    assert status["pending_rechecks"] == 0


def test_the_status_tells_how_old_the_copy_is_and_what_waits(
    app: FastAPI, post_database: Database, clock: StandingClock
) -> None:
    said = {
        "state": "degraded", "backend": "gateway", "mode": "offline_copy", "copy_as_of": "2031-02-28T18:00:00Z",
        "pending_rechecks": 7, "checked_at": "2031-03-01T08:30:00Z", "reason": "timeout",
    }  # fmt: skip
    word = Word(verdict="not_the_person", officer="s.kone")
    with post_database.unit_of_work() as session:
        app.state.verifications.enqueue(session, uuid4(), [uuid4(), uuid4()], word)
        refused = app.state.verifications.due(session)[0]
        app.state.verifications.settle(refused, Reason.UNSUPPORTED, timedelta(seconds=5))
    answer = http("200 OK", json.dumps(said).encode())
    with misbehaving(lambda _: answer) as url, closing(BridgeClient(url, clock=clock)) as bridge:
        app.state.bridge = bridge
        status = signed_in_client(app, Role.OFFICER, post="KOR").get("/api/bridge/status").json()
    assert (status["mode"], status["copy_age_hours"], status["copy_stale"]) == ("offline_copy", 14.5, False)
    assert (status["pending_at_bridge"], status["pending_rechecks"]) == (7, 0)
    assert (status["verifications_waiting"], status["verifications_not_taken"]) == (1, 1)
    assert status["said"]["reason"] == "timeout"


def test_what_the_bridge_does_not_take_is_for_the_second_line_to_see(app: FastAPI, post_database: Database) -> None:
    word = Word(verdict="not_the_person", officer="s.kone")
    referral_id = uuid4()
    with post_database.unit_of_work() as session:
        app.state.verifications.enqueue(session, referral_id, [uuid4()], word)
    assert signed_in_client(app, Role.OFFICER, post="KOR").get("/api/bridge/verifications").status_code == 403
    [shown] = signed_in_client(app, Role.SECOND_LINE, post="KOR").get("/api/bridge/verifications").json()
    assert (shown["referral_id"], shown["verdict"], shown["state"]) == (str(referral_id), "not_the_person", "pending")


def test_a_preview_shows_columns_and_changes_and_writes_nothing(app: FastAPI) -> None:
    administrator = signed_in_client(app, Role.ADMINISTRATOR)
    files = {"file": ("liste.csv", b"Dossier;Nom de famille\nM-1;Diallo\n")}
    shown = administrator.post("/api/lists/national/previews", files=files, data=FIRST).json()
    assert shown["columns"] == ["Dossier", "Nom de famille"]
    assert shown["suggested"]["columns"]["surname"] == ["Nom de famille"]
    assert shown["refusal"]["code"] == "list_columns_missing"
    mapping = {"columns": {"reference": ["Dossier"], "surname": ["Nom de famille"]}}
    asked = FIRST | {"mapping": json.dumps(mapping)}
    shown = administrator.post("/api/lists/national/previews", files=files, data=asked).json()
    assert (shown["refusal"], shown["added"]) == (None, {"count": 1, "first": ["M-1"]})
    assert administrator.get("/api/lists").json() == []
    wrong = administrator.post("/api/lists/national/previews", files=files, data=FIRST | {"mapping": '{"sheet": 7}'})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "fields_invalid")


def test_a_large_import_runs_as_a_job(app: FastAPI) -> None:
    administrator = signed_in_client(app, Role.ADMINISTRATOR)
    persons = csv_of(person("N-1"), person("N-2", "Keita"))
    started = administrator.post("/api/lists/national/imports", files={"file": ("list.csv", persons)}, data=FIRST)
    assert started.status_code == 202
    where = started.headers["location"]
    assert where == f"/api/lists/national/imports/{started.json()['import_id']}"
    wait_until(lambda: administrator.get(where).json()["finished_at"])
    job = administrator.get(where).json()
    assert (job["state"], job["version"]) == ("finished", 1)
    assert [one["state"] for one in administrator.get("/api/lists/national/imports").json()] == ["finished"]
    assert administrator.delete(where).json()["code"] == "list_import_too_late"
    assert signed_in_client(app, Role.OFFICER, post="KOR").get(where).status_code == 403


def test_a_list_is_looked_at_and_its_versions_are_compared(app: FastAPI) -> None:
    administrator = signed_in_client(app, Role.ADMINISTRATOR)
    upload(administrator, csv_of(person("N-1"), person("N-2", "Keita")), **FIRST, publisher="Ministry of Justice")
    upload(administrator, csv_of(person("N-1", sex="M"), person("N-3", "Sow")), **FIRST)
    detail = administrator.get("/api/lists/national").json()
    assert (detail["seal"], detail["provenance"]["publisher"]) == ("whole", "Ministry of Justice")
    assert [one["number"] for one in administrator.get("/api/lists/national/versions").json()] == [2, 1]
    assert administrator.get("/api/lists/national/versions/1").json()["report"]["persons"] == 2
    assert administrator.get("/api/lists/national/versions/7").json()["code"] == "list_version_unknown"
    changes = administrator.get("/api/lists/national/diff").json()["entries"]
    assert [(one["what"], one["reference"], one["fields"]) for one in changes] == [
        ("changed", "N-1", ["sex"]),
        ("removed", "N-2", []),
        ("added", "N-3", []),
    ]
    assert signed_in_client(app, Role.OFFICER, post="KOR").get("/api/lists/national").status_code == 403


def test_an_entry_is_looked_at_with_a_purpose_and_ended_by_who_may_approve(app: FastAPI) -> None:
    upload(signed_in_client(app, Role.ADMINISTRATOR), csv_of(person("N-1"), person("N-2")), **FIRST)
    reader = signed_in_client(app, Role.SECOND_LINE, post="KOR")
    asked = {"reference": "N-1", "purpose": "list_maintenance"}
    assert reader.post("/api/lists/national/entries/look", json=asked).json()["fields"]["label"] == "Diallo Mamadou"
    assert reader.post("/api/lists/national/entries/look", json={"reference": "N-1"}).status_code == 422
    endings = "/api/lists/national/entries/endings"
    assert reader.post(endings, json={"reference": "N-1"}).status_code == 422
    waiting = reader.post(endings, json={"reference": "N-1", "reason": "found"}).json()
    assert [one["id"] for one in reader.get(endings).json()] == [waiting["id"]]
    assert reader.post(f"{endings}/{waiting['id']}/approval").status_code == 403
    supervisor = signed_in_client(app, Role.SUPERVISOR, post="KOR")
    ended = supervisor.post(f"{endings}/{waiting['id']}/approval")
    assert (ended.status_code, ended.json()["ended"]) == (200, 1)
    assert reader.get("/api/lists/national/entries/due").json() == []


def test_only_lists_may_be_large_and_whoever_may_not_import_uploads_nothing(app: FastAPI) -> None:
    """Who is refused is refused before the form is read: a broken one would be another answer."""
    much = b"x" * (MAX_BODY_BYTES + 1)
    administrator = signed_in_client(app, Role.ADMINISTRATOR)
    refused, problem = upload(administrator, much, **FIRST)
    assert (refused, problem["code"]) == (413, "body_too_large")
    taken = administrator.post("/api/lists/national/previews", files={"file": ("l.csv", much)}, data=FIRST)
    assert (taken.status_code, taken.json()["refusal"]["code"]) == (200, "list_malformed")
    broken = {"content": b"no form", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}
    assert TestClient(app).post("/api/lists/national/imports", **broken).status_code == 401
    assert administrator.post("/api/lists/national/imports", data=FIRST).json()["code"] == "fields_invalid"
