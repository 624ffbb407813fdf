"""A post whose face engine can't be opened, or fails: everybody is registered, nothing is called clear, and what was
missed is made up for. Capture never stops."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from crossing.bootstrap import PostParts, post_app
from crossing.commands.listing import list_parts
from crossing.documents.service import DocumentReader
from crossing.faces.engines.base import Face, FaceEngine, Template
from crossing.faces.schemas import EngineState
from crossing.identity.roles import Role
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.schemas import ImageKind, SessionState
from crossing.movements.models import Movement
from crossing.platform.images import BgrImage
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckOutcome, CheckResult, Reason
from tests.factories.clock import StandingClock
from tests.factories.officers import signed_in_client
from tests.factories.screening.lists import csv_of, order, person
from tests.factories.services import post_settings
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import AMINATA, MOUSSA, DrawnFaceEngine, DrawnPageReader
from tests.integration.lanes.world import OFFICER, Prepared, World, copied

LISTED = csv_of(person("N-1", "Sidibe", portrait="a.png"))
PORTRAITS = {"a.png": AMINATA.live().content}


class Failing(DrawnFaceEngine):
    """Finds faces; then its network fails as ONNX Runtime does, with an error of its own."""

    failing = True

    def template(self, image: BgrImage, face: Face) -> Template:
        if self.failing:
            raise RuntimeError("[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Got invalid dimensions for input")
        return super().template(image, face)


class FailingOnPages(DrawnFaceEngine):
    def template(self, image: BgrImage, face: Face) -> Template:
        if image[0, 0, 0]:
            raise RuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION")
        return super().template(image, face)


@contextmanager
def post(folder: Path, prepared: Prepared, engine: FaceEngine | None = None, **settings: Any) -> Iterator[World]:
    """Without ``engine``, what the settings name is opened; the models' folder is empty unless they name one."""
    models = folder.parent / "no-models"
    models.mkdir(exist_ok=True)
    parts = PostParts(
        clock=StandingClock(),
        reader=DocumentReader(DrawnPageReader()),
        face_engine=engine,
        former_face_engine=settings.pop("former", None),
    )
    app = post_app(post_settings(folder, **({"models": models} | settings)), parts)
    with TestClient(app) as web:
        yield World(app, web, prepared.lanes, StandingClock(), folder)


@pytest.fixture
def folder(prepared: Prepared, tmp_path: Path) -> Path:
    return copied(prepared, tmp_path / "post")


def of_faces(world: World, session_id: UUID) -> dict[CheckKind, CheckResult]:
    return {one.kind: one for one in world.view(session_id).checks if one.kind in FACE_KINDS}


def import_list(world: World) -> None:
    world.app.state.lists.import_list(order(LISTED, portraits=PORTRAITS.get))


