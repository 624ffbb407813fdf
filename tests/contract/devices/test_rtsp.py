"""The camera driver keeps the device contract on a real RTSP stream and outlives a library that hangs."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from crossing.ports.devices import CaptureRequest, Device, DeviceError, DeviceFault, HealthState
from crossing_devices.camera import source as source_module
from crossing_devices.camera.opencv import CameraDriver
from crossing_devices.camera.reader import FrameReader
from crossing_devices.camera.source import Source
from crossing_devices.captures import Deadline
from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.rtsp_server import JpegParts, RtspServer
from tests.contract.devices.conformance import SLACK_S, Bench, DeviceConformance, Trouble
from tests.contract.devices.conftest import plain_jpeg
from tests.contract.devices.test_cameras import READ_TIMEOUT_MS, MjpegBench
from tests.factories.waiting import wait_until

ENOUGH = CaptureRequest(timeout_s=30)


@pytest.fixture
def rtsp(camera: CameraServer) -> Iterator[RtspServer]:
    with RtspServer(camera) as server:
        yield server


class RtspBench(MjpegBench):
    """The same network camera, asked for its other stream."""

    def __init__(self, camera: CameraServer, token: str) -> None:
        super().__init__(camera, token)
        self._rtsp = RtspServer(camera)
        self._rtsp.start()
        self._rtsp_port = self._rtsp.port

    def options(self) -> dict[str, str]:
        return {**super().options(), "source": f"rtsp://127.0.0.1:{self._rtsp_port}/stream"}

    def cause(self, trouble: Trouble) -> None:
        super().cause(trouble)
        if trouble is Trouble.ABSENT:
            self._rtsp.stop()

    def put_right(self) -> None:
        super().put_right()
        if self._rtsp.is_stopped:
            self._rtsp = RtspServer(self._camera, self._rtsp_port)
            self._rtsp.start()

    def close(self) -> None:
        self._rtsp.stop()
        super().close()


class TestRtsp(DeviceConformance, on=RtspBench):
    @pytest.fixture
    def bench(self, camera: CameraServer, token: str) -> Iterator[Bench]:
        bench = RtspBench(camera, token)
        yield bench
        bench.close()


def _device(address: str) -> Device:
    options = {"device_id": "camera", "source": address, "read_timeout_ms": str(READ_TIMEOUT_MS)}
    return CameraDriver(options).discover()[0]


def _middle(content: bytes) -> npt.NDArray[np.int_]:
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    middle: npt.NDArray[np.int_] = picture[picture.shape[0] // 2, picture.shape[1] // 2].astype(int)
    return middle


def test_no_frame_is_one_that_was_buffered_while_the_stream_was_opened(
    camera: CameraServer, rtsp: RtspServer
) -> None:
    device = _device(rtsp.url)
    for colour in ((230, 0, 0), (0, 230, 0), (0, 0, 230), (230, 230, 0)):
        camera.show(plain_jpeg(*colour))
        assert np.abs(_middle(device.capture(ENOUGH).content) - colour).max() < 40
    assert device.capabilities().frame_sizes == ((1280, 720),)
    device.close()


def test_what_arrives_over_rtp_is_the_picture_that_the_camera_shows(camera: CameraServer, rtsp: RtspServer) -> None:
    rng = np.random.default_rng(7)
    blocks = rng.integers(0, 255, (9, 16, 3)).astype(np.uint8).repeat(80, 0).repeat(80, 1)
    camera.show(cv2.imencode(".png", blocks)[1].tobytes())
    device = _device(rtsp.url)
    seen = cv2.imdecode(np.frombuffer(device.capture(ENOUGH).content, np.uint8), cv2.IMREAD_COLOR)
    device.close()
    assert seen is not None
    assert np.abs(seen[40::80, 40::80].astype(int) - blocks[40::80, 40::80]).mean() < 6


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        ("PLAY {url} RTSP/1.0\r\nCSeq: 1", b"RTSP/1.0 455"),
        (
            "SETUP {url}/track1 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP;unicast;client_port=5000-5001",
            b"RTSP/1.0 461",
        ),
        ("RECORD {url} RTSP/1.0\r\nCSeq: 3", b"RTSP/1.0 501"),
        ("OPTIONS * RTSP/1.0\r\nCSeq: 4", b"RTSP/1.0 200"),
    ],
)
def test_the_simulated_camera_answers_requests_in_their_order_only(
    rtsp: RtspServer, request_head: str, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", rtsp.port), 5) as raw:
        # A viewer's interleaved reception report stands before the request and is no request.
        raw.sendall(b"$\x01\x00\x04\x80\xc9\x00\x00" + request_head.format(url=rtsp.url).encode() + b"\r\n\r\n")
        assert raw.recv(12) == status


def test_only_a_jpeg_that_rtp_carries_is_sent() -> None:
    picture = np.zeros((16, 16), np.uint8)
    with pytest.raises(ValueError, match="RTP"):
        JpegParts.of(cv2.imencode(".jpg", picture)[1].tobytes())


class _Hanging:
    """What a hanging ``cv2.VideoCapture`` does: ``read`` doesn't come back before ``wake``."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def get(self, _: int) -> float:
        return 0.0

    def grab(self) -> bool:
        return True

    def read(self) -> tuple[bool, None]:
        self._wake.wait(60)
        return False, None

    def release(self) -> None:
        pass


