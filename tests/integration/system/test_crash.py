"""A post that is killed: what an officer was told is there afterwards, once, and the lane goes on where it was."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crossing.demo.processes import command
from tests.factories.desk import admit, declare, good, holder, pass_through, step_up
from tests.factories.kills import Acknowledged, kill_during_decision, require_whole
from tests.factories.processes import PostProcess, clean_environment, environment, post_process
from tests.factories.specimens import passport_page


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostProcess]:
    with post_process(tmp_path_factory.mktemp("post")) as running:
        yield running


@pytest.fixture(scope="module")
def acknowledged() -> Acknowledged:
    """Every movement that the officer of this module was told of."""
    return {}


def test_an_answer_on_a_kept_open_connection_waits_for_no_acknowledgement(post: PostProcess) -> None:
    """Nagle's algorithm against delayed acknowledgements would make it 40 ms at the least."""
    taken = []
    for _ in range(20):
        started = time.perf_counter()
        assert post.officer.get("/health/live").status_code == 200
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.03


def test_a_movement_that_was_told_is_there_after_a_kill_and_once(
    post: PostProcess, acknowledged: Acknowledged
) -> None:
    movement = pass_through(post.officer, post.lane, holder("K0000001"))
    post.kill()
    acknowledged[movement["session_id"]] = movement
    post.start()
    view = good(post.officer.get(f"/api/sessions/{movement['session_id']}"))
    assert (view["state"], view["movement_id"]) == ("decided", movement["movement_id"])
    path = f"/api/movements/{movement['movement_id']}"
    assert good(post.officer.get(path, params={"purpose": "data_quality"})) == movement
    assert [one["movement_id"] for one in _movements(post)] == [movement["movement_id"]]


def test_a_traveller_at_the_desk_is_still_there_after_a_kill(post: PostProcess, acknowledged: Acknowledged) -> None:
    session = step_up(post.officer, post.lane)
    headers = {"Content-Type": "image/jpeg"}
    good(post.officer.put(f"/api/sessions/{session}/page", content=passport_page(), headers=headers))
    before = good(post.officer.get(f"/api/sessions/{session}"))
    post.kill()
    post.start()
    view = good(post.officer.get(f"/api/lanes/{post.lane}/session"))
    assert view["session_id"] == session
    for told in ("state", "person", "document", "images", "times", "stay"):
        assert view[told] == before[told]
    page = post.officer.get(f"/api/sessions/{session}/images/page")
    assert page.content == passport_page()
    declare(post.officer, session, holder("K0000002"))
    acknowledged[session] = admit(post.officer, session)


def test_killed_while_deciding_the_movement_is_there_wholly_or_not_at_all(
    post: PostProcess, acknowledged: Acknowledged
) -> None:
    session, told = kill_during_decision(post, len(acknowledged) + 1, after_s=0.01)
    if told is not None:
        acknowledged[session] = told
    post.start()
    acknowledged[session] = require_whole(post, acknowledged, session)


def test_the_audit_trail_is_whole_after_all_that(post: PostProcess, acknowledged: Acknowledged) -> None:
    post.service.stop()
    verified = subprocess.run(
        [command("crossing"), "audit", "verify"],
        env=clean_environment(environment(post.settings)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr
    assert "the chain is whole" in verified.stdout
    assert acknowledged


def test_no_half_written_file_is_left_in_the_store(post: PostProcess) -> None:
    assert not [path for path in _files(post.settings.data / "blobs") if path.name.startswith(".")]


def _movements(post: PostProcess) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = good(post.officer.get("/api/movements", params={"purpose": "data_quality"}))
    return listed


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
