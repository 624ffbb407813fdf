"""The device agent over HTTP: who may ask, what a capture is, and what happens when a driver misbehaves."""

import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from starlette.testclient import TestClient

from crossing.ports.devices import (
    Capabilities,
    Capture,
    CaptureRequest,
    Device,
    DeviceFault,
    DeviceInfo,
    DeviceKind,
    DeviceList,
    DeviceState,
    Health,
    HealthState,
)
from crossing_devices import slots as slots_module
from crossing_devices.agent import create_agent
from crossing_devices.config import AgentConfig, DeviceConfig
from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.scanner_server import ScannerServer
from crossing_devices.simulated.server import Fault, FaultOrder
from crossing_devices.slots import MAX_HUNG, Slot, open_slots


@pytest.fixture
def agent(scanner: ScannerServer, camera: CameraServer, token: str) -> Iterator[TestClient]:
    options = {
        "page-scanner": ("escl", {"url": f"{scanner.url}/eSCL"}),
        "camera": ("camera", {"source": f"{camera.url}/stream"}),
    }
    config = AgentConfig(
        device=tuple(
            DeviceConfig(id=one, driver=driver, options={**given}) for one, (driver, given) in options.items()
        )
    )
    with _client(open_slots(config), token) as client:
        yield client


def _client(slots: Mapping[str, Slot], token: str) -> TestClient:
    return TestClient(create_agent(slots, token), headers={"Authorization": f"Bearer {token}"})


def test_every_path_asks_for_the_token(agent: TestClient) -> None:
    for method, path in (
        ("GET", "/v1/devices"),
        ("GET", "/v1/devices/camera"),
        ("POST", "/v1/devices/camera/capture"),
        ("GET", "/v1/devices/camera/stream"),
        ("GET", "/openapi.json"),
        ("GET", "/"),
    ):
        answer = agent.request(method, path, headers={"Authorization": "Bearer another"})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json()["code"] == "unauthenticated"


def test_the_devices_are_listed_as_the_contract_says(agent: TestClient) -> None:
    listed = DeviceList.model_validate_json(agent.get("/v1/devices").content)
    assert [state.info.device_id for state in listed.devices] == ["page-scanner", "camera"]
    assert {state.health.state for state in listed.devices} == {HealthState.READY}
    camera = DeviceState.model_validate_json(agent.get("/v1/devices/camera").content)
    assert camera.info.kind is DeviceKind.CAMERA
    assert camera.capabilities.can_stream


def test_a_capture_is_the_page_itself(agent: TestClient, scanner: ScannerServer, page: bytes) -> None:
    scanner.load(page)
    answer = agent.post("/v1/devices/page-scanner/capture")
    assert answer.status_code == 200
    assert answer.content == page
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
    age = datetime.now(UTC) - datetime.fromisoformat(answer.headers["Crossing-Captured-At"])
    assert 0 <= age.total_seconds() < 10


@pytest.mark.parametrize(
    ("happening", "status", "code"),
    [
        (None, 409, "nothing_presented"),
        (Fault.JAM, 409, "jam"),
        (Fault.BUSY, 409, "busy"),
        (Fault.GARBAGE, 502, "garbled"),
        (Fault.CUT, 503, "vanished"),
        (Fault.HANG, 504, "timeout"),
    ],
)
def test_a_fault_is_a_problem_with_its_code(
    agent: TestClient, scanner: ScannerServer, page: bytes, happening: Fault | None, status: int, code: str
) -> None:
    if happening is not None:
        scanner.load(page)
        scanner.faults.set(FaultOrder(fault=happening))
    answer = agent.post("/v1/devices/page-scanner/capture", json={"timeout_s": 0.5})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
    scanner.faults.set(None)
    scanner.on_faults_cleared()
    scanner.load(page)
    assert agent.post("/v1/devices/page-scanner/capture", json={"timeout_s": 5}).status_code == 200


def test_what_is_not_asked_rightly_is_refused(agent: TestClient) -> None:
    path = "/v1/devices/camera/capture"
    assert agent.get("/v1/devices/hat").json()["code"] == "unknown_device"
    assert agent.post("/v1/devices/hat/capture").status_code == 404
    for body in ({"timeout_s": 0}, {"timeout_s": 3600}, {"timeout_s": "soon"}, {"colour": "blue"}):
        answer = agent.post(path, json=body)
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert agent.post(path, content=b"\xff{").status_code == 422
    assert agent.post(path, content=b" " * 20_000).status_code == 413
    assert agent.post(path, content=iter([b"{}"])).status_code == 413
    assert agent.get(path).status_code == 405
    assert agent.get("/v1/devices/page-scanner/stream").status_code == 501


