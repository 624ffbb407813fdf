"""A bridge that is killed, nothing flushed, closed or said: what waited still waits, what was counted is counted."""

import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.contract.interpol_bridge.certificates import Authority
from tests.contract.interpol_bridge.world import POST, clean_passport, stolen_passport
from tests.factories.waiting import wait_until

from .test_command import command, free_port, wait_until_ready

QUOTA = 6


class Killable:
    """The command, its configuration and a post's client; the simulator's port is free until a test starts it."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder / "authority")
        own = authority.issue("bridge")
        port, self.simulator_port = free_port(), free_port()
        self.folder, config = folder, folder / "bridge.toml"
        config.write_text(
            f'port = {port}\ntls_certificate = "{own.certificate_file}"\ntls_key = "{own.key_file}"\n'
            f'client_ca = "{authority.file}"\nbackend_url = "http://127.0.0.1:{self.simulator_port}"\n'
            f'probe_interval_s = 0.2\nbreaker_reset_s = 0.5\ndata_folder = "{folder / "data"}"\n'
            f"rate_per_minute = 60000\nrate_burst = 10000\n[quotas]\n{POST} = {QUOTA}\n"
        )
        self._serve = ("serve", "--config", str(config))
        self.client = httpx.Client(
            base_url=f"https://127.0.0.1:{port}",
            verify=authority.client_context(authority.issue(POST)),
            trust_env=False,
            timeout=20,
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """The bridge, killed at the end."""
        with command(*self._serve, log=self.folder / "bridge.log") as process:
            wait_until_ready(self.client)
            self._pid = process.pid
            yield
            process.send_signal(signal.SIGKILL)

    def limit_files(self, size: int = resource.RLIM_INFINITY) -> None:
        """No file of the running bridge can grow beyond ``size`` bytes, as on a disk that is full."""
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def ask(self, body: dict[str, object]) -> httpx.Response:
        return self.client.post("/v1/sltd/query", json=body)

    def pending(self) -> int:
        return int(self.client.get("/v1/status").json()["pending_rechecks"])


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[Killable]:
    bridge = Killable(tmp_path)
    with bridge.client:
        yield bridge


def test_what_waited_is_asked_after_the_start_and_the_days_count_goes_on(killable: Killable, tmp_path: Path) -> None:
    asked = [stolen_passport(), *(clean_passport() for _ in range(4))]
    with killable.running():
        first = [killable.ask(body).json() for body in asked]
        pending = killable.pending()
    with killable.running():
        still = [killable.ask(body).json() for body in asked]
        pending_after_the_kill = killable.pending()
        last_of_the_day = killable.ask(clean_passport())
        refused = killable.ask(clean_passport())
        again_refused_twice = killable.ask(clean_passport())
        with command("simulate", "--port", str(killable.simulator_port), log=tmp_path / "simulator.log"):
            wait_until(lambda: killable.pending() == 0)
            late = [killable.ask(body).json() for body in asked]

    assert {(one["outcome"], one["recheck"]) for one in first} == {("not_checked", True)}
    assert still == first
    assert (pending, pending_after_the_kill) == (5, 5)
    assert [one["outcome"] for one in late] == ["hit", *["no_hit"] * 4], "what waits is asked without any quota"
    assert last_of_the_day.status_code == 200
    for one in (refused, again_refused_twice):
        assert one.status_code == 429
        assert one.json()["type"] == "urn:interpol-bridge:problem:quota-exceeded"
        assert 1 <= int(one.headers["retry-after"]) <= 86_400


def test_on_a_full_disk_nothing_leaves_or_is_answered_and_afterwards_all_is(
    killable: Killable, tmp_path: Path
) -> None:
    bodies = [stolen_passport(), clean_passport()]
    log = tmp_path / "asked.jsonl"
    simulate = ("simulate", "--port", str(killable.simulator_port), "--asked-log", str(log))
    with command(*simulate, log=tmp_path / "simulator.log"):
        with httpx.Client(base_url=f"http://127.0.0.1:{killable.simulator_port}", trust_env=False) as bureau:
            wait_until_ready(bureau, "/health/live")
        with killable.running():
            answered = killable.ask(clean_passport())
            killable.limit_files(4096)
            refused = [killable.ask(body) for body in bodies]
            ready = killable.client.get("/health/ready")
            asked_by_then = _asked(log)
            killable.limit_files()
            afterwards = [killable.ask(body).json()["outcome"] for body in bodies]
            asked = _asked(log)

    assert answered.json()["outcome"] == "no_hit"
    assert [one.status_code for one in refused] == [503, 503]
    assert not ready.is_success
    assert (asked_by_then, asked) == (1, 3), "what can't be audited doesn't leave"
    assert afterwards == ["hit", "no_hit"]


def _asked(log: Path) -> int:
    return sum(json.loads(line)["event"] == "asked" for line in log.read_text().splitlines())
