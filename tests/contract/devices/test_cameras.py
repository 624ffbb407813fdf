"""The camera driver keeps the device contract on a real MJPEG stream and on a file."""

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from crossing.ports.devices import CaptureRequest, Device, DeviceDriver, DeviceError, DeviceFault, HealthState
from crossing_devices.camera.opencv import CameraDriver
from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.server import Fault, FaultOrder
from tests.contract.devices.conftest import plain_jpeg

ENOUGH = CaptureRequest(timeout_s=8)
READ_TIMEOUT_MS = 500


@pytest.fixture
def device(camera: CameraServer) -> Iterator[Device]:
    found = _driver(f"{camera.url}/stream").discover()[0]
    yield found
    found.close()


def _driver(source: str) -> CameraDriver:
    return CameraDriver({"device_id": "camera", "source": source, "read_timeout_ms": str(READ_TIMEOUT_MS)})


def _colour(content: bytes) -> list[int]:
    """Whether blue, green and red are strong in the middle of a JPEG."""
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    middle = picture[picture.shape[0] // 2, picture.shape[1] // 2]
    return [int(channel > 128) for channel in middle]


def test_a_camera_is_there_or_not() -> None:
    assert isinstance(_driver("0"), DeviceDriver)
    assert _driver("/no/such/file.mp4").discover() == []
    assert _driver("http://127.0.0.1:1/stream").discover() == []
    assert _driver("99").discover() == []


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


@pytest.mark.parametrize(
    ("happening", "expected"),
    [
        (Fault.FREEZE, {DeviceFault.TIMEOUT}),
        (Fault.CUT, {DeviceFault.VANISHED}),
        (Fault.VANISH, {DeviceFault.VANISHED}),
        # FFmpeg skips what it cannot decode until its own time-out.
        (Fault.GARBAGE, {DeviceFault.VANISHED, DeviceFault.TIMEOUT}),
    ],
)
def test_a_fault_is_told_in_time_and_the_camera_comes_back(
    camera: CameraServer, device: Device, happening: Fault, expected: set[DeviceFault]
) -> None:
    device.capture(ENOUGH)
    camera.faults.set(FaultOrder(fault=happening))
    time.sleep(0.2)
    began = time.monotonic()
    with pytest.raises(DeviceError) as raised:
        device.capture(CaptureRequest(timeout_s=2))
    assert raised.value.fault in expected
    assert time.monotonic() - began < 2.5
    camera.faults.set(None)
    camera.show(plain_jpeg(0, 230, 0))
    assert _colour(_capture_after_a_fault(device)) == [0, 1, 0]


def _capture_after_a_fault(device: Device) -> bytes:
    """The first capture may still tell the fault that its reader met meanwhile; the second reopens."""
    try:
        return device.capture(ENOUGH).content
    except DeviceError:
        return device.capture(ENOUGH).content


def test_two_captures_at_once_are_answered_busy(camera: CameraServer, device: Device) -> None:
    device.capture(ENOUGH)
    camera.faults.set(FaultOrder(fault=Fault.FREEZE))
    first: list[DeviceFault] = []

    def wait() -> None:
        try:
            device.capture(CaptureRequest(timeout_s=2))
        except DeviceError as broken:
            first.append(broken.fault)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.2)
    with pytest.raises(DeviceError) as raised:
        device.capture(ENOUGH)
    assert raised.value.fault is DeviceFault.BUSY
    waiting.join()
    assert first == [DeviceFault.TIMEOUT]


def test_a_file_plays_as_a_camera_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    clip = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for _ in range(5):
        clip.write(np.full((48, 64, 3), (230, 0, 0), np.uint8))
    clip.release()
    device = _driver(str(path)).discover()[0]
    assert [_colour(device.capture(ENOUGH).content) for _ in range(8)] == [[1, 0, 0]] * 8
    device.close()
