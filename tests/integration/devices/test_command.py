"""The ``crossing-devices`` command: its processes as an operator and the post meet them, and its plain errors."""

import json
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import accumulate
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from crossing_devices.changes import MAX_WAITING
from crossing_devices.cli import app
from crossing_devices.slots import MAX_STREAMS
from crossing_devices.streams import STALLED_S
from tests.factories.misbehaving import Script, alive, children
from tests.factories.waiting import wait_until
from tests.integration.devices.conftest import DESK

COMMAND = [sys.executable, "-c", "from crossing_devices.cli import app; app()"]
START_S = 60.0
BUSY_S = 40.0
"""How long a busy machine may take for what is else done at once."""


@contextmanager
def _running(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """The command as a process, which has to end cleanly when it is asked to."""
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
            assert process.returncode in (0, -signal.SIGTERM, -signal.SIGKILL), errors
            assert "Traceback" not in errors
        finally:
            process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_until_up(client: httpx.Client) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            client.get("/v1/devices/none")
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the agent did not come up")


def test_a_specimen_goes_from_the_simulated_scanner_through_the_agent(tmp_path: Path) -> None:
    out, token, config, port = tmp_path / "out", tmp_path / "token", tmp_path / "devices.toml", _free_port()
    runner = CliRunner()
    drawn = runner.invoke(app, ["specimens", "--out", str(out), "--count", "1", "--seed", "4", "--format", "td3"])
    assert drawn.exit_code == 0, drawn.output
    page = json.loads((out / "ground_truth.json").read_text(encoding="utf-8"))["specimens"][0]["page"]
    simulate = ["simulate", "--scanner-port", "0", "--camera-port", "0", "--token-file", str(token)]
    with _running(*simulate, "--pages", str(out / "pages"), "--write-config", str(config)) as simulated:
        assert simulated.stdout is not None
        assert simulated.stdout.readline().startswith("page scanner: http://127.0.0.1:")
        with (
            _running("agent", "--config", str(config), "--port", str(port), "--token-file", str(token)),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=15) as client,
        ):
            client.headers["Authorization"] = f"Bearer {token.read_text(encoding='ascii').strip()}"
            _wait_until_up(client)
            assert client.post("/v1/devices/page-scanner/capture").content == (out / page).read_bytes()
            assert client.post("/v1/devices/camera/capture").headers["Content-Type"] == "image/jpeg"
            with client.stream("GET", "/v1/devices/camera/stream") as stream:
                assert stream.headers["Content-Type"].startswith("multipart/x-mixed-replace")
                begun = accumulate(chunk.count(b"\xff\xd8\xff") for chunk in stream.iter_raw())
                assert any(frames >= 3 for frames in begun)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A configuration of one device, ``bad``, that follows a script beside it."""
    config = tmp_path / "devices.toml"
    config.write_text(
        f'[[device]]\nid = "bad"\ndriver = "{DESK}"\noptions = {{ script = "{tmp_path}/bad.json" }}\n'
        "[discovery]\noffers = false\n",
        encoding="utf-8",
    )
    return config


@contextmanager
def _agent(config: Path, token: Path) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    port = str(_free_port())
    with (
        _running("agent", "--config", str(config), "--port", port, "--token-file", str(token)) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=15) as client,
    ):
        _wait_until_up(client)
        client.headers["Authorization"] = f"Bearer {token.read_text(encoding='ascii').strip()}"
        yield process, client


def test_who_hangs_up_waits_no_longer_for_changes(tmp_path: Path, desk: Path) -> None:
    with _agent(desk, tmp_path / "token") as (_, client):
        seen = client.get("/v1/devices").json()["generation"]
        for _ in range(MAX_WAITING + 2):
            with pytest.raises(httpx.ReadTimeout):
                client.get(f"/v1/changes?seen={seen}", timeout=0.1)
        wait_until(lambda: _is_let_wait(client, seen), within_s=BUSY_S, what="the agent's noticing that they left")


def _is_let_wait(client: httpx.Client, seen: int) -> bool:
    """Otherwise the agent answers at once that too many are waiting."""
    try:
        client.get(f"/v1/changes?seen={seen}", timeout=1)
    except httpx.ReadTimeout:
        return True
    return False


def test_an_agent_that_is_stopped_leaves_nobody_waiting(tmp_path: Path, desk: Path) -> None:
    with _agent(desk, tmp_path / "token") as (process, client):
        seen = client.get("/v1/devices").json()["generation"]
        answers: list[int] = []
        waiting = threading.Thread(
            target=lambda: answers.append(client.get(f"/v1/changes?seen={seen}", timeout=30).status_code)
        )
        waiting.start()
        time.sleep(1.0)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        waiting.join()
        process.wait(BUSY_S)
        assert answers == [200]
        assert time.monotonic() - began < BUSY_S


def _watched(client: httpx.Client) -> int:
    with client.stream("GET", "/v1/devices/bad/stream") as stream:
        if stream.status_code == httpx.codes.OK:
            assert b"\xff\xd8" in next(stream.iter_raw())
        return stream.status_code


def _wait_until_watched(client: httpx.Client, seconds: float) -> None:
    """Who has just left may still be counted for a moment."""
    deadline = time.monotonic() + seconds
    while _watched(client) != httpx.codes.OK:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _stalled(client: httpx.Client) -> socket.socket:
    """A watcher who is let in and then reads nothing."""
    token = client.headers["Authorization"]
    asked = f"GET /v1/devices/bad/stream HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\n\r\n".encode()
    deadline = time.monotonic() + BUSY_S
    while True:
        watcher = socket.create_connection((client.base_url.host, client.base_url.port or 80))
        watcher.sendall(asked)
        if watcher.recv(12) == b"HTTP/1.1 200":
            return watcher
        watcher.close()
        assert time.monotonic() < deadline


def test_who_has_watched_makes_room_for_the_next(tmp_path: Path, desk: Path, script: Script) -> None:
    script.say(stream="endless")
    with _agent(desk, tmp_path / "token") as (_, client):
        for _ in range(10):
            _wait_until_watched(client, BUSY_S)
        for _ in range(MAX_STREAMS):
            with _stalled(client) as watcher:
                # Closed like this, the connection is reset.
                watcher.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        _wait_until_watched(client, BUSY_S)
        with ExitStack() as watchers:
            for _ in range(MAX_STREAMS):
                watchers.enter_context(_stalled(client))
            assert _watched(client) == httpx.codes.CONFLICT
            _wait_until_watched(client, STALLED_S + BUSY_S)


@pytest.mark.parametrize("behaviour", ["", "hang in C"])
def test_an_agent_that_is_killed_takes_its_workers_with_it(
    tmp_path: Path, desk: Path, script: Script, behaviour: str
) -> None:
    with _agent(desk, tmp_path / "token") as (process, client):
        client.get("/v1/devices")
        workers = children(process.pid)
        assert len(workers) == 1
        if behaviour:
            script.say(capture=behaviour)
            hung = threading.Thread(target=_gone, args=(client,))
            hung.start()
            time.sleep(0.3)
        process.kill()
        process.wait(BUSY_S)
        if behaviour:
            hung.join()
        wait_until(lambda: not any(map(alive, workers)), within_s=BUSY_S, what="the workers' end")


@pytest.mark.parametrize("then", ["hang in C", "segfault"])
def test_what_a_driver_hid_ends_with_its_worker(tmp_path: Path, desk: Path, script: Script, then: str) -> None:
    script.say(capture="hide a child", child=str(tmp_path / "child"), then=then)
    with _agent(desk, tmp_path / "token") as (_, client):
        assert client.post("/v1/devices/bad/capture", json={"timeout_s": 1}).status_code in (502, 504)
        child = int((tmp_path / "child").read_text(encoding="ascii"))
        wait_until(lambda: not alive(child), within_s=BUSY_S, what="the child's end")


def _gone(client: httpx.Client) -> None:
    with pytest.raises(httpx.TransportError):
        client.post("/v1/devices/bad/capture")


def test_a_running_agent_is_asked_instead_of_the_devices_themselves(
    tmp_path: Path, desk: Path, script: Script
) -> None:
    runner, token, out = CliRunner(), tmp_path / "token", tmp_path / "page"
    with _agent(desk, token) as (process, client):
        reach = ["--agent-url", str(client.base_url), "--token-file", str(token)]
        assert runner.invoke(app, ["list", *reach]).output == "bad  page_scanner  desk  ready\n"
        listed = json.loads(runner.invoke(app, ["list", "--json", *reach]).output)
        assert listed["devices"][0]["info"]["vendor"] == "Test"
        tested = runner.invoke(app, ["test", "bad", *reach, "--out", str(out)])
        assert tested.output == f"bad: image/jpeg, {out.stat().st_size} bytes, at 08:00:00\n"
        script.say(capture="jam")
        jammed = runner.invoke(app, ["test", "bad", *reach])
        assert (jammed.exit_code, jammed.stderr) == (1, "bad: jam (as the test asked)\n")
        script.say(capture="nothing_presented quietly")
        assert runner.invoke(app, ["test", "bad", *reach]).stderr == "bad: nothing_presented\n"
        found = json.loads(runner.invoke(app, ["diagnose", "--config", str(desk), *reach]).output)
        assert [one["fault"] for one in found["faults"]["faults"]] == ["jam", "nothing_presented"]
        (tmp_path / "other").write_text("x" * 40, encoding="ascii")
        (tmp_path / "other").chmod(0o600)
        wrong = runner.invoke(app, ["list", *reach[:3], str(tmp_path / "other")])
        assert wrong.stderr == "The agent does not accept this token.\n"
        process.terminate()
        process.wait(60)
        away = runner.invoke(app, ["list", *reach])
        assert away.stderr == "The agent does not answer (ConnectError).\n"


def test_what_an_operator_can_put_right_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "devices.toml"
    config.write_text(
        '[[device]]\nid = "a"\ndriver = "camera"\noptions = { source = "/no/file" }\n[discovery]\noffers = false\n',
        encoding="utf-8",
    )
    (tmp_path / "travellers.json").write_text('[{"id": "a"}]', encoding="utf-8")
    runner = CliRunner()
    for arguments, told in (
        (["list", "--agent-url", "http://127.0.0.1:9"], "Give --config, or --agent-url with --token-file."),
        (["list", "--config", str(tmp_path / "none.toml")], "cannot be read"),
        (["list", "--agent-url", "http://127.0.0.1:9", "--token-file", str(tmp_path / "none")], "cannot be read"),
        (["test", "b", "--config", str(config)], "no device 'b'"),
        (["test", "a", "--config", str(config)], "a: vanished"),
        (["fetch-portraits", "--into", str(tmp_path / "into"), "--archives", str(tmp_path)], "is missing"),
        (["specimens", "--out", str(tmp_path), "--travellers", str(tmp_path / "travellers.json")], "surname"),
        (
            ["specimens", "--out", str(tmp_path), "--portraits", str(tmp_path)],
            "run 'crossing-devices fetch-portraits'",
        ),
    ):
        result = runner.invoke(app, arguments)
        assert result.exit_code == 1, arguments
        assert told in result.stderr
        assert len(result.stderr.splitlines()) == 1
    listed = runner.invoke(app, ["list", "--config", str(config)])
    assert listed.output == "a  camera  camera  unavailable: vanished (the device is not there)\n"


def test_without_a_configuration_the_machines_own_is_taken(
    tmp_path: Path, desk: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    monkeypatch.setattr("crossing_devices.config.DEFAULT_CONFIG", desk)
    assert CliRunner().invoke(app, ["list"]).output == "bad  page_scanner  desk  ready\n"
    script.say(capture="nothing_presented quietly")
    assert CliRunner().invoke(app, ["test", "bad"]).stderr == "bad: nothing_presented\n"
    assert "bad" in CliRunner().invoke(app, ["diagnose"]).output
    monkeypatch.setattr("crossing_devices.config.DEFAULT_CONFIG", tmp_path / "none")
    assert CliRunner().invoke(app, ["list"]).exit_code == 0


def test_what_opens_a_chip_is_read_from_the_standard_input_and_shown_nowhere(tmp_path: Path, script: Script) -> None:
    config = tmp_path / "devices.toml"
    config.write_text(
        '[[device]]\nid = "chip"\ndriver = "tests.factories.misbehaving:ChipDriver"\n'
        f'options = {{ script = "{tmp_path}/bad.json" }}\n[discovery]\noffers = false\n',
        encoding="utf-8",
    )
    script.say(capture="repeat the request")
    out = tmp_path / "heard"
    test = ["test", "chip", "--config", str(config), "--out", str(out)]
    for given, heard in (
        (
            "L898902C\n690806\n940623\n",
            {"document_number": "L898902C<", "birth_date": "690806", "expiry_date": "940623"},
        ),
        ("123456\n", "123456"),
        ("\n", None),
    ):
        done = CliRunner().invoke(app, test, input=given)
        assert done.exit_code == 0, done.output
        assert not any(secret in done.output for secret in ("L898902C", "690806", "123456"))
        chip = json.loads(out.read_text(encoding="utf-8"))["chip"]
        assert (chip["mrz"] or chip["can"]) == heard
    wrong = CliRunner().invoke(app, test, input="L898902C\nJohn\n940623\n")
    assert wrong.exit_code == 1
    assert "John" not in wrong.output
    assert "machine-readable zone" in wrong.stderr


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = ["simulate", "--token-file", str(tmp_path / "token"), "--scanner-port", port]
        ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
