"""Waiting for what comes by itself."""

import time
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 60.0
"""How long a test waits for what must come: a busy machine is slow, not wrong."""

_SHORTEST_PAUSE_S: Final = 0.005
_LONGEST_PAUSE_S: Final = 0.1


def wait_until(
    condition: Callable[[], object], *, within_s: float = PATIENCE_S, what: str = "it", passes: bool = False
) -> None:
    """Return soon after ``condition`` holds; fail when it does not in time.

    The pauses grow with what was waited: asking costs a processor that those who are waited for need. Of a condition
    that ``passes`` by itself nothing may be missed: they stay short.
    """
    longest = _SHORTEST_PAUSE_S if passes else _LONGEST_PAUSE_S
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        if waited > within_s:
            raise AssertionError(f"{what} did not happen within {within_s:.0f} s")
        time.sleep(min(_SHORTEST_PAUSE_S + waited / 10, longest))
