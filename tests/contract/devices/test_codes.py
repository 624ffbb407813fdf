"""The code reader keeps the device contract on a camera's real stream, with real codes held before it."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import zxingcpp

from crossing.ports.devices import Capture, CaptureRequest, Device, DeviceDriver, DeviceError, DeviceFault
from crossing_devices.codes.driver import CodesDriver
from crossing_devices.codes.reading import MAX_CODES, MAX_TEXT_BYTES, MEDIA_TYPE, as_content, codes_in
from crossing_devices.simulated.camera_server import CameraServer
from tests.contract.devices.conformance import Bench, DeviceConformance, Trouble
from tests.contract.devices.test_cameras import READ_TIMEOUT_MS, MjpegBench

BgrImage = npt.NDArray[np.uint8]
ENOUGH = CaptureRequest(timeout_s=30)
SOON = CaptureRequest(timeout_s=1)
PASS = "CROSSING-PASS:1:eyJ6b25lIjoiVVRPIn0.c2lnbmF0dXJl"
SYMBOLOGIES = {
    "qr_code": zxingcpp.QRCode,
    "pdf417": zxingcpp.PDF417,
    "aztec": zxingcpp.Aztec,
    "data_matrix": zxingcpp.DataMatrix,
    "code_128": zxingcpp.Code128,
    "code_39": zxingcpp.Code39,
}


def _code(text: str, symbology: str = "qr_code", scale: int = 4) -> BgrImage:
    drawn = zxingcpp.create_barcode(text, SYMBOLOGIES[symbology]).to_image(scale=scale)
    return cv2.cvtColor(np.array(drawn), cv2.COLOR_GRAY2BGR).astype(np.uint8)


def _held(*codes: BgrImage, degrees: float = 0) -> BgrImage:
    """A 1280 x 720 frame with the codes side by side on a grey wall, turned about its middle."""
    frame = np.full((720, 1280, 3), 170, np.uint8)
    left = 60
    for code in codes:
        height, width = code.shape[:2]
        frame[200 : 200 + height, left : left + width] = code
        left += width + 40
    turn = cv2.getRotationMatrix2D((left / 2, 200 + codes[-1].shape[0] / 2), degrees, 1)
    turned = cv2.warpAffine(frame, turn, (1280, 720), flags=cv2.INTER_CUBIC, borderValue=(170, 170, 170))
    return turned.astype(np.uint8)


def _png(picture: BgrImage) -> bytes:
    return cv2.imencode(".png", picture)[1].tobytes()


@pytest.fixture
def device(camera: CameraServer) -> Iterator[Device]:
    options = {"source": f"{camera.url}/stream", "read_timeout_ms": str(READ_TIMEOUT_MS)}
    found = CodesDriver(options).discover()[0]
    yield found
    found.close()


class CodesBench(MjpegBench):
    """The network camera with a pass held before it, or nothing."""

    driver: ClassVar[type[DeviceDriver]] = CodesDriver
    trouble_s = 1.3
    presented: ClassVar[tuple[str, ...]] = (PASS,)
    not_applicable: ClassVar[Mapping[Trouble, str]] = {
        Trouble.JAM: "nothing is put into a camera",
        Trouble.IN_USE: "a network camera serves many viewers",
    }

    def present(self) -> None:
        self._camera.show(_png(_held(_code(PASS))))

    def cause(self, trouble: Trouble) -> None:
        if trouble is Trouble.NOTHING:
            self._camera.show(None)
            time.sleep(0.2)
        else:
            super().cause(trouble)

    def put_right(self) -> None:
        super().put_right()
        self._camera.show(None)

    def check(self, capture: Capture) -> None:
        assert json.loads(capture.content) == {"codes": [{"symbology": "qr_code", "text": PASS}]}


class TestCodes(DeviceConformance, on=CodesBench):
    @pytest.fixture
    def bench(self, camera: CameraServer, token: str) -> Iterator[Bench]:
        bench = CodesBench(camera, token)
        yield bench
        bench.close()


def test_a_pass_that_is_turned_and_small_is_read_from_the_stream(camera: CameraServer, device: Device) -> None:
    for degrees, scale in ((0, 4), (17, 4), (90, 3), (200, 2)):
        camera.show(_png(_held(_code(PASS, scale=scale), degrees=degrees)))
        captured = device.capture(ENOUGH)
        assert captured.media_type == MEDIA_TYPE
        assert json.loads(captured.content) == {"codes": [{"symbology": "qr_code", "text": PASS}]}


def test_no_code_is_said_after_the_time_out_and_the_next_one_is_read(camera: CameraServer, device: Device) -> None:
    with pytest.raises(DeviceError) as raised:
        device.capture(SOON)
    assert raised.value.fault is DeviceFault.NOTHING_PRESENTED
    camera.show(_png(_held(_code("UTO 4711", "pdf417", 3))))
    assert json.loads(device.capture(ENOUGH).content)["codes"] == [{"symbology": "pdf417", "text": "UTO 4711"}]


def test_a_pdf417_that_is_not_held_level_is_read_within_a_few_frames(camera: CameraServer, device: Device) -> None:
    for degrees in (-18, 11):
        camera.show(_png(_held(_code("UTO-4711" * 6, "pdf417", 3), degrees=degrees)))
        assert json.loads(device.capture(ENOUGH).content)["codes"][0]["text"] == "UTO-4711" * 6


@pytest.mark.parametrize("symbology", sorted(SYMBOLOGIES))
@pytest.mark.parametrize("degrees", [0, 3, 90, 180])
def test_every_symbology_is_read_however_it_is_held(symbology: str, degrees: int) -> None:
    picture = _held(_code("UTO-4711", symbology, 3), degrees=degrees)
    assert codes_in(picture) == [{"symbology": symbology, "text": "UTO-4711"}]


def test_several_codes_come_together_and_each_once() -> None:
    picture = _held(_code("first"), _code("second", "aztec"), _code("first"), _code("third", "data_matrix"))
    assert {code["text"] for code in codes_in(picture)} == {"first", "second", "third"}
    assert len(codes_in(picture)) == 3


def test_a_text_in_any_script_arrives_as_it_is() -> None:
    text = 'Ouagadougou – واغادوغو – é\u0001\n"quoted"'
    assert json.loads(as_content(codes_in(_held(_code(text)))))["codes"][0]["text"] == text


def test_what_a_picture_can_say_is_bounded() -> None:
    many = np.full((720, 1280, 3), 170, np.uint8)
    for place in range(24):
        code = _code(f"code {place}", scale=3)
        top, left = 20 + place // 8 * 160, 20 + place % 8 * 150
        many[top : top + code.shape[0], left : left + code.shape[1]] = code
    assert len(codes_in(many)) == MAX_CODES
    long = _code("7" * (MAX_TEXT_BYTES + 1), scale=3)
    assert codes_in(np.pad(long, ((40, 40), (40, 40), (0, 0)), constant_values=255)) == []
