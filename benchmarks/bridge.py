"""What the bridge adds to a bureau's answer at 50 questions a second, beside asking the bureau without it.

    python -m benchmarks.bridge [--rate 50] [--seconds 20] [--rounds 3] [--backend-ms 50]
    ... --document docs/bridge-benchmark.md

The bridge and the simulated bureau are processes of their own, as their commands start them: mutual TLS 1.3 between
client and bridge, the store and its audit on disk. Questions leave at times drawn beforehand (a Poisson stream), so
that a slow answer delays none that follows; an answer's time counts from the moment its question was due. The bureau
takes a fixed time over each answer and notes in its log when it was asked and when it answered: that much is taken
off each answer's time, and what is left is what lies above the backend.

Beside it in the same rounds, with the same client: a second bridge that has an offline copy standing by and asks it
beside the bureau, the bureau asked directly over plain HTTP, and an application that does nothing but answer, behind
the bridge's own TLS server. Each of the four has its turn in every round, so that whatever else the machine does
weighs on all. The goal is 15 ms at the 95th percentile.
"""

import argparse
import http.client
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Final
from uuid import uuid4

import psutil
from fastapi import FastAPI
from tests.contract.interpol_bridge.certificates import Authority, Issued
from tests.factories.serving import free_ports, wait_until

from interpol_bridge.backends.offline_copy import MakingKey, Order, make_copy
from interpol_bridge.serving import https_server, listen
from interpol_bridge.settings import Settings

POST: Final = "KOR-01"
WHO_ASKS: Final = {"officer": "officer-7", "post": POST, "purpose": "entry check", "legal_basis": "Border Act"}
COPIED: Final = 10_000
"""Documents on the offline copy; a look-up takes as long in a million (``benchmarks.offline_copy``)."""
SENDERS: Final = 24
GOAL_MS: Final = 15.0
MARKS: Final = ("<!-- measured -->", "<!-- /measured -->")
WARM_UP: Final = 50

_BRIDGE: Final = ("-c", "from interpol_bridge.cli import app; app()")


@dataclass
class Measured:
    """Of one way to ask: milliseconds above the backend's own time, and the asked process's CPU a question."""

    name: str
    over_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def over(self, share: float) -> float:
        return sorted(self.over_ms)[min(len(self.over_ms) - 1, int(share * len(self.over_ms)))]


