"""The device agent: the contract of ``crossing.ports.devices`` over loopback HTTP.

It runs no driver itself: each device has a worker process, because a native driver that hangs or crashes must take
neither the lane nor the other devices with it.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Final

import uvicorn
from fastapi import Body, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from crossing.ports.devices import (
    CaptureRequest,
    DeviceError,
    DeviceFault,
    DeviceList,
    DeviceState,
    Progress,
)
from crossing_devices.changes import TooManyWait
from crossing_devices.faults import FaultList
from crossing_devices.fleet import Fleet
from crossing_devices.streams import LiveStream
from crossing_devices.tokens import is_authorised

MAX_REQUEST_BYTES: Final = 16 * 1024
MAX_TIMEOUT_S: Final = 60.0
_STATUSES: Final = {
    DeviceFault.TIMEOUT: HTTPStatus.GATEWAY_TIMEOUT,
    DeviceFault.BUSY: HTTPStatus.CONFLICT,
    DeviceFault.VANISHED: HTTPStatus.SERVICE_UNAVAILABLE,
    DeviceFault.NOTHING_PRESENTED: HTTPStatus.CONFLICT,
    DeviceFault.JAM: HTTPStatus.CONFLICT,
    DeviceFault.GARBLED: HTTPStatus.BAD_GATEWAY,
    DeviceFault.UNKNOWN_DEVICE: HTTPStatus.NOT_FOUND,
    DeviceFault.UNSUPPORTED: HTTPStatus.NOT_IMPLEMENTED,
    DeviceFault.REFUSED: HTTPStatus.CONFLICT,
    DeviceFault.FAILED: HTTPStatus.BAD_GATEWAY,
}


def create_agent(fleet: Fleet, token: str) -> FastAPI:
    """The agent's application over its devices; it lets go of them when it stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(fleet.close)

    app = FastAPI(title="Crossing device agent", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(_Guard, token=token)
    app.add_exception_handler(DeviceError, _on_device_error)
    app.add_exception_handler(TooManyWait, _on_too_many)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    _add_lists(app, fleet)
    _add_devices(app, fleet)
    return app


def serve(fleet: Fleet, token: str, port: int) -> None:
    """Listen on 127.0.0.1 until a signal ends it; then no process of a device is left."""
    config = uvicorn.Config(
        create_agent(fleet, token),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    _Server(config, fleet).run()


class _Server(uvicorn.Server):
    """Those who wait for changes are answered before it waits for its connections to end."""

    def __init__(self, config: uvicorn.Config, fleet: Fleet) -> None:
        super().__init__(config)
        self._fleet = fleet

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._fleet.changes.close()
        await super().shutdown(sockets)


def _add_lists(app: FastAPI, fleet: Fleet) -> None:
    @app.get("/v1/devices")
    def list_devices() -> DeviceList:
        return fleet.listing()

    @app.get("/v1/faults")
    def list_faults() -> FaultList:
        return fleet.faults()

    @app.get("/v1/changes")
    async def changes(seen: int, request: Request) -> DeviceList:
        await _unless_left(request, fleet.changes.other_than(seen))
        return await run_in_threadpool(fleet.listing)


def _add_devices(app: FastAPI, fleet: Fleet) -> None:
    @app.get("/v1/devices/{device_id}")
    def show_device(device_id: str) -> DeviceState:
        return fleet.state(device_id)

    @app.post("/v1/devices/{device_id}/capture", response_class=Response)
    def capture(device_id: str, wanted: Annotated[CaptureRequest | None, Body()] = None) -> Response:
        request = wanted or CaptureRequest()
        if not 0 < request.timeout_s <= MAX_TIMEOUT_S:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"timeout_s is over 0 and at most {MAX_TIMEOUT_S}.")
        captured = fleet.capture(device_id, request)
        headers = {"Crossing-Captured-At": captured.captured_at.isoformat(), "Cache-Control": "no-store"}
        return Response(captured.content, media_type=captured.media_type, headers=headers)

    @app.get("/v1/devices/{device_id}/progress", response_model=None)
    def progress(device_id: str) -> Response | Progress:
        return fleet.progress(device_id) or Response(status_code=HTTPStatus.NO_CONTENT)

    @app.get("/v1/devices/{device_id}/stream", response_class=LiveStream)
    def stream(device_id: str) -> LiveStream:
        frames = fleet.slot(device_id).stream()
        # The first frame is fetched before the answer begins: until then a fault can still be a problem.
        first = next(frames, None)
        if first is None:
            raise DeviceError(DeviceFault.VANISHED, "the stream ended before its first frame")
        return LiveStream(device_id, first, frames)


async def _unless_left(request: Request, waiting: Coroutine[None, None, None]) -> None:
    """Wait, but not for a caller who has hung up: only so many may wait. Raises what ``waiting`` raises."""
    tasks = asyncio.ensure_future(waiting), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


def _problem(status: int, code: str, detail: str = "", headers: Mapping[str, str] | None = None) -> JSONResponse:
    """RFC 9457."""
    content = {
        "type": f"urn:crossing:problem:device:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JSONResponse(content, status, dict(headers or {}), "application/problem+json")


def _on_device_error(_: Request, error: Exception) -> Response:
    broken = error if isinstance(error, DeviceError) else DeviceError(DeviceFault.FAILED)
    return _problem(_STATUSES[broken.fault], broken.fault.value, broken.detail)


def _on_too_many(_: Request, __: Exception) -> Response:
    return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "too_many_wait", headers={"Retry-After": "1"})


def _on_invalid(_: Request, error: Exception) -> Response:
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "The request's body or path is not as described.")


def _on_http_error(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    phrase = HTTPStatus(status).phrase
    detail = error.detail if isinstance(error, HTTPException) else phrase
    return _problem(status, phrase.lower().replace(" ", "_"), detail)


class _Guard:
    """Refuses what carries no token before a byte of its body is read, and bodies that are too large."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Request(scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if not is_authorised(request.headers.get("authorization"), self._token):
            status = HTTPStatus.UNAUTHORIZED
            return _problem(status, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})
        length = request.headers.get("content-length", "0")
        if "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > MAX_REQUEST_BYTES:
            return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
        return None
