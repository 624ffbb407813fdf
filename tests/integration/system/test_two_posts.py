"""One identity, one post: a second one is refused, whether it serves the same folder or a copy of it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from crossing.demo.processes import command
from crossing.identity.roles import Role
from crossing.platform.files import FolderLock
from tests.factories.databases import postgres_database
from tests.factories.desk import admit, declare, good, step_up
from tests.factories.processes import clean_environment, environment
from tests.factories.services import (
    CapitalService,
    enrol,
    post_settings,
    prepared_post,
    running_capital,
    running_post,
)
from tests.factories.serving import free_ports
from tests.factories.waiting import wait_until


@pytest.fixture
def capital(tmp_path: Path, postgres_server: str) -> Iterator[CapitalService]:
    with postgres_database(postgres_server) as database, running_capital(tmp_path / "capital", database) as service:
        yield service


def test_a_second_service_on_the_same_folder_is_told_in_one_line(tmp_path: Path) -> None:
    settings = post_settings(tmp_path, port=free_ports(1))
    prepared_post(settings)
    lock = FolderLock(settings.data)
    try:
        second = subprocess.run(
            [command("crossing"), "post"],
            env=clean_environment(environment(settings)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        lock.release()
    assert second.returncode == 2
    [line] = second.stderr.splitlines()
    assert line == (
        f"crossing: Another process serves {tmp_path}: a post runs once. Stop it, or choose another data folder."
    )
    assert second.stdout == ""


def test_of_a_post_and_its_copy_the_capital_refuses_one_and_both_sides_show_it(
    tmp_path: Path, capital: CapitalService
) -> None:
    """A copy of a running post looks like the same post after a restart, so it may be the original that is refused;
    what matters is that never both are taken in. (A copy that comes once the original went on has another history:
    that refusal has its own test.)"""
    original = post_settings(tmp_path / "post", capital_url=f"https://127.0.0.1:{capital.machine_port}")
    prepared_post(original)
    enrol(original, capital.settings)
    with running_post(original) as post:
        officer = post.officer(Role.OFFICER)
        first = _pass_through(officer, post.lanes[0])
        wait_until(lambda: _waiting(officer) == 0, what="delivery")
        copied = original.model_copy(update={"data": tmp_path / "copy"})
        shutil.copytree(original.data, copied.data)
        with running_post(copied) as copy:
            at = {"post": officer, "copy": copy.officer(Role.OFFICER, login="officer-at-the-copy")}
            wait_until(lambda: _sender(at["copy"])["last_success_at"], what="the copy's hello")
            movements = {where: _pass_through(client, post.lanes[0]) for where, client in at.items()}
            wait_until(lambda: _refused(at), what="the refusal")
            [refused] = _refused(at)
            [taken] = at.keys() - {refused}
            wait_until(lambda: _waiting(at[taken]) == 0, what="delivery by the other")
            assert _refused(at) == {refused}
            assert _waiting(at[refused]) == 1
            assert _pass_through(at[refused], post.lanes[0])["outcome"] == "admitted", "its lane goes on all the same"
    analyst = capital.officer(Role.ANALYST)
    [machine] = good(analyst.get("/api/replication/status"))["machines"]
    assert machine["alarms"] == ["instance_conflict"]
    assert (machine["watermark"], machine["missing"], machine["forks"]) == (2, 0, 0)
    listed = good(analyst.get("/api/movements", params={"purpose": "data_quality"}))
    assert [one["movement_id"] for one in listed] == [movements[taken]["movement_id"], first["movement_id"]]


def _pass_through(officer: httpx.Client, lane: UUID) -> dict[str, Any]:
    """One traveller, every check answered before the decision: an answer that comes after it is another event."""
    session = step_up(officer, lane)
    declare(officer, session)
    wait_until(lambda: not good(officer.get(f"/api/sessions/{session}"))["checks_pending"], what="the checks")
    return admit(officer, session)


def _refused(at: dict[str, httpx.Client]) -> set[str]:
    """Which of the posts say that the capital refuses them, as another has their identity."""
    return {where for where, client in at.items() if _sender(client)["problem"] == "instance_conflict"}


def _status(officer: httpx.Client) -> dict[str, Any]:
    status: dict[str, Any] = good(officer.get("/api/replication/status"))
    return status


def _sender(officer: httpx.Client) -> dict[str, Any]:
    sender: dict[str, Any] = _status(officer)["sender"]
    return sender


def _waiting(officer: httpx.Client) -> int:
    return sum(lane["events"] + lane["blobs"] for lane in _status(officer)["lanes"])
