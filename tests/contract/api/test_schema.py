"""No request that the descriptions allow, or nearly allow, makes a post or the capital fail, and every answer is as
described. Half of the requests name travellers who are there, so that they come past the first look-up."""

from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from crossing.api_description import describe
from crossing.identity.dependencies import CSRF_HEADER
from crossing.identity.roles import Role
from tests.contract.api.conftest import Known
from tests.factories.services import Service

CHECKS: Final = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS: Final = ("get", "/api/sessions/{session_id}/events")
"""A stream of events never ends."""
OWN_SESSION: Final = {"/api/session", "/api/session/password"}
"""Asked by another officer: it may end the session that asks."""
EXAMPLES: Final = 9


@pytest.fixture(params=["post", "capital"])
def place(request: pytest.FixtureRequest) -> tuple[Service, Known]:
    return request.getfixturevalue(request.param), request.getfixturevalue(f"at_{request.param}")


def test_no_request_makes_a_service_fail(place: tuple[Service, Known]) -> None:
    service, known = place
    passer_by = Known(service.officer(Role.OFFICER, login="passer-by"), {})
    document = describe(service.app)
    api = schemathesis.openapi.from_dict(document)
    tried = 0
    for path, item in document["paths"].items():
        for method in item:
            if (method, path) != ENDLESS:
                _try(api[path][method], service, passer_by if path in OWN_SESSION else known)
                tried += 1
    assert tried > 20


def _try(operation: Any, service: Service, known: Known) -> None:
    cases = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=cases, choice=st.integers(0, 7))
    def send(case: Case[Any], choice: int) -> None:
        _ask_about(case, known, choice)
        note(f"{case.method} {case.formatted_path} {case.query} {case.body!r}")
        cookie = "; ".join(f"{name}={value}" for name, value in known.officer.cookies.items())
        headers = {CSRF_HEADER: known.officer.headers[CSRF_HEADER], "Cookie": cookie}
        case.call_and_validate(base_url=service.url, headers=headers, checks=CHECKS)

    send()


def _ask_about(case: Case[Any], known: Known, choice: int) -> None:
    """In half of the cases, put what is known into the path."""
    for name in case.path_parameters or {}:
        there = known.ids.get(name, ())
        if there and choice < 4:
            case.path_parameters[name] = there[choice % len(there)]