@dataclass(frozen=True)
class Way:
    """One thing to ask. ``own_ms`` gives what the backend took of each request id, once a turn is over."""

    measured: Measured
    connect: Callable[[], http.client.HTTPConnection]
    path: str
    body: Callable[[str, str], dict[str, object]]
    process: psutil.Process
    own_ms: Callable[[], dict[str, float]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rate", type=float, default=50, help="questions a second")
    options.add_argument("--seconds", type=float, default=20, help="how long each way is asked in each round")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--backend-ms", type=float, default=50, help="what the bureau takes over an answer")
    options.add_argument("--document", type=Path, help="put the table between the marks of this page")
    options.add_argument("--echo", nargs=2, metavar=("FOLDER", "PORT"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.echo:
        serve_echo(Path(chosen.echo[0]), int(chosen.echo[1]))
        return
    conditions = (
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the start; {chosen.rate:.0f} questions a "
        f"second, {chosen.rounds} rounds of {chosen.seconds:.0f} s, a bureau that takes {chosen.backend_ms:.0f} ms"
    )
    print(conditions)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        ways = stack.enter_context(all_ways(Path(name), chosen.backend_ms))
        for number in range(chosen.rounds):
            for way in ways:
                take_turn(way, rate=chosen.rate, seconds=chosen.seconds, seed=number)
    report = table([way.measured for way in ways])
    print(report)
    if chosen.document:
        put_into(chosen.document, f"{conditions}.\n\n{report}")


def take_turn(way: Way, *, rate: float, seconds: float, seed: int) -> None:
    """Ask one way for some seconds, each question when it is due."""
    waits = Random(f"{seed} {way.measured.name}")
    with Senders(way) as senders:
        senders.ask_each([one / rate for one in range(WARM_UP)])
        before = way.process.cpu_times()
        due, at = [], 0.0
        while at < seconds:
            at += waits.expovariate(rate)
            due.append(at)
        took = senders.ask_each(due)
        after = way.process.cpu_times()
    own = way.own_ms()
    way.measured.over_ms += [ms - own.get(request_id, 0.0) for request_id, ms in took]
    used = after.user + after.system - before.user - before.system
    way.measured.cpu_ms.append(used * 1000 / len(due))


class Senders:
    """Threads with a kept-open connection each; more than are ever busy at once."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._own = threading.local()
        self._opened: list[http.client.HTTPConnection] = []
        self._pool = ThreadPoolExecutor(SENDERS)

    def __enter__(self) -> "Senders":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        for connection in self._opened:
            connection.close()

    def ask_each(self, due: Sequence[float]) -> list[tuple[str, float]]:
        """Request id and milliseconds since it was due, for each second of ``due``, counted from now."""
        started = time.perf_counter() + 0.05
        futures = []
        for at in due:
            time.sleep(max(0.0, started + at - time.perf_counter()))
            futures.append(self._pool.submit(self._ask, started + at))
        return [future.result() for future in futures]

    def _ask(self, due: float) -> tuple[str, float]:
        request_id = str(uuid4())
        body = json.dumps(self._way.body(request_id, f"A{uuid4().int % 10**8:08d}")).encode()
        connection = self._connection()
        connection.request("POST", self._way.path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        took = (time.perf_counter() - due) * 1000
        if response.status != http.client.OK or b'"not_checked"' in content:
            raise RuntimeError(f"{self._way.measured.name}: {response.status} {content[:200]!r}")
        return request_id, took

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._way.connect()
            self._opened.append(connection)
        return connection


@contextmanager
def all_ways(folder: Path, backend_ms: float) -> Iterator[list[Way]]:
    """Both bridges, the bureau alone, and the echo, all up."""
    authority = Authority(folder / "authority")
    own, tls = authority.issue("bridge"), authority.client_context(authority.issue(POST))
    asked_log = folder / "asked.jsonl"
    scenario = folder / "scenario.toml"
    scenario.write_text(f'records_of = "everyday"\n[behaviour]\nlatency_ms = {backend_ms}\n', encoding="utf-8")
    _keep(own, folder)
    with ExitStack() as stack:

        def start(port: int, *arguments: str) -> psutil.Process:
            process = stack.enter_context(_process(*arguments, log=folder / "processes.log"))
            wait_until(partial(_listens, port), what=f"listening on {port}")
            return process

        def bridge(name: str, settings: str = "") -> Way:
            port, config = free_ports(1), folder / f"{name}.toml"
            config.write_text(
                f'port = {port}\ntls_certificate = "{own.certificate_file}"\ntls_key = "{own.key_file}"\n'
                f'client_ca = "{authority.file}"\nbackend_url = "http://127.0.0.1:{bureau_port}"\n'
                f'log_level = "warning"\ndata_folder = "{folder / name}"\nrate_per_minute = 1000000\n'
                f"rate_burst = 100000\n{settings}",
                encoding="utf-8",
            )
            process = start(port, *_BRIDGE, "serve", "--config", str(config))
            return Way(Measured(name), _secure(port, tls), "/v1/sltd/query", _document, process, own_ms)

        def own_ms() -> dict[str, float]:
            return backend_times(asked_log)

        bureau_port, echo_port = free_ports(1), free_ports(1)
        simulate = ("simulate", str(scenario), "--port", str(bureau_port), "--asked-log", str(asked_log))
        bureau = start(bureau_port, *_BRIDGE, *simulate)
        echo = start(echo_port, "-m", "benchmarks.bridge", "--echo", str(folder), str(echo_port))
        yield [
            bridge("bridge"),
            bridge("bridge with a copy", _copy(folder)),
            Way(Measured("bureau asked directly"), _plain(bureau_port), "/find/sltd", _find, bureau, own_ms),
            Way(Measured("echo behind the same TLS"), _secure(echo_port, tls), "/", _document, echo, dict),
        ]


def _copy(folder: Path) -> str:
    """The settings of a bridge with an offline copy of made-up documents, which holds none that is asked about."""
    key, source = MakingKey.new(), folder / "sltd.csv"
    numbers = "".join(f"Z{number:08d},MLI,P,lost\n" for number in range(COPIED))
    source.write_text(f"number,issuing_state,type,reason\n{numbers}", encoding="utf-8")
    now = datetime.now(UTC)
    make_copy(Order(as_of=now, sltd=source), folder / "copy", key, now, lambda _line: None)
    key.reading.write(folder / "copy-reading.key")
    return f'copy_folder = "{folder / "copy"}"\ncopy_key = "{folder / "copy-reading.key"}"\n'


def backend_times(asked_log: Path) -> dict[str, float]:
    """Milliseconds between being asked and having answered, by request id, as the bureau noted them."""
    asked: dict[str, datetime] = {}
    own: dict[str, float] = {}
    for text in asked_log.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if line["event"] == "asked":
            asked[line["call"]] = datetime.fromisoformat(line["at"])
        elif line["event"] == "answered":
            took = (datetime.fromisoformat(line["at"]) - asked[line["call"]]).total_seconds() * 1000
            own.setdefault(line["request_id"], took)
    return own


def table(measured: Sequence[Measured]) -> str:
    """Milliseconds above the backend's own time, and CPU."""
    lines = [
        "| asked | questions | p50 | p95 | p99 | slowest | CPU ms a question |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in measured:
        shares = " | ".join(f"{one.over(share):.1f}" for share in (0.5, 0.95, 0.99, 1.0))
        cpu = sum(one.cpu_ms) / len(one.cpu_ms)
        lines.append(f"| {one.name} | {len(one.over_ms)} | {shares} | {cpu:.1f} |")
    bridge, direct = max(one.over(0.95) for one in measured[:2]), measured[2].over(0.95)
    word = "met" if bridge <= GOAL_MS else "missed"
    lines += [
        "",
        f"Milliseconds above the bureau's own time; the goal of {GOAL_MS:.0f} ms at the 95th percentile is {word}.",
        f"The bridge's {bridge:.1f} ms hold the client and the way to the bureau, {direct:.1f} ms without a bridge.",
    ]
    return "\n".join(lines)


def put_into(document: Path, text: str) -> None:
    before, _, rest = document.read_text(encoding="utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    document.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")


def serve_echo(folder: Path, port: int) -> None:
    """The least that FastAPI behind the bridge's server can do: read the body, answer."""
    app = FastAPI()

    @app.post("/")
    def echo(body: dict[str, object]) -> dict[str, object]:
        return body

    settings = Settings(
        tls_certificate=folder / "own.pem",
        tls_key=folder / "own.key",
        client_ca=folder / "authority" / "authority.pem",
    )
    https_server(app, settings).run(sockets=[listen("127.0.0.1", port)])


def _document(request_id: str, number: str) -> dict[str, object]:
    return {"request_id": request_id, **WHO_ASKS, "document_number": number, "issuing_state": "UTO"}


def _find(request_id: str, number: str) -> dict[str, object]:
    return {"request_id": request_id, **WHO_ASKS, "asked": {"document_number": number, "issuing_state": "UTO"}}


def _secure(port: int, tls: ssl.SSLContext) -> Callable[[], http.client.HTTPConnection]:
    return lambda: http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=tls)


def _plain(port: int) -> Callable[[], http.client.HTTPConnection]:
    return lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=20)


def _keep(own: Issued, folder: Path) -> None:
    """Where the echo's process finds its certificate."""
    (folder / "own.pem").write_bytes(own.certificate_file.read_bytes())
    (folder / "own.key").write_bytes(own.key_file.read_bytes())


def _listens(port: int) -> bool:
    return any(
        one.laddr and one.laddr.port == port for one in psutil.net_connections("tcp") if one.status == "LISTEN"
    )


@contextmanager
def _process(*arguments: str, log: Path) -> Iterator[psutil.Process]:
    with log.open("ab") as out:
        started = subprocess.Popen([sys.executable, *arguments], stdout=out, stderr=out)
    try:
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait(20)


if __name__ == "__main__":
    main()
