"""Processor time and memory, and the lines that tell of them."""

import gc
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import psutil

T = TypeVar("T")
_EVERY_S: Final = 0.05
_MB: Final = 1e6


@dataclass
class Memory:
    """MB of the process more than before: at its highest in between, and afterwards."""

    peak: float = 0.0
    rest: float = 0.0
    seconds: float = 0.0


@contextmanager
def memory() -> Iterator[Memory]:
    """Also takes the processor seconds. What is resident is read twenty times a second."""
    process, seen, done = psutil.Process(), Memory(), threading.Event()
    gc.collect()
    before, started = process.memory_info().rss, time.process_time()

    def watch() -> None:
        while not done.wait(_EVERY_S):
            seen.peak = max(seen.peak, (process.memory_info().rss - before) / _MB)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()
        seen.seconds = time.process_time() - started
        gc.collect()
        seen.rest = (process.memory_info().rss - before) / _MB
        seen.peak = max(seen.peak, seen.rest)


def timed(what: Callable[[], T], into: list[float]) -> T:
    """``into`` gets the milliseconds of this thread's processor time."""
    started = time.thread_time()
    result = what()
    into.append((time.thread_time() - started) * 1000)
    return result


def quantile(times: Sequence[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown; all but the first column to the right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
