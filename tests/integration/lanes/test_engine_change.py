"""A face engine that is changed while a traveller is at the lane: no error, no mixed answer, nothing left unasked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from crossing.bootstrap import PostParts, post_app
from crossing.documents.service import DocumentReader
from crossing.faces.engines.base import Face, Template
from crossing.faces.schemas import EngineState
from crossing.faces.thresholds import Thresholds
from crossing.identity.roles import Role
from crossing.lanes.examination import Pictures
from crossing.lanes.schemas import SessionState
from crossing.platform.images import BgrImage
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason
from tests.factories.clock import StandingClock
from tests.factories.officers import signed_in_client
from tests.factories.screening.lists import csv_of, order, person
from tests.factories.services import post_settings
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import AMINATA, MOUSSA, DrawnFaceEngine, DrawnPageReader
from tests.integration.lanes.world import OFFICER, Prepared, World, copied


class Former(DrawnFaceEngine):
    """Serves until another engine takes over, which it does where ``then`` is set: right after one of its templates
    was made."""

    def __init__(self) -> None:
        self.then: dict[int, threading.Event] = {}
        self.world: World | None = None
        self._made = 0
        self._counting = threading.Lock()

    def template(self, image: BgrImage, face: Face) -> Template:
        made = super().template(image, face)
        with self._counting:
            self._made += 1
            released = self.then.get(self._made)
        if released is not None and self.world is not None:
            change(self.world, released)
        return made

    def change_after(self, templates: int, world: World, wanted: "Wanted") -> None:
        self._made, self.world, self.then = 0, world, {templates: wanted.released}


class Wanted(DrawnFaceEngine):
    """Sees the same by another name; before it is released, the retemplating gets no template of it."""

    def __init__(self) -> None:
        [row] = [one for one in Thresholds.load().rows if one.engine == "fused"]
        self.name, self.version, self.calibration = row.engine, row.version, row.calibration
        self.released = threading.Event()

    def template(self, image: BgrImage, face: Face) -> Template:
        if threading.current_thread().name == "faces":
            assert self.released.wait(30)
        return super().template(image, face)


def change(world: World, released: threading.Event) -> None:
    released.set()
    wait_until(lambda: world.app.state.retemplater.status().serving.engine == "fused", what="the change of engine")


@contextmanager
def post(folder: Path, prepared: Prepared, **engines: DrawnFaceEngine) -> Iterator[World]:
    parts = PostParts(clock=StandingClock(), reader=DocumentReader(DrawnPageReader()), **engines)  # type: ignore[arg-type]
    app = post_app(post_settings(folder), parts)
    with TestClient(app) as web:
        yield World(app, web, prepared.lanes, StandingClock(), folder)


@pytest.fixture
def folder(prepared: Prepared, tmp_path: Path) -> Path:
    """A post whose list shows the face of AMINATA under another name; its templates are the former engine's."""
    folder = copied(prepared, tmp_path / "post")
    listed = csv_of(person("N-1", "Sidibe", portrait="a.png"), person("N-2", "Keita", portrait="m.png"))
    portraits = {"a.png": AMINATA.live().content, "m.png": MOUSSA.live().content}
    with post(folder, prepared, face_engine=Former()) as world:
        world.app.state.lists.import_list(order(listed, portraits=portraits.get))
    return folder


@pytest.fixture
def engines() -> Iterator[tuple[Former, Wanted]]:
    former, wanted = Former(), Wanted()
    yield former, wanted
    wanted.released.set()


@pytest.mark.parametrize("templates", [1, 2], ids=["after-the-first-face", "after-the-second"])
def test_a_change_between_the_pictures_of_one_traveller_is_not_noticed(
    folder: Path, prepared: Prepared, engines: tuple[Former, Wanted], templates: int
) -> None:
    former, wanted = engines
    with post(folder, prepared, face_engine=wanted, former_face_engine=former) as world:
        session_id = world.step_up()
        former.change_after(templates, world, wanted)
        view = world.take(session_id, AMINATA)
        assert view.state is SessionState.CHECKED
        assert_found_by(world, session_id, "fused")


