"""The camera driver keeps the device contract on a real MJPEG stream and on a file."""

import itertools
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from crossing.ports.devices import (
    Capture,
    CaptureRequest,
    Device,
    DeviceDriver,
    DeviceError,
    DeviceFault,
    HealthState,
)
from crossing_devices.camera.opencv import Camera, CameraDriver
from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.server import Fault, FaultOrder
from tests.contract.devices.conformance import Bench, DeviceConformance, Trouble
from tests.contract.devices.conftest import plain_jpeg
from tests.factories.waiting import wait_until

ENOUGH = CaptureRequest(timeout_s=30)
READ_TIMEOUT_MS = 900


class MjpegBench(Bench):
    """The simulated network camera and its cable."""

    driver: ClassVar[type[DeviceDriver]] = CameraDriver
    trouble_s = 2.0
    # The first capture may still tell the fault that the camera's reader met meanwhile; the next opens it anew.
    recovers_within_s = 60
    not_applicable: ClassVar[Mapping[Trouble, str]] = {
        Trouble.NOTHING: "a camera always sees something",
        Trouble.JAM: "nothing is put into a camera",
        Trouble.IN_USE: "a network camera serves many viewers",
    }
    # FFmpeg skips what it cannot decode until its own time-out.
    faults: ClassVar[Mapping[Trouble, frozenset[DeviceFault]]] = {
        Trouble.GARBAGE: frozenset({DeviceFault.VANISHED, DeviceFault.TIMEOUT})
    }

    def __init__(self, camera: CameraServer, token: str) -> None:
        self._camera = camera
        self._token = token
        self._port = camera.port

    def options(self) -> dict[str, str]:
        return {"source": f"http://127.0.0.1:{self._port}/stream", "read_timeout_ms": str(READ_TIMEOUT_MS)}

    def present(self) -> None:
        self._camera.show(plain_jpeg(0, 230, 0))

    def cause(self, trouble: Trouble) -> None:
        orders = {
            Trouble.SILENT: FaultOrder(fault=Fault.FREEZE),
            Trouble.UNPLUGGED: FaultOrder(fault=Fault.CUT),
            Trouble.GARBAGE: FaultOrder(fault=Fault.GARBAGE),
            Trouble.SLOW: FaultOrder(fault=Fault.FREEZE, times=3),
        }
        if trouble is Trouble.ABSENT:
            self._camera.stop()
        else:
            self._camera.faults.set(orders[trouble])
            # What the camera sent before is still on its way.
            time.sleep(0.2)

    def put_right(self) -> None:
        if self._camera.stopping.is_set():
            self._camera = CameraServer(self._token, self._port)
            self._camera.start()
        self._camera.faults.set(None)

    def check(self, capture: Capture) -> None:
        assert _colour(capture.content) == [0, 1, 0]

    def close(self) -> None:
        self._camera.stop()


class TestMjpeg(DeviceConformance, on=MjpegBench):
    @pytest.fixture
    def bench(self, camera: CameraServer, token: str) -> Iterator[Bench]:
        bench = MjpegBench(camera, token)
        yield bench
        bench.close()


@pytest.fixture
def device(camera: CameraServer) -> Iterator[Device]:
    found = _driver(f"{camera.url}/stream").discover()[0]
    yield found
    found.close()


def _driver(source: str) -> CameraDriver:
    return CameraDriver({"device_id": "camera", "source": source, "read_timeout_ms": str(READ_TIMEOUT_MS)})


def _watch(device: Device) -> None:
    """Captures for as long as there are pictures."""
    for _ in range(1_000):
        device.capture(ENOUGH)


def _colour(content: bytes) -> list[int]:
    """Whether blue, green and red are strong in the middle of a JPEG."""
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    middle = picture[picture.shape[0] // 2, picture.shape[1] // 2]
    return [int(channel > 128) for channel in middle]


def test_a_camera_is_there_or_not() -> None:
    assert _driver("/no/such/file.mp4").discover() == []
    assert _driver("http://127.0.0.1:1/stream").discover() == []
    assert _driver("99").discover() == []


def test_a_camera_without_pictures_is_unavailable_until_it_gives_one(camera: CameraServer) -> None:
    (device,) = _driver(f"{camera.url}/no/such/stream").discover()
    assert device.health().state is HealthState.READY, "nobody has tried yet"
    with pytest.raises(DeviceError) as refused:
        device.capture(ENOUGH)
    health = device.health()
    assert refused.value.fault is DeviceFault.FAILED
    assert (health.state, health.fault) == (HealthState.UNAVAILABLE, DeviceFault.FAILED)
    device.close()


def test_a_camera_that_was_unplugged_is_tried_anew(camera: CameraServer, device: Device, token: str) -> None:
    device.capture(ENOUGH)
    port = camera.port
    camera.stop()
    with pytest.raises(DeviceError):
        _watch(device)
    assert device.health().fault is DeviceFault.VANISHED
    again = CameraServer(token, port)
    again.start()
    try:
        assert device.health().state is HealthState.READY
    finally:
        again.stop()


def test_a_frame_is_never_older_than_the_request(camera: CameraServer, device: Device) -> None:
    for colour in ([1, 0, 0], [0, 1, 0], [0, 0, 1]):
        camera.show(plain_jpeg(*(230 * channel for channel in colour)))
        captured = device.capture(ENOUGH)
        assert _colour(captured.content) == colour
        assert captured.media_type == "image/jpeg"
    assert device.capabilities().frame_sizes == ((1280, 720),)
    assert device.health().state is HealthState.READY


def test_a_stream_gives_frame_after_frame_beside_captures(camera: CameraServer, device: Device) -> None:
    frames = device.stream()
    first = list(itertools.islice(frames, 3))
    assert all(frame.startswith(b"\xff\xd8") for frame in first)
    assert device.capture(ENOUGH).content
    assert next(frames).startswith(b"\xff\xd8")


def test_a_stream_begins_with_who_is_there_now(camera: CameraServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with the traveller before, whom the camera saw last before it rested."""
    monkeypatch.setattr("crossing_devices.camera.reader.IDLE_S", 1.5)
    (device,) = _driver(f"{camera.url}/stream").discover()
    assert isinstance(device, Camera)
    camera.show(plain_jpeg(230, 0, 0))
    assert _colour(device.capture(ENOUGH).content) == [1, 0, 0]
    wait_until(lambda: not device._reader.is_reading, what="the camera's rest")
    camera.show(plain_jpeg(0, 0, 230))
    assert _colour(next(device.stream())) == [0, 0, 1]
    device.close()


def test_a_file_plays_as_a_camera_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    clip = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for _ in range(5):
        clip.write(np.full((48, 64, 3), (230, 0, 0), np.uint8))
    clip.release()
    device = _driver(str(path)).discover()[0]
    assert [_colour(device.capture(ENOUGH).content) for _ in range(8)] == [[1, 0, 0]] * 8
    device.close()


def test_an_attached_camera_is_the_same_by_each_of_its_names() -> None:
    """Any device node will do: nothing is opened."""
    place = Path(tempfile.mkdtemp(dir="/dev/shm"))
    (place / "by-id").symlink_to("/dev/null")
    named = [{"source": str(place / "by-id")}, {"device_id": "b", "source": "/dev/null", "width": "640"}]
    assert {CameraDriver.identity(options) for options in named} == {"/dev/null"}
    for options in ({"source": "/dev/none"}, {"source": "rtsp://192.0.2.1/"}, {"source": ""}, {"colour": "blue"}):
        assert CameraDriver.identity(options) is None
    shutil.rmtree(place)
