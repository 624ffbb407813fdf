"""The processes of a storm: a bridge and a bureau of their own, each of which can be killed and comes back."""

import os
import resource
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import httpx

from tests.contract.interpol_bridge.bureau import gateway_options
from tests.contract.interpol_bridge.certificates import Authority, Issued
from tests.contract.interpol_bridge.copies import copy_of
from tests.factories.serving import free_ports
from tests.factories.waiting import wait_until

from .plan import WHO_ASKS, Plan
from .rough_network import RoughNetwork
from .skewed import FILE as CLOCK_FILE

Backend = Literal["simulator", "gateway"]

MONTH: Final = timedelta(days=30)
REPOSITORY: Final = Path(__file__).parents[4]


class Command:
    """One ``interpol-bridge`` command, run as a process of its own, on a machine whose clock can be set."""

    def __init__(self, *arguments: str, log: Path) -> None:
        self._arguments = arguments
        self._log = log
        self._clock = log.with_suffix(".clock")
        self._process: subprocess.Popen[bytes] | None = None
        self.set_clock(0)

    def start(self) -> None:
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.interpol_bridge.chaos.skewed", *self._arguments],
                stdout=out,
                stderr=out,
                cwd=REPOSITORY,
                env={name: value for name, value in os.environ.items() if not name.startswith("INTERPOL_BRIDGE_")}
                | {CLOCK_FILE: str(self._clock)},
            )

    def set_clock(self, ahead_s: float) -> None:
        """How far its clock is ahead of ours; below 0: behind."""
        new = self._clock.with_suffix(".new")
        new.write_text(str(ahead_s))
        new.replace(self._clock)

    def limit_files(self, size: int = resource.RLIM_INFINITY) -> None:
        """No file can grow beyond ``size`` bytes: what is written there fails, as it does on a full disk."""
        if self._process is not None and self._process.poll() is None:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(60)


