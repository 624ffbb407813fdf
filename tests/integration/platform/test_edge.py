"""The edge of both services: whatever happens inside, an answer leaves that says enough, and not too much."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Form, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from crossing.platform.api import MAX_BODY_BYTES, new_app
from crossing.platform.clock import SystemClock
from crossing.platform.db import Database
from crossing.platform.errors import DomainError, Kind
from crossing.platform.problems import STATUS

SECRET = "Aminata-L898902C3"
HEADERS = (
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "content-security-policy",
    "cache-control",
)


class Throttled(DomainError):
    kind = Kind.THROTTLED
    code = "too_many"
    message = "Too many attempts."


class Traveller(BaseModel):
    model_config = ConfigDict(extra="forbid")

    surname: Annotated[str, Field(max_length=5)]
    age: int
    sex: Annotated[str, Field(pattern="^[MFX]$")]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = _app()
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["Accept-Language"] = "en"
        yield client


def _app() -> FastAPI:
    app = new_app(title="test", database=Database(sa.create_engine("sqlite://")), clock=SystemClock())
    kinds = {kind: type(kind.name, (DomainError,), {"kind": kind, "code": f"is_{kind}"}) for kind in Kind}

    @app.get("/fail/{kind}")
    def fail(kind: Kind) -> None:
        raise kinds[kind]

    @app.get("/throttled")
    def throttled() -> None:
        raise Throttled(retry_after_s=30)

    @app.get("/crash")
    def crash() -> None:
        raise ValueError(SECRET)

    @app.get("/database/{trouble}")
    def database(trouble: str) -> None:
        if trouble == "race":
            raise StaleDataError(SECRET)
        raise OperationalError(f"INSERT '{SECRET}'", {}, Exception(f"{trouble} {SECRET}"))

    @app.post("/travellers")
    def travellers(traveller: Traveller) -> Traveller:
        return traveller

    @app.post("/form")
    def form(name: Annotated[str, Form()]) -> str:
        return name

    @app.put("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @app.put("/unread")
    def unread() -> str:
        return "the body was not looked at"

    return app


class TestProblems:
    def test_every_kind_of_error_has_its_status(self) -> None:
        assert set(STATUS) == set(Kind)
        assert len(set(STATUS.values())) == len(STATUS)

    @pytest.mark.parametrize("kind", list(Kind))
    def test_a_domain_error_is_a_problem(self, client: TestClient, kind: Kind) -> None:
        answer = client.get(f"/fail/{kind}")
        problem = answer.json()
        assert answer.status_code == problem["status"] == STATUS[kind]
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["code"] == f"is_{kind}"
        assert problem["type"] == f"urn:crossing:problem:is_{kind}"
        assert problem["title"] == DomainError.message
        assert problem["correlation_id"] == answer.headers["crossing-correlation-id"]

    def test_what_may_be_tried_again_says_when(self, client: TestClient) -> None:
        answer = client.get("/throttled")
        assert answer.headers["retry-after"] == "30"
        assert answer.json()["retry_after_s"] == 30

    @pytest.mark.parametrize(
        ("locale", "words"),
        [("fr", "La demande"), ("en", "The request"), ("ar", "الطلب")],
    )
    def test_a_problem_speaks_the_reader_s_language(self, client: TestClient, locale: str, words: str) -> None:
        by_browser = client.get("/fail/invalid", headers={"Accept-Language": f"{locale}-XX,de;q=0.5"})
        assert words in by_browser.json()["title"]
        chosen = client.get("/fail/invalid", headers={"Accept-Language": "de", "Cookie": f"crossing_locale={locale}"})
        assert chosen.json()["title"] == by_browser.json()["title"]

    @pytest.mark.parametrize(
        "body",
        [
            {"surname": SECRET, "age": 3, "sex": "M"},
            {"surname": "A", "age": SECRET, "sex": "M"},
            {"surname": "A", "age": 3, "sex": SECRET},
            {"surname": [SECRET], "age": None, "sex": {SECRET: SECRET}},
            SECRET,
            [SECRET],
            {},
        ],
    )
    def test_a_refused_field_is_named_without_what_was_in_it(self, client: TestClient, body: object) -> None:
        answer = client.post("/travellers", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "fields_invalid")
        assert all(set(error) == {"field", "rule"} for error in answer.json()["errors"])
        assert SECRET not in answer.text

    def test_an_unknown_field_is_refused_and_not_echoed_beyond_its_name(self, client: TestClient) -> None:
        answer = client.post("/travellers", json={"surname": "A", "age": 3, "sex": "M", "colour": SECRET})
        assert answer.status_code == 422
        assert answer.json()["errors"] == [{"field": "body.colour", "rule": "extra_forbidden"}]

    @pytest.mark.parametrize(
        "content", [b"\xff\xfe{", b'{"surname": "\xed\xa0\x80"}', b"{" * 3000, b'{"surname": "A', b"NaN", b""]
    )
    def test_a_body_that_is_no_json_is_one_clear_problem(self, client: TestClient, content: bytes) -> None:
        answer = client.post("/travellers", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == "application/problem+json"

    def test_an_unforeseen_error_tells_nothing_of_itself(self, client: TestClient) -> None:
        answer = client.get("/crash")
        assert answer.status_code == 500
        assert answer.json()["code"] == "unexpected"
        assert SECRET not in answer.text
        assert "ValueError" not in answer.text
        assert answer.json()["correlation_id"]

    @pytest.mark.parametrize(
        ("trouble", "status", "code"),
        [
            ("database or disk is full", 507, "storage_full"),
            ("could not extend file: No space left on device", 507, "storage_full"),
            ("connection refused", 503, "database_unavailable"),
            ("race", 409, "record_changed"),
        ],
    )
    def test_trouble_of_the_database_is_told_without_its_statement(
        self, client: TestClient, trouble: str, status: int, code: str
    ) -> None:
        answer = client.get(f"/database/{trouble}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert SECRET not in answer.text
        assert "INSERT" not in answer.text

    @pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/crash", 405)])
    def test_what_the_framework_refuses_is_a_problem_too(
        self, client: TestClient, method: str, path: str, status: int
    ) -> None:
        answer = client.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


class TestBodyLimit:
    LARGE = b"x" * (MAX_BODY_BYTES + 1)

    @pytest.mark.parametrize("path", ["/raw", "/unread"])
    def test_an_announced_body_over_the_limit_is_refused_unread(self, client: TestClient, path: str) -> None:
        answer = client.put(path, content=self.LARGE)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize(
        ("method", "path", "media"),
        [
            ("PUT", "/raw", "image/jpeg"),
            ("POST", "/travellers", "application/json"),
            ("POST", "/form", "application/x-www-form-urlencoded"),
            ("POST", "/form", "multipart/form-data; boundary=x"),
        ],
    )
    def test_a_body_that_grows_over_the_limit_unannounced_is_refused_too(
        self, client: TestClient, method: str, path: str, media: str
    ) -> None:
        def pieces() -> Iterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n' if "boundary" in media else b""
            for start in range(0, len(self.LARGE), 1 << 20):
                yield self.LARGE[start : start + (1 << 20)]

        answer = client.request(method, path, content=pieces(), headers={"Content-Type": media})
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    def test_a_body_at_the_limit_passes(self, client: TestClient) -> None:
        assert client.put("/raw", content=self.LARGE[:-1]).json() == MAX_BODY_BYTES

    @pytest.mark.parametrize("announced", ["-1", "many", "1e3", ""])
    def test_a_senseless_announcement_is_no_way_around_the_limit(self, client: TestClient, announced: str) -> None:
        answer = client.put("/raw", content=self.LARGE, headers={"Content-Length": announced})
        assert answer.status_code == 413


class TestHeaders:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/health/live", 200),
            ("GET", "/health/ready", 200),
            ("GET", "/nowhere", 404),
            ("GET", "/fail/forbidden", 403),
            ("POST", "/travellers", 422),
            ("GET", "/crash", 500),
        ],
    )
    def test_every_answer_has_the_security_headers_and_an_id(
        self, client: TestClient, method: str, path: str, status: int
    ) -> None:
        answer = client.request(method, path)
        assert answer.status_code == status
        assert [name for name in HEADERS if name not in answer.headers] == []
        assert UUID(answer.headers["crossing-correlation-id"]).version == 7

    def test_a_refused_body_has_them_too(self, client: TestClient) -> None:
        answer = client.put("/raw", content=TestBodyLimit.LARGE)
        assert answer.status_code == 413
        assert [name for name in HEADERS if name not in answer.headers] == []
        assert answer.json()["correlation_id"] == answer.headers["crossing-correlation-id"]


class TestCorrelation:
    @pytest.mark.parametrize("given", ["abc-123", "A" * 64, "0190a3e4-7f1c-7000-8000-000000000000"])
    def test_a_sane_id_of_the_caller_s_is_kept(self, client: TestClient, given: str) -> None:
        answer = client.get("/fail/invalid", headers={"Crossing-Correlation-Id": given})
        assert answer.headers["crossing-correlation-id"] == given
        assert answer.json()["correlation_id"] == given

    @pytest.mark.parametrize("given", ["", "-", "A" * 65, "a b", "é".encode().decode("latin-1"), "<script>", "a;b"])
    def test_anything_else_is_replaced(self, client: TestClient, given: str) -> None:
        header = {b"crossing-correlation-id": given.encode("latin-1")}
        answer = client.get("/fail/invalid", headers=header)
        assert UUID(answer.headers["crossing-correlation-id"]).version == 7

    def test_each_request_has_its_own(self, client: TestClient) -> None:
        ids = {client.get("/health/live").headers["crossing-correlation-id"] for _ in range(3)}
        assert len(ids) == 3


class TestHealth:
    def test_live_says_that_the_process_answers_and_ready_that_the_database_does(self, client: TestClient) -> None:
        assert client.get("/health/live").json()["status"] == "live"
        assert client.get("/health/ready").json() == {"status": "ready"}

    def test_a_database_that_is_away_is_not_ready_and_no_crash(self, post_database: Database) -> None:
        app = new_app(title="test", database=post_database, clock=SystemClock())
        post_database.engine.dispose()
        app.state.database.engine = sa.create_engine("sqlite:////nowhere/at/all.db")
        answer = TestClient(app).get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "database unavailable")

    def test_the_api_is_described_to_nobody_here(self, client: TestClient) -> None:
        assert {client.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")} == {404}
