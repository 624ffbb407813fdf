"""A device's moving picture over HTTP: one JPEG after another, until the caller leaves or reads no more."""

from collections.abc import AsyncIterator, Generator
from typing import Final

import anyio
import structlog
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Scope, Send

from crossing.ports.devices import DeviceError

STALLED_S: Final = 5.0
"""A caller who takes nothing for so long is cut off: only so many may watch one device."""
_BOUNDARY: Final = "crossingframe"

_log = structlog.get_logger()


class LiveStream(StreamingResponse):
    """``multipart/x-mixed-replace``. ``frames`` is closed in every case, one that is never sent included."""

    def __init__(self, device_id: str, first: bytes, frames: Generator[bytes]) -> None:
        super().__init__(
            _parts(device_id, first, frames), media_type=f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        )
        self._device_id = device_id
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # A generator that nobody closes keeps its place among the watchers until it happens to be collected.
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._frames.close)

    async def stream_response(self, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            with anyio.fail_after(STALLED_S):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        except TimeoutError:
            _log.warning("watcher_cut_off", device=self._device_id, taken_nothing_for_s=STALLED_S)


async def _parts(device_id: str, first: bytes, frames: Generator[bytes]) -> AsyncIterator[bytes]:
    yield _part(first)
    try:
        while (frame := await run_in_threadpool(next, frames, None)) is not None:
            yield _part(frame)
    except DeviceError as broken:
        _log.warning("stream_ended", device=device_id, fault=broken.fault)


def _part(frame: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(frame)}\r\n\r\n"
    return head.encode() + frame + b"\r\n"
