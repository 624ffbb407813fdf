"""What a lane's screen is told over its one connection: a browser has six for all of its pages."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final
from uuid import UUID

from fastapi import Request
from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from crossing.lanes.progress import topic
from crossing.lanes.service import LANES_TOPIC
from crossing.platform.notify import Notices
from crossing.posts.device_watch import DEVICES_TOPIC

_LOOK_EVERY_S: Final = 0.15
_LONGEST_S: Final = 300.0
"""A page that stays open connects again by itself, and whether it still may is looked at again."""


async def lane_events(
    request: Request, notices: Notices, session_at_lane: Callable[[], UUID | None]
) -> AsyncIterator[ServerSentEvent]:
    """``changed``, at once and after each change at a lane; ``devices``, at once and after each change of a device:
    it may have changed while the page was on its way; ``progress`` where the session at this lane has something to
    tell that changed no lane, such as how far its chip is read.

    ``session_at_lane`` is asked, in a thread, whenever a lane has changed.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + _LONGEST_S
    session: UUID | None = None
    lanes, devices, progress = -1, -1, 0
    while loop.time() < end and not await request.is_disconnected():
        if (count := notices.count(LANES_TOPIC)) != lanes:
            lanes = count
            session = await run_in_threadpool(session_at_lane)
            progress = notices.count(topic(session)) if session else 0
            yield ServerSentEvent(event="changed", data=count)
        elif session and (count := notices.count(topic(session))) != progress:
            progress = count
            yield ServerSentEvent(event="progress", data=count)
        if (count := notices.count(DEVICES_TOPIC)) != devices:
            devices = count
            yield ServerSentEvent(event="devices", data=count)
        await asyncio.sleep(_LOOK_EVERY_S)
