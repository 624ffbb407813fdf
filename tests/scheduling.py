"""How workers share the tests: a file's tests stay together, what takes long comes first, screens share a stage.

A stage is eight processes, which take half a minute of processor time to start and go on working while they wait. Two
of them serve all tests of the screens, and none is started last, when the other workers have nothing left to do.
"""

from collections import Counter
from typing import Final

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

STAGES: Final = ("tests/e2e/test_lane", "tests/e2e/")
"""All files that begin so, and not as one before, are one worker's: two halves of about the same length."""

LONG: Final = (
    *STAGES,
    "tests/integration/system/test_demonstration.py",
    "tests/integration/system/",
    "tests/integration/interpol_bridge/",
    "tests/integration/documents/",
    "tests/contract/",
)
"""What is begun first, in this order; then the files with the most tests."""


class SharedStages(LoadFileScheduling):  # type: ignore[misc]
    """As ``--dist loadfile``, in the order in which the tests are collected."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def scope_of(nodeid: str) -> str:
    """The name of what one worker runs together."""
    return next((stage for stage in STAGES if nodeid.startswith(stage)), nodeid.split("::", 1)[0])


def longest_first(items: list[pytest.Item]) -> None:
    """Put the tests in the order in which they are begun; those of one scope keep theirs."""
    tests = Counter(scope_of(item.nodeid) for item in items)

    def place(item: pytest.Item) -> tuple[int, int, str]:
        scope = scope_of(item.nodeid)
        rank = next((rank for rank, long in enumerate(LONG) if scope.startswith(long)), len(LONG))
        return rank, -tests[scope], scope

    items.sort(key=place)
