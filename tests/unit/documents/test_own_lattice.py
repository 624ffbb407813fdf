"""The sums over all strings of a length, against counting every path."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.mrz import ALPHABET
from crossing.documents.reading.own.lattice import Lattice, best_path
from crossing.documents.reading.own.recogniser import Frames

KNOWN = 4
"""Blank and three characters: every path of a few frames can be counted."""


def drawn(count: int, seed: int) -> Frames:
    """``count`` frames that leave the other characters next to nothing."""
    frames = np.full((count, len(ALPHABET) + 1), -40.0)
    frames[:, :KNOWN] = np.log(np.random.default_rng(seed).dirichlet(np.ones(KNOWN), count))
    return frames


def strings(frames: Frames) -> dict[str, float]:
    """Every string that the frames can mean, and its probability."""
    found: dict[str, float] = {}
    for path in product(range(KNOWN), repeat=len(frames)):
        kept = [one for place, one in enumerate(path) if one and (place == 0 or path[place - 1] != one)]
        text = "".join(ALPHABET[one - 1] for one in kept)
        chance = float(np.exp(sum(frames[place, one] for place, one in enumerate(path))))
        found[text] = found.get(text, 0.0) + chance
    return found


@given(st.integers(0, 10_000), st.integers(3, 5), st.integers(1, 3))
def test_lengths_and_characters_are_weighed_as_if_every_path_were_counted(seed: int, count: int, length: int) -> None:
    lines = [drawn(count, seed), drawn(count - 1, seed + 1)]
    lattice = Lattice(lines, longest=4)

    for number, line in enumerate(lines):
        fitting = {text: chance for text, chance in strings(line).items() if len(text) == length}
        total = sum(fitting.values())
        if total < 1e-4:
            continue
        assert float(lattice.log_odds(length)[number]) == pytest.approx(np.log(total), abs=0.01)
        for place in range(length):
            for character in ALPHABET[: KNOWN - 1]:
                wanted = sum(chance for text, chance in fitting.items() if text[place] == character) / total
                seen = float(lattice.posteriors(length)[number, place, ALPHABET.index(character)])
                assert seen == pytest.approx(wanted, abs=0.01)


def test_a_strip_too_short_for_the_length_says_nothing_about_any_character() -> None:
    lattice = Lattice([drawn(3, 2), drawn(60, 4)], longest=44)

    assert float(lattice.log_odds(44)[0]) < -500
    assert np.allclose(lattice.posteriors(44)[0], 1 / len(ALPHABET))
    assert np.isfinite(lattice.posteriors(44)).all()


def test_all_lengths_together_are_certain() -> None:
    lattice = Lattice([drawn(6, 3)], longest=6)

    assert sum(float(np.exp(lattice.log_odds(length)[0])) for length in range(7)) == pytest.approx(1.0)


def test_a_long_quiet_stretch_changes_nothing() -> None:
    frames = drawn(5, 8)
    quiet = np.full((40, frames.shape[1]), -40.0)
    quiet[:, 0] = 0.0
    alone, padded = Lattice([frames], 4), Lattice([np.concatenate([quiet, frames, quiet])], 4)

    assert np.allclose(alone.log_odds(3), padded.log_odds(3), atol=0.01)
    assert np.allclose(alone.posteriors(3), padded.posteriors(3), atol=0.01)


def test_the_best_path_drops_blanks_and_repeats() -> None:
    wanted = [0, 3, 3, 0, 3, 1, 1, 2, 0]
    frames = np.full((len(wanted), len(ALPHABET) + 1), -9.0)
    frames[np.arange(len(wanted)), wanted] = 0.0

    assert best_path(frames) == "2201"
    assert best_path(frames[:1]) == ""
