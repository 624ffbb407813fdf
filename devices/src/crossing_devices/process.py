"""A worker process as the agent holds it: asked over a wire, given a time, and then killed with all its children."""

import contextlib
import itertools
import os
import queue
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from pydantic import ValidationError

from crossing.ports.devices import DeviceError, DeviceFault, Progress
from crossing_devices.details import safe_detail
from crossing_devices.leftovers import MARK, adopt_orphans, kill_children_except, kill_marked, new_folder
from crossing_devices.options import OptionError
from crossing_devices.wire import Wire, WireClosed, WireGarbled
from crossing_devices.worker import OUT_OF_MEMORY

_END_S: Final = 2.0

_log = structlog.get_logger()

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Death:
    """Why a worker is no more: what a call under way is answered with, and a few words for the screen."""

    fault: DeviceFault
    reason: str

    def error(self) -> DeviceError:
        return DeviceError(self.fault, f"the driver {self.reason}")


HUNG: Final = Death(DeviceFault.TIMEOUT, "did not answer and was ended")
_BABBLED: Final = Death(DeviceFault.FAILED, "sent what is no answer and was ended")
_STOPPED: Final = Death(DeviceFault.VANISHED, "was stopped")


class Spawner:
    """Starts all workers from one thread that lives as long as the agent.

    The kernel ends a worker with the thread that started it, not with its process; a thread of the web server's pool
    may end at any time. ``alone`` says that this process starts nothing but workers. Then it takes in what they leave
    behind, and ends that with them, even what hides in a session and an environment of its own.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self._alone = alone
        if alone:
            adopt_orphans()
        self._lock = threading.Lock()
        self._workers: set[int] = set()
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="spawner", daemon=True).start()

    def start(self, command: list[str], environment: dict[str, str], handle: int) -> "subprocess.Popen[bytes]":
        """Raises OSError where the system gives no more processes."""
        started: Future[subprocess.Popen[bytes]] = Future()

        def start() -> None:
            try:
                with self._lock:
                    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                        command,
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        env=environment,
                        pass_fds=(handle,),
                        start_new_session=True,
                    )
                    self._workers.add(process.pid)
            except OSError as failed:
                started.set_exception(failed)
            else:
                started.set_result(process)

        self._orders.put(start)
        return started.result()

    def ended(self, worker: int) -> None:
        """That worker is no more: nor is anything else that is nobody's but its."""
        with self._lock:
            self._workers.discard(worker)
            if self._alone:
                kill_children_except(self._workers)

    def close(self) -> None:
        """After the last worker: those that still run end now."""
        self._orders.put(None)

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            order()


@dataclass(slots=True)
class _Call:
    on_progress: OnProgress | None
    done: threading.Event = field(default_factory=threading.Event)
    head: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""


