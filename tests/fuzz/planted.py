"""Code with known faults, for the fuzzing itself to be tested on."""

import os
import signal
from collections.abc import Callable
from random import Random
from time import process_time

from tools.fuzz.target import Target

HARMLESS, HARMFUL = b"harmless", b"harmful"


def _raise() -> None:
    raise LookupError("planted")


def _spin() -> None:
    ends = process_time() + 60
    while process_time() < ends:
        pass


def _swell() -> None:
    bytearray(b"x") * 350_000_000


def _die() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _planted(name: str, fault: Callable[[], None], *, hang_s: float = 20.0) -> Target:
    def run(data: bytes) -> None:
        if data == HARMFUL:
            fault()

    def mutate(data: bytes, rng: Random) -> bytes:
        return rng.choice((HARMLESS, data, HARMFUL))

    return Target(name, run, mutate, lambda: [HARMLESS], longest=20, hang_s=hang_s, memory_mb=300)


def _nothing() -> None:
    """No fault."""


RAISES = _planted("raises", _raise)
SPINS = _planted("spins", _spin, hang_s=0.3)
SWELLS = _planted("swells", _swell)
DIES = _planted("dies", _die)
HOLDS = _planted("holds", _nothing)
