"""A lane with the real camera driver behind the real agent, a simulated network camera before it, and real faces."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from crossing.bootstrap import PostParts, post_app
from crossing.lanes.schemas import CaptureOrder, ImageKind
from crossing.platform.images import decode_image, encode_jpeg
from crossing.posts.device_client import DeviceClient
from crossing_devices.agent import create_agent
from crossing_devices.config import AgentConfig, DeviceConfig, DiscoveryConfig
from crossing_devices.fleet import open_fleet
from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.server import Fault, FaultOrder
from tests.factories.clock import StandingClock
from tests.factories.portraits import portrait
from tests.factories.services import CAMERA, face_engine, post_settings, reader
from tests.factories.serving import serving
from tests.integration.lanes.world import OFFICER, Prepared, World, copied

TOKEN = "a token that is long enough for the tests"
LIVE = CaptureOrder(page=False)
STANDS_STILL_S = 2.0 + 5.0
"""What a burst may take, and what a busy machine adds."""


def standing_there() -> bytes:
    """Somebody an arm's length and a half from the camera: the face is a third of the frame's height."""
    person = cv2.resize(portrait("obama.jpg"), (370, 460))
    frame = np.full((720, 1280, 3), 170, np.uint8)
    frame[130:590, 455:825] = person
    return encode_jpeg(frame)


@pytest.fixture(scope="module")
def camera() -> Iterator[CameraServer]:
    with CameraServer(TOKEN) as server:
        server.show(standing_there())
        yield server


@pytest.fixture(scope="module")
def agent(camera: CameraServer) -> Iterator[str]:
    device = DeviceConfig(id=CAMERA, driver="camera", options={"source": f"{camera.url}/stream"})
    fleet = open_fleet(AgentConfig(device=(device,), discovery=DiscoveryConfig(offers=False)))
    with serving(create_agent(fleet, TOKEN)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def client(agent: str) -> Iterator[DeviceClient]:
    """One whose camera is awake."""
    client = DeviceClient(agent, TOKEN)
    client.capture(CAMERA)
    yield client
    client.close()


@pytest.fixture
def lane(prepared: Prepared, client: DeviceClient, tmp_path: Path) -> Iterator[World]:
    folder = copied(prepared, tmp_path / "post")
    parts = PostParts(clock=StandingClock(), reader=reader(), face_engine=face_engine(), devices=client)
    app = post_app(post_settings(folder), parts)
    with TestClient(app) as web:
        yield World(app, web, prepared.lanes, StandingClock(), folder)


def test_the_traveller_stands_still_for_two_seconds_at_most(lane: World) -> None:
    view = lane.pipeline.capture(lane.step_up(), LIVE, officer=OFFICER)
    assert view.troubles == ()
    assert "no_face" not in view.face_hints
    assert view.liveness_cues == ()
    assert view.times.stages["live_frames"] < STANDS_STILL_S * 1000
    assert {"live_decode", "live_face"} <= set(view.times.stages)
    stored = lane.blobs.get(view.images[ImageKind.LIVE])
    assert decode_image(stored).shape == (720, 1280, 3)


def test_the_preview_goes_on_beside_a_burst(client: DeviceClient) -> None:
    with contextlib.closing(client.stream(CAMERA)) as preview:  # type: ignore[type-var]
        next(preview)
        started = time.monotonic()
        frames = client.burst(CAMERA)
        assert time.monotonic() - started < STANDS_STILL_S
        assert len(frames) > 1
        assert next(preview)


def test_a_camera_that_breaks_off_in_a_burst_stops_nobody(lane: World, camera: CameraServer) -> None:
    session_id = lane.step_up()
    camera.faults.set(FaultOrder(fault=Fault.CUT, times=1))
    try:
        view = lane.pipeline.capture(session_id, LIVE, officer=OFFICER)
    finally:
        camera.faults.set(None)
    assert ImageKind.LIVE in view.images
