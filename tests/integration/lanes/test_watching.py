"""A page that watches a session is told of each change, and holds nothing up while it waits."""

from pathlib import Path

from crossing.bootstrap import PostParts
from crossing.documents.service import DocumentReader
from crossing.identity.roles import Role
from crossing.platform.ids import new_id
from tests.factories.desk import admit, declare, step_up
from tests.factories.officers import signed_in_client
from tests.factories.services import post_settings, running_post
from tests.integration.lanes.drawn import DrawnFaceEngine, DrawnPageReader
from tests.integration.lanes.world import World


def test_a_watched_session_goes_on_and_its_watcher_hears_of_it(tmp_path: Path) -> None:
    parts = PostParts(reader=DocumentReader(DrawnPageReader()), face_engine=DrawnFaceEngine())
    with running_post(post_settings(tmp_path / "post"), parts=parts) as post:
        officer = post.officer(Role.OFFICER, post="NIA-1")
        session = step_up(officer, post.lanes[0])
        with officer.stream("GET", f"/api/sessions/{session}/events") as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            heard = (line for line in events.iter_lines() if line.startswith("data:"))
            first = next(heard)
            declare(officer, session)
            assert next(heard) != first
            admit(officer, session)
            assert next(heard) != first


def test_of_a_session_that_there_is_not_nothing_is_watched(world: World) -> None:
    officer = signed_in_client(world.app, Role.OFFICER)
    answer = officer.get(f"/api/sessions/{new_id()}/events")
    assert (answer.status_code, answer.json()["code"]) == (404, "session_unknown")


def test_a_stranger_watches_nothing(tmp_path: Path) -> None:
    parts = PostParts(reader=DocumentReader(DrawnPageReader()), face_engine=DrawnFaceEngine())
    with running_post(post_settings(tmp_path / "post"), parts=parts) as post:
        answer = post.stranger().get(f"/api/sessions/{post.lanes[0]}/events")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
