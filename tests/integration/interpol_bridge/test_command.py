"""The ``interpol-bridge`` command, as an operator uses it."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from interpol_bridge.cli import app
from interpol_bridge.serving import listen
from interpol_bridge.store.engine import open_engine
from interpol_bridge.store.secrets import read_keys
from tests.contract.interpol_bridge.certificates import Authority
from tests.contract.interpol_bridge.world import POST, stolen_passport
from tests.factories.waiting import wait_until

RUNNER = CliRunner()


def free_port() -> int:
    bound = listen("127.0.0.1", 0)
    port = int(bound.getsockname()[1])
    bound.close()
    return port


@contextmanager
def command(*arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", "from interpol_bridge.cli import app; app()", *arguments],
            stderr=out,
            env={name: value for name, value in os.environ.items() if not name.startswith("INTERPOL_BRIDGE_")},
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def wait_until_ready(client: httpx.Client, path: str = "/health/ready") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if client.get(path).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("it did not become ready")


def test_a_bridge_serves_is_killed_serves_again_and_its_audit_verifies(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    own, post = authority.issue("bridge"), authority.issue(POST)
    bridge_port, simulator_port = free_port(), free_port()
    config = tmp_path / "bridge.toml"
    config.write_text(
        f'port = {bridge_port}\ntls_certificate = "{own.certificate_file}"\ntls_key = "{own.key_file}"\n'
        f'client_ca = "{authority.file}"\nbackend_url = "http://127.0.0.1:{simulator_port}"\n'
    )
    serve = ("serve", "--config", str(config), "--data-folder", str(tmp_path / "data"))
    asked = stolen_passport()
    client = httpx.Client(
        base_url=f"https://127.0.0.1:{bridge_port}", verify=authority.client_context(post), trust_env=False
    )

    with client, command("simulate", "--port", str(simulator_port), log=tmp_path / "simulator.log"):
        with httpx.Client(base_url=f"http://127.0.0.1:{simulator_port}", trust_env=False) as bureau:
            wait_until_ready(bureau, "/health/live")
        with command(*serve, log=tmp_path / "first.log") as bridge:
            wait_until_ready(client)
            first = client.post("/v1/sltd/query", json=asked).json()
            bridge.kill()
        with command(*serve, log=tmp_path / "second.log"):
            wait_until_ready(client)
            again = client.post("/v1/sltd/query", json=asked).json()

    logs = "".join((tmp_path / name).read_text() for name in ("first.log", "second.log", "simulator.log"))
    assert first["outcome"] == "hit"
    assert again == first
    assert "L898902C3" not in logs
    assert '"outcome": "' in logs

    verified = RUNNER.invoke(app, ["audit", "verify", "--data-folder", str(tmp_path / "data")])
    assert verified.exit_code == 0
    assert verified.output.startswith("2 entries, the chain is intact. Head: ")

    tamper_with(tmp_path / "data")
    broken = RUNNER.invoke(app, ["audit", "verify", "--data-folder", str(tmp_path / "data")])
    assert broken.exit_code == 1
    assert broken.output == "Broken at entry 2: its content was changed.\n"


def tamper_with(folder: Path) -> None:
    engine = open_engine(folder / "bridge.db", read_keys(folder / "secret").database)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET outcome = 'tampered' WHERE seq = 2"))
    engine.dispose()


def test_what_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["serve", "--data-folder", str(tmp_path)])

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "--tls-certificate" in result.stderr


def test_a_taken_port_is_said_in_one_line() -> None:
    taken = listen("127.0.0.1", 0)
    taken.listen()
    port = taken.getsockname()[1]

    result = RUNNER.invoke(app, ["simulate", "--port", str(port)])
    taken.close()

    assert result.exit_code == 2
    assert f"Port {port} of 127.0.0.1 is taken" in result.stderr


def test_the_shipped_scenarios_are_listed_and_named_where_a_name_is_wrong() -> None:
    listed = RUNNER.invoke(app, ["simulate", "--list"])
    wrong = RUNNER.invoke(app, ["simulate", "every-day", "--port", "0"])

    assert listed.exit_code == 0
    assert {"everyday", "training-day", "quota"} <= {line.split()[0] for line in listed.output.splitlines()}
    assert wrong.exit_code == 2
    assert "There is no scenario every-day" in wrong.stderr
    assert "slow-link" in wrong.stderr


def test_the_bureau_needs_its_certificates() -> None:
    result = RUNNER.invoke(app, ["simulate", "--port", "0", "--bureau-port", "0"])

    assert result.exit_code == 2
    assert "--bureau-certificate" in result.stderr


def test_one_scenario_is_served_in_json_and_in_xml_over_mutual_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    own, bridge = authority.issue("bureau"), authority.issue("bridge")
    json_port, xml_port = free_port(), free_port()
    options = {
        "--port": json_port,
        "--asked-log": tmp_path / "asked.jsonl",
        "--bureau-port": xml_port,
        "--bureau-certificate": own.certificate_file,
        "--bureau-key": own.key_file,
        "--bureau-client-ca": authority.file,
    }
    arguments = [str(word) for option in options.items() for word in option]
    url = f"https://127.0.0.1:{xml_port}/find/status"

    with command("simulate", "stale-copy", *arguments, log=tmp_path / "simulator.log"):
        wait_until(lambda: _status(f"http://127.0.0.1:{json_port}/find/status", True), what="JSON")
        wait_until(lambda: _status(url, authority.client_context(bridge)), what="XML")
        in_xml = httpx.get(url, verify=authority.client_context(bridge), trust_env=False).text
        with pytest.raises(httpx.TransportError):
            httpx.get(url, verify=authority.client_context(), trust_env=False)

    assert "copyAsOf" in in_xml


def _status(url: str, verify: ssl.SSLContext | bool) -> bool:
    try:
        return httpx.get(url, verify=verify, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_a_wrong_value_names_its_setting() -> None:
    result = RUNNER.invoke(app, ["serve", "--port", "70000"])

    assert result.exit_code == 2
    assert result.stderr.startswith("interpol-bridge: port: ")


def test_there_is_no_audit_where_there_is_no_store(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["audit", "verify", "--data-folder", str(tmp_path)])

    assert result.exit_code == 2
    assert "There is no store" in result.stderr


def test_a_lost_secret_is_never_replaced(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    own = authority.issue("bridge")
    (tmp_path / "bridge.db").write_bytes(b"a store that another secret encrypts")
    tls = ["--tls-certificate", own.certificate_file, "--tls-key", own.key_file, "--client-ca", authority.file]

    result = RUNNER.invoke(app, ["serve", "--data-folder", str(tmp_path), *map(str, tls)])

    assert result.exit_code == 2
    assert "secret" in result.stderr
    assert not (tmp_path / "secret").exists()
