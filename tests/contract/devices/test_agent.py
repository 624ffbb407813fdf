"""The device agent over HTTP: who may ask, what a capture is, and how a fault is told."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from crossing.ports.devices import DeviceFault, DeviceKind, DeviceList, DeviceState, HealthState
from crossing_devices.agent import create_agent
from crossing_devices.changes import LONGEST_S
from crossing_devices.config import AgentConfig, DeviceConfig, DiscoveryConfig
from crossing_devices.fleet import open_fleet
from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.scanner_server import ScannerServer
from crossing_devices.simulated.server import Fault, FaultOrder
from tests.contract.devices.conftest import TOKEN

NO_OFFERS = DiscoveryConfig(offers=False)


@pytest.fixture(scope="module")
def devices() -> Iterator[tuple[ScannerServer, CameraServer]]:
    with ScannerServer(TOKEN) as scanner, CameraServer(TOKEN) as camera:
        yield scanner, camera


@pytest.fixture
def scanner(devices: tuple[ScannerServer, CameraServer]) -> Iterator[ScannerServer]:
    """The one that the agent asks, empty and in order before and after each test."""
    scanner, _ = devices
    yield scanner
    scanner.faults.set(None)
    scanner.on_faults_cleared()
    scanner.clear()


@pytest.fixture(scope="module")
def agent(devices: tuple[ScannerServer, CameraServer]) -> Iterator[TestClient]:
    scanner, camera = devices
    options = {
        "page-scanner": ("escl", {"url": f"{scanner.url}/eSCL"}),
        "camera": ("camera", {"source": f"{camera.url}/stream"}),
    }
    config = AgentConfig(
        device=tuple(
            DeviceConfig(id=one, driver=driver, options={**given}) for one, (driver, given) in options.items()
        ),
        discovery=NO_OFFERS,
    )
    with _client(config, TOKEN) as client:
        yield client


def _client(config: AgentConfig, token: str) -> TestClient:
    return TestClient(create_agent(open_fleet(config), token), headers={"Authorization": f"Bearer {token}"})


def test_every_path_asks_for_the_token(agent: TestClient) -> None:
    for method, path in (
        ("GET", "/v1/devices"),
        ("GET", "/v1/devices/camera"),
        ("POST", "/v1/devices/camera/capture"),
        ("GET", "/v1/devices/camera/stream"),
        ("GET", "/v1/devices/camera/progress"),
        ("GET", "/v1/changes?seen=1"),
        ("GET", "/v1/faults"),
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
    with _client(AgentConfig(device=(device,), discovery=NO_OFFERS), token) as agent:
        state = DeviceState.model_validate_json(agent.get("/v1/devices/page-scanner").content)
        assert (state.health.state, state.health.fault) == (HealthState.UNAVAILABLE, DeviceFault.VANISHED)
        with ScannerServer(token, port) as scanner:
            scanner.load(page)
            assert agent.post("/v1/devices/page-scanner/capture").content == page


def test_a_capture_that_is_not_under_way_has_no_progress(agent: TestClient) -> None:
    answer = agent.get("/v1/devices/camera/progress")
    assert (answer.status_code, answer.content) == (204, b"")
    assert agent.get("/v1/devices/hat/progress").status_code == 404


def test_changes_are_answered_at_once_where_something_changed(agent: TestClient, scanner: ScannerServer) -> None:
    listed = DeviceList.model_validate_json(agent.get("/v1/devices").content)
    scanner.faults.set(FaultOrder(fault=Fault.VANISH))
    began, seen = time.monotonic(), listed
    # Another device may have changed just before.
    while seen.devices[0].health.fault is not DeviceFault.VANISHED:
        seen = DeviceList.model_validate_json(agent.get(f"/v1/changes?seen={seen.generation}").content)
    assert seen.generation > listed.generation
    assert time.monotonic() - began < LONGEST_S / 2
    assert agent.get("/v1/changes").status_code == 422


def test_the_last_faults_are_kept_for_who_looks_into_them(agent: TestClient, scanner: ScannerServer) -> None:
    agent.post("/v1/devices/page-scanner/capture", json={"timeout_s": 0.5})
    fault = agent.get("/v1/faults").json()["faults"][-1]
    assert scanner.state()["pages"] == 0
    assert (fault["device_id"], fault["fault"]) == ("page-scanner", "nothing_presented")