def test_an_absent_device_is_listed_and_comes_back(token: str, page: bytes) -> None:
    with ScannerServer(token) as scanner:
        port = scanner.port
    device = DeviceConfig(id="page-scanner", driver="escl", options={"url": f"http://127.0.0.1:{port}/eSCL"})
    with _client(open_slots(AgentConfig(device=(device,))), token) as agent:
        state = DeviceState.model_validate_json(agent.get("/v1/devices/page-scanner").content)
        assert (state.health.state, state.health.fault) == (HealthState.UNAVAILABLE, DeviceFault.VANISHED)
        with ScannerServer(token, port) as scanner:
            scanner.load(page)
            assert agent.post("/v1/devices/page-scanner/capture").content == page


class StuckDriver:
    """A driver as bad native ones are: it does not come back, or raises what it likes."""

    name: ClassVar[str] = "stuck"
    version: ClassVar[str] = "0"
    kind: ClassVar[DeviceKind] = DeviceKind.CAMERA

    def __init__(self, options: Mapping[str, str]) -> None:
        self.behaviour = options["behaviour"]
        self.info = DeviceInfo(device_id="stuck", kind=self.kind, driver=self.name, driver_version=self.version)
        self.release = threading.Event()
        self.discovered = 0

    def discover(self) -> list[Device]:
        self.discovered += 1
        return [self]

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=("image/jpeg",))

    def capture(self, request: CaptureRequest) -> Capture:
        if self.behaviour == "hang":
            self.release.wait(30)
        if self.behaviour == "crash":
            raise ZeroDivisionError
        content = b"" if self.behaviour == "empty" else b"picture"
        return Capture(device_id="stuck", media_type="image/jpeg", content=content, captured_at=datetime.now(UTC))

    def stream(self) -> Iterator[bytes]:
        while True:
            yield b"frame"

    def health(self) -> Health:
        return Health(state=HealthState.READY)

    def close(self) -> None:
        pass


def test_a_hung_driver_is_left_behind_and_reopened(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots_module, "GRACE_S", 0.1)
    driver = StuckDriver({"behaviour": "hang"})
    with _client({"stuck": Slot("stuck", driver)}, token) as agent:
        for attempt in range(1, MAX_HUNG + 1):
            began = time.monotonic()
            answer = agent.post("/v1/devices/stuck/capture", json={"timeout_s": 0.1})
            assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
            assert time.monotonic() - began < 1
            assert driver.discovered == attempt
        state = DeviceState.model_validate_json(agent.get("/v1/devices/stuck").content)
        assert (state.health.state, state.health.fault) == (HealthState.UNAVAILABLE, DeviceFault.TIMEOUT)
        driver.behaviour = "well"
        driver.release.set()
        time.sleep(0.1)
        assert agent.post("/v1/devices/stuck/capture").content == b"picture"


def test_two_captures_at_once_are_answered_busy(token: str) -> None:
    driver = StuckDriver({"behaviour": "hang"})
    with _client({"stuck": Slot("stuck", driver)}, token) as agent:
        first = threading.Thread(target=agent.post, args=("/v1/devices/stuck/capture",))
        first.start()
        time.sleep(0.2)
        assert agent.post("/v1/devices/stuck/capture").json()["code"] == "busy"
        health = DeviceState.model_validate_json(agent.get("/v1/devices/stuck").content).health
        assert health.state is HealthState.BUSY
        driver.release.set()
        first.join()


@pytest.mark.parametrize(("behaviour", "code"), [("crash", "failed"), ("empty", "garbled")])
def test_a_driver_that_breaks_the_contract_does_not_break_the_agent(token: str, behaviour: str, code: str) -> None:
    with _client({"stuck": Slot("stuck", StuckDriver({"behaviour": behaviour}))}, token) as agent:
        answer = agent.post("/v1/devices/stuck/capture")
        assert (answer.status_code, answer.json()["code"]) == (502, code)
