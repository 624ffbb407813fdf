"""Server-sent events over a real server: they say that something changed, and never what."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from crossing.platform.api import new_app
from crossing.platform.clock import SystemClock
from crossing.platform.db import Database
from crossing.platform.live import changes
from crossing.platform.notify import Notices
from tests.factories.serving import serving
from tests.factories.waiting import wait_until


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture
def watched(notices: Notices) -> Iterator[tuple[str, list[str]]]:
    """The address of a service, and who has left it."""
    app = new_app(title="test", database=Database(sa.create_engine("sqlite://")), clock=SystemClock())
    left: list[str] = []

    @app.get("/watch/{topic}", response_class=EventSourceResponse)
    async def watch(topic: str, request: Request) -> AsyncIterator[ServerSentEvent]:
        try:
            async for event in changes(request, notices, topic):
                yield event
        finally:
            left.append(topic)

    with serving(app) as port:
        yield f"http://127.0.0.1:{port}", left


@contextmanager
def events(url: str) -> Iterator[Iterator[tuple[str, str]]]:
    with httpx.stream("GET", url, timeout=10, trust_env=False) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _events(response.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    name = ""
    for line in lines:
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            yield name, line.removeprefix("data:").strip()


def test_a_page_is_told_at_once_and_after_each_change_of_its_topic(
    watched: tuple[str, list[str]], notices: Notices
) -> None:
    with events(f"{watched[0]}/watch/lane-1") as heard:
        assert next(heard) == ("changed", "0")
        notices.publish("lane-2")
        notices.publish("lane-1")
        assert next(heard) == ("changed", "1")
        notices.publish("lane-1")
        notices.publish("lane-1")
        assert next(heard)[1] in ("2", "3")


def test_the_stream_ends_when_its_reader_leaves(watched: tuple[str, list[str]]) -> None:
    url, left = watched
    with events(f"{url}/watch/lane-1") as heard:
        next(heard)
    wait_until(lambda: left)
    assert left == ["lane-1"]