class TestNoEngine:
    def test_a_traveller_is_registered_with_both_pictures_and_the_record_says_what_was_not_asked(
        self, folder: Path, prepared: Prepared
    ) -> None:
        with post(folder, prepared) as world:
            import_list(world)
            session_id = world.step_up()
            view = world.take(session_id, AMINATA)
            assert view.state is SessionState.CHECKED
            assert set(view.images) == {ImageKind.PAGE, ImageKind.LIVE}
            assert view.face_hints == ()
            assert view.faces_to_compare == ()
            record = world.decide(session_id)
            assert record.person.surname == "TRAORE"
            said = {one.kind: one for one in record.known_at_decision.checks if one.kind in FACE_KINDS}
            assert set(said) == FACE_KINDS
            for one in said.values():
                assert (one.outcome, one.reason) == (CheckOutcome.NOT_CHECKED, Reason.NO_FACE_ENGINE)
                assert one.engine == ""
            assert record.images.live is not None
            assert world.blobs.get(record.images.live)
            assert world.check(session_id, CheckKind.NAME_LIST).outcome is CheckOutcome.CLEAR

    def test_of_a_camera_s_frames_the_first_is_kept(self, folder: Path, prepared: Prepared) -> None:
        with post(folder, prepared) as world:
            session_id = world.step_up()
            frames = [AMINATA.live() for _ in range(3)]
            world.pipeline.take(session_id, Pictures.of_frames(frames), officer=OFFICER)
            assert world.blobs.get(world.view(session_id).images[ImageKind.LIVE]) == frames[0].content

    def test_a_switched_off_check_says_that_it_is_switched_off(self, folder: Path, prepared: Prepared) -> None:
        with post(folder, prepared, faces_recent_days=0) as world:
            session_id = world.step_up()
            world.take(session_id, AMINATA)
            assert world.check(session_id, CheckKind.FACE_RECENT).reason is Reason.SWITCHED_OFF

    def test_the_status_says_why(self, folder: Path, prepared: Prepared) -> None:
        with post(folder, prepared) as world:
            administrator = signed_in_client(world.app, Role.ADMINISTRATOR)
            said = administrator.get("/api/faces/engine").json()
            assert (said["state"], said["serving"], said["wanted"]) == ("unavailable", None, None)
            assert (said["trouble"]["engine"], said["trouble"]["code"]) == ("fused", "face_models_missing")
            assert str(folder.parent) not in json.dumps(said)
            assert 'crossing_faces_trouble{code="face_models_missing"} 1.0' in administrator.get("/metrics").text
            assert 'crossing_faces_waiting{state="unavailable"} 0.0' in administrator.get("/metrics").text
            page = administrator.get("/status", headers={"Accept-Language": "en"}).text
            assert said["trouble"]["params"]["what"] in page
            assert "no engine could be opened" in page
            assert world.web.get("/health/ready").status_code == 200

    def test_with_the_next_start_that_has_one_everything_is_made_up_for(
        self, folder: Path, prepared: Prepared
    ) -> None:
        with post(folder, prepared) as world:
            import_list(world)
            session_id = world.step_up()
            world.take(session_id, MOUSSA)
            world.decide(session_id)
        with post(folder, prepared, DrawnFaceEngine()) as world:
            status = world.app.state.engine_status
            wait_until(lambda: status().total == 2 and status().state is EngineState.SERVING, what="the templates")
            assert status().trouble is None
            again = world.step_up()
            world.take(again, MOUSSA)
            assert world.check(again, CheckKind.FACE_RECENT).outcome is CheckOutcome.CLEAR
            assert world.check(again, CheckKind.FACE_RECENT).hits
            listed = world.step_up(lane=1)
            world.take(listed, AMINATA)
            assert world.check(listed, CheckKind.FACE_LIST).hits[0].entry_reference == "N-1"

    def test_a_list_imported_by_the_command_keeps_its_portraits_for_later(
        self, folder: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CROSSING_POST_DATA", str(folder))
        monkeypatch.setenv("CROSSING_POST_MODELS", str(folder.parent / "nowhere"))
        with list_parts() as parts:
            report = parts.lists.import_list(order(LISTED, portraits=PORTRAITS.get, as_of=datetime.now(UTC)))
        assert (report.portraits, report.counts) == (1, {})
        with post(folder, prepared, DrawnFaceEngine()) as world:
            wait_until(lambda: not world.app.state.lists.current()[0].waiting, what="the template")

    def test_what_is_no_longer_recent_is_forgotten_all_the_same(self, folder: Path, prepared: Prepared) -> None:
        with post(folder, prepared, DrawnFaceEngine()) as world:
            session_id = world.step_up()
            world.take(session_id, MOUSSA)
            world.decide(session_id)
            wait_until(lambda: len(world.app.state.recent_faces) == 1, what="the template")
        assert list((folder / "galleries").glob("recent*"))
        with post(folder, prepared, faces_recent_days=0) as world:
            assert not list((folder / "galleries").glob("recent*"))
        with post(folder, prepared, DrawnFaceEngine()) as world:
            status = world.app.state.engine_status
            wait_until(lambda: status().made == 1 and status().state is EngineState.SERVING, what="the template")
            assert world.count(Movement) == 1


class TestWantedEngine:
    def test_a_broken_description_leaves_the_former_engine_serving(self, folder: Path, prepared: Prepared) -> None:
        with post(folder, prepared, DrawnFaceEngine()) as world:
            import_list(world)
        broken = folder.parent / "licensed.json"
        broken.write_text('{"name": "licensed"}', encoding="utf-8")
        wanted = {"faces_engine": "onnx", "faces_onnx": broken, "models": post_settings(folder).models}
        with post(folder, prepared, former=DrawnFaceEngine(), **wanted) as world:
            session_id = world.step_up()
            world.take(session_id, AMINATA)
            assert world.check(session_id, CheckKind.FACE_LIST).hits[0].entry_reference == "N-1"
            assert world.check(session_id, CheckKind.FACE_MATCH).outcome is CheckOutcome.CLEAR
            said = signed_in_client(world.app, Role.ADMINISTRATOR).get("/api/faces/engine").json()
            assert (said["serving"]["engine"], said["wanted"]) == ("sface", None)
            assert (said["trouble"]["engine"], said["trouble"]["code"]) == ("onnx", "face_model_invalid")
            assert said["trouble"]["message"].startswith("The face model licensed.json can't be used: ")

    def test_an_engine_that_nobody_has_measured_does_not_serve(self, folder: Path, prepared: Prepared) -> None:
        unmeasured = DrawnFaceEngine()
        unmeasured.version = "of tomorrow"
        with post(folder, prepared, unmeasured) as world:
            status = world.app.state.engine_status()
            assert (status.state, status.trouble.code) == (EngineState.UNAVAILABLE, "face_threshold_unknown")

    def test_a_table_that_can_not_be_read_leaves_the_program_s_own_in_force(
        self, folder: Path, prepared: Prepared
    ) -> None:
        with post(folder, prepared, DrawnFaceEngine(), faces_thresholds=folder / "absent.json") as world:
            session_id = world.step_up()
            world.take(session_id, AMINATA)
            assert world.check(session_id, CheckKind.FACE_MATCH).outcome is CheckOutcome.CLEAR
            status = world.app.state.engine_status()
            assert status.serving == status.wanted
            assert (status.trouble.code, status.trouble.params) == (
                "face_thresholds_unreadable",
                {"what": "absent.json"},
            )


class TestFailingEngine:
    def test_the_lane_goes_on_and_says_that_the_engine_failed(self, folder: Path, prepared: Prepared) -> None:
        engine = Failing()
        with post(folder, prepared, engine) as world:
            import_list(world)
            session_id = world.step_up()
            view = world.take(session_id, AMINATA)
            assert view.state is SessionState.CHECKED
            assert view.face_hints == ()
            checks = of_faces(world, session_id)
            assert {one.reason for one in checks.values()} == {Reason.ENGINE_FAILED}
            assert set(checks) == FACE_KINDS
            assert world.decide(session_id).images.live is not None

    def test_a_picture_on_which_it_failed_is_looked_at_again_with_the_next_one(
        self, folder: Path, prepared: Prepared
    ) -> None:
        engine = Failing()
        with post(folder, prepared, engine) as world:
            session_id = world.step_up()
            world.pipeline.take(session_id, Pictures(live=AMINATA.live()), officer=OFFICER)
            engine.failing = False
            world.pipeline.take(session_id, Pictures(page=AMINATA.page()), officer=OFFICER)
            assert world.check(session_id, CheckKind.FACE_MATCH).outcome is CheckOutcome.CLEAR

    def test_a_page_that_it_fails_on_is_read_and_the_live_face_is_searched_for(
        self, folder: Path, prepared: Prepared
    ) -> None:
        with post(folder, prepared, FailingOnPages()) as world:
            import_list(world)
            session_id = world.step_up()
            view = world.take(session_id, AMINATA)
            assert view.person is not None
            assert view.person.surname == "TRAORE"
            assert ImageKind.PORTRAIT not in view.images
            assert world.check(session_id, CheckKind.FACE_MATCH).reason is Reason.ENGINE_FAILED
            assert world.check(session_id, CheckKind.FACE_LIST).hits[0].entry_reference == "N-1"

    def test_a_strip_of_a_picture_stops_nobody(self, folder: Path, prepared: Prepared) -> None:
        with post(folder, prepared, models=post_settings(folder).models, faces_engine="sface") as world:
            session_id = world.step_up()
            world.pipeline.take(session_id, Pictures(page=AMINATA.page(), live=sliver()), officer=OFFICER)
            checks = of_faces(world, session_id)
            assert {one.outcome for one in checks.values()} == {CheckOutcome.NOT_CHECKED}
            assert world.decide(session_id).images.live is not None


def sliver() -> Picture:
    """As narrow as a picture may be."""
    out = BytesIO()
    Image.new("L", (16, 4000), 90).save(out, "PNG")
    return Picture(out.getvalue(), "image/png")
