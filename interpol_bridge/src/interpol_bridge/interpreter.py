"""How Python shares out a processor among questions that come at once."""

import gc
import sys
from typing import Final

_NEW_OBJECTS: Final = 20_000
_TURN_S: Final = 0.001


def collect_seldom() -> None:
    """What was imported stays, and is never walked again: a full collection would hold up a question for 100 ms.

    New objects are walked in larger heaps. The work is the same, but one question in some hundred has it, and not one
    in ten: those who answer names remember many small things, and leave no rings behind.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def take_short_turns() -> None:
    """A thread that computes gives way after a millisecond and not after five: a question is some steps of one each,
    and whoever reads or writes the line would wait for another's before each of its own."""
    sys.setswitchinterval(_TURN_S)
