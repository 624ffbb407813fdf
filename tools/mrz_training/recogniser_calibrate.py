"""How far the reader's certainty can be believed: ``python -m mrz_training.recogniser_calibrate --help``.

The thresholds of ``reading/own/attempt.py`` and ``decoding.py`` are read off this table. A fifth of the zones is
printed with a wrong character under a check digit: these must be read as they are printed.
"""

import argparse
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from mrz_training.common_fonts import Fonts
from mrz_training.lines_picture import strips
from mrz_training.lines_text import random_zone

from crossing.documents.mrz import ALPHABET, CorrectionReason
from crossing.documents.mrz.formats import LAYOUTS, Layout
from crossing.documents.reading.locate import Band, TextLine
from crossing.documents.reading.own.attempt import Attempt, judged
from crossing.documents.reading.own.decoding import LONGEST, decode
from crossing.documents.reading.own.lattice import Lattice, best_path
from crossing.documents.reading.own.recogniser import StripRecogniser

_TODAY: Final = date(2026, 1, 1)
_SPOILT: Final = 0.2
_BAND: Final = Band((TextLine(np.zeros(2), np.array([1.0, 0.0]), 900.0, 20.0),))
_THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)


@dataclass(frozen=True)
class Outcome:
    """One zone: whether it was read as printed and is valid, and what the certainty rests on."""

    exact: bool
    valid: bool
    printed_wrong: bool
    chosen: bool
    length: float
    free: float
    checked: float


def outcome(recogniser: StripRecogniser, fonts: Fonts, rng: np.random.Generator) -> Outcome | None:
    """A zone drawn, read and decoded; None where it did not even look like one."""
    lines, spoilt = random_zone(rng), rng.random() < _SPOILT
    if spoilt:
        lines = _misprinted(lines, rng)
    pictures = [cv2.cvtColor(strip, cv2.COLOR_GRAY2BGR) for strip in strips(lines, fonts, rng)]
    frames = recogniser.frames([np.asarray(picture, dtype=np.uint8) for picture in pictures])
    decoded = decode([Lattice(frames, LONGEST)], len(lines))
    if decoded is None:
        return None
    attempt = judged(_BAND, tuple(best_path(line) for line in frames), decoded, _TODAY)
    free, checked = _least(attempt)
    chosen = any(one.reason is CorrectionReason.CHECK_DIGIT for one in attempt.mrz.corrections)
    exact = attempt.mrz.lines == lines
    return Outcome(exact, attempt.mrz.valid, spoilt, chosen, min(decoded.log_odds), free, checked)


def _misprinted(lines: tuple[str, ...], rng: np.random.Generator) -> tuple[str, ...]:
    """``lines`` with another character of the same class somewhere under a check digit."""
    layout = next(one for one in LAYOUTS.values() if (one.line_count, one.line_length) == (len(lines), len(lines[0])))
    spans = [place.span for place in layout.places if place.check is not None]
    span = spans[int(rng.integers(len(spans)))]
    column = int(rng.integers(span.start, span.end))
    old = lines[span.line][column]
    alike = ALPHABET[:10] if old.isdigit() else ALPHABET[10:36]
    new = alike[(alike.find(old) + int(rng.integers(1, 10))) % len(alike)]
    changed = lines[span.line][:column] + new + lines[span.line][column + 1 :]
    return (*lines[: span.line], changed, *lines[span.line + 1 :])


def _least(attempt: Attempt) -> tuple[float, float]:
    """The least certainty of what no check digit covers, and of what one does."""
    covered = _covered(attempt.decoded.layout)
    free = checked = 1.0
    for number, line in enumerate(attempt.decoded.certainty):
        for column, certainty in enumerate(line):
            if (number, column) in covered:
                checked = min(checked, certainty)
            else:
                free = min(free, certainty)
    return free, checked


def _covered(layout: Layout) -> set[tuple[int, int]]:
    spans = [span for place in layout.places if place.check for span in (place.span, place.check)]
    spans += [layout.composite_check] if layout.composite_check else []
    return {(span.line, column) for span in spans for column in range(span.start, span.end)}


def _report(outcomes: list[Outcome]) -> None:
    total = len(outcomes)
    print(f"{total} zones: {sum(one.exact for one in outcomes)} as printed")
    wrong = [one for one in outcomes if one.printed_wrong]
    print(f"misprinted: {len(wrong)}, as printed {sum(one.exact for one in wrong)}", end="")
    print(f", mended against the print {sum(one.valid and not one.exact for one in wrong)}")
    chosen = [one for one in outcomes if one.chosen and not one.printed_wrong]
    print(f"chosen by a check digit: {len(chosen)}, then as printed {sum(one.exact for one in chosen)}")
    print("least certainty  (free, checked)  believed  of these wrong")
    candidates = [one for one in outcomes if one.valid and not one.chosen and one.length > np.log(0.1)]
    for free in _THRESHOLDS:
        for checked in (0.5, 0.6, 0.8, 0.9):
            believed = [one for one in candidates if one.free >= free and one.checked >= checked]
            print(f"{free:>20} {checked:>8} {len(believed):>12} {sum(not one.exact for one in believed):>12}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zones", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--fonts", type=Path, help="a folder with further fonts")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    fonts, recogniser = Fonts(options.fonts), StripRecogniser(threads=1)
    found = (
        outcome(recogniser, fonts, np.random.default_rng([options.seed, number])) for number in range(options.zones)
    )
    _report([one for one in found if one is not None])


if __name__ == "__main__":
    main()
