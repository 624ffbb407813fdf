"""Starting, watching and stopping the services of the demonstration, each a process of its own as in production."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_STOP_WITHIN_S: Final = 8.0
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a stop by the system, a terminal that is closed."""


class DemoError(Exception):
    """Something that the person at the terminal must know, in one line."""


class PortTaken(DemoError):
    def __init__(self, port: int, what: str) -> None:
        super().__init__(
            f"Port {port} ({what}) is taken by another program. Stop it, or choose other ports: crossing demo --help"
        )


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold the stop signals back until the end of the block; the last of them is then acted upon.

    A handler that raises between the birth of a process and the line that remembers it leaves a process that nobody
    stops: Popen itself can be torn in two so.
    """
    held: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # No handler ever runs in another thread.
        yield
        return
    handlers = {number: handler for number in STOP_SIGNALS if callable(handler := signal.getsignal(number))}
    for number in handlers:
        # Not by the mask of signals, which the started processes would inherit.
        signal.signal(number, lambda came, _frame: held.append(came))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if held:
            signal.raise_signal(held[-1])


def require_free(ports: Mapping[str, int]) -> None:
    """Raises :class:`PortTaken` for the first port that something else listens on."""
    for what, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as taken:
                raise PortTaken(port, what) from taken


@dataclass(slots=True)
class Service:
    """One process: how it is started, where it writes, and how to tell that it is ready."""

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log, uninterrupted():
            self.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                # A session of its own: Ctrl-C reaches the demonstration alone, which stops the services in order.
                start_new_session=True,
            )

    def wait_until_ready(self, within_s: float) -> None:
        """Raises :class:`DemoError` when the process ends, or is not ready in time."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                raise DemoError(f"The {self.name} did not start: {_last_line(self.log)} (see {self.log})")
            if self.ready():
                return
            time.sleep(0.05)
        raise DemoError(f"The {self.name} was not ready within {within_s:.0f} s (see {self.log})")

    def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Services:
    """All of them, started in order and stopped the other way round, whatever happens in between."""

    def __init__(self) -> None:
        self._services: list[Service] = []

    def add(self, service: Service) -> Service:
        self._services.append(service)
        service.start()
        return service

    def __getitem__(self, name: str) -> Service:
        return next(service for service in self._services if service.name == name)

    def wait_until_ready(self, within_s: float) -> None:
        for service in self._services:
            service.wait_until_ready(within_s)

    def stop(self) -> None:
        for service in reversed(self._services):
            service.stop()

    def ended(self) -> str | None:
        """The name of a service that ended by itself, if one did."""
        for service in self._services:
            if service.process is not None and service.process.poll() is not None:
                return service.name
        return None


def command(name: str) -> str:
    """A command of this installation, beside the Python that runs."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise DemoError(f"The command {name} is not installed beside {sys.executable}. Run: make setup")
    return str(path)


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it wrote nothing"
