"""The generation of the list of devices, and those who wait for it to change."""

import asyncio
import threading
import time
from typing import Final

MAX_WAITING: Final = 16
LONGEST_S: Final = 25.0


class TooManyWait(Exception):
    """More questions for changes are open than a post and its tools ever ask."""


class Changes:
    """Told from any thread, awaited on event loops; nobody polls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # An agent that was started again is never taken for the one before it.
        self._generation = time.time_ns() // 1_000_000
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._closed = False

    @property
    def generation(self) -> int:
        with self._lock:
            return self._generation

    def note(self) -> None:
        """Something changed."""
        with self._lock:
            self._generation += 1
            self._wake()

    def close(self) -> None:
        """Nobody waits any longer, now and from now on."""
        with self._lock:
            self._closed = True
            self._wake()

    async def other_than(self, seen: int, seconds: float = LONGEST_S) -> None:
        """Returns once the generation is not ``seen``, or after ``seconds``. Raises :class:`TooManyWait`."""
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if self._generation != seen or self._closed:
                return
            if len(self._waiting) >= MAX_WAITING:
                raise TooManyWait
            self._waiting.add(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter[1].wait()
        except TimeoutError:
            return
        finally:
            with self._lock:
                self._waiting.discard(waiter)

    def _wake(self) -> None:
        for loop, event in self._waiting:
            loop.call_soon_threadsafe(event.set)
        self._waiting.clear()
