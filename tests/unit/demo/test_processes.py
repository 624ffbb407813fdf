"""Starting processes of which none is ever lost, whenever somebody asks to stop."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from crossing.demo.processes import STOP_SIGNALS, uninterrupted

BOMBARDED: Final = """
import os, signal, sys, threading
from pathlib import Path
import psutil
from crossing.demo.processes import Service

starting = False

def stop(number, frame):
    global starting
    if starting:
        starting = False
        raise KeyboardInterrupt

def bombard():
    while not over.wait(0.0005):
        os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, stop)
over = threading.Event()
threading.Thread(target=bombard, daemon=True).start()
services = []
interrupted = 0
while interrupted < 60:
    services.append(Service("sleeper", ["sleep", "60"], Path(sys.argv[1]), lambda: True))
    try:
        starting = True
        services[-1].start()
        starting = False
    except KeyboardInterrupt:
        interrupted += 1
over.set()
known = {service.process.pid for service in services if service.process is not None}
running = psutil.Process().children()
for child in running:
    child.kill()
print("lost:", len([child for child in running if child.pid not in known]))
"""


@pytest.fixture(autouse=True)
def _raising_handlers() -> Iterator[None]:
    """As the command sets them; whatever this test run had is put back."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in STOP_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_stop_waits_for_the_end_of_the_block(number: signal.Signals) -> None:
    done = []

    @uninterrupted()
    def block() -> None:
        signal.raise_signal(number)
        done.append("the whole block")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["the whole block"]


def test_after_the_block_a_stop_is_acted_upon_at_once() -> None:
    with uninterrupted():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_block_that_fails_because_of_the_stop_is_a_stop() -> None:
    """Ctrl-C reaches the children of a terminal too: that a child died of it is not what went wrong."""

    @uninterrupted()
    def block() -> None:
        signal.raise_signal(signal.SIGINT)
        raise subprocess.CalledProcessError(-2, "initdb")

    with pytest.raises(KeyboardInterrupt):
        block()


def test_without_a_stop_a_block_fails_for_its_own_reason() -> None:
    with pytest.raises(OSError, match="no space"), uninterrupted():
        raise OSError("no space")


def test_other_threads_start_processes_too() -> None:
    done: list[str] = []

    def start() -> None:
        with uninterrupted():
            done.append("started")

    thread = threading.Thread(target=start)
    thread.start()
    thread.join(60)
    assert done == ["started"]


def test_no_service_is_lost_though_stops_come_at_any_moment(tmp_path: Path) -> None:
    """Also in the middle of Popen, where a process is born that nobody knows yet."""
    bombarded = subprocess.run(
        [sys.executable, "-c", BOMBARDED, str(tmp_path / "log")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert bombarded.stdout == "lost: 0\n", bombarded.stderr
