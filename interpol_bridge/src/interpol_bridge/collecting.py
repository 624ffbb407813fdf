"""When Python looks for objects that refer to each other in a ring and that nobody else needs."""

import gc
from typing import Final

_NEW_OBJECTS: Final = 20_000


def collect_seldom() -> None:
    """What was imported stays, and is never walked again: a full collection would hold up a question for 100 ms.

    New objects are walked in larger heaps. The work is the same, but one question in some hundred has it, and not one
    in ten: those who answer names remember many small things, and leave no rings behind.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
