"""A post killed at some moment of a traveller's way, and what has to hold when it is back."""

import threading
import time
from typing import Any

import httpx

from tests.factories.desk import declare, good, holder, step_up
from tests.factories.processes import PostProcess

Acknowledged = dict[str, dict[str, Any]]
"""Movements that an officer was told are recorded, by session."""


def kill_during_decision(post: PostProcess, number: int, *, after_s: float) -> tuple[str, dict[str, Any] | None]:
    """Kill the post ``after_s`` after a decision was sent; gives the session, and the movement if it was told."""
    session = step_up(post.officer, post.lane)
    declare(post.officer, session, holder(f"K{number:07d}"))
    told: list[dict[str, Any]] = []

    def decide() -> None:
        try:
            answer = _decide(post.officer, session)
        except httpx.TransportError:
            return
        told.append(good(answer))

    officer = threading.Thread(target=decide)
    officer.start()
    time.sleep(after_s)
    post.kill()
    officer.join()
    return session, told[0] if told else None


def require_whole(post: PostProcess, acknowledged: Acknowledged, session: str) -> dict[str, Any]:
    """After a restart: what was told is there, once; ``session`` is either decided or waits, and one repeated
    decision ends it. Gives its movement."""
    for known, told in acknowledged.items():
        view = good(post.officer.get(f"/api/sessions/{known}"))
        assert (view["state"], view["movement_id"]) == ("decided", told["movement_id"])
    view = good(post.officer.get(f"/api/sessions/{session}"))
    assert (view["state"], view["movement_id"] is None) in (("checked", True), ("decided", False))
    movement: dict[str, Any] = good(_decide(post.officer, session))
    if view["movement_id"] is not None:
        assert movement["movement_id"] == view["movement_id"]
    there = [one["movement_id"] for one in good(post.officer.get("/api/movements", params=_QUERY))]
    expected = {one["movement_id"] for one in acknowledged.values()} | {movement["movement_id"]}
    assert sorted(there) == sorted(expected), "a movement is missing, or there twice"
    status = good(post.officer.get("/api/replication/status"))
    assert status["last_sequence"] == len(expected), "not one event for each movement"
    return movement


_QUERY = {"purpose": "data_quality", "limit": "200"}


def _decide(officer: httpx.Client, session: str) -> httpx.Response:
    key = {"Idempotency-Key": f"decide-{session}"}
    return officer.post(f"/api/sessions/{session}/decision", json={"verdict": "admit"}, headers=key)
