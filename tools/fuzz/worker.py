"""The process that runs inputs. The watcher starts it; it may hang, grow or die.

    python -m tools.fuzz.worker PLACE FOLDER SECONDS ENGINE SEED

PLACE is the target's ``module:NAME``, ENGINE one of :data:`tools.fuzz.engines.ENGINES`.
"""

import faulthandler
import sys
import time
from pathlib import Path
from time import process_time
from typing import Final

from tools.fuzz.engines import ENGINES
from tools.fuzz.findings import Finding, Folder, Tally, Trouble
from tools.fuzz.recorder import Recorder, peak_mb
from tools.fuzz.target import Target, load

_TALLY_EVERY_S: Final = 1.0


class Runner:
    """Runs one input after the other, and keeps count and findings."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._findings = Folder(folder / "findings")
        self._recorder = Recorder(folder / "now")
        self._tally_file = folder / "tally.json"
        self._slowest_file = folder / f"{target.name}-slowest.input"
        self._tally, self._tallied = Tally(), 0.0
        self._warm = False

    def __call__(self, data: bytes) -> None:
        started = process_time()
        self._recorder.begin(data, started)
        try:
            self._target.run(data)
        except Exception as error:  # noqa: BLE001 - any exception is what is looked for
            self._tally.failed += 1
            self._findings.save(Finding.of_exception(self._target.name, error, data))
        self._recorder.end()
        self._count(data, process_time() - started)

    def _count(self, data: bytes, cpu: float) -> None:
        self._tally.inputs += 1
        # The first input opens networks and draws specimens: its time is not its own.
        if self._warm and cpu > self._tally.slowest_cpu:
            self._tally.slowest_cpu = cpu
            self._slowest_file.write_bytes(data)
        self._warm = True
        peak = peak_mb()
        if peak > self._target.memory_mb >= self._tally.peak_mb:
            text = f"{peak:.0f} MB at the peak, {self._target.memory_mb} allowed"
            self._findings.save(Finding(self._target.name, Trouble.MEMORY, "peak", text, data))
        self._tally.peak_mb = max(self._tally.peak_mb, peak)
        if (now := time.monotonic()) > self._tallied + _TALLY_EVERY_S:
            self.write_tally()
            self._tallied = now

    def write_tally(self) -> None:
        self._tally.write(self._tally_file)


def main() -> None:
    place, folder, seconds, engine, seed = sys.argv[1:]
    # The watcher ends what hangs with this signal: where it hung is then in the log.
    faulthandler.enable()
    with ENGINES[engine].watching():
        target = load(place)
    runner = Runner(target, Path(folder))
    corpus = Path(folder) / "corpus"
    _write_seeds(target, corpus)
    ENGINES[engine].drive(target, runner, corpus, seconds=float(seconds), seed=int(seed))
    runner.write_tally()


def _write_seeds(target: Target, corpus: Path) -> None:
    corpus.mkdir(exist_ok=True)
    for number, data in enumerate(target.seeds()):
        (corpus / f"seed-{number:03d}").write_bytes(data)


if __name__ == "__main__":
    main()
