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

from crossing.platform.errors import DomainError, Kind
from crossing.platform.i18n import translator_for
from crossing.platform.logs import correlation_id, log

TYPE_BASE: Final = "urn:crossing:problem:{type}"

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


class RecordChanged(DomainError):
    kind = Kind.CONFLICT
    code = "record_changed"
    message = "Someone else changed this record at the same moment. Look at it again, then repeat the step."


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem, foreseen or not."""
    foreseen: dict[type[Exception], Any] = {
        DomainError: _from_domain,
        OperationalError: _from_database,
        StaleDataError: _from_race,
    }
    handler = new_exception_handler(
        logger=logging.getLogger("crossing.problems"),
        handlers=foreseen,
        request_validation_handler=_from_validation,
        unhandled_wrappers={"default": _Unforeseen},  # type: ignore[dict-item]
        documentation_uri_template=TYPE_BASE,
        post_hooks=[_add_correlation],
    )
    add_exception_handler(app, handler)
    # The package registers ``Exception`` alone, whose handler answers and then raises again: every refusal would
    # be logged as a crash with status 500.
    for error in foreseen:
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


class _Unforeseen(Problem):
    """Says nothing of the error itself: its text may hold a person's data."""

    def __init__(self, *_: object, **__: object) -> None:
        members: dict[str, Any] = {"code": Unexpected.code}
        super().__init__(Unexpected.message, type_=Unexpected.code, status=500, **members)


def _add_correlation(content: dict[str, Any], _request: Request, response: Any) -> tuple[dict[str, Any], Any]:
    content["correlation_id"] = correlation_id()
    response.body = json.dumps(content, ensure_ascii=False).encode()
    return content, response