@dataclass
class World:
    """Client, ``outside`` network, bridge, ``inside`` network, bureau, which hears at ``told_at`` how to behave."""

    folder: Path
    authority: Authority
    bridge: Command
    bureau: Command
    outside: RoughNetwork
    inside: RoughNetwork
    told_at: int

    @property
    def url(self) -> str:
        """The bridge, as the client sees it."""
        return f"https://127.0.0.1:{self.outside.port}"

    @property
    def asked_log(self) -> Path:
        return self.folder / "asked.jsonl"

    def behave(self, **behaviour: object) -> bool:
        """Set the bureau's behaviour; whether it was there to hear it."""
        url = f"http://127.0.0.1:{self.told_at}/control/behaviour"
        try:
            return httpx.post(url, json=behaviour, timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def keep_or_restore(self) -> bool:
        """Of a bridge that does not run: bring its data folder back as it was when this was called before, or else
        keep a backup of it. Whether it was brought back."""
        data, backup = self.folder / "data", self.folder / "backup"
        if not backup.exists():
            shutil.copytree(data, backup)
            return False
        shutil.rmtree(data)
        backup.rename(data)
        return True

    def start_bridge(self) -> None:
        """Until it serves: on a busy machine a storm would else kill it again before it is asked anything."""
        self.bridge.start()
        with self._client() as client:
            wait_until(lambda: self._ready(client), what="the bridge's start")

    def wait_until_ready(self) -> None:
        """Until the bridge answers for itself and the bureau lets itself be told to behave."""
        with self._client() as client:
            wait_until(lambda: self._ready(client) and self.behave(), what="the start")

    def _client(self) -> httpx.Client:
        return httpx.Client(verify=self.authority.client_context(), timeout=2, trust_env=False)

    def _ready(self, client: httpx.Client) -> bool:
        with suppress(httpx.TransportError):
            return client.get(f"{self.url}/health/ready").is_success
        return False


@contextmanager
def world_in(folder: Path, plan: Plan, *, backend: Backend, with_copy: bool) -> Iterator[World]:
    """Everything started and ready; the bridge asks over ``backend``, and has the plan's offline copy or none."""
    authority = Authority(folder / "authority")
    json_port, xml_port, bridge_port = free_ports(1), free_ports(1), free_ports(1)
    scenario = folder / "scenario.toml"
    scenario.write_text(_toml(plan.records), encoding="utf-8")
    bureau = _bureau(folder, authority, scenario, json_port, xml_port)
    with ExitStack() as stack:
        asked_at = xml_port if backend == "gateway" else json_port
        inside = stack.enter_context(RoughNetwork(asked_at, seed=plan.seed).up())
        outside = stack.enter_context(RoughNetwork(bridge_port, seed=plan.seed + 1).up())
        settings = {
            **_bridge_settings(folder, authority, bridge_port),
            **_backend_settings(backend, authority, inside.port),
            **(copy_of(plan.copied(), folder / "held") if with_copy else {}),
        }
        config = folder / "bridge.toml"
        config.write_text(
            "".join(f"{name} = {_value(value)}\n" for name, value in settings.items()), encoding="utf-8"
        )
        bridge = Command("serve", "--config", str(config), log=folder / "bridge.log")
        world = World(folder, authority, bridge, bureau, outside, inside, json_port)
        for command in (world.bureau, world.bridge):
            command.start()
            stack.callback(command.kill)
        world.wait_until_ready()
        yield world


def _bureau(folder: Path, authority: Authority, scenario: Path, json_port: int, xml_port: int) -> Command:
    own = authority.issue("bureau")
    options = {
        "--port": json_port,
        "--asked-log": folder / "asked.jsonl",
        "--bureau-port": xml_port,
        "--bureau-certificate": own.certificate_file,
        "--bureau-key": own.key_file,
        "--bureau-client-ca": authority.file,
    }
    arguments = [str(word) for option in options.items() for word in option]
    return Command("simulate", str(scenario), *arguments, log=folder / "bureau.log")


def _backend_settings(backend: Backend, authority: Authority, port: int) -> dict[str, Any]:
    if backend == "simulator":
        return {"backend": backend, "backend_url": f"http://127.0.0.1:{port}"}
    return gateway_options(f"https://127.0.0.1:{port}", authority, authority.issue("bridge"))


def _bridge_settings(folder: Path, authority: Authority, port: int) -> dict[str, Any]:
    """A bridge that gives up and tries again within seconds, so that a storm of minutes holds what months do."""
    own = authority.issue("bridge")
    return {
        "port": port,
        "tls_certificate": own.certificate_file,
        "tls_key": own.key_file,
        "client_ca": authority.file,
        "data_folder": folder / "data",
        "backend_deadline_s": 1.0,
        "breaker_failures": 8,
        "breaker_reset_s": 0.2,
        "probe_interval_s": 0.3,
        "rechecks_at_once": 8,
        "rechecks_per_minute": 100_000,
        "recheck_backoff_s": 0.3,
        "rate_per_minute": 1_000_000,
        "rate_burst": 100_000,
        "log_level": "warning",
    }


def _toml(records: dict[str, list[dict[str, Any]]]) -> str:
    lines = []
    for table, rows in records.items():
        for row in rows:
            lines.append(f"[[{table}]]")
            lines += [f"{name} = {_value(value)}" for name, value in row.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    return f'"{value}"' if isinstance(value, str | Path) else str(value)


def shown_by(world: World, post: str) -> Issued:
    """The certificate of a post, within its time whatever the clock of the bridge says in the storm."""
    now = datetime.now(UTC)
    return world.authority.issue(post, not_before=now - MONTH, not_after=now + MONTH)


def post_of(world: World) -> ssl.SSLContext:
    """TLS of the post that asks."""
    return world.authority.client_context(shown_by(world, WHO_ASKS["post"]))


def audit_report(world: World) -> str:
    """What ``interpol-bridge audit verify`` says of the bridge's store."""
    verify = (
        "from interpol_bridge.cli import app; app(['audit', 'verify', '--data-folder', __import__('sys').argv[1]])"
    )
    done = subprocess.run(
        [sys.executable, "-c", verify, str(world.folder / "data")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.stdout or done.stderr
