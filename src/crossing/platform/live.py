"""Server-sent events over :class:`~crossing.platform.notify.Notices`: they say that something changed, never what."""

import asyncio
from collections.abc import AsyncIterator

from fastapi.sse import ServerSentEvent
from starlette.requests import Request

from crossing.platform.notify import Notices

_LOOK_EVERY_S = 0.15
_LONGEST_S = 300.0
"""A page that stays open connects again by itself, and whether it still may is looked at again."""


async def changes(request: Request, notices: Notices, topic: str) -> AsyncIterator[ServerSentEvent]:
    """An event ``changed`` at once and after each change of ``topic``, until the reader leaves.

    Looking at a counter a few times a second costs less than a waiting thread for each open page.
    """
    seen = -1
    loop = asyncio.get_running_loop()
    end = loop.time() + _LONGEST_S
    while loop.time() < end and not await request.is_disconnected():
        count = notices.count(topic)
        if count != seen:
            seen = count
            yield ServerSentEvent(event="changed", data=count)
        await asyncio.sleep(_LOOK_EVERY_S)
