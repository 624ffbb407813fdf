"""The device client against the real agent, and against agents that misbehave, over loopback."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
from crossing.ports.chip import ChipRequest, MrzKey
from crossing.ports.devices import Capture, DeviceFault, DeviceState, HealthState, Progress
from crossing.ports.fingers import FingerRequest
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
from crossing_devices.fleet import Fleet
from crossing_devices.keeper import Order
from tests.factories.misbehaving import PAGE, TAKEN_AT, Script
from tests.factories.officers import app_with_identity, signed_in_client

TOKEN = "agent-token"


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


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Script]]:
    """An agent with two devices, and the script that both follow."""
    path = tmp_path_factory.mktemp("desk") / "script.json"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))
        target = "tests.factories.misbehaving:DeskDriver"
        fleet = Fleet([Order(one, "desk", target, {"script": str(path)}) for one in ("scanner-1", "camera:2")], {})
        with serving(create_agent(fleet, TOKEN)) as url:
            yield url, Script(path)


@pytest.fixture
def agent(desk: tuple[str, Script]) -> str:
    return desk[0]


@pytest.fixture
def script(desk: tuple[str, Script]) -> Iterator[Script]:
    yield desk[1]
    desk[1].say()


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

    def test_what_is_asked_of_a_chip_and_of_fingers_reaches_the_device(
        self, client: DeviceClient, script: Script
    ) -> None:
        script.say(capture="repeat the request")
        key = MrzKey(document_number="L898902C<", birth_date="690806", expiry_date="940623")
        chip, fingers = ChipRequest(mrz=key, challenge="0123456789abcdef"), FingerRequest(quality=70)
        heard = json.loads(client.capture("scanner-1", chip=chip, fingers=fingers).content)
        assert ChipRequest.model_validate(heard["chip"]) == chip
        assert FingerRequest.model_validate(heard["fingers"]) == fingers

    def test_progress_is_told_while_a_capture_runs_and_not_otherwise(
        self, client: DeviceClient, script: Script
    ) -> None:
        assert client.progress("scanner-1") is None
        script.say(capture="step by step")
        capture = threading.Thread(target=client.capture, args=("scanner-1",))
        capture.start()
        while (progress := client.progress("scanner-1")) is None:
            time.sleep(0.02)
        assert progress == Progress(step="light", done=1, total=2)
        script.say()
        capture.join()
        assert client.progress("scanner-1") is None

    def test_a_change_is_told_at_once(self, client: DeviceClient, script: Script) -> None:
        listed = client.listing()
        assert client.changes(listed.generation - 1).generation >= listed.generation
        told: list[DeviceState] = []
        waiting = threading.Thread(target=lambda: told.extend(client.changes(client.listing().generation).devices))
        waiting.start()
        time.sleep(0.2)
        script.say(health="vanished", open="absent")
        waiting.join(20)
        assert DeviceFault.VANISHED in {state.health.fault for state in told}

    def test_a_stream_is_frames_until_it_is_closed(self, client: DeviceClient) -> None:
        assert list(client.stream("scanner-1")) == [PAGE + str(number).encode() for number in range(5)]
        frames = client.stream("scanner-1")
        assert next(frames) == PAGE + b"0"
        frames.close()  # type: ignore[attr-defined]
        assert client.capture("scanner-1")

    @pytest.mark.parametrize("fault", [fault for fault in DeviceFault if fault is not DeviceFault.UNKNOWN_DEVICE])
    def test_every_fault_is_a_sentence_of_its_own(
        self, client: DeviceClient, script: Script, fault: DeviceFault
    ) -> None:
        script.say(capture=fault.value)
        with pytest.raises(DEVICE_ERRORS[fault]):
            client.capture("scanner-1", timeout_s=2)

    def test_a_device_that_has_no_stream_says_so(self, client: DeviceClient, script: Script) -> None:
        script.say(stream="unsupported")
        with pytest.raises(DeviceUnsupported):
            next(client.stream("scanner-1"))

    @pytest.mark.parametrize("device_id", ["nothing", "../devices", "scanner-1?x", "\ud800"])
    def test_an_unknown_device_is_said(self, client: DeviceClient, device_id: str) -> None:
        for ask in (client.state, client.capture, client.progress, lambda one: next(client.stream(one))):
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
    assert time.monotonic() - started < 20
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
            client.capture("scanner-1", timeout_s=0.3 if expected is DeviceTimeout else 10)
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


class TestBurst:
    """Some frames of one traveller, who stands still for two seconds at most, whatever the camera does."""

    PATIENCE_S = 2.0 + 6.0  # what the burst may take, and what a busy machine adds

    def burst(self, parts: Callable[[], Iterator[bytes]], *, most: int = 6) -> tuple[bytes, ...]:
        app = FastAPI()
        media_type = "multipart/x-mixed-replace; boundary=frame"
        app.get("/v1/devices/camera/stream")(lambda: StreamingResponse(parts(), media_type=media_type))
        with serving(app) as url:
            client = DeviceClient(url, TOKEN)
            started = time.monotonic()
            try:
                return client.burst("camera", most=most)
            finally:
                assert time.monotonic() - started < self.PATIENCE_S
                client.close()

    def test_frames_are_apart_and_it_ends_with_the_last_one_wanted(self) -> None:
        def quick() -> Iterator[bytes]:
            for number in range(200):
                yield _part(b"%d" % number)
                time.sleep(0.02)

        frames = [int(frame) for frame in self.burst(quick, most=3)]
        assert frames[0] == 0
        assert len(frames) == 3
        assert frames[1] - frames[0] >= 2
        assert frames[2] < 100

    def test_a_slow_camera_gives_what_it_has(self) -> None:
        def slow() -> Iterator[bytes]:
            for number in range(20):
                yield _part(b"%d" % number)
                time.sleep(0.5)

        frames = self.burst(slow)
        assert 1 < len(frames) < 6

    def test_one_that_freezes_or_breaks_off_leaves_the_frames_before(self) -> None:
        def freezes() -> Iterator[bytes]:
            yield _part(b"first")
            time.sleep(2.5)

        def breaks() -> Iterator[bytes]:
            yield _part(b"first") + b"Content-Length: many\r\n\r\n"

        assert self.burst(freezes) == (b"first",)
        assert self.burst(breaks) == (b"first",)

    def test_one_that_gives_none_is_late(self) -> None:
        def drips() -> Iterator[bytes]:
            yield b"--frame\r\n\r\n"
            for _ in range(25):
                time.sleep(0.1)
                yield b"x"

        for silent in (drips, lambda: iter(())):
            with pytest.raises(DeviceTimeout):
                self.burst(silent)

    def test_all_frames_together_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crossing.posts.device_client.MAX_BYTES", 2500)

        def large() -> Iterator[bytes]:
            for _ in range(10):
                yield _part(b"x" * 1000)
                time.sleep(0.16)

        assert len(self.burst(large)) == 2

    def test_a_device_without_a_stream_says_so(self, client: DeviceClient, script: Script) -> None:
        script.say(stream="unsupported")
        with pytest.raises(DeviceUnsupported):
            client.burst("scanner-1")


def _part(body: bytes) -> bytes:
    return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n--frame\r\n" % (len(body), body)


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
