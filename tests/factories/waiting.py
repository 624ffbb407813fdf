"""Waiting for what comes by itself."""

import time
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 60.0
"""How long a test waits for what must come: a busy machine is slow, not wrong."""

_LONGEST_PAUSE_S: Final = 0.2


def wait_until(condition: Callable[[], object], *, within_s: float = PATIENCE_S, what: str = "it") -> None:
    """Return soon after ``condition`` holds; fail when it does not in time.

    The pauses grow with what was waited: asking costs a processor that those who are waited for need.
    """
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        if waited > within_s:
            raise AssertionError(f"{what} did not happen within {within_s:.0f} s")
        time.sleep(min(0.01 + waited / 5, _LONGEST_PAUSE_S))
