"""RFC 9457 problems: the one place that knows which HTTP status a refusal becomes.

A problem never repeats what the caller sent, since that is personal data.
"""

import json
import math
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from interpol_bridge.errors import (
    AskedTooMuch,
    BodyTooLarge,
    BodyTooSlow,
    BridgeError,
    NcbReferenceRequired,
    NotYourPost,
    QuestionIncomplete,
    QuotaExceeded,
    RateExceeded,
    RequestIdReused,
    SecondApproverRequired,
    Unauthenticated,
    UnknownHit,
    WordIdReused,
    WordSuperseded,
)

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "urn:interpol-bridge:problem:"

TABLE: dict[type[BridgeError], tuple[HTTPStatus, str]] = {
    Unauthenticated: (HTTPStatus.UNAUTHORIZED, "unauthenticated"),
    NotYourPost: (HTTPStatus.FORBIDDEN, "not-your-post"),
    UnknownHit: (HTTPStatus.NOT_FOUND, "unknown-hit"),
    BodyTooSlow: (HTTPStatus.REQUEST_TIMEOUT, "body-too-slow"),
    RequestIdReused: (HTTPStatus.CONFLICT, "request-id-reused"),
    WordIdReused: (HTTPStatus.CONFLICT, "word-id-reused"),
    WordSuperseded: (HTTPStatus.CONFLICT, "superseded"),
    BodyTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large"),
    QuestionIncomplete: (HTTPStatus.UNPROCESSABLE_ENTITY, "question-incomplete"),
    NcbReferenceRequired: (HTTPStatus.UNPROCESSABLE_ENTITY, "ncb-reference-required"),
    SecondApproverRequired: (HTTPStatus.UNPROCESSABLE_ENTITY, "second-approver-required"),
    RateExceeded: (HTTPStatus.TOO_MANY_REQUESTS, "rate-exceeded"),
    QuotaExceeded: (HTTPStatus.TOO_MANY_REQUESTS, "quota-exceeded"),
}

log = structlog.get_logger(__name__)


class FieldProblem(BaseModel):
    """One place of the body or the path that is not as the contract says."""

    model_config = ConfigDict(frozen=True)

    where: str
    what: str


class Problem(BaseModel):
    """``type`` is stable and names the kind of problem; ``title`` and ``detail`` are for people."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldProblem, ...] = ()


PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def problem_schemas() -> dict[str, Any]:
    """What :data:`PROBLEM_SCHEMA` refers to: the components to add to the OpenAPI document."""
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**problem.pop("$defs"), "Problem": problem}


def install(app: FastAPI) -> None:
    """Make every refusal and failure of the app a problem."""
    app.add_exception_handler(BridgeError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _store_unavailable)
    app.add_exception_handler(Exception, _failed)


def problem_of(error: BridgeError) -> Response:
    """The response that tells a caller of a refusal."""
    status, slug = TABLE[type(error)]
    headers = {"retry-after": str(math.ceil(error.retry_after_s))} if isinstance(error, AskedTooMuch) else {}
    return _response(status, slug, str(error), headers=headers)


def _response(
    status: int,
    slug: str,
    detail: str = "",
    *,
    errors: tuple[FieldProblem, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    title = HTTPStatus(status).phrase
    problem = Problem(type=TYPE_BASE + slug, title=title, status=status, detail=detail, errors=errors)
    # Escaped to ASCII: a name in the body may hold a lone surrogate, which UTF-8 can't carry.
    return Response(json.dumps(problem.model_dump()), status, headers, MEDIA_TYPE)


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, BridgeError)
    return problem_of(error)


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = tuple(
        FieldProblem(where=".".join(str(step) for step in one["loc"]), what=one["msg"]) for one in error.errors()
    )
    return _response(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "The request is not as the contract says.", errors=errors
    )


def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    slug = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return _response(error.status_code, slug, error.detail, headers=dict(error.headers or {}))


def _store_unavailable(_: Request, error: Exception) -> Response:
    log.error("store_unavailable", error=type(error).__name__)
    return _response(
        HTTPStatus.SERVICE_UNAVAILABLE, "store-unavailable", "The bridge can't write its audit, so it asks nothing."
    )


def _failed(_: Request, error: Exception) -> Response:
    log.error("failed", error=type(error).__name__)
    return _response(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", "The bridge failed; its log says more.")
