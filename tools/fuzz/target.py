"""What is fuzzed: a function of bytes, and the inputs to begin with."""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Final


class BrokenPromise(Exception):
    """The code under test answered, but not what it promises; the text says which promise."""


def promised(holds: bool, promise: str) -> None:
    """Raises :class:`BrokenPromise` unless ``holds``."""
    if not holds:
        raise BrokenPromise(promise)


@dataclass(frozen=True)
class Target:
    """``run`` takes any bytes and raises nothing, or there is a finding. The same bytes do the same every time.

    ``mutate`` makes another input out of one, no longer than ``longest`` bytes. An input may take ``hang_s``
    processor seconds, and the process ``memory_mb`` megabytes at its peak.
    """

    name: str
    run: Callable[[bytes], None]
    mutate: Callable[[bytes, Random], bytes]
    seeds: Callable[[], Iterable[bytes]]
    longest: int
    hang_s: float
    memory_mb: int


TARGETS: Final = {
    "parser": "tools.fuzz.lines:PARSER",
    "decode": "tools.fuzz.pictures:DECODE",
    "page": "tools.fuzz.pages:PAGE",
    "sbi": "tools.fuzz.sbi:SBI",
    "tlv": "tools.fuzz.chips:TLV",
    "sod": "tools.fuzz.chips:SOD",
    "dg2": "tools.fuzz.chips:DG2",
}
"""Where each target stands: a target's code is imported in the process that runs it, where it is instrumented."""


def load(place: str) -> Target:
    """The target at ``module:NAME``."""
    module, _, name = place.partition(":")
    target = getattr(importlib.import_module(module), name)
    if not isinstance(target, Target):
        raise TypeError(f"{place} is no target")
    return target
