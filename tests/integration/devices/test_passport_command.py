"""``python -m crossing_devices.simulated.passport`` as a person starts it, before a reader that the test plays."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.personalise import FILE_NAMES
from tests.factories.serving import listening

ATR_WANTED = b"\x00\x01\x04"


@pytest.fixture
def reader() -> Iterator[socket.socket]:
    with listening() as listener:
        listener.settimeout(30)
        yield listener


def message(connection: socket.socket, sent: bytes) -> bytes:
    connection.sendall(sent)
    with connection.makefile("rb") as answer:
        return answer.read(int.from_bytes(answer.read(2), "big"))


COMMAND = [sys.executable, "-m", "crossing_devices.simulated.passport", "--token-file", "token", "--port", "0"]


@contextmanager
def running(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen([*COMMAND, *options], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_passport_lies_on_the_reader_until_interrupted(tmp_path: Path, reader: socket.socket) -> None:
    where = f"127.0.0.1:{reader.getsockname()[1]}"
    with running(tmp_path, "--immediate", "--trust", "utopia.ml", "--dump", "chip", "--reader", where) as process:
        connection, _ = reader.accept()
        with connection:
            connection.settimeout(30)
            assert message(connection, ATR_WANTED).startswith(b"\x3b")
            select = bytes.fromhex("00A4040C07A0000002471001")
            assert message(connection, len(select).to_bytes(2, "big") + select) == b"\x90\x00"
            assert process.stdout
            lines = [process.stdout.readline().strip() for _ in range(4)]
            assert lines[1].startswith("L898902C36UTO7408122F")
            control = lines[3].split()[1].rstrip(",")
            token = (tmp_path / "token").read_text().strip()
            answer = httpx.delete(control, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
            assert answer.status_code == 204
            assert connection.recv(1) == b""
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert (tmp_path / "utopia.ml").stat().st_size > 1_000
    assert (tmp_path / "chip" / FILE_NAMES[ChipFile.DG1]).read_bytes().endswith(lines[1].encode())


def test_what_can_not_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{}")
    run = subprocess.run(
        [*COMMAND, "--card", "card.json"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 1
    assert "traveller" in run.stderr
    assert len(run.stderr.splitlines()) == 1
