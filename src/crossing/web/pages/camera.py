"""The lane's camera as a moving picture, passed on from the device agent to the officer's browser."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

import anyio
import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from crossing.lanes.errors import NoDeviceAtLane
from crossing.platform.errors import DomainError
from crossing.platform.images import encode_jpeg
from crossing.posts.device_client import DeviceClient
from crossing.web.pages.context import Officer
from crossing.web.pages.lane import lane_numbered

router = APIRouter(include_in_schema=False)

_BOUNDARY: Final = "crossing-frame"
_LEAST_BETWEEN_S: Final = 0.1
"""Ten frames a second are enough to see who stands there, and leave an old processor its time for the rest."""


@router.get("/lanes/{number}/camera")
def camera(number: int, request: Request, _officer: Officer) -> Response:
    """Raises the device's error before the first frame, so that the page shows an empty frame and no broken one."""
    lane = lane_numbered(request, number)
    devices: DeviceClient | None = request.app.state.devices
    if devices is None or lane.camera_device is None:
        raise NoDeviceAtLane
    frames = devices.stream(lane.camera_device)
    first = next(frames, None)
    if first is None:
        raise NoDeviceAtLane
    return StreamingResponse(_parts(first, frames), media_type=f"multipart/x-mixed-replace; boundary={_BOUNDARY}")


async def _parts(first: bytes, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
    """JPEG parts until the browser leaves or the camera stops; the device is let go of in either case.

    A browser keeps the last picture of a stream that ended, and that would be the traveller before. So a camera that
    stops leaves a single dark pixel, by which the page knows.
    """
    try:
        yield _part(first)
        sent = time.monotonic()
        while (frame := await run_in_threadpool(_next, frames)) is not None:
            if time.monotonic() - sent >= _LEAST_BETWEEN_S:
                yield _part(frame)
                sent = time.monotonic()
        yield _part(encode_jpeg(np.zeros((1, 1, 3), np.uint8))) + f"--{_BOUNDARY}--\r\n".encode()
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(_close, frames)


def _part(jpeg: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


def _next(frames: Iterator[bytes]) -> bytes | None:
    """None where the camera stops, in whatever way; the devices' own strip says which."""
    try:
        return next(frames, None)
    except DomainError:
        return None


def _close(frames: Iterator[bytes]) -> None:
    if close := getattr(frames, "close", None):
        close()
