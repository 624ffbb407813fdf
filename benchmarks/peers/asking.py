"""A peer's process of ``serving.serve_questions``, asked one question after the other."""

import json
import os
import selectors
import subprocess
from pathlib import Path
from typing import IO, Any, Final, Self

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".venv" / "peers" / "bin" / "python"
_ANSWER_S: Final = 300.0
"""Wall seconds: far more than an answer takes even on a busy machine."""


class PeerFailed(Exception):
    """The peer's process does not start, ends, hangs, or answers with an error."""


class Peer:
    """A context manager. What the process writes to standard error goes to ours."""

    def __init__(self, module: str) -> None:
        self._command = [str(PYTHON), "-m", module]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env={**os.environ, **one_thread},
            )
        except OSError as failure:
            raise PeerFailed(f"{failure}; the peers' environment is made by tools/bench.sh") from failure
        self._line()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Raises PeerFailed."""
        pipe = self._pipe("stdin")
        try:
            pipe.write(json.dumps(question) + "\n")
            pipe.flush()
        except OSError as failure:
            raise PeerFailed(str(failure)) from failure
        answer = self._line()
        if "error" in answer:
            raise PeerFailed(answer["error"])
        return answer

    def _line(self) -> dict[str, Any]:
        pipe = self._pipe("stdout")
        with selectors.DefaultSelector() as waiting:
            waiting.register(pipe, selectors.EVENT_READ)
            if not waiting.select(_ANSWER_S):
                raise PeerFailed(f"no answer within {_ANSWER_S:.0f} s")
        line = pipe.readline()
        if not line:
            raise PeerFailed(f"{' '.join(self._command)} ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _pipe(self, which: str) -> IO[str]:
        pipe: IO[str] | None = getattr(self._process, which, None)
        if pipe is None:
            raise PeerFailed("the process was not started")
        return pipe
