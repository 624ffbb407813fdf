"""What a run is doing at this moment, in memory shared by two processes: it outlives the one that dies of it."""

import mmap
import struct
from pathlib import Path
from typing import Final, NamedTuple, Self

_HEAD: Final = struct.Struct("<QdQI")
"""Inputs begun, processor seconds at the last one's begin, inputs ended, bytes of the last input."""
LARGEST_INPUT: Final = 1 << 20


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
        self._begun = self._ended = 0

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
        _HEAD.pack_into(self._map, 0, self._begun, cpu, self._ended, len(kept))

    def end(self) -> None:
        self._ended = self._begun
        struct.pack_into("<Q", self._map, 16, self._ended)

    def moment(self) -> Moment:
        begun, cpu, ended, length = _HEAD.unpack_from(self._map, 0)
        return Moment(begun, cpu, ended, self._map[_HEAD.size : _HEAD.size + min(length, LARGEST_INPUT)])
