"""Calls into a native library that may never come back: made in a thread of their own, and waited for in bounds."""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_Result = TypeVar("_Result")


class _Call(Generic[_Result]):
    """One call, given up before it began or waited for until it is done."""

    def __init__(self, function: Callable[[], _Result]) -> None:
        self._function = function
        self._done = threading.Event()
        self._given_up = False
        self._result: list[_Result] = []
        self._error: Exception | None = None

    def run(self) -> None:
        if self._given_up:
            return
        try:
            self._result.append(self._function())
        except Exception as failed:  # noqa: BLE001 - raised where it is waited for
            self._error = failed
        finally:
            self._done.set()

    def wait(self, seconds: float) -> bool:
        return self._done.wait(max(seconds, 0.0))

    def result(self, seconds: float) -> _Result:
        if not self.wait(seconds):
            self._given_up = True
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._result[0]


class CallLine:
    """Makes calls one after the other. While one hangs the later ones wait, and are given up in their turn."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def call(self, function: Callable[[], _Result], seconds: float) -> _Result:
        """What the function returns or raises; TimeoutError where it takes longer."""
        call = _Call(function)
        self._calls.put(call.run)
        return call.result(seconds)

    def finish(self, function: Callable[[], object], seconds: float) -> None:
        """Makes a call that is not given up: waited for so long, made once those before it are back."""
        call = _Call(function)
        self._calls.put(call.run)
        call.wait(seconds)

    def close(self) -> None:
        """Lets the thread end after the calls that were made. A hanging one holds it, and keeps no process alive."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
