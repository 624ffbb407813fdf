"""Structured logs: one JSON object a line, each with the correlation id of the request it belongs to.

No personal data: only fields named in the code are logged, and query strings and bodies never are.
"""

import logging
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crossing.platform.ids import new_id

HEADER: Final = "Crossing-Correlation-Id"
_MAX_LENGTH: Final = 64
_current: ContextVar[str] = ContextVar("correlation_id", default="")

log = structlog.get_logger("crossing")

Observe = Callable[[str, str, int, float], None]


def correlation_id() -> str:
    """The id of the request being answered, or an empty string outside of one."""
    return _current.get()


def configure(*, level: str = "INFO") -> None:
    """Send structlog's and the standard library's records alike to standard error as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_traceback),
        _add_correlation_id,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Uvicorn's access log prints paths with their query; ours below prints the route's pattern only.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("httpx").setLevel("WARNING")


_describe: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _traceback(exc_info: structlog.typing.ExcInfo) -> list[dict[str, Any]]:
    """Where an error came from and of what type it was. Its text and the variables around it may hold a person."""
    return [{"exc_type": one["exc_type"], "frames": one["frames"]} for one in _describe(exc_info)]


def _add_correlation_id(_: Any, __: str, record: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if current := correlation_id():
        record["correlation_id"] = current
    return record


class CorrelationMiddleware:
    """Gives every request an id (the caller's, if it sent a sane one), and logs its route, status and duration."""

    def __init__(self, app: ASGIApp, observe: Observe | None = None) -> None:
        """``observe`` is also told method, route pattern, status and seconds of each request."""
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _sane(scope) or str(new_id())
        # Never reset: the handler of unforeseen errors runs after this returns, in the same request's context.
        _current.set(request_id)
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER.lower().encode(), request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            seconds = time.perf_counter() - started
            log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))
            if self._observe is not None:
                self._observe(scope["method"], route, status, seconds)


def _sane(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == HEADER.lower().encode():
            text: str = value.decode("latin-1")
            if len(text) <= _MAX_LENGTH and text.replace("-", "").isalnum() and text.isascii():
                return text
    return ""
