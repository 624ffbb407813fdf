"""How far a long import is. Whoever is told may end it, by raising, for as long as nothing is in its place."""

from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """In this order. Up to and with ``WRITING`` an import can be cancelled: rows written so far are of no version."""

    READING = "reading"
    COMPARING = "comparing"
    PORTRAITS = "portraits"
    WRITING = "writing"
    SEALING = "sealing"
    INDEXING = "indexing"

    @property
    def may_be_cancelled(self) -> bool:
        return self not in {Stage.SEALING, Stage.INDEXING}


class Progress(Protocol):
    """Called at the beginning of each stage with 0, and then some times a second at most.

    ``total`` is None where nobody knows it. May raise ``ListImportCancelled`` in a stage that may be cancelled.
    """

    def __call__(self, stage: Stage, done: int, total: int | None) -> None: ...


def silent(stage: Stage, done: int, total: int | None) -> None:
    """A :class:`Progress` for whoever does not look."""
