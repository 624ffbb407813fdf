"""The device client against the real agent, and against agents that misbehave, over loopback."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ClassVar

import pytest
import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.testclient import TestClient

from crossing.identity.dependencies import requires
from crossing.identity.roles import Permission, Role
from crossing.platform.db import Database
from crossing.platform.errors import DomainError
from crossing.platform.tls import server_config
from crossing.ports.devices import (
    Capabilities,
    Capture,
    CaptureRequest,
    Device,
    DeviceError,
    DeviceFault,
    DeviceInfo,
    DeviceKind,
    Health,
    HealthState,
)
from crossing.posts.device_client import DeviceClient
from crossing.posts.device_errors import (
    DEVICE_ERRORS,
    AgentRefused,
    AgentUnreachable,
    DeviceFailed,
    DeviceGarbled,
    DeviceTimeout,
    DeviceUnknown,
    DeviceUnsupported,
)
from crossing.posts.endpoints import devices_router
from crossing_devices.agent import create_agent
from crossing_devices.slots import Slot
from tests.factories.officers import app_with_identity, signed_in_client

TOKEN = "agent-token"
PAGE = b"\xff\xd8 a page \xff\xd9"
TAKEN_AT = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)


class Desk:
    """A scanner that hands over :data:`PAGE`, or fails with the fault a test sets."""

    def __init__(self, device_id: str, faults: dict[str, DeviceFault]) -> None:
        self.info = DeviceInfo(
            device_id=device_id, kind=DeviceKind.PAGE_SCANNER, driver="desk", driver_version="1", vendor="Test"
        )
        self._faults = faults

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=("image/jpeg",), can_stream=True, resolutions_dpi=(300,))

    def capture(self, request: CaptureRequest) -> Capture:
        if fault := self._faults.get("capture"):
            raise DeviceError(fault, "as the test asked")
        content = PAGE + str(request.resolution_dpi).encode()
        return Capture(device_id=self.info.device_id, media_type="image/jpeg", content=content, captured_at=TAKEN_AT)

    def stream(self) -> Iterator[bytes]:
        if fault := self._faults.get("stream"):
            raise DeviceError(fault)
        for number in range(5):
            yield PAGE + str(number).encode()

    def health(self) -> Health:
        return Health(state=HealthState.READY)

    def close(self) -> None: ...


class DeskDriver:
    name: ClassVar[str] = "desk"
    version: ClassVar[str] = "1"
    kind: ClassVar[DeviceKind] = DeviceKind.PAGE_SCANNER

    def __init__(self, options: Mapping[str, str], faults: dict[str, DeviceFault] | None = None) -> None:
        self._device_id = options["device_id"]
        self.faults = faults if faults is not None else {}

    def discover(self) -> list[Device]:
        return [Desk(self._device_id, self.faults)]


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(server_config(app, host="127.0.0.1", port=0))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def faults() -> dict[str, DeviceFault]:
    return {}


@pytest.fixture
def agent(faults: dict[str, DeviceFault]) -> Iterator[str]:
    slots = {one: Slot(one, DeskDriver({"device_id": one}, faults)) for one in ("scanner-1", "camera:2")}
    with serving(create_agent(slots, TOKEN)) as url:
        yield url


@pytest.fixture
def client(agent: str) -> Iterator[DeviceClient]:
    client = DeviceClient(agent, TOKEN)
    yield client
    client.close()


class TestWithTheRealAgent:
    def test_it_lists_what_is_there(self, client: DeviceClient) -> None:
        listed = client.list()
        assert [state.info.device_id for state in listed] == ["scanner-1", "camera:2"]
        assert client.state("scanner-1") == listed[0]
        assert listed[0].health.state is HealthState.READY

    @pytest.mark.parametrize("device_id", ["scanner-1"])
    def test_a_capture_is_the_bytes_as_they_are(self, client: DeviceClient, device_id: str) -> None:
        capture = client.capture(device_id, timeout_s=2, resolution_dpi=300)
        assert capture == Capture(
            device_id=device_id, media_type="image/jpeg", content=PAGE + b"300", captured_at=TAKEN_AT
        )

    def test_a_stream_is_frames_until_it_is_closed(self, client: DeviceClient) -> None:
        assert list(client.stream("scanner-1")) == [PAGE + str(number).encode() for number in range(5)]
        frames = client.stream("scanner-1")
        assert next(frames) == PAGE + b"0"
        frames.close()  # type: ignore[attr-defined]
        assert client.capture("scanner-1")

    @pytest.mark.parametrize("fault", [fault for fault in DeviceFault if fault is not DeviceFault.UNKNOWN_DEVICE])
    def test_every_fault_is_a_sentence_of_its_own(
        self, client: DeviceClient, faults: dict[str, DeviceFault], fault: DeviceFault
    ) -> None:
        faults["capture"] = fault
        with pytest.raises(DEVICE_ERRORS[fault]):
            client.capture("scanner-1", timeout_s=2)

    def test_a_device_that_has_no_stream_says_so(self, client: DeviceClient, faults: dict[str, DeviceFault]) -> None:
        faults["stream"] = DeviceFault.UNSUPPORTED
        with pytest.raises(DeviceUnsupported):
            next(client.stream("scanner-1"))

    @pytest.mark.parametrize("device_id", ["nothing", "../devices", "scanner-1?x", "\ud800"])
    def test_an_unknown_device_is_said(self, client: DeviceClient, device_id: str) -> None:
        for ask in (client.state, client.capture, lambda one: next(client.stream(one))):
            with pytest.raises(DeviceUnknown):
                ask(device_id)

    def test_a_wrong_token_is_the_administrators_affair(self, agent: str) -> None:
        client = DeviceClient(agent, "another")
        with pytest.raises(AgentRefused):
            client.list()
        client.close()


def test_no_fault_is_forgotten_and_no_sentence_said_twice() -> None:
    assert set(DEVICE_ERRORS) == set(DeviceFault)
    assert len({error.message for error in DEVICE_ERRORS.values()}) == len(DeviceFault)
    assert len({error.code for error in DEVICE_ERRORS.values()}) == len(DeviceFault)


def test_no_agent_at_all_is_said_at_once() -> None:
    client = DeviceClient("http://127.0.0.1:9", TOKEN)
    started = time.monotonic()
    with pytest.raises(AgentUnreachable):
        client.list()
    assert time.monotonic() - started < 2
    client.close()


def _capture(content: bytes, **headers: str) -> Callable[[], Response]:
    return lambda: Response(content, media_type="image/jpeg", headers=headers)


def _slow() -> Response:
    time.sleep(1.0)
    return Response(PAGE)


def _dripping() -> Response:
    def drops() -> Iterator[bytes]:
        for _ in range(20):
            time.sleep(0.1)
            yield b"x"

    return StreamingResponse(drops(), headers={"Crossing-Captured-At": TAKEN_AT.isoformat()})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (_capture(PAGE), DeviceGarbled),
        (_capture(PAGE, **{"Crossing-Captured-At": "yesterday"}), DeviceGarbled),
        (_capture(PAGE, **{"Crossing-Captured-At": "2031-03-01T08:00:00"}), DeviceGarbled),
        (_capture(b"x" * 3000, **{"Crossing-Captured-At": TAKEN_AT.isoformat()}), DeviceGarbled),
        (lambda: JSONResponse({"code": "new_fault"}, status_code=500), DeviceFailed),
        (lambda: Response(b"<html>", status_code=502), DeviceFailed),
        (lambda: JSONResponse(["code"], status_code=500), DeviceFailed),
        (lambda: Response(b"x" * 3000, status_code=500), DeviceGarbled),
        (lambda: Response(status_code=307, headers={"Location": "http://192.0.2.1/"}), DeviceFailed),
        (_slow, DeviceTimeout),
        (_dripping, DeviceTimeout),
    ],
)
def test_an_agent_that_misbehaves_cannot_hold_up_the_lane(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Response], expected: type[DomainError]
) -> None:
    monkeypatch.setattr("crossing.posts.device_client._GRACE_S", 0.2)
    monkeypatch.setattr("crossing.posts.device_client.MAX_BYTES", 2000)
    app = FastAPI()
    app.post("/v1/devices/scanner-1/capture", response_class=Response)(answer)
    with serving(app) as url:
        client = DeviceClient(url, TOKEN)
        with pytest.raises(expected):
            client.capture("scanner-1", timeout_s=0.3)
        client.close()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"devices": [{}]}', b'{"devices": [], "more": 1}'])
def test_a_list_that_is_not_as_agreed_is_garbled(content: bytes) -> None:
    app = FastAPI()
    app.get("/v1/devices")(lambda: Response(content))
    with serving(app) as url:
        client = DeviceClient(url, TOKEN)
        with pytest.raises(DeviceGarbled):
            client.list()
        client.close()


def test_a_stream_that_is_none_is_garbled() -> None:
    app = FastAPI()
    app.get("/v1/devices/scanner-1/stream")(lambda: Response(PAGE, media_type="image/jpeg"))
    with serving(app) as url:
        client = DeviceClient(url, TOKEN)
        with pytest.raises(DeviceGarbled):
            next(client.stream("scanner-1"))
        client.close()


def test_the_post_shows_its_devices_to_who_may_see_the_status(post_database: Database, agent: str) -> None:
    app = app_with_identity(post_database)
    app.include_router(devices_router(may_read=requires(Permission.STATUS_READ)))
    app.state.devices = None
    officer = signed_in_client(app, Role.OFFICER)
    assert officer.get("/api/devices").json()["code"] == "device_agent_absent"
    app.state.devices = DeviceClient(agent, TOKEN)
    shown = officer.get("/api/devices").json()
    assert [(one["info"]["device_id"], one["health"]["state"]) for one in shown] == [
        ("scanner-1", "ready"),
        ("camera:2", "ready"),
    ]
    assert TestClient(app).get("/api/devices").status_code == 401
    app.state.devices.close()
