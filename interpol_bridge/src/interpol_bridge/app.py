"""The composition root: one bridge, put together from a backend, a store and settings."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError

from crossing.ports import bridge as contract
from crossing.ports.breaker import Ticks
from interpol_bridge.backends.base import Backend
from interpol_bridge.clock import Clock, utc_now
from interpol_bridge.http import problems
from interpol_bridge.http.endpoints import contract_router, operations_router
from interpol_bridge.http.identity import CallerDirectory
from interpol_bridge.http.middleware import (
    OPEN_PATHS,
    BodyLimitMiddleware,
    ClientCertificateMiddleware,
    RateMiddleware,
)
from interpol_bridge.http.revocation import RevocationLists
from interpol_bridge.parts import Parts
from interpol_bridge.rates import RateLimiter
from interpol_bridge.settings import Settings
from interpol_bridge.store.store import Store

REQUESTS_PER_QUESTION = 10
"""So many requests for each new question that is allowed: a repeated one costs the databases nothing, but is work."""

log = structlog.get_logger(__name__)


class BridgeApp(FastAPI):
    """FastAPI whose OpenAPI document has the problems, and says that callers are known by their certificates."""

    def openapi(self) -> dict[str, Any]:
        schema = super().openapi()
        schema["components"]["schemas"].update(problems.problem_schemas())
        schema["components"]["securitySchemes"] = {"clientCertificate": {"type": "mutualTLS"}}
        schema["security"] = [{"clientCertificate": []}]
        for path in OPEN_PATHS & schema["paths"].keys():
            for operation in schema["paths"][path].values():
                operation["security"] = []
        return schema


def create_app(
    *,
    backend: Backend,
    store: Store,
    settings: Settings,
    copy: Backend | None = None,
    clock: Clock = utc_now,
    ticks: Ticks = time.monotonic,
) -> FastAPI:
    """A bridge that asks ``backend``, and ``copy`` where that gives no answer, and keeps its audit in ``store``; it
    closes them when it stops.

    The server must put the peer's certificate into the scope's state: ``interpol_bridge.serving`` does.
    """
    revocations = RevocationLists.of(settings)
    callers = CallerDirectory(settings.allowed_fingerprints, revocations)
    parts = Parts(backend, copy, store, settings, clock, ticks)
    if revocations is not None:
        parts.metrics.read_client_lists(
            age_s=lambda: revocations.age_s(clock()), left_s=lambda: revocations.left_s(clock())
        )
    limiter = RateLimiter(
        per_minute=settings.rate_per_minute * REQUESTS_PER_QUESTION,
        burst=settings.rate_burst * REQUESTS_PER_QUESTION,
        ticks=ticks,
    )
    service = parts.service

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        parts.start()
        purging = asyncio.create_task(_purge_for_ever(service.purge, settings.purge_interval_s))
        yield
        purging.cancel()
        with suppress(asyncio.CancelledError):
            await purging
        await asyncio.to_thread(parts.close)

    app = BridgeApp(
        title="INTERPOL bridge",
        version=version("interpol-bridge"),
        description=contract.__doc__ or "",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(contract_router(service, limiter))
    app.include_router(operations_router(service.check, parts.metrics))
    problems.install(app)
    app.add_middleware(BodyLimitMiddleware, limit_bytes=settings.body_limit_bytes, timeout_s=settings.body_timeout_s)
    app.add_middleware(RateMiddleware, limiter=limiter)
    app.add_middleware(
        ClientCertificateMiddleware,
        directory=callers,
        clock=clock,
    )
    return app


async def _purge_for_ever(purge: Callable[[], None], interval_s: float) -> None:
    """Purge now and then. A store that can't be written now is tried again the next time."""
    while True:
        try:
            await asyncio.to_thread(purge)
        except DBAPIError as error:
            log.warning("purge_failed", error=type(error).__name__)
        await asyncio.sleep(interval_s)