@dataclass(frozen=True)
class _HangingSource(Source):
    wake: threading.Event = field(default_factory=threading.Event)

    def open(self) -> _Hanging:
        return _Hanging(self.wake)


def test_a_library_that_hangs_is_bounded_and_left_behind() -> None:
    source = _HangingSource("rtsp://127.0.0.1/", 640, 480, read_timeout_ms=50, settle_frames=0)
    reader = FrameReader(source)
    faults = []
    for _ in range(5):
        began = time.monotonic()
        with pytest.raises(DeviceError) as raised:
            reader.newer_than(began, Deadline(0.2))
        assert time.monotonic() - began < SLACK_S
        faults.append(raised.value.fault)
        wait_until(lambda: reader.fault is DeviceFault.TIMEOUT)
    assert faults == [DeviceFault.TIMEOUT] * 4 + [DeviceFault.FAILED]
    began = time.monotonic()
    reader.close()
    assert time.monotonic() - began < SLACK_S
    source.wake.set()


def test_a_file_plays_at_its_own_pace_and_begins_again(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    clip = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for grey in (60, 120, 180, 240):
        clip.write(np.full((48, 64, 3), grey, np.uint8))
    clip.release()
    device = _device(str(path))
    assert device.health().state is HealthState.READY
    seen = {round(_middle(device.capture(ENOUGH).content)[0] / 60) for _ in range(16)}
    assert seen == {1, 2, 3, 4}
    device.close()
    path.unlink()
    assert device.health().fault is DeviceFault.VANISHED


def test_attached_cameras_are_offered_by_their_stable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_id, kernel = tmp_path / "by-id", tmp_path / "class"
    monkeypatch.setattr(source_module, "V4L_BY_ID", by_id)
    monkeypatch.setattr(source_module, "V4L_CLASS", kernel)
    monkeypatch.setattr("crossing_devices.camera.opencv.V4L_BY_ID", by_id)
    assert CameraDriver.offers() == []
    by_id.mkdir()
    for number, index in ((0, 0), (1, 1), (7, 0)):
        (tmp_path / f"video{number}").touch()
        (kernel / f"video{number}").mkdir(parents=True)
        (kernel / f"video{number}" / "index").write_text(f"{index}\n", encoding="utf-8")
    (by_id / "usb-Maker_HD_Webcam_A1B2-video-index0").symlink_to(tmp_path / "video0")
    (by_id / "usb-Maker_HD_Webcam_A1B2-video-index1").symlink_to(tmp_path / "video1")
    (by_id / "usb-Other_Cam_77-video-index0").symlink_to(tmp_path / "video7")
    offered = CameraDriver.offers()
    assert [options["device_id"] for options in offered] == ["camera-maker-hd-webcam-a1b2", "camera-other-cam-77"]
    assert offered[0]["source"] == str(by_id / "usb-Maker_HD_Webcam_A1B2-video-index0")
    (tmp_path / "video7").unlink()
    assert len(CameraDriver.offers()) == 1


def test_an_attached_camera_is_known_by_number_or_by_its_stable_name() -> None:
    settings = (640, 480, 500, 0)
    for address in ("0", "/dev/v4l/by-id/usb-absent-video-index0"):
        source = Source(address, *settings)
        assert source.is_attached
        assert not source.is_file
        assert not source.is_present()
    assert Source("3", *settings).node == Path("/dev/video3")
