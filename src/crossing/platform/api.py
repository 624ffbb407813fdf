"""What both services have in common at their edge: problems, logs, limits, headers, health, metrics."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crossing import __version__
from crossing.platform import problems
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.errors import DomainError, Kind
from crossing.platform.images import MAX_BYTES
from crossing.platform.logs import CorrelationMiddleware
from crossing.platform.metrics import RequestMetrics

MAX_BODY_BYTES = MAX_BYTES + 64 * 1024
"""An image at its limit, and room for what surrounds it."""

_ONLY_OVER_TLS = (b"strict-transport-security", b"max-age=31536000")

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "Cache-Control": "no-store",
}


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def new_app(*, title: str, database: Database, clock: Clock, lifespan: Lifespan | None = None) -> FastAPI:
    """An application without rooms: ``bootstrap`` puts them in. ``app.state`` carries what rooms depend on.

    The description of the API is not open to everybody either: ``bootstrap`` serves it to those who signed in.
    """
    app = FastAPI(
        title=title, version=__version__, lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None
    )
    app.state.database = database
    app.state.clock = clock
    app.state.metrics = CollectorRegistry()
    app.state.body_limits = ()
    problems.install(app)
    _add_health(app)
    # The last added is the outermost: the correlation id is there before anything can fail, and no answer,
    # whichever layer gives it, leaves without it and the security headers.
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(UnforeseenMiddleware)
    app.add_middleware(HeadersMiddleware)
    app.add_middleware(CorrelationMiddleware, observe=RequestMetrics(app.state.metrics).observe)
    return app


def _add_health(app: FastAPI) -> None:
    app.get("/health/live", tags=["health"], summary="The process answers")(live)
    app.get("/health/ready", tags=["health"], summary="The database answers")(ready)


def live() -> dict[str, str]:
    return {"status": "live", "version": __version__}


def ready(request: Request) -> JSONResponse:
    """Asked of the application's state: FastAPI remembers endpoints for good, and would keep what they close over."""
    database: Database = request.app.state.database
    try:
        with database.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"status": "database unavailable"}, status_code=503)
    return JSONResponse({"status": "ready"})


def metrics_page(request: Request) -> Response:
    """The process's figures in Prometheus' text form; labels name no person. Mounted behind authorisation."""
    return PlainTextResponse(generate_latest(request.app.state.metrics), media_type=CONTENT_TYPE_LATEST)


class HeadersMiddleware:
    """Adds the security headers to every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                if scope["scheme"] == "https":
                    message["headers"] = [*message["headers"], _ONLY_OVER_TLS]
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in _SECURITY_HEADERS.items()
                        if name.lower().encode() not in present
                    ),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class UnforeseenMiddleware:
    """Answers errors that nobody foresaw from inside the other layers; the framework would do it outside of them.

    The error goes on its way afterwards, so that the server and a test still see it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noticed(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except Exception as error:
            if scope["type"] == "http" and not started:
                await _answer(Exception, error, scope, receive, send)
            raise


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """How many bytes the routes may take whose whole path is ``path``, in the place of the general limit."""

    path: re.Pattern[str]
    limit: int


class BodyLimitMiddleware:
    """Refuses a body over the limit, whether its length was announced or not, without ever holding it in memory.

    The application's ``state.body_limits`` names the paths that have a limit of their own.
    """

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope)
        if _announced_length(scope) > limit:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge
            return message

        async def corrected(message: Message) -> None:
            # The framework turns an error while reading a form or JSON into an answer of its own; ours replaces it.
            if received <= limit:
                await send(message)
            elif message["type"] == "http.response.start":
                await self._refuse(scope, receive, send)

        await self._app(scope, counted, corrected)

    def _limit_of(self, scope: Scope) -> int:
        own: tuple[BodyLimit, ...] = scope["app"].state.body_limits
        return next((one.limit for one in own if one.path.fullmatch(scope["path"])), self._limit)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _answer(DomainError, BodyTooLarge(), scope, receive, send)


class BodyTooLarge(DomainError):
    kind = Kind.TOO_LARGE
    code = "body_too_large"
    message = "The request is too large."


async def _answer(key: type[Exception], error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Send what the application's handler for ``key`` makes of ``error``."""
    app: FastAPI = scope["app"]
    response: Response = app.exception_handlers[key](Request(scope), error)  # type: ignore[assignment]
    await response(scope, receive, send)


def _announced_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
