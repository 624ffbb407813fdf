"""No request that the OpenAPI document allows, or nearly allows, makes the bridge fail."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from interpol_bridge.app import create_app
from interpol_bridge.backends import open_backend
from interpol_bridge.http.identity import CERTIFICATE_STATE
from interpol_bridge.settings import load_settings
from interpol_bridge.store.secrets import make_secret, read_keys
from interpol_bridge.store.store import Store

from .backing import Backing, of_kind
from .certificates import Authority
from .world import POST

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
TRIED = [
    "/v1/sltd/query",
    "/v1/tdawn/query",
    "/v1/nominals/query",
    "/v1/smv/query",
    "/v1/batch",
    "/v1/hits/{hit_id}/verification",
    "/v1/status",
    "/metrics",
]


class WithCertificate:
    """Shows the post's certificate to an app, as the TLS layer does.

    The test client starts and stops the app's lifespan around each request; here it stays up until the last.
    """

    def __init__(self, app: ASGIApp, certificate: bytes) -> None:
        self._app = app
        self._certificate = certificate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
            return
        scope["state"] = {**scope.get("state", {}), CERTIFICATE_STATE: self._certificate}
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def api(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, running_backing: Backing
) -> Iterator[BaseSchema]:
    folder = tmp_path_factory.mktemp("schema")
    limits = {"data_folder": folder, "rate_per_minute": 1_000_000, "rate_burst": 1_000_000}
    settings = load_settings(None, **limits, **running_backing.options)
    make_secret(settings.secret_path)
    store = Store.open(settings.database_path, read_keys(settings.secret_path))
    with closing(store), closing(open_backend(settings)) as backend:
        app = create_app(backend=backend, store=store, settings=settings)
        yield schemathesis.openapi.from_asgi("/openapi.json", WithCertificate(app, authority.issue(POST).der))


def ask_in_our_name(body: Any) -> None:
    """Put the caller's post wherever a body names one, so that the questions go past the door."""
    if isinstance(body, dict):
        if isinstance(body.get("post"), str):
            body["post"] = POST
        for value in body.values():
            ask_in_our_name(value)
    if isinstance(body, list):
        for value in body:
            ask_in_our_name(value)


@pytest.mark.parametrize("path", TRIED)
def test_no_request_makes_the_bridge_fail(api: BaseSchema, path: str) -> None:
    [(_, operation)] = api[path].items()

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def send(case: Case[Any]) -> None:
        ask_in_our_name(case.body)
        case.call_and_validate(checks=CHECKS)

    send()


@of_kind("simulator")
def test_the_document_says_how_callers_are_known_and_what_problems_look_like(api: BaseSchema) -> None:
    document = api.raw_schema

    assert document["components"]["securitySchemes"] == {"clientCertificate": {"type": "mutualTLS"}}
    assert document["paths"]["/health/live"]["get"]["security"] == []
    refusal = document["paths"]["/v1/batch"]["post"]["responses"]["422"]["content"]["application/problem+json"]
    assert refusal["schema"]["$ref"].rpartition("/")[2] in document["components"]["schemas"]


@of_kind("simulator")
def test_every_operation_is_tried(api: BaseSchema) -> None:
    open_to_all = {"/health/live", "/health/ready"}
    assert set(api) - open_to_all == set(TRIED)
