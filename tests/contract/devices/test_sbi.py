"""The SBI driver against the test device on the real protocol: the conformance suite, and whom it believes."""

import datetime as dt
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import cv2
import httpx
import numpy as np
import pytest

from crossing.fingers.records import finger_images, read_fingers
from crossing.ports.devices import (
    Capture,
    CaptureRequest,
    Device,
    DeviceError,
    DeviceFault,
    DeviceKind,
    HealthState,
    Progress,
)
from crossing.ports.fingers import MEDIA_TYPE, FingerCapture, FingerFormat, FingerPosition, FingerRequest
from crossing_devices.options import OptionError
from crossing_devices.sbi.driver import SbiDriver
from crossing_devices.simulated.sbi.pki import DevicePki, decryption_pair
from crossing_devices.simulated.sbi.records import RecordForm
from crossing_devices.simulated.sbi.ridges import fingerprint
from crossing_devices.simulated.sbi.server import SbiServer
from crossing_devices.simulated.server import Fault, FaultOrder
from tests.contract.devices.conformance import SLACK_S, Bench, DeviceConformance, Trouble
from tests.factories.serving import free_ports

ENOUGH = CaptureRequest(timeout_s=30)


@pytest.fixture(scope="module")
def pki() -> DevicePki:
    return DevicePki.create()


class SbiBench(Bench):
    driver = SbiDriver
    reports_progress = True
    not_applicable: ClassVar[Mapping[Trouble, str]] = {Trouble.JAM: "a finger scanner has no paper path"}

    def __init__(self, token: str, pki: DevicePki, folder: Path) -> None:
        self._token, self._pki = token, pki
        self._port = free_ports(1)
        self._trust = pki.write_trust(folder / "authority.pem")
        self._plug_in()

    def _plug_in(self) -> None:
        self.server = SbiServer(self._token, self._port, pki=self._pki)
        self.server.lift()
        self.server.start()

    def options(self) -> dict[str, str]:
        return {"url": self.server.url, "trust": str(self._trust), "env": "Developer"}

    def present(self) -> None:
        self.server.lay()

    def cause(self, trouble: Trouble) -> None:
        faults = {
            Trouble.SILENT: Fault.HANG,
            Trouble.IN_USE: Fault.BUSY,
            Trouble.SLOW: Fault.DRIP,
            Trouble.GARBAGE: Fault.GARBAGE,
        }
        if trouble in faults:
            self.server.faults.set(FaultOrder(fault=faults[trouble]))
        elif trouble is Trouble.ABSENT:
            self.server.stop()
        else:
            self.server.lift()
            if trouble is Trouble.UNPLUGGED:
                self.later(0.3, self.server.stop)

    def put_right(self) -> None:
        if self.server.stopping.is_set():
            self._plug_in()
        self.server.faults.set(None)
        self.server.lift()

    def check(self, capture: Capture) -> None:
        fingers = FingerCapture.model_validate_json(capture.content)
        assert {one.position for one in fingers.records} == {FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX}
        assert all(one.record.startswith(b"FIR\x00010\x00") and one.quality == 82 for one in fingers.records)
        assert len(fingers.signed_by) == 64


class TestSbi(DeviceConformance, on=SbiBench):
    @pytest.fixture
    def bench(self, token: str, pki: DevicePki, tmp_path: Path) -> Iterator[Bench]:
        bench = SbiBench(token, pki, tmp_path)
        yield bench
        bench.server.stop()


@pytest.fixture
def service(token: str, pki: DevicePki) -> Iterator[SbiServer]:
    with SbiServer(token, pki=pki) as server:
        yield server


@pytest.fixture
def trust(pki: DevicePki, tmp_path: Path) -> str:
    return str(pki.write_trust(tmp_path / "authority.pem"))


def opened(service: SbiServer, trust: str, **options: str) -> Device:
    given = {"device_id": "fingers", "url": service.url, "env": "Developer", **options}
    found = SbiDriver(given | ({"trust": trust} if trust else {})).discover()
    assert len(found) == 1
    return found[0]


def captured(device: Device, *positions: FingerPosition, missing: tuple[FingerPosition, ...] = ()) -> FingerCapture:
    request = FingerRequest(positions=positions, missing=missing)
    capture = device.capture(ENOUGH.model_copy(update={"fingers": request}))
    assert capture.media_type == MEDIA_TYPE
    return FingerCapture.model_validate_json(capture.content)


def refusal(device: Device) -> DeviceError:
    with pytest.raises(DeviceError) as refused:
        device.capture(ENOUGH)
    return refused.value


def test_a_whole_pair_of_hands_is_captured_in_three_turns(service: SbiServer, trust: str) -> None:
    everything = tuple(one for one in FingerPosition if one is not FingerPosition.UNKNOWN)
    told: list[Progress] = []
    request = ENOUGH.model_copy(update={"fingers": FingerRequest(positions=everything)})

    fingers = FingerCapture.model_validate_json(opened(service, trust).capture(request, told.append).content)

    assert {one.position for one in fingers.records} == set(everything)
    assert [(one.done, one.total) for one in told] == [(0, 10), (4, 10), (8, 10), (10, 10)]


