"""The parts that listed names have, by how they sound: for a part of which the document shows only the beginning."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from crossing.screening.names.index.columns import U64, Columns, private

_LENGTH: Final = 12
"""Sounds are told apart by so many letters. Two of one beginning and one number are one."""


class Vocabulary:
    """Sounds, sorted, and the number of the key of each. Never changed once made."""

    def __init__(self, sounds: npt.NDArray[Any], numbers: U64) -> None:
        self._sounds = sounds
        self._numbers = numbers

    @classmethod
    def of(cls, numbers: Mapping[str, int]) -> Self:
        """``numbers[sound]`` is the number of the key of a part that sounds so."""
        sounds = np.array([sound.encode("ascii", "replace") for sound in numbers], dtype=f"S{_LENGTH}")
        return cls(*_unique(sounds, np.fromiter(numbers.values(), np.uint64, len(numbers))))

    @classmethod
    def merged(cls, parts: Sequence["Vocabulary"]) -> Self:
        sounds = np.concatenate([np.empty(0, f"S{_LENGTH}"), *(part._sounds for part in parts)])
        return cls(*_unique(sounds, np.concatenate([np.empty(0, np.uint64), *(part._numbers for part in parts)])))

    @classmethod
    def of_columns(cls, columns: Columns) -> Self:
        return cls(columns["sounds"], columns["numbers"])

    def columns(self) -> Columns:
        return {"sounds": self._sounds, "numbers": self._numbers}

    def __len__(self) -> int:
        return len(self._sounds)

    def beginning_with(self, letters: str, *, most: int) -> set[int]:
        """The numbers of the parts whose sound begins with ``letters``; none where they are over ``most``."""
        begin = letters.encode("ascii", "replace")[:_LENGTH]
        first = int(np.searchsorted(self._sounds, np.array(begin, self._sounds.dtype)))
        end = int(
            np.searchsorted(self._sounds, np.array(begin + b"\x7f" * (_LENGTH - len(begin)), self._sounds.dtype))
        )
        return set(self._numbers[first:end].tolist()) if end - first <= most else set()


def _unique(sounds: npt.NDArray[Any], numbers: U64) -> tuple[npt.NDArray[Any], U64]:
    order = np.lexsort((numbers, sounds))
    sounds, numbers = sounds[order], numbers[order]
    new = np.ones(len(sounds), bool)
    new[1:] = (sounds[1:] != sounds[:-1]) | (numbers[1:] != numbers[:-1])
    return private(sounds[new]), private(numbers[new])
