"""Watches the process that runs inputs: ends what hangs or grows, keeps the input in hand, and goes on."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import psutil
from tools.fuzz.engines import reached
from tools.fuzz.findings import Finding, Folder, Tally, Trouble
from tools.fuzz.recorder import Recorder
from tools.fuzz.target import Target, load

ROOT: Final = Path(__file__).resolve().parents[2]
_LOOK_EVERY_S: Final = 0.1
_START_S: Final = 600.0
_STILL_S: Final = 300.0
"""Wall seconds on one input, whatever it takes of the processor: it waits for something that never comes."""
_ROOM: Final = 1.5
"""The process itself reports an input that passes the bound; at this many times the bound it is ended."""
_MOST_GROWTH_MB: Final = 250.0
_FEWEST_LOOKS: Final = 50
"""In a quarter of a run: of fewer the median says nothing."""
_MOST_DEATHS: Final = 50
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Run:
    """``folder`` holds findings, the corpus and the log; ``place`` is the target's ``module:NAME``."""

    place: str
    folder: Path
    seconds: float
    engine: str
    seed: int


@dataclass(frozen=True)
class Summary:
    """``reached`` is empty where the engine doesn't know; ``findings`` are files that can be replayed."""

    target: str
    engine: str
    tally: Tally
    reached: str
    findings: tuple[Path, ...]


def watch(run: Run) -> Summary:
    """Runs the target until the time is over, again and again where its process ends before."""
    target = load(run.place)
    folder = Folder(run.folder / "findings")
    tally, ends, seed = Tally(), time.monotonic() + run.seconds, run.seed
    for _ in range(_MOST_DEATHS):
        left = ends - time.monotonic()
        if left <= 0:
            break
        with _process(run, left, seed) as process:
            finding = _Watch(target, process, run.folder / "now").until_it_ends()
        tally = tally.with_(Tally.read(run.folder / "tally.json"))
        (run.folder / "tally.json").unlink(missing_ok=True)
        if finding is not None:
            folder.save(finding)
        seed += 1
    log = (run.folder / "log").read_text(encoding="utf-8", errors="replace")
    found = tuple(path for path in folder.all() if path.name.startswith(f"{target.name}-"))
    return Summary(target.name, run.engine, tally, reached(log), found)


@contextmanager
def _process(run: Run, seconds: float, seed: int) -> Iterator["subprocess.Popen[bytes]"]:
    Recorder.create(run.folder / "now").close()
    command = [
        sys.executable,
        "-m",
        "tools.fuzz.worker",
        run.place,
        str(run.folder),
        str(seconds),
        run.engine,
        str(seed),
    ]
    with (run.folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, **_ONE_THREAD})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class _Watch:
    def __init__(self, target: Target, process: "subprocess.Popen[bytes]", recording: Path) -> None:
        self._target = target
        self._process = process
        self._seen = psutil.Process(process.pid)
        self._recorder = Recorder(recording)
        self._memory: list[float] = []
        self._input, self._since = 0, time.monotonic()

    def until_it_ends(self) -> Finding | None:
        """What its end was, or None where it ended as it should."""
        try:
            while self._process.poll() is None:
                if (trouble := self._trouble()) is not None:
                    return trouble
                time.sleep(_LOOK_EVERY_S)
            return self._death() if self._process.returncode else self._growth()
        finally:
            self._recorder.close()

    def _trouble(self) -> Finding | None:
        try:
            with self._seen.oneshot():
                times, resident = self._seen.cpu_times(), self._seen.memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            return None
        moment = self._recorder.moment()
        self._memory.append(resident)
        if resident > _ROOM * self._target.memory_mb:
            return self._found(Trouble.MEMORY, "ended", f"ended at {resident:.0f} MB")
        if moment.begun != self._input:
            self._input, self._since = moment.begun, time.monotonic()
            return None
        waited = time.monotonic() - self._since
        if not moment.busy:
            # Before the first input and between two: imports, networks, the engine's own work.
            return self._stopped("it does not start") if not moment.begun and waited > _START_S else None
        used = times.user + times.system - moment.cpu_at_begin
        if used > self._target.hang_s:
            return self._stopped(f"{used:.1f} processor seconds on one input, {self._target.hang_s:.0f} allowed")
        return self._stopped(f"{waited:.0f} s on one input") if waited > _STILL_S else None

    def _stopped(self, text: str) -> Finding:
        """Ends the process by a signal on which it writes to the log where it is."""
        self._process.send_signal(signal.SIGABRT)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self._found(Trouble.HANG, "hang", text + "; the log has the stack")

    def _death(self) -> Finding:
        code = self._process.returncode
        how = signal.Signals(-code).name if code < 0 else f"status {code}"
        return self._found(Trouble.DEATH, how, f"the process ended: {how}; the log has the stack")

    def _growth(self) -> Finding | None:
        """Memory held for good: more in the last quarter of the run than in the second."""
        quarter = len(self._memory) // 4
        if quarter < _FEWEST_LOOKS:
            return None
        before, after = median(self._memory[quarter : 2 * quarter]), median(self._memory[-quarter:])
        if after - before <= _MOST_GROWTH_MB:
            return None
        return self._found(
            Trouble.GROWTH, "growth", f"{before:.0f} MB in the second quarter, {after:.0f} in the last"
        )

    def _found(self, trouble: Trouble, sign: str, text: str) -> Finding:
        """Where a process ends there is no stack to tell causes apart: each input is kept."""
        data = self._recorder.moment().data
        told = f"{sign}, input {hashlib.sha256(data).hexdigest()[:10]}"
        return Finding(self._target.name, trouble, told, text, data)