def test_a_finger_that_the_traveller_does_not_have_is_not_asked_for(service: SbiServer, trust: str) -> None:
    wanted = (FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB)

    fingers = captured(opened(service, trust), *wanted, missing=(FingerPosition.LEFT_THUMB,))

    assert [one.position for one in fingers.records] == [FingerPosition.RIGHT_THUMB]


@pytest.mark.parametrize("form", RecordForm)
def test_whatever_a_device_records_the_post_gets_wsq(
    token: str, pki: DevicePki, trust: str, form: RecordForm
) -> None:
    with SbiServer(token, pki=pki, form=form) as service:
        record = captured(opened(service, trust), FingerPosition.RIGHT_INDEX).records[0]

    assert record.format is FingerFormat.IMAGE
    assert record.record[29] == 2
    assert b"\xff\xa0" in record.record[44:48]


def test_what_the_driver_gives_the_post_reads(service: SbiServer, trust: str) -> None:
    wanted = ENOUGH.model_copy(update={"fingers": FingerRequest(positions=(FingerPosition.RIGHT_THUMB,))})

    capture = read_fingers(opened(service, trust).capture(wanted).content)

    image = finger_images(capture)[0]
    drawn = fingerprint(1, FingerPosition.RIGHT_THUMB)
    assert (image.position, image.quality, image.picture.shape) == (FingerPosition.RIGHT_THUMB, 82, drawn.shape)
    assert np.abs(image.picture.astype(int) - drawn).mean() < 12


def test_a_face_comes_as_the_jpeg_in_its_record(service: SbiServer, trust: str) -> None:
    picture = cv2.imencode(".jpg", np.full((120, 90, 3), 140, np.uint8))[1].tobytes()
    service.show(picture)

    camera = opened(service, trust, type="Face")
    capture = camera.capture(ENOUGH)

    assert camera.info.kind is DeviceKind.CAMERA
    assert (capture.media_type, capture.content) == ("image/jpeg", picture)


def test_an_encrypted_capture_is_opened_with_the_posts_key(
    token: str, pki: DevicePki, trust: str, tmp_path: Path
) -> None:
    certificate = decryption_pair(tmp_path / "post.pem")
    decryption_pair(tmp_path / "another.pem")
    with SbiServer(token, pki=pki, encrypt_for=certificate) as service:
        ours = opened(service, trust, mode="auth", decryption_key=str(tmp_path / "post.pem"))
        theirs = opened(service, trust, mode="auth", decryption_key=str(tmp_path / "another.pem"))

        assert captured(ours, FingerPosition.RIGHT_INDEX).records[0].record.startswith(b"FIR\0")
        assert refusal(theirs).fault is DeviceFault.REFUSED


def test_a_device_for_another_purpose_is_not_used(token: str, pki: DevicePki, trust: str, tmp_path: Path) -> None:
    with SbiServer(token, pki=pki, encrypt_for=decryption_pair(tmp_path / "post.pem")) as service:
        assert refusal(opened(service, trust)).fault is DeviceFault.UNSUPPORTED


@pytest.mark.parametrize("fault", [Fault.FORGED, Fault.BROKEN_CHAIN, Fault.REPLAYED])
def test_an_answer_that_was_tampered_with_is_refused(service: SbiServer, trust: str, fault: Fault) -> None:
    device = opened(service, trust)
    service.faults.set(FaultOrder(fault=fault, times=1))

    assert refusal(device).fault is DeviceFault.REFUSED
    assert captured(device, FingerPosition.RIGHT_INDEX).records


def test_an_answer_that_drips_beyond_the_deadline_is_late(service: SbiServer, trust: str) -> None:
    device = opened(service, trust)
    service.faults.set(FaultOrder(fault=Fault.DRIP))
    began = time.monotonic()

    with pytest.raises(DeviceError) as late:
        device.capture(CaptureRequest(timeout_s=0.6))

    assert late.value.fault is DeviceFault.TIMEOUT
    assert time.monotonic() - began < 0.6 + SLACK_S


def test_without_a_trusted_authority_nothing_is_captured(service: SbiServer) -> None:
    device = opened(service, "")

    assert refusal(device).fault is DeviceFault.REFUSED
    assert device.health().state is HealthState.UNAVAILABLE


def test_a_device_of_another_authority_is_not_believed(service: SbiServer, tmp_path: Path) -> None:
    another = str(DevicePki.create().write_trust(tmp_path / "another.pem"))

    told = refusal(opened(service, another))

    assert (told.fault, told.detail) == (
        DeviceFault.REFUSED,
        "the certificate's chain does not lead to a trusted certificate",
    )


