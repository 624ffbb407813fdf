"""Several frames of one traveller: the best is kept, what can't be decoded is left out."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from crossing.audit.models import AuditEntry
from crossing.identity.roles import Role
from crossing.lanes.endpoints import MAX_FRAMES
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.schemas import CaptureOrder, ImageKind, SessionView
from crossing.platform.images import ImageMislabelled, ImageUnreadable, decode_image, encode_jpeg
from crossing.screening.schemas import CheckKind, Reason
from tests.factories.officers import signed_in_client
from tests.factories.services import CAMERA, SCANNER
from tests.integration.lanes.drawn import AMINATA, NOBODY, page
from tests.integration.lanes.world import OFFICER, ScriptedAgent, World

BROKEN = Picture(AMINATA.live().content[:2000], "image/png")
EMPTY_DESK = page((), NOBODY)


def sha256(picture: Picture) -> str:
    return hashlib.sha256(picture.content).hexdigest()


def jpeg(picture: Picture) -> bytes:
    return encode_jpeg(decode_image(picture.content))


class TestOfSeveralFrames:
    def take(self, world: World, session_id: UUID, *frames: Picture) -> SessionView:
        return world.pipeline.take(session_id, Pictures.of_frames(frames), officer=OFFICER)

    def test_only_the_best_is_kept_as_the_camera_gave_it(self, world: World) -> None:
        good = AMINATA.live()
        view = self.take(world, world.step_up(), EMPTY_DESK, good, page((), NOBODY))
        assert view.images == {ImageKind.LIVE: sha256(good)}
        assert world.blobs.get(view.images[ImageKind.LIVE]) == good.content
        assert len(world.kept_files()) == 1
        assert "no_face" not in view.face_hints
        assert {"live_decode", "live_face"} <= set(view.times.stages)

    def test_one_that_can_not_be_decoded_is_left_out(self, world: World) -> None:
        good = AMINATA.live()
        view = self.take(world, world.step_up(), BROKEN, Picture(b"<html>", "image/jpeg"), good, BROKEN)
        assert view.images == {ImageKind.LIVE: sha256(good)}

    def test_where_none_can_be_decoded_it_is_the_first_one_s_error(self, world: World) -> None:
        session_id = world.step_up()
        with pytest.raises(ImageUnreadable):
            self.take(world, session_id, BROKEN, Picture(b"<html>", "image/jpeg"))
        with pytest.raises(ImageMislabelled):
            self.take(world, session_id, Picture(b"<html>", "image/jpeg"), BROKEN)
        assert world.kept_files() == []

    def test_where_none_has_a_face_one_is_kept_and_the_officer_told(self, world: World) -> None:
        view = self.take(world, world.step_up(), BROKEN, EMPTY_DESK, page((), NOBODY))
        assert view.images == {ImageKind.LIVE: sha256(EMPTY_DESK)}
        assert view.face_hints == ("no_face",)

    def test_what_is_unlike_a_living_face_is_a_cue_until_the_next_picture(self, world: World) -> None:
        session_id = world.step_up()
        same = AMINATA.live()
        self.take(world, session_id, same, same, same)
        assert world.row(session_id).liveness_cues == ["frames_identical"]
        self.take(world, session_id, AMINATA.live(), AMINATA.live())
        assert world.row(session_id).liveness_cues == []


class TestFromTheLaneSCamera:
    LIVE = CaptureOrder(page=False)

    def capture(self, world: World) -> SessionView:
        return world.pipeline.capture(world.step_up(), self.LIVE, officer=OFFICER)

    def test_a_moving_picture_gives_frames_and_is_not_asked_for_a_single_one(
        self, world: World, agent: ScriptedAgent
    ) -> None:
        good = jpeg(AMINATA.live())
        agent.streams[CAMERA] = [jpeg(EMPTY_DESK), good, jpeg(EMPTY_DESK)]
        view = self.capture(world)
        assert view.images == {ImageKind.LIVE: hashlib.sha256(good).hexdigest()}
        assert agent.asked == []
        assert 0 < view.times.stages["live_frames"] < 3000
        assert view.troubles == ()

    def test_one_that_dies_meanwhile_leaves_what_it_gave(self, world: World, agent: ScriptedAgent) -> None:
        good = jpeg(AMINATA.live())
        agent.streams[CAMERA] = [good, agent.BREAKS_OFF]
        agent.gives[CAMERA] = "vanished"
        view = self.capture(world)
        assert view.images == {ImageKind.LIVE: hashlib.sha256(good).hexdigest()}
        assert world.check(view.session_id, CheckKind.FACE_RECENT).reason is not Reason.NO_FACE

    @pytest.mark.parametrize("stream", [None, [], [ScriptedAgent.BREAKS_OFF]])
    def test_without_a_moving_picture_it_is_asked_for_a_single_one(
        self, world: World, agent: ScriptedAgent, stream: list[bytes | str] | None
    ) -> None:
        if stream is not None:
            agent.streams[CAMERA] = stream
        agent.gives[CAMERA] = AMINATA.live()
        view = self.capture(world)
        assert set(view.images) == {ImageKind.LIVE}
        assert [device for device, _ in agent.asked] == [CAMERA]

    def test_one_that_gives_neither_stops_nobody(self, world: World, agent: ScriptedAgent) -> None:
        agent.streams[CAMERA] = [agent.BREAKS_OFF]
        agent.gives = {CAMERA: "vanished", SCANNER: AMINATA.page()}
        session_id = world.step_up()
        view = world.pipeline.capture(session_id, CaptureOrder(), officer=OFFICER)
        assert [trouble.code for trouble in view.troubles] == ["device_vanished"]
        world.settle(session_id)
        assert world.decide(session_id).images.live is None


class TestUpload:
    @pytest.fixture
    def officer(self, world: World) -> TestClient:
        return signed_in_client(world.app, Role.OFFICER)

    def put(self, officer: TestClient, session_id: UUID, frames: Iterable[Picture]) -> tuple[int, dict[str, object]]:
        files = [("frames", ("frame", one.content, one.media_type)) for one in frames]
        answer = officer.put(f"/api/sessions/{session_id}/live-frames", files=files)
        return answer.status_code, answer.json()

    def test_takes_up_to_eight_frames(self, world: World, officer: TestClient) -> None:
        session_id = world.step_up()
        good = AMINATA.live()
        status, view = self.put(officer, session_id, [EMPTY_DESK] * (MAX_FRAMES - 1) + [good])
        assert (status, view["images"]) == (200, {"live": sha256(good)})
        assert world.count(AuditEntry, AuditEntry.action == "session.captured") == 1

    def test_none_too_many_or_no_pictures_are_one_clear_problem(self, world: World, officer: TestClient) -> None:
        session_id = world.step_up()
        assert self.put(officer, session_id, [])[0] == 422
        assert self.put(officer, session_id, [AMINATA.live()] * (MAX_FRAMES + 1))[0] == 422
        status, problem = self.put(officer, session_id, [BROKEN, BROKEN])
        assert (status, problem["code"]) == (422, "image_unreadable")
        huge = Picture(b"\xff" * 11_000_000, "image/jpeg")
        assert self.put(officer, session_id, [huge, huge])[0] == 413
        assert world.kept_files() == []
