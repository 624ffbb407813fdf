"""Draws the synthetic lines that the recogniser learns from into files: ``python -m mrz_training.lines --help``.

Every zone is drawn from its own seed (the run's and its number), so that shards can be made in any order.
"""

import argparse
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from mrz_training.common_fonts import Fonts
from mrz_training.lines_picture import STRIP_HEIGHT, strips
from mrz_training.lines_text import chance_zone, random_zone

from crossing.documents.mrz import ALPHABET

VERSION: Final = 1
"""Raised whenever other pictures come out of the same seed."""
WIDEST: Final = 1024
"""Strips that are wider are squeezed to this."""
_CHANCE: Final = 0.25
_UPSIDE_DOWN: Final = 0.02
_ZONES_PER_SHARD: Final = 512
_PICTURES: Final = 3
"""Of each drawn zone: most of the time goes into drawing it."""


class Shard(NamedTuple):
    """Strips side by side in one 32 x (sum of widths) array; texts are padded with -1 to 44 characters."""

    pixels: npt.NDArray[np.uint8]
    widths: npt.NDArray[np.int32]
    texts: npt.NDArray[np.int8]


def make_shard(seed: int, number: int, zones: int, fonts: Fonts) -> Shard:
    """About 2.4 lines a zone, each in several pictures. An upside-down line says nothing: its text is empty."""
    pieces, texts = [], []
    for zone in range(zones):
        rng = np.random.default_rng([VERSION, seed, number, zone])
        lines = chance_zone(rng) if rng.random() < _CHANCE else random_zone(rng)
        for line, strip in zip(lines * _PICTURES, strips(lines, fonts, rng, _PICTURES), strict=True):
            label = np.full(44, -1, np.int8)
            if rng.random() < _UPSIDE_DOWN:
                pieces.append(_bounded(np.ascontiguousarray(strip[::-1, ::-1])))
            else:
                pieces.append(_bounded(strip))
                label[: len(line)] = [ALPHABET.index(character) for character in line]
            texts.append(label)
    widths = np.array([piece.shape[1] for piece in pieces], np.int32)
    return Shard(np.concatenate(pieces, axis=1), widths, np.stack(texts))


def load_shard(path: Path) -> Shard:
    with np.load(path) as content:
        return Shard(content["pixels"], content["widths"], content["texts"])


def shard_path(folder: Path, seed: int, number: int) -> Path:
    return folder / f"lines-v{VERSION}-{seed}-{number:03d}.npz"


def _bounded(strip: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    if strip.shape[1] <= WIDEST:
        return strip
    return np.asarray(cv2.resize(strip, (WIDEST, STRIP_HEIGHT), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--shards", type=int, default=13)
    parser.add_argument("--fonts", type=Path, help="a folder with further fonts")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    fonts = Fonts(options.fonts)
    for number in range(options.first, options.first + options.shards):
        path = shard_path(options.out, options.seed, number)
        if not path.exists():
            shard = make_shard(options.seed, number, _ZONES_PER_SHARD, fonts)
            unfinished = path.with_suffix(".tmp.npz")
            np.savez(unfinished, **shard._asdict())
            unfinished.rename(path)
            print(path.name, len(shard.widths), "lines", flush=True)


if __name__ == "__main__":
    main()