def test_an_expired_device_certificate_is_not_believed(token: str, tmp_path: Path) -> None:
    expired = DevicePki.create(device_valid_until=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))
    with SbiServer(token, pki=expired) as service:
        told = refusal(opened(service, str(expired.write_trust(tmp_path / "authority.pem"))))

    assert (told.fault, "expired" in told.detail) == (DeviceFault.REFUSED, True)


def test_a_device_is_found_among_the_ports_by_its_serial_number(service: SbiServer, trust: str) -> None:
    ports = f"{service.port - 5}-{service.port + 5}"
    options = {"device_id": "fingers", "ports": ports, "trust": trust}

    assert [one.info.serial for one in SbiDriver(options | {"serial": "SIM-SLAP-000001"}).discover()] == [
        "SIM-SLAP-000001"
    ]
    assert SbiDriver(options | {"serial": "another"}).discover() == []


def server_on_sbi_s_ports(token: str, pki: DevicePki) -> SbiServer:
    """On the first free one of the ports that the specification names."""
    for port in range(4501, 4601):
        try:
            return SbiServer(token, port, pki=pki)
        except OSError:
            continue
    raise AssertionError("other programs listen on every port from 4501 to 4600")


def test_what_listens_on_sbis_ports_is_offered(token: str, pki: DevicePki) -> None:
    with server_on_sbi_s_ports(token, pki):
        offered = SbiDriver.offers()

    assert {"device_id": "finger-crossing-sim-slap-000001", "type": "Finger", "serial": "SIM-SLAP-000001"} in offered
    assert "face-crossing-sim-face-000001" in {one["device_id"] for one in offered}


def test_a_test_device_is_led_by_its_controls(service: SbiServer, token: str, pki: DevicePki) -> None:
    def ask(method: str, path: str, content: bytes = b"", bearer: str = token) -> httpx.Response:
        return httpx.request(
            method, f"{service.url}{path}", content=content, headers={"Authorization": f"Bearer {bearer}"}
        )

    assert ask("GET", "/control/state", bearer="another").status_code == 401
    assert ask("GET", "/control/trust").content == pki.authority_pem
    assert ask("DELETE", "/control/hand").status_code == 204
    assert ask("GET", "/control/state").json() == {"hand": False, "capturing": False, "fault": None}
    assert ask("POST", "/control/hand").status_code == 204
    assert ask("POST", "/control/face", b"no picture").status_code == 422
    assert ask("POST", "/control/fault", b'{"fault": "forged", "times": 1}').status_code == 204
    assert ask("GET", "/control/state").json()["fault"] == "forged"
    assert ask("DELETE", "/control/nothing").status_code == 404
    assert ask("GET", "/device").status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bio": []}, "710"),
        ({"timeout": "soon"}, "710"),
        ({"bio": [{"deviceId": "9", "deviceSubId": "1"}]}, "705"),
        ({"bio": [{"deviceId": "1", "deviceSubId": "9"}]}, "710"),
    ],
)
def test_a_test_device_answers_odd_questions_with_a_code(
    service: SbiServer, change: dict[str, object], code: str
) -> None:
    asked = {"purpose": "Registration", "env": "Developer", "timeout": "100", "transactionId": "1" * 36} | change

    answer = httpx.request("RCAPTURE", f"{service.url}/capture", json=asked)

    assert answer.json()["biometrics"][0]["error"]["errorCode"] == code
    assert (
        httpx.request("CAPTURE", f"{service.url}/capture", json=asked).json()["biometrics"][0]["error"]["errorCode"]
        == "809"
    )


def test_the_test_device_runs_from_the_command_line(tmp_path: Path) -> None:
    trust = tmp_path / "authority.pem"
    command = [sys.executable, "-m", "crossing_devices.simulated.sbi", "--port", "0"]
    command += ["--token-file", str(tmp_path / "token"), "--trust-out", str(trust)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
        assert found is not None
        device = SbiDriver({"url": found[0], "trust": str(trust)}).discover()[0]
        ready = device.health().state
        running.terminate()
    assert (ready, running.returncode) == (HealthState.READY, 0)


@pytest.mark.parametrize(
    "options",
    [
        {"url": "http://192.0.2.1:4501"},
        {"url": "https://127.0.0.1:4501"},
        {"url": "http://127.0.0.1"},
        {"ports": "1-65535"},
        {"ports": "4600-4501"},
        {"type": "Iris"},
        {"mode": "auth"},
        {"mode": "both"},
        {"env": "Home"},
        {"versions": "2.0"},
        {"quality": "101"},
        {"trust": "/nowhere/authority.pem"},
        {"decryption_key": "/nowhere/key.pem"},
    ],
)
def test_wrong_options_are_told_before_anything_is_opened(options: dict[str, str]) -> None:
    with pytest.raises(OptionError):
        SbiDriver({"device_id": "fingers", **options})
