"""Problems (RFC 9457): the one table that turns domain errors into HTTP, in the reader's language.

A problem never carries what the sender sent: a validation error names the field and the rule, not the value,
because the value may be a person's.
"""

import json
import logging
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi_problem.error import Problem
from fastapi_problem.handler import add_exception_handler, new_exception_handler
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from crossing.platform.errors import DomainError, Kind
from crossing.platform.i18n import translator_for
from crossing.platform.logs import correlation_id, log

TYPE_BASE: Final = "urn:crossing:problem:{type}"
MEDIA_TYPE: Final = "application/problem+json"

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "description": "A URN that ends in the code."},
        "title": {"type": "string", "description": "One sentence for a person, in the language that was asked for."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; what a program goes by."},
        "correlation_id": {"type": "string", "description": "Under which the logs have more."},
        "errors": {
            "type": "array",
            "description": "Which fields break which rule; what was sent is not repeated.",
            "items": {
                "type": "object",
                "required": ["field", "rule"],
                "properties": {"field": {"type": "string"}, "rule": {"type": "string"}},
            },
        },
    },
}
"""A problem as JSON Schema; a code may bring further members of its own."""

STATUS: Final[dict[Kind, int]] = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED_MEDIA: 415,
    Kind.THROTTLED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.UPSTREAM: 502,
    Kind.STORAGE_FULL: 507,
}


_FULL: Final = ("full", "No space left")
"""How SQLite and PostgreSQL say that there is no room."""


class Unexpected(DomainError):
    """What a person is told about an error nobody foresaw; the log has the rest under the same correlation id."""

    kind = Kind.UNAVAILABLE
    code = "unexpected"
    message = "Something went wrong on our side. It has been recorded; please try again."


class DatabaseFull(DomainError):
    kind = Kind.STORAGE_FULL
    code = "storage_full"
    message = "The disk is full: nothing was recorded. Call the supervisor."


class DatabaseUnavailable(DomainError):
    kind = Kind.UNAVAILABLE
    code = "database_unavailable"
    message = "The database does not answer: nothing was recorded. Please try again."


class RequestUnreadable(DomainError):
    """What the framework could not even parse: broken JSON, text that is not UTF-8, a form cut short."""

    code = "request_unreadable"
    message = "The request could not be read: it is damaged or cut short."


class AddressUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "address_unknown"
    message = "There is no such page."


class MethodNotTaken(DomainError):
    code = "method_not_taken"
    message = "This page does not take that."


class RecordChanged(DomainError):
    kind = Kind.CONFLICT
    code = "record_changed"
    message = "Someone else changed this record at the same moment. Look at it again, then repeat the step."


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem, foreseen or not."""
    # The first that fits counts, so the one for everything stands last.
    handlers: dict[type[Exception], Any] = {
        DomainError: _from_domain,
        OperationalError: _from_database,
        StaleDataError: _from_race,
        HTTPException: _from_framework,
        RequestValidationError: _from_validation,
        Exception: _from_unforeseen,
    }
    handler = new_exception_handler(
        logger=logging.getLogger("crossing.problems"),
        handlers=handlers,
        http_exception_handler=_from_framework,
        request_validation_handler=_from_validation,
        documentation_uri_template=TYPE_BASE,
        post_hooks=[_add_correlation],
    )
    add_exception_handler(app, handler)
    # The package registers ``Exception`` alone, whose handler answers and then raises again: every refusal would
    # be logged as a crash with status 500.
    for error in (DomainError, OperationalError, StaleDataError):
        app.add_exception_handler(error, handler)


def _from_domain(_handler: Any, request: Request, error: DomainError) -> Problem:
    translate = translator_for(request).gettext
    members: dict[str, Any] = {"code": error.code, **error.params}
    headers = {"Retry-After": str(error.params["retry_after_s"])} if "retry_after_s" in error.params else None
    return Problem(
        title=translate(error.message).format(**error.params),
        type_=error.code,
        status=STATUS[error.kind],
        headers=headers,
        **members,
    )


def _from_validation(_handler: Any, request: Request, error: RequestValidationError) -> Problem:
    translate = translator_for(request).gettext
    fields = [
        {"field": ".".join(str(part) for part in problem["loc"]), "rule": problem["type"]}
        for problem in error.errors()
    ]
    return Problem(
        title=translate("Some fields are missing or not as they should be."),
        type_="fields_invalid",
        status=422,
        code="fields_invalid",
        errors=fields,
    )


def _from_database(handler: Any, request: Request, error: OperationalError) -> Problem:
    """A database that has no room, or is not there, is told as such; anything else of it is unforeseen."""
    full = any(words in str(error.orig) for words in _FULL)
    log.error("database", full=full, driver_error=type(error.orig).__name__)
    return _from_domain(handler, request, DatabaseFull() if full else DatabaseUnavailable())


def _from_race(handler: Any, request: Request, _error: StaleDataError) -> Problem:
    return _from_domain(handler, request, RecordChanged())


_BY_FRAMEWORK: Final[dict[int, type[DomainError]]] = {
    400: RequestUnreadable,
    404: AddressUnknown,
    405: MethodNotTaken,
}
"""What the framework itself refuses, before a room has seen it; its own words are English and for developers."""


def _from_framework(_handler: Any, request: Request, refusal: HTTPException) -> Problem:
    error = _BY_FRAMEWORK.get(refusal.status_code, DomainError)
    return Problem(
        title=translator_for(request).gettext(error.message),
        type_=error.code,
        status=refusal.status_code,
        headers=dict(refusal.headers or {}),
        code=error.code,
    )


def _from_unforeseen(_handler: Any, request: Request, _error: Exception) -> Problem:
    """Says nothing of the error itself: its text may hold a person's data."""
    members: dict[str, Any] = {"code": Unexpected.code}
    title = translator_for(request).gettext(Unexpected.message)
    return Problem(title, type_=Unexpected.code, status=500, **members)


def _add_correlation(content: dict[str, Any], _request: Request, response: Any) -> tuple[dict[str, Any], Any]:
    content["correlation_id"] = correlation_id()
    response.body = json.dumps(content, ensure_ascii=False).encode()
    return content, response
