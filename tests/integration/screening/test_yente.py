"""yente's questions, asked of us over real HTTP by a system with a key; and a national server, asked by us."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from crossing.audit.models import AuditEntry
from crossing.documents.dates import PartialDate
from crossing.identity.principal import SYSTEM
from crossing.identity.schemas import SystemIn
from crossing.identity.systems import AskingSystems
from crossing.platform.db import Database
from crossing.screening.remote import RemoteService
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason, Subject, SubjectDocument, SubjectName
from crossing.screening.yente.endpoints import router
from crossing.screening.yente.source import NationalServer
from tests.factories.clock import StandingClock
from tests.factories.officers import app_with_identity
from tests.factories.screening.lists import (
    csv_of,
    document,
    list_service,
    order,
    person,
    un_birth,
    un_individual,
    un_list,
)
from tests.factories.serving import free_ports, serving

ROTENBERG = {
    "schema": "Person",
    "properties": {"name": ["Arkadiii Romanovich Rotenberg", "Ротенберг Аркадий"], "birthDate": ["1951"]},
}
COMPANY = {"schema": "Company", "properties": {"name": ["Stroygazmontazh"], "jurisdiction": ["Russia"]}}


@pytest.fixture
def app(post_database: Database, clock: StandingClock) -> FastAPI:
    app = app_with_identity(post_database, clock)
    app.state.lists = list_service(post_database, clock)
    app.state.systems = AskingSystems(clock, app.state.audit.record)
    app.include_router(router)
    sanctioned = un_individual("RUi.1", "Arkady Romanovich", "Rotenberg", un_birth(DATE="1951-12-15"))
    app.state.lists.import_list(order(un_list(sanctioned), code="un", format="un_xml"))
    national = csv_of(
        person("N-1", "Diallo", birth_dates="1980-03-04", nationalities="MLI", documents="passport:MLI:AA0123456"),
        person("N-2", "Sow", birth_dates="1991-07-21", action="Tell the bureau."),
        person("N-3", "Bah", birth_dates="1970-01-02", expires_on="2031-02-21"),
    )
    app.state.lists.import_list(order(national, code="national"))
    return app


@pytest.fixture
def asking(app: FastAPI, post_database: Database) -> Iterator[httpx.Client]:
    system = SystemIn(name="bank", owner="A bank", purpose="due_diligence", legal_basis="Act 1", a_minute=40)
    with post_database.unit_of_work() as session:
        key = app.state.systems.add(session, actor=SYSTEM, system=system)
    with (
        serving(app) as port,
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"ApiKey {key}"}, trust_env=False
        ) as client,
    ):
        yield client


def matched(client: httpx.Client, dataset: str = "default", /, **queries: Any) -> dict[str, Any]:
    answer = client.post(f"/match/{dataset}", json={"queries": queries})
    assert answer.status_code == 200, answer.text
    responses: dict[str, Any] = answer.json()["responses"]
    return responses


def asks(name: str, **properties: str) -> dict[str, Any]:
    return {"schema": "Person", "properties": {"name": [name], **{key: [one] for key, one in properties.items()}}}


class TestServed:
    def test_the_published_example_is_answered_as_yente_answers_it(self, asking: httpx.Client) -> None:
        answer = asking.post("/match/sanctions", json={"queries": {"q1": ROTENBERG, "q2": COMPANY}})
        assert answer.status_code == 200
        body = answer.json()
        assert body["limit"] == 5
        assert set(body["matcher"]) >= set(body["responses"]["q1"]["results"][0]["features"])
        first = body["responses"]["q1"]
        assert (first["status"], first["total"]["relation"], first["query"]) == (200, "eq", ROTENBERG | {"id": None})
        [result] = first["results"]
        assert (result["schema"], result["datasets"], result["target"], result["match"]) == (
            "Person",
            ["un"],
            True,
            True,
        )
        assert result["caption"] == "Arkady Romanovich Rotenberg"
        assert result["properties"]["birthDate"] == ["1951-12-15"]
        assert (body["responses"]["q2"]["status"], body["responses"]["q2"]["results"]) == (400, [])

    def test_a_document_number_finds_its_owner(self, asking: httpx.Client) -> None:
        [result] = matched(asking, q=asks("Somebody Else", passportNumber="AA-0123456"))["q"]["results"]
        assert result["id"] == "national-N-1"
        assert result["features"]["identifier_same"] == 1.0

    def test_what_can_not_be_answered_is_not_an_empty_answer(self, asking: httpx.Client) -> None:
        answers = matched(
            asking,
            vessel={"schema": "Vessel", "properties": {"name": ["Diallo"]}},
            signs=asks("---"),
            nothing={"schema": "Person", "properties": {}},
            nobody=asks("Zzyzx Qwerty"),
        )
        assert {key: one["status"] for key, one in answers.items()} == {
            "vessel": 400,
            "signs": 400,
            "nothing": 400,
            "nobody": 200,
        }

    def test_a_stolen_document_of_nobody_is_found_by_its_number(self, app: FastAPI, asking: httpx.Client) -> None:
        stolen = csv_of(document("OB0243318", action="Keep the document"))
        app.state.lists.import_list(order(stolen, code="stolen", format="national_documents"))
        by_person = asks("Zzyzx Qwerty", passportNumber="OB 0243318")
        by_document = {"schema": "Passport", "properties": {"number": ["OB0243318"]}}
        for query in (by_person, by_document):
            [result] = matched(asking, q=query)["q"]["results"]
            assert (result["schema"], result["datasets"], result["match"]) == ("Passport", ["stolen"], True)
            assert result["properties"]["number"] == ["OB0243318"]
            assert "Keep the document" in result["properties"]["notes"]

    def test_the_threshold_makes_the_match_and_the_cutoff_ends_the_list(self, asking: httpx.Client) -> None:
        query = {"queries": {"q": asks("Mamadou Sow", birthDate="1991-07-21")}}
        low = asking.post("/match/default", params={"cutoff": 0, "limit": 50}, json=query).json()["responses"]["q"]
        [best, *others] = low["results"]
        assert (best["id"], best["match"]) == ("national-N-2", True)
        assert best["properties"]["notes"] == ["Tell the bureau."]
        assert not any(one["match"] for one in others)
        assert [one["score"] for one in low["results"]] == sorted(
            (one["score"] for one in low["results"]), reverse=True
        )
        high = asking.post("/match/default", params={"threshold": 1, "cutoff": 1}, json=query).json()
        assert all(one["score"] == 1 for one in high["responses"]["q"]["results"])

    def test_an_entry_that_has_ended_is_nobodys(self, asking: httpx.Client) -> None:
        assert matched(asking, q=asks("Mamadou Bah", birthDate="1970-01-02"))["q"]["results"] == []

    def test_a_search_takes_a_name_alone(self, asking: httpx.Client) -> None:
        found = asking.get("/search/default", params={"q": "mamadou diallo"}).json()
        assert found["results"][0]["caption"] == "Diallo Mamadou"
        assert found["facets"]["datasets"]["values"][0]["name"] == "national"
        assert found["total"]["value"] >= 1
        assert asking.get("/search/default", params={"q": "", "limit": 1}).json()["results"] == []

    def test_nobody_is_not_said_where_no_list_is_believed(self, asking: httpx.Client, clock: StandingClock) -> None:
        clock.advance(days=60)
        for answer in (
            asking.post("/match/default", json={"queries": {"q": asks("Zzyzx Qwerty"), "company": COMPANY}}),
            asking.get("/search/default", params={"q": "Zzyzx Qwerty"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "list_not_believed")

    def test_a_list_that_is_too_old_still_finds_and_clears_nobody(
        self, app: FastAPI, asking: httpx.Client, clock: StandingClock
    ) -> None:
        clock.advance(days=60)
        fresh = csv_of(person("F-1", "Keita", birth_dates="1966-05-06"))
        app.state.lists.import_list(order(fresh, code="fresh", as_of=clock.now()))
        answers = matched(
            asking,
            on_the_old_one=asks("Mamadou Sow", birthDate="1991-07-21"),
            on_the_fresh_one=asks("Mamadou Keita", birthDate="1966-05-06"),
            on_none=asks("Zzyzx Qwerty"),
            company=COMPANY,
        )
        assert {
            key: (one["status"], [each["id"] for each in one["results"] if each["match"]])
            for key, one in answers.items()
        } == {
            "on_the_old_one": (200, ["national-N-2"]),
            "on_the_fresh_one": (200, ["fresh-F-1"]),
            "on_none": (503, []),
            "company": (400, []),
        }
        assert {tuple(one["not_believed"]) for key, one in answers.items() if key != "company"} == {
            ("national", "un")
        }
        [only] = matched(asking, "fresh", q=asks("Zzyzx Qwerty")).values()
        assert (only["status"], only["not_believed"]) == (200, [])
        found = asking.get("/search/default", params={"q": "mamadou sow"}).json()
        assert (found["results"][0]["id"], found["not_believed"]) == ("national-N-2", ["national", "un"])

    def test_candidates_that_are_no_match_clear_nobody_either(
        self, asking: httpx.Client, clock: StandingClock
    ) -> None:
        clock.advance(days=60)
        query = {"queries": {"q": asks("Mamadou Sow")}}
        answer = asking.post("/match/national", params={"threshold": 1, "cutoff": 0}, json=query)
        [only] = answer.json()["responses"].values()
        assert only["status"] == 503
        assert only["results"]
        assert not any(one["match"] for one in only["results"])

    @pytest.mark.parametrize(
        ("language", "title"),
        [({}, "There is no such dataset here"), ({"Accept-Language": "fr"}, "Il n'y a pas")],
    )
    def test_what_goes_wrong_is_said_in_english_unless_another_language_is_asked_for(
        self, asking: httpx.Client, language: dict[str, str], title: str
    ) -> None:
        answer = asking.post("/match/nowhere", json={"queries": {"q": ROTENBERG}}, headers=language)
        assert answer.json()["title"].startswith(title)
        unknown = asking.post("/match/default", json={}, headers={"Authorization": "ApiKey wrong"} | language)
        assert ("key" in unknown.json()["title"]) is (not language)

    def test_what_is_asked_is_counted_and_noted_without_saying_what(
        self, asking: httpx.Client, post_database: Database
    ) -> None:
        queries = {str(number): asks("Mamadou Sow") for number in range(30)}
        assert asking.post("/match/national", json={"queries": queries}).status_code == 200
        refused = asking.post("/match/national", json={"queries": queries})
        assert (refused.status_code, refused.json()["code"]) == (429, "system_asks_too_much")
        with post_database.unit_of_work() as session:
            [entry] = session.query(AuditEntry).filter_by(action="list.asked")
            assert (entry.actor_login, entry.purpose, json.loads(entry.detail)["questions"]) == (
                "system:bank",
                "due_diligence",
                30,
            )
            assert "Sow" not in entry.detail

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("/match/nowhere", {"queries": {"q": ROTENBERG}}, 404),
            ("/match/default", {"queries": {}}, 422),
            ("/match/default", {"queries": {str(one): ROTENBERG for one in range(101)}}, 422),
            ("/match/default", {"queries": {"q": {"properties": {}}}}, 422),
            ("/match/default", {"queries": {"q": {"schema": "Person", "properties": {"name": ["x" * 1001]}}}}, 422),
            ("/match/default?limit=501", {"queries": {"q": ROTENBERG}}, 422),
        ],
    )
    def test_a_bad_question_is_refused(self, asking: httpx.Client, path: str, body: Any, status: int) -> None:
        assert asking.post(path, json=body).status_code == status

    @pytest.mark.parametrize("shown", ["", "ApiKey wrong", "Bearer x"])
    def test_without_its_key_nobody_asks(self, asking: httpx.Client, shown: str) -> None:
        answer = asking.post("/match/default", json={"queries": {"q": ROTENBERG}}, headers={"Authorization": shown})
        assert answer.status_code == 401


TRAVELLER = Subject(
    names=(SubjectName(surname="JALLOW", given_names="MAMADOU"),), birth=PartialDate(1980, 3, 4), nationality="MLI"
)


@contextmanager
def national(url: str, clock: StandingClock, *, key: str = "key", timeout_s: float = 3.0) -> Iterator[NationalServer]:
    service = RemoteService(url, name="national", headers={"Authorization": f"ApiKey {key}"}, timeout_s=timeout_s)
    server = NationalServer(service, dataset="default", clock=clock)
    yield server
    server.close()


@pytest.fixture
def server(asking: httpx.Client, clock: StandingClock) -> Iterator[NationalServer]:
    """Another Crossing is the national server."""
    key = asking.headers["Authorization"].removeprefix("ApiKey ")
    with national(str(asking.base_url), clock, key=key) as made:
        yield made


class TestAsked:
    def test_a_listed_traveller_is_a_hit_with_both_words_on_it(self, server: NationalServer) -> None:
        result = server.ask(TRAVELLER)
        assert (result.kind, result.outcome) == (CheckKind.NATIONAL_LISTS, CheckOutcome.HIT)
        [hit] = result.hits
        assert (hit.entry_reference, hit.list_name) == ("national-N-1", "national")
        assert "matched_by_source" in {one.code for one in hit.explanations}
        assert "birth_same" in {one.code for one in hit.explanations}

    def test_a_document_number_is_enough(self, server: NationalServer) -> None:
        document = SubjectDocument(number="AA0123456", issuer="MLI", type="P")
        result = server.ask(Subject(names=(SubjectName(surname="KONE"),), document=document))
        assert result.outcome is CheckOutcome.POSSIBLE
        assert "document_same" in {one.code for one in result.hits[0].explanations}

    @pytest.mark.parametrize("birth", [None, PartialDate(1955, 6, 7)])
    def test_a_name_without_a_second_element_alerts_nobody(
        self, server: NationalServer, birth: PartialDate | None
    ) -> None:
        who = TRAVELLER.model_copy(update={"birth": birth, "nationality": ""})
        assert server.ask(who).outcome is CheckOutcome.CLEAR

    @pytest.mark.parametrize(
        ("given_names", "nationality", "outcome"),
        [
            ("MAMADOU OUSMANE", "MLI", CheckOutcome.POSSIBLE),
            ("MAMADOU OUSMANE", "SEN", CheckOutcome.CLEAR),
            ("MAMADOU", "MLI", CheckOutcome.CLEAR),
        ],
    )
    def test_a_digit_that_was_written_wrongly_is_possible_as_on_own_lists(
        self, app: FastAPI, server: NationalServer, given_names: str, nationality: str, outcome: CheckOutcome
    ) -> None:
        listed = person(
            "S-1", "Jallow", given_names=given_names.title(), birth_dates="1977-03-14", nationalities="MLI"
        )
        app.state.lists.import_list(order(csv_of(listed), code="slips"))
        name = SubjectName(surname="JALLOW", given_names=given_names)
        asked = Subject(names=(name,), birth=PartialDate(1977, 3, 4), nationality=nationality)
        assert server.ask(asked).outcome is outcome

    def test_a_server_with_a_list_that_is_too_old_still_finds_and_clears_nobody(
        self, app: FastAPI, server: NationalServer, clock: StandingClock
    ) -> None:
        fresh = csv_of(person("F-1", "Keita", birth_dates="1966-05-06"))
        clock.advance(days=60)
        app.state.lists.import_list(order(fresh, code="fresh", as_of=clock.now()))
        assert server.ask(TRAVELLER).outcome is CheckOutcome.HIT
        nobody = Subject(names=(SubjectName(surname="QWERTY", given_names="ZZYZX"),), birth=PartialDate(1980, 3, 4))
        assert server.ask(nobody).reason is Reason.BACKEND_ERROR
        namesake = TRAVELLER.model_copy(update={"birth": PartialDate(1955, 6, 7), "nationality": ""})
        assert server.ask(namesake).reason is Reason.BACKEND_ERROR

    def test_who_gives_no_name_and_no_document_is_not_checked(self, server: NationalServer) -> None:
        assert server.ask(Subject()).reason is Reason.NO_NAME

    def test_a_key_that_does_not_fit_is_not_checked(self, asking: httpx.Client, clock: StandingClock) -> None:
        with national(str(asking.base_url), clock, key="wrong") as server:
            assert server.ask(TRAVELLER).reason is Reason.REFUSED

    def test_a_server_that_is_away_is_not_checked(self, clock: StandingClock) -> None:
        with national(f"http://127.0.0.1:{free_ports(1)}", clock) as server:
            assert server.ask(TRAVELLER).reason is Reason.UNREACHABLE

    @pytest.mark.parametrize(
        ("status", "body", "reason"),
        [
            (200, b"{}", Reason.MALFORMED_ANSWER),
            (200, b'{"responses": {}, "limit": 5}', Reason.MALFORMED_ANSWER),
            (200, b"<html>Sign in to the hotel's network</html>", Reason.MALFORMED_ANSWER),
            (302, b"", Reason.MALFORMED_ANSWER),
            (404, b"{}", Reason.MALFORMED_ANSWER),
            (429, b"{}", Reason.THROTTLED),
            (500, b"", Reason.BACKEND_ERROR),
            (
                200,
                b'{"responses": {"traveller": {"status": 500, "results": [], "total": {"value": 0},'
                b' "query": {"schema": "Person", "properties": {}}}}, "limit": 5}',
                Reason.BACKEND_ERROR,
            ),
        ],
    )
    def test_whatever_is_no_answer_is_not_checked(
        self, clock: StandingClock, status: int, body: bytes, reason: Reason
    ) -> None:
        with answering(status, body) as url, national(url, clock) as server:
            result = server.ask(TRAVELLER)
        assert (result.outcome, result.reason) == (CheckOutcome.NOT_CHECKED, reason)

    def test_a_server_that_does_not_answer_in_time_is_not_checked(self, clock: StandingClock) -> None:
        with answering(200, b"{}", after_s=5) as url, national(url, clock, timeout_s=0.3) as server:
            assert server.ask(TRAVELLER).reason is Reason.TIMEOUT


@contextmanager
def answering(status: int, body: bytes, *, after_s: float = 0.0) -> Iterator[str]:
    """A server that answers everything in one way."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            stopped.wait(after_s)
            if not stopped.is_set() or not after_s:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the base class's name

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        stopped.set()
        server.shutdown()
        thread.join()
