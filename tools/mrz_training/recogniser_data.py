"""Shards of synthetic lines as batches for training: shuffled, of like widths, spoilt a little more each time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from mrz_training.lines import Shard, load_shard

_POOL: Final = 24
"""Batches that are sorted by width together."""
_LEAST_SPREAD: Final = 6.0

Floats = npt.NDArray[np.float32]


class Batch(NamedTuple):
    """Standardised strips B x 1 x 32 x W, their own widths, and their texts as CTC targets (blank is 0)."""

    strips: Floats
    widths: npt.NDArray[np.int64]
    targets: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]


class Lines:
    """All lines of some shards, in memory."""

    def __init__(self, paths: Sequence[Path]) -> None:
        shards = [load_shard(path) for path in paths]
        self._strips = [strip for shard in shards for strip in _apart(shard)]
        self._texts = np.concatenate([shard.texts for shard in shards])

    def __len__(self) -> int:
        return len(self._strips)

    def epoch(self, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Every line once, spoilt; the last lines that fill no batch are left for another time."""
        order = rng.permutation(len(self))
        for start in range(0, len(order) - size + 1, size * _POOL):
            pool = order[start : start + size * _POOL]
            pool = pool[np.argsort([self._strips[line].shape[1] for line in pool], kind="stable")]
            batches = [pool[first : first + size] for first in range(0, len(pool) - size + 1, size)]
            for number in rng.permutation(len(batches)):
                chosen = batches[number]
                yield self._batch(chosen, [_spoilt(self._strips[line], rng) for line in chosen])

    def in_order(self, size: int) -> Iterator[Batch]:
        """Every line once, as it is."""
        order = np.argsort([strip.shape[1] for strip in self._strips], kind="stable")
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            yield self._batch(chosen, [self._strips[line].astype(np.float32) for line in chosen])

    def _batch(self, chosen: npt.NDArray[np.int64], strips: list[Floats]) -> Batch:
        widths = np.array([strip.shape[1] for strip in strips])
        room = -(-int(widths.max()) // 16) * 16
        padded = np.zeros((len(strips), 1, strips[0].shape[0], room), np.float32)
        for row, strip in zip(padded, strips, strict=True):
            row[0, :, : strip.shape[1]] = (strip - strip.mean()) / max(float(strip.std()), _LEAST_SPREAD)
        targets = self._texts[chosen].astype(np.int64) + 1
        return Batch(padded, widths, targets, (targets > 0).sum(axis=1))


def _apart(shard: Shard) -> list[npt.NDArray[np.uint8]]:
    ends = np.cumsum(shard.widths)
    return [shard.pixels[:, end - width : end] for end, width in zip(ends, shard.widths, strict=True)]


def _spoilt(strip: npt.NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """Shifted by a pixel or two, a spot painted over, some noise: no line is ever seen twice alike."""
    down, across = int(rng.integers(-2, 3)), int(rng.integers(0, 8))
    picture = np.roll(strip, down, axis=0).astype(np.float32)
    if down > 0:
        picture[:down] = picture[down]
    elif down < 0:
        picture[down:] = picture[down - 1]
    picture = np.pad(picture, ((0, 0), (across, int(rng.integers(0, 8)))), mode="edge")
    if rng.random() < 0.1:
        x, y = int(rng.integers(0, picture.shape[1])), int(rng.integers(0, 32))
        picture[y : y + int(rng.integers(2, 8)), x : x + int(rng.integers(2, 14))] = float(rng.uniform(0, 255))
    if rng.random() < 0.3:
        picture += rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(0.5, 8))
    return picture