def assert_found_by(world: World, session_id: UUID, engine: str) -> None:
    """By the newest answer; what was found of an earlier photograph may stand beside it."""
    listed = world.answers(session_id, CheckKind.FACE_LIST)[-1]
    assert (listed.outcome, listed.engine) == (CheckOutcome.POSSIBLE, engine)
    assert listed.hits[0].entry_reference == "N-1"
    match = world.check(session_id, CheckKind.FACE_MATCH)
    assert (match.outcome, match.engine) == (CheckOutcome.CLEAR, engine)


def test_a_face_that_the_former_engine_saw_is_looked_at_again(
    folder: Path, prepared: Prepared, engines: tuple[Former, Wanted]
) -> None:
    former, wanted = engines
    with post(folder, prepared, face_engine=wanted, former_face_engine=former) as world:
        session_id = world.step_up()
        world.take(session_id, AMINATA)
        assert_found_by(world, session_id, "sface")
        change(world, wanted.released)
        world.pipeline.take(session_id, Pictures(live=AMINATA.live()), officer=OFFICER)
        world.settle(session_id)
        assert_found_by(world, session_id, "fused")


@pytest.mark.parametrize("during", [False, True], ids=["before-the-page", "while-the-page-is-looked-at"])
def test_a_page_and_a_live_picture_taken_one_by_one_are_compared_by_one_engine(
    folder: Path, prepared: Prepared, engines: tuple[Former, Wanted], during: bool
) -> None:
    former, wanted = engines
    with post(folder, prepared, face_engine=wanted, former_face_engine=former) as world:
        session_id = world.step_up()
        world.pipeline.take(session_id, Pictures(live=AMINATA.live()), officer=OFFICER)
        if during:
            former.change_after(1, world, wanted)
        else:
            change(world, wanted.released)
        world.pipeline.take(session_id, Pictures(page=AMINATA.page()), officer=OFFICER)
        world.settle(session_id)
        assert_found_by(world, session_id, "fused")


def test_while_no_template_is_there_the_lane_goes_on_and_says_what_was_not_asked(
    folder: Path, prepared: Prepared, engines: tuple[Former, Wanted]
) -> None:
    """The former engine can't be opened any more: opening it gives another version."""
    _, wanted = engines
    with post(folder, prepared, face_engine=wanted, former_face_engine=Wanted()) as world:
        first, second = world.step_up(), world.step_up(lane=1)
        world.take(first, AMINATA)
        assert world.check(first, CheckKind.FACE_LIST).reason is Reason.FACES_NOT_READY
        assert world.check(first, CheckKind.FACE_MATCH).outcome is CheckOutcome.CLEAR
        wanted.released.set()
        wait_until(lambda: not world.app.state.retemplater.waiting(), what="the last template")
        wait_until(lambda: not world.app.state.lists.current()[0].waiting, what="the list")
        world.take(second, AMINATA)
        assert_found_by(world, second, "fused")


def test_whoever_may_see_the_machine_s_state_sees_how_far_the_change_is(
    folder: Path, prepared: Prepared, engines: tuple[Former, Wanted]
) -> None:
    former, wanted = engines
    with post(folder, prepared, face_engine=wanted, former_face_engine=former) as world:
        assert world.web.get("/api/faces/engine").status_code == 401
        administrator = signed_in_client(world.app, Role.ADMINISTRATOR)
        wait_until(lambda: world.app.state.retemplater.waiting() == 2, what="the first look")
        before = administrator.get("/api/faces/engine").json()
        assert (before["state"], before["total"], before["made"], before["failed"]) == ("preparing", 2, 0, {})
        assert (before["serving"]["engine"], before["wanted"]["engine"]) == ("sface", "fused")
        assert 'crossing_faces_waiting{state="preparing"} 2.0' in administrator.get("/metrics").text
        change(world, wanted.released)
        wait_until(lambda: world.app.state.retemplater.status().state is EngineState.SERVING, what="the end")
        after = administrator.get("/api/faces/engine").json()
        assert after["serving"] == after["wanted"] == before["wanted"]
        assert (after["total"], after["made"], after["waiting"]) == (2, 2, 0)
        assert 'crossing_faces_waiting{state="serving"} 0.0' in administrator.get("/metrics").text