class WorkerProcess:
    """One worker. Calls may come from any thread; ``on_death`` is called once, from a thread of its own.

    ``buried`` is set when nothing of it is left: a process that the kernel waits for itself, on a broken bus for
    example, cannot even be killed, and may still hold the device. ``secrets_given`` are those of its options; no
    error of it repeats one.
    """

    def __init__(self, spawner: Spawner, on_death: Callable[[], None], secrets_given: Iterable[str] = ()) -> None:
        self._secrets_given = frozenset(secrets_given)
        self._spawner = spawner
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._calls: dict[int, _Call] = {}
        self._death: Death | None = None
        self._on_death = on_death
        self.buried = threading.Event()
        self._mark = secrets.token_hex(16)
        self._folder = new_folder()
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-P", "-m", "crossing_devices.worker", str(theirs.fileno()), str(os.getpid())]
            # What a driver leaves in a temporary file, a page perhaps, goes with its process.
            environment = {**os.environ, MARK: self._mark, "TMPDIR": str(self._folder)}
            self._process = spawner.start(command, environment, theirs.fileno())
        self._wire = Wire(ours)
        self._reader = threading.Thread(target=self._read, name=f"worker-{self._process.pid}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def death(self) -> Death | None:
        with self._lock:
            return self._death

    def ask(
        self, op: str, seconds: float, on_progress: OnProgress | None = None, **parts: Any
    ) -> tuple[dict[str, Any], bytes]:
        """The ``ok`` of the answer, and its body. A worker that takes longer than ``seconds`` is killed.

        Raises DeviceError, also for a worker that dies meanwhile, and OptionError where the options are wrong.
        """
        call = _Call(on_progress)
        number = next(self._numbers)
        with self._lock:
            if self._death is not None:
                raise self._death.error()
            self._calls[number] = call
        try:
            with contextlib.suppress(WireClosed):
                # A worker that is gone is noticed by the reader, which then ends this call.
                self._wire.send({"id": number, "op": op, **parts})
            if not call.done.wait(seconds):
                self.kill(HUNG)
                call.done.wait(_END_S)
        finally:
            with self._lock:
                self._calls.pop(number, None)
        return self._judged(call)

    def safe(self, words: str) -> str:
        """What the driver said, without persons and without the secrets that it was given."""
        return safe_detail(words, self._secrets_given)

    def tell(self, op: str, **parts: Any) -> None:
        """Ask without waiting for the answer."""
        with contextlib.suppress(WireClosed):
            self._wire.send({"id": next(self._numbers), "op": op, **parts})

    def kill(self, death: Death) -> None:
        """At once, with its children. The first reason counts."""
        with self._lock:
            self._death = self._death or death
        # Once it is waited for, its number may belong to somebody else.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """Let the driver close its device, then end. Returns when nothing of it is left."""
        with contextlib.suppress(DeviceError, OptionError):
            self.ask("close", _END_S)
        self.kill(_STOPPED)
        self._reader.join()

    def _judged(self, call: _Call) -> tuple[dict[str, Any], bytes]:
        if not call.head:
            raise (self.death or HUNG).error()
        match call.head:
            case {"ok": dict() as facts}:
                return facts, call.body
            case {"fault": str() as fault, "detail": str() as detail} if fault in set(DeviceFault):
                raise DeviceError(DeviceFault(fault), self.safe(detail))
            case {"option": str() as wrong}:
                raise OptionError(self.safe(wrong))
            case _:
                self.kill(_BABBLED)
                raise _BABBLED.error()

    def _read(self) -> None:
        try:
            while True:
                self._take(*self._wire.receive())
        except (WireGarbled, ValidationError):
            self.kill(_BABBLED)
        except WireClosed:
            pass
        self._bury()

    def _take(self, head: dict[str, Any], body: bytes) -> None:
        number = head.pop("id", None)
        with self._lock:
            call = self._calls.get(number) if isinstance(number, int) else None
        if call is None:
            # The caller has given up, or nobody asked; either way there is nobody to tell.
            return
        if "progress" in head:
            told = Progress.model_validate(head["progress"])
            progress = told.model_copy(update={"step": self.safe(told.step)})
            if call.on_progress is not None:
                call.on_progress(progress)
            return
        call.head, call.body = head, body
        call.done.set()

    def _bury(self) -> None:
        """Its socket is closed: whatever is left of it is killed, and who waits for it is told why."""
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.kill(_BABBLED)
            self._process.wait()
        kill_marked(self._mark)
        self._spawner.ended(self._process.pid)
        with self._lock:
            self._death = self._death or _death_of(self._process.returncode)
            waiting, death = list(self._calls.values()), self._death
        self._wire.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        if death is not _STOPPED:
            _log.warning("worker_died", pid=self._process.pid, fault=death.fault.value, reason=death.reason)
        for call in waiting:
            call.done.set()
        self.buried.set()
        self._on_death()


def _death_of(status: int) -> Death:
    if status < 0:
        word = "was killed" if -status == signal.SIGKILL else "crashed"
        return Death(DeviceFault.FAILED, f"{word} (signal {-status})")
    if status == OUT_OF_MEMORY:
        return Death(DeviceFault.FAILED, "took too much memory")
    return Death(DeviceFault.FAILED, f"ended by itself (status {status})")
