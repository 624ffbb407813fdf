"""All strings of a given length that CTC frames can mean, weighed exactly.

The forward and backward sums run over every path of every string, so that what comes out are true posteriors: how
likely a line has just so many characters, and if it has, which character stands at each place. A lost or doubled
filler, the usual mistake of a best path, thus disappears once the format has told the length.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from crossing.documents.mrz import ALPHABET
from crossing.documents.reading.own.recogniser import Frames

_LEAST: Final = 1e-7
"""Probability below which a frame's score is noise; nothing is ruled out entirely."""

_NOTHING: Final = 1e-300
_LARGEST_EXPONENT: Final = 600.0
_SURELY_BLANK: Final = float(np.log1p(-1e-4))

Floats = npt.NDArray[np.float64]


class Lattice:
    """The lines of one MRZ, all of the same unknown length up to ``longest`` characters."""

    def __init__(self, lines: Sequence[Frames], longest: int) -> None:
        lines = [_without_idle(line) for line in lines]
        frames = max(len(line) for line in lines)
        self._blank = np.ones((frames, len(lines)))
        self._letters = np.zeros((frames, len(lines), len(ALPHABET)))
        for number, line in enumerate(lines):
            chances = np.maximum(np.exp(line), _LEAST)
            chances /= chances.sum(axis=1, keepdims=True)
            self._blank[: len(line), number] = chances[:, 0]
            self._letters[: len(line), number] = chances[:, 1:]
        self._longest = longest
        self._entered, self._log_odds = self._forward()
        self._known: dict[int, Floats] = {}

    def log_odds(self, length: int) -> Floats:
        """For each line, the log-probability that it has exactly ``length`` characters."""
        return np.asarray(self._log_odds[:, length])

    def posteriors(self, length: int) -> Floats:
        """Lines x ``length`` x 37: the probability of each character at each place, given the length."""
        if length not in self._known:
            self._known[length] = self._backward(length)
        return self._known[length]

    def _backward(self, length: int) -> Floats:
        frames, count, letters = self._letters.shape
        in_letter = np.zeros((count, length + 2, letters))
        in_blank = np.zeros((count, length + 2))
        in_letter[:, length], in_blank[:, length] = 1.0, 1.0
        total = np.zeros((count, length, letters))
        scale = np.zeros(count)
        for frame in range(frames - 1, -1, -1):
            weight = np.exp(np.minimum(scale + self._scales[frame] - self._log_odds[:, length], _LARGEST_EXPONENT))
            total += self._entered[frame, :, :length] * in_letter[:, 1 : length + 1] * weight[:, None, None]
            taken = self._letters[frame][:, None, :] * in_letter
            onward = np.zeros_like(in_blank)
            onward[:, :-1] = taken.sum(axis=2)[:, 1:]
            blank = self._blank[frame][:, None] * in_blank
            in_letter = taken + (blank + onward)[:, :, None]
            in_letter[:, :-1] -= taken[:, 1:]
            in_blank = blank + onward
            largest = np.maximum(in_blank.max(axis=1), _NOTHING)
            in_letter /= largest[:, None, None]
            in_blank /= largest[:, None]
            scale += np.log(largest)
        sums = total.sum(axis=2, keepdims=True)
        # A strip too short for so many characters says nothing about any of them.
        return np.asarray(np.where(sums > _NOTHING, total / np.maximum(sums, _NOTHING), 1 / letters))

    def _forward(self) -> tuple[Floats, Floats]:
        """For each frame the chance of entering character ``k`` there, and for each length its log-probability.

        What is entered is scaled; ``_scales`` holds the logarithm of the factor before each frame.
        """
        frames, count, letters = self._letters.shape
        longest = self._longest
        in_letter = np.zeros((count, longest + 1, letters))
        in_blank = np.zeros((count, longest + 1))
        in_blank[:, 0] = 1.0
        entered = np.empty((frames, count, longest, letters))
        self._scales = np.zeros((frames, count))
        scale = np.zeros(count)
        for frame in range(frames):
            self._scales[frame] = scale
            letter = self._letters[frame][:, None, :]
            ended = in_blank + in_letter.sum(axis=2)
            new = entered[frame]
            np.multiply(ended[:, :-1, None] - in_letter[:, :-1], letter, out=new)
            np.maximum(new, 0, out=new)
            in_letter *= letter
            in_letter[:, 1:] += new
            in_blank = self._blank[frame][:, None] * ended
            largest = np.maximum((in_blank + in_letter.sum(axis=2)).max(axis=1), _NOTHING)
            in_letter /= largest[:, None, None]
            in_blank /= largest[:, None]
            scale = scale + np.log(largest)
        ended = in_blank + in_letter.sum(axis=2)
        return entered, np.log(np.maximum(ended, _NOTHING)) + scale[:, None]


def _without_idle(line: Frames) -> Frames:
    """Frames that surely say nothing right behind such a frame change no sum: about a third of all."""
    idle = line[:, 0] > _SURELY_BLANK
    return line[~idle | np.roll(~idle, 1)]


def best_path(frames: Frames) -> str:
    """The likeliest path's text, of whatever length it has: what the network says when nothing is asked of it."""
    best = frames.argmax(axis=1)
    chosen = best[np.flatnonzero(np.diff(best, prepend=0))]
    return "".join(ALPHABET[one - 1] for one in chosen if one)
