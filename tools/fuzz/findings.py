"""Inputs that something is wrong with, each in a file, once for each thing that is wrong."""

import hashlib
import json
import traceback
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

_SUFFIX: Final = ".input"


class Trouble(StrEnum):
    CRASH = "crash"
    """An exception that is not the code's own answer, or an answer that breaks a promise."""
    DEATH = "death"
    """The process itself ended: a fault in a library, or the system's memory."""
    HANG = "hang"
    MEMORY = "memory"
    GROWTH = "growth"
    """No input alone: the process holds ever more memory."""


@dataclass(frozen=True)
class Finding:
    """``sign`` tells one cause from another; ``text`` is for a person: a stack or a measure."""

    target: str
    trouble: Trouble
    sign: str
    text: str
    data: bytes

    @classmethod
    def of_exception(cls, target: str, error: BaseException, data: bytes) -> "Finding":
        frames = traceback.extract_tb(error.__traceback__)
        last = frames[-1]
        detail = (
            str(error) if type(error).__name__ == "BrokenPromise" else f"{Path(last.filename).name}:{last.lineno}"
        )
        return cls(target, Trouble.CRASH, f"{type(error).__name__} {detail}", _stack(error), data)


class Folder:
    """Files ``TARGET-TROUBLE-HASH.input`` that can be replayed, and beside each what happened, as ``.txt``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def save(self, finding: Finding) -> bool:
        """Whether this was new: a second input with the same sign is not kept."""
        name = f"{finding.target}-{finding.trouble.value}-{hashlib.sha256(finding.sign.encode()).hexdigest()[:10]}"
        kept = self.path / (name + _SUFFIX)
        if kept.exists():
            return False
        kept.with_suffix(".txt").write_text(f"{finding.sign}\n\n{finding.text}\n", encoding="utf-8")
        kept.write_bytes(finding.data)
        return True

    def all(self) -> list[Path]:
        return sorted(self.path.glob(f"*{_SUFFIX}"))


@dataclass
class Tally:
    """What a process counts while it runs; ``cpu`` seconds, ``peak_mb`` of resident memory."""

    inputs: int = 0
    failed: int = 0
    slowest_cpu: float = 0.0
    peak_mb: float = 0.0

    def write(self, path: Path) -> None:
        part = path.with_suffix(".part")
        part.write_text(json.dumps(vars(self)), encoding="utf-8")
        part.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Tally":
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else cls()

    def with_(self, other: "Tally") -> "Tally":
        return Tally(
            self.inputs + other.inputs,
            self.failed + other.failed,
            max(self.slowest_cpu, other.slowest_cpu),
            max(self.peak_mb, other.peak_mb),
        )


def target_of(replayed: Path) -> str:
    """The target's name, which begins the file's. Raises ValueError."""
    name, dash, _ = replayed.name.partition("-")
    if not dash:
        raise ValueError(f"{replayed.name} does not begin with a target's name")
    return name


def _stack(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
