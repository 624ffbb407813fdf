"""A reader's process, asked one page after the other; one that hangs or dies is started anew."""

import json
import os
import selectors
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

from benchmarks.page_reading.readers import ROOT, Reader

_START_S: Final = 120.0
_PAGE_S: Final = 120.0
"""Wall seconds: far more than a page takes even on a busy machine."""
_ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)


class CannotStart(Exception):
    """The reader's process ends or says nothing at its start; the text shows what it wrote last."""


@dataclass(frozen=True)
class Reply:
    """``cpu`` is None where the process did not live to tell; ``error`` is empty where a page was looked at."""

    documents: tuple[tuple[str, ...], ...]
    sure: bool | None
    cpu: float | None
    error: str = ""


class Asked:
    """A context manager. ``log`` takes what the process writes to standard error."""

    def __init__(self, reader: Reader, log: Path) -> None:
        self._reader = reader
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read(self, picture: Path) -> Reply:
        process = self._process or self._start()
        try:
            _pipe(process.stdin).write(json.dumps({"file": str(picture)}) + "\n")
            _pipe(process.stdin).flush()
            answer = _line(process, _PAGE_S)
        except (OSError, TimeoutError, EOFError) as failure:
            self._stop()
            return Reply((), None, None, f"{type(failure).__name__}: {failure}")
        documents = tuple(tuple(lines) for lines in answer.get("documents", ()))
        return Reply(documents, answer.get("sure"), float(answer["cpu"]), answer.get("error", ""))

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("a", encoding="utf-8") as log:
            try:
                self._process = subprocess.Popen(
                    self._reader.command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    cwd=ROOT,
                    env={**os.environ, **_ONE_THREAD},
                )
                _line(self._process, _START_S)
            except (OSError, TimeoutError, EOFError) as failure:
                self._stop()
                said = self._log.read_text(encoding="utf-8")[-600:]
                raise CannotStart(f"{self._reader.title} does not start: {failure}\n{said}") from failure
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _line(process: subprocess.Popen[str], seconds: float) -> dict[str, Any]:
    """One line is one answer: a process that answers has written it whole. Raises TimeoutError and EOFError."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(_pipe(process.stdout), selectors.EVENT_READ)
        if not waiting.select(seconds):
            raise TimeoutError(f"no answer within {seconds:.0f} s")
    line = _pipe(process.stdout).readline()
    if not line:
        raise EOFError("the process ended")
    answer: dict[str, Any] = json.loads(line)
    return answer


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise ValueError("the process was started without pipes")
    return stream
