"""The ``crossing-devices`` command: its processes as an operator and the post meet them, and its plain errors."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from crossing_devices.cli import app

COMMAND = [sys.executable, "-c", "from crossing_devices.cli import app; app()"]
START_S = 30.0


@contextmanager
def _running(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """The command as a process, which has to end cleanly when it is asked to."""
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=15)
            assert process.returncode in (0, -signal.SIGTERM), errors
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
                parts = stream.iter_raw()
                assert all(b"\xff\xd8" in next(parts) for _ in range(3))


def test_what_an_operator_can_put_right_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "devices.toml"
    config.write_text(
        '[[device]]\nid = "a"\ndriver = "camera"\noptions = { source = "/no/file" }\n', encoding="utf-8"
    )
    (tmp_path / "travellers.json").write_text('[{"id": "a"}]', encoding="utf-8")
    runner = CliRunner()
    for arguments, told in (
        (["list", "--config", str(tmp_path / "none.toml")], "cannot be read"),
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
    assert listed.output == "a  camera  camera  unavailable: vanished\n"


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = ["simulate", "--token-file", str(tmp_path / "token"), "--scanner-port", port]
        ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
