"""What makes the next input out of those before it."""

import importlib.util
import re
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from random import Random
from typing import Final, Protocol

from tools.fuzz.target import Target

INSTRUMENTED: Final = [
    "crossing_devices.sbi",
    "crossing.fingers",
    "crossing.documents",
    "crossing.platform.images",
    "PIL",
]
_POOL: Final = 4_000
_OWN_MUTATIONS: Final = 0.7
_PROGRESS: Final = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")


class Engine(Protocol):
    def watching(self) -> AbstractContextManager[None]:
        """The code that is imported within is followed, where the engine follows any."""
        ...

    def drive(self, target: Target, run: Callable[[bytes], None], corpus: Path, *, seconds: float, seed: int) -> None:
        """Runs inputs until ``seconds`` of wall time are over; may end the process itself."""
        ...


class Mutation:
    """Needs nothing, and is blind to what its inputs reach."""

    def watching(self) -> AbstractContextManager[None]:
        return nullcontext()

    def drive(self, target: Target, run: Callable[[bytes], None], corpus: Path, *, seconds: float, seed: int) -> None:
        rng = Random(seed)
        pool = [path.read_bytes() for path in sorted(corpus.iterdir())]
        ends = time.monotonic() + seconds
        for data in pool:
            run(data)
        while time.monotonic() < ends:
            data = target.mutate(rng.choice(pool), rng)
            run(data)
            if rng.random() < 0.02:
                pool = [*pool, data][-_POOL:]


class Atheris:
    """libFuzzer: inputs that reach new branches are kept in ``corpus`` and built on. Linux, CPython to 3.13."""

    def watching(self) -> AbstractContextManager[None]:
        import atheris  # type: ignore[import-untyped]  # noqa: PLC0415 - no package of the product's environment

        followed: AbstractContextManager[None] = atheris.instrument_imports(include=INSTRUMENTED)
        return followed

    def drive(self, target: Target, run: Callable[[bytes], None], corpus: Path, *, seconds: float, seed: int) -> None:
        import atheris  # noqa: PLC0415

        def mutated(data: bytes, most: int, number: int) -> bytes:
            rng = Random(number)
            if rng.random() < _OWN_MUTATIONS:
                return target.mutate(data, rng)[:most]
            changed: bytes = atheris.Mutate(data, len(data))
            return changed

        # Hangs, memory and faults are the watcher's: it knows the input in hand and can go on after it.
        own = ("timeout=100000", "rss_limit_mb=0", "malloc_limit_mb=0", "handle_segv=0", "handle_abrt=0")
        limits = (f"max_total_time={max(round(seconds), 1)}", f"max_len={target.longest}", f"seed={seed or 1}")
        flags = [f"-{flag}" for flag in (*own, *limits, "len_control=0", "handle_bus=0", "handle_fpe=0")]
        atheris.Setup([sys.argv[0], *flags, str(corpus)], run, custom_mutator=mutated)
        atheris.Fuzz()


ENGINES: Final[dict[str, Engine]] = {"atheris": Atheris(), "mutation": Mutation()}


def best_engine() -> str:
    return "atheris" if importlib.util.find_spec("atheris") else "mutation"


def reached(log: str) -> str:
    """What an engine's log says of the code that its inputs reached; empty for one that doesn't know."""
    told = _PROGRESS.findall(log)
    if not told:
        return ""
    edges, features, corpus = told[-1]
    return f"{edges} edges, {features} features, {corpus} inputs in the corpus"
