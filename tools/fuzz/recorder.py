"""What a run is doing at this moment, in memory shared by two processes: it outlives the one that dies of it."""

import mmap
import struct
from pathlib import Path
from typing import Final, NamedTuple, Self

_HEAD: Final = struct.Struct("<QdQI")
"""Inputs begun, processor seconds at the last one's begin, inputs ended, bytes of the last input."""
_COUNT, _ENDED, _LENGTH = 8, 16, 24
"""Where the first number ends, and where the third and the fourth begin."""
LARGEST_INPUT: Final = 1 << 20


def peak_mb() -> float:
    """The most memory that this process has held (Linux), in megabytes.

    Not ``ru_maxrss``: a process begins with that of the one which started it.
    """
    with Path("/proc/self/status").open(encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


class Moment(NamedTuple):
    """``cpu_at_begin`` in processor seconds of the process; ``data`` is the input begun last."""

    begun: int
    cpu_at_begin: float
    ended: int
    data: bytes

    @property
    def busy(self) -> bool:
        return self.begun > self.ended


class Recorder:
    """A file of fixed size, mapped. Writing an input costs microseconds."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), _HEAD.size + LARGEST_INPUT)
        self._begun = 0

    @classmethod
    def create(cls, path: Path) -> Self:
        path.write_bytes(bytes(_HEAD.size + LARGEST_INPUT))
        return cls(path)

    def close(self) -> None:
        self._map.close()
        self._file.close()

    def begin(self, data: bytes, cpu: float) -> None:
        self._begun += 1
        kept = data[:LARGEST_INPUT]
        self._map[_HEAD.size : _HEAD.size + len(kept)] = kept
        head = _HEAD.pack(self._begun, cpu, 0, len(kept))
        # The other process may look at any moment: what makes the input the current one is written last.
        self._map[_COUNT:_ENDED] = head[_COUNT:_ENDED]
        self._map[_LENGTH : _HEAD.size] = head[_LENGTH:]
        self._map[:_COUNT] = head[:_COUNT]

    def end(self) -> None:
        self._map[_ENDED:_LENGTH] = self._begun.to_bytes(_COUNT, "little")

    def moment(self) -> Moment:
        begun, cpu, ended, length = _HEAD.unpack_from(self._map, 0)
        return Moment(begun, cpu, ended, self._map[_HEAD.size : _HEAD.size + min(length, LARGEST_INPUT)])
