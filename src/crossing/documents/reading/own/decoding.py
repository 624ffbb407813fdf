"""The lines of one MRZ decoded together: length, format, what each place may hold, and the check digits.

A rule decides only between characters that the picture itself leaves plausible. Where it clearly shows a character
that breaks a rule, that character is read: a document whose check digit is wrong must be read as it is printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from crossing.documents.mrz import (
    ALPHABET,
    FILLER,
    ISSUERS,
    LAYOUTS,
    Correction,
    CorrectionReason,
)
from crossing.documents.mrz.formats import Characters, Layout, Span
from crossing.documents.reading.own.constrained import Cell, Options, Solution, Step, holds, solve, steps_of
from crossing.documents.reading.own.lattice import Floats, Lattice

LONGEST: Final = max(layout.line_length for layout in LAYOUTS.values())

_PLAUSIBLE: Final = 1e-3
"""Least probability that a place leaves to what the format allows there; with less, the print breaks the format."""
_ROOM: Final = 0.1
"""Probability that a rule must have had to choose from for its choice to be as sure as if nothing else were there."""
_MOST_PER_CHARACTER: Final = 3.0
"""Nats below the likeliest character at which another is still tried for the sake of a check digit."""
_MOST_TOGETHER: Final = 5.0
"""Nats that all the characters chosen by check digits may cost together."""
_CLEAR_LEAD: Final = 1.5
"""Nats by which the best string must lead the next that holds as well; else nothing is changed."""
_MOST_CHOSEN: Final = 1
"""Characters that one check digit may choose: among all pairs some pair makes a digit of ten hold by mere chance."""
_MOST_OPTIONS: Final = 4
"""Characters tried at one place."""
_MOST_UNSURE: Final = 14
"""Places with more than one character to try, beyond which check digits would only pick a guess among guesses."""
_CHECK_FAILS: Final = 3.0
"""Nats that a failing check digit counts against a format of the same size."""

_DIGITS: Final = ALPHABET[:10]
_LETTERS: Final = ALPHABET[10:36]
_ALLOWED: Final = {Characters.DIGITS: _DIGITS + FILLER, Characters.LETTERS: _LETTERS + FILLER}
_SEXES: Final = "MF" + FILLER
_STATES: Final = ("issuing_state", "nationality")


@dataclass(frozen=True, slots=True)
class Decoded:
    """``lines`` of one format's size; for each character its posterior probability, and every rule's doing.

    ``log_odds`` is for each line the log-probability that it has so many characters at all.
    """

    layout: Layout
    lines: tuple[str, ...]
    certainty: tuple[tuple[float, ...], ...]
    corrections: tuple[Correction, ...]
    log_odds: tuple[float, ...]

    @property
    def mean_certainty(self) -> float:
        cells = [one for line in self.certainty for one in line]
        return sum(cells) / len(cells)


def decode(looks: Sequence[Lattice], line_count: int) -> Decoded | None:
    """What the lines say, by one or several looks at them; None where no format has so many lines."""
    layouts = [layout for layout in LAYOUTS.values() if layout.line_count == line_count]
    if not layouts:
        return None
    by_length = groupby(sorted(layouts, key=lambda one: one.line_length), key=lambda one: one.line_length)
    odds = [(_log_odds(looks, length), list(fitting)) for length, fitting in by_length]
    log_odds, fitting = max(odds, key=lambda entry: float(entry[0].sum()))
    chances = _chances(looks, fitting[0].line_length)
    sheets = [_Sheet(layout, chances) for layout in fitting]
    best = max(sheets, key=lambda sheet: sheet.merit)
    return best.decoded(tuple(float(one) for one in log_odds))


def _log_odds(looks: Sequence[Lattice], length: int) -> Floats:
    return np.asarray(np.max([look.log_odds(length) for look in looks], axis=0))


def _chances(looks: Sequence[Lattice], length: int) -> Floats:
    """Posteriors of all looks, each counted by how well a line of that length fits it."""
    odds = np.array([look.log_odds(length) for look in looks])
    weights = np.exp(odds - odds.max(axis=0))
    weights /= weights.sum(axis=0)
    return np.asarray(
        sum(weight[:, None, None] * look.posteriors(length) for weight, look in zip(weights, looks, strict=True))
    )


class _Sheet:
    """The posteriors of all places under one format."""

    def __init__(self, layout: Layout, seen: Floats) -> None:
        self._layout = layout
        self._seen = seen
        self._chances, self._misfit = _by_place(layout, seen)
        self._likeliest = _likeliest(self._chances)
        self._fields, self._together = steps_of(layout, self._likeliest)

    @property
    def merit(self) -> float:
        """Higher for the format that the lines rather have."""
        failing = sum(not holds(steps, _text(steps, self._likeliest)) for steps in self._fields)
        return -self._misfit - _CHECK_FAILS * failing

    def decoded(self, log_odds: tuple[float, ...]) -> Decoded:
        sheet = [list(line) for line in self._likeliest]
        chosen = self._by_check_digits()
        for (line, column), character in chosen.items():
            sheet[line][column] = character
        lines = tuple("".join(line) for line in sheet)
        certainty = tuple(
            tuple(
                float(self._chances[number, column, ALPHABET.index(character)])
                for column, character in enumerate(line)
            )
            for number, line in enumerate(lines)
        )
        return Decoded(self._layout, lines, certainty, self._corrections(lines, chosen), log_odds)

    def _by_check_digits(self) -> dict[Cell, str]:
        """The characters that check digits choose; where all cannot hold together, each field for itself."""
        changed = self._mended(self._together)
        if changed is not None:
            return changed
        found: dict[Cell, str] = {}
        for steps in self._fields:
            found |= self._mended(steps) or {}
        return found

    def _mended(self, steps: list[Step]) -> dict[Cell, str] | None:
        """What must change for ``steps`` to hold; empty where they do, None where nothing plausible mends them."""
        read = _text(steps, self._likeliest)
        if holds(steps, read):
            return {}
        options = self._options(steps)
        if sum(len(tried) > 1 for tried in options.values()) > _MOST_UNSURE:
            return None
        solutions = solve(steps, options, most=_MOST_TOGETHER)
        if not solutions or _equally_good(solutions):
            return None
        pairs = zip(steps, read, solutions[0].text, strict=True)
        changed = {step.cell: new for step, old, new in pairs if old != new}
        return changed if len(changed) <= _MOST_CHOSEN else None

    def _options(self, steps: list[Step]) -> Options:
        options = {}
        for step in steps:
            line, column = step.cell
            chances = self._chances[line, column]
            costs = np.log(chances.max()) - np.log(np.maximum(chances, 1e-12))
            options[step.cell] = [
                (ALPHABET[one], float(costs[one]))
                for one in costs.argsort()[:_MOST_OPTIONS]
                if costs[one] <= _MOST_PER_CHARACTER
            ]
        return options

    def _corrections(self, lines: tuple[str, ...], by_check: dict[Cell, str]) -> tuple[Correction, ...]:
        found = []
        for number, (seen, line) in enumerate(zip(_likeliest(self._seen), lines, strict=True)):
            for column, (old, new) in enumerate(zip(seen, line, strict=True)):
                if old != new:
                    checked = (number, column) in by_check
                    reason = CorrectionReason.CHECK_DIGIT if checked else CorrectionReason.POSITION
                    found.append(Correction(number, column, old, new, reason))
        return tuple(found)


def _equally_good(solutions: list[Solution]) -> bool:
    return len(solutions) > 1 and solutions[1].cost - solutions[0].cost < _CLEAR_LEAD


def _likeliest(chances: Floats) -> tuple[str, ...]:
    return tuple("".join(ALPHABET[one] for one in line) for line in chances.argmax(axis=2))


def _text(steps: Sequence[Step], lines: tuple[str, ...]) -> str:
    return "".join(lines[step.cell[0]][step.cell[1]] for step in steps)


def _by_place(layout: Layout, seen: Floats) -> tuple[Floats, float]:
    """Posteriors given what each place may hold, where it plausibly does, and in nats how far they were from it."""
    chances, misfit = seen.copy(), 0.0
    for span, allowed in _spans(layout):
        mask = np.array([character in allowed for character in ALPHABET])
        for column in range(span.start, span.end):
            cell = chances[span.line, column]
            share = float(cell[mask].sum())
            misfit -= np.log(max(share, _PLAUSIBLE))
            if share >= _PLAUSIBLE:
                cell[~mask] = 0.0
                cell /= max(share, _ROOM)
    for name in _STATES:
        if any(place.name == name for place in layout.places):
            _known_issuer(chances, layout.place(name).span)
    return chances, float(misfit)


def _spans(layout: Layout) -> list[tuple[Span, str]]:
    """Where not every character may stand, and which may."""
    spans = [(Span(0, 0, 1), layout.first_letters)]
    for place in layout.places:
        if place.name == "sex":
            spans.append((place.span, _SEXES))
        elif place.characters in _ALLOWED:
            spans.append((place.span, _ALLOWED[place.characters]))
        if place.check is not None:
            spans.append((place.check, _DIGITS + FILLER))
    if layout.composite_check is not None:
        spans.append((layout.composite_check, _DIGITS))
    return spans


def _known_issuer(chances: Floats, span: Span) -> None:
    """Rules out letters that make no State's code, where a code that exists is about as plausible."""
    cells = chances[span.line, span.start : span.end]
    if "".join(ALPHABET[one] for one in cells.argmax(axis=1)).rstrip(FILLER) in ISSUERS:
        return
    costs = np.log(cells.max(axis=1, keepdims=True)) - np.log(np.maximum(cells, 1e-12))
    ranked = sorted(
        (sum(float(costs[place, ALPHABET.index(one)]) for place, one in enumerate(code)), code)
        for code in (issuer.ljust(span.end - span.start, FILLER) for issuer in ISSUERS)
    )
    (best, code), (second, _) = ranked[:2]
    if best <= _MOST_PER_CHARACTER and second - best >= _CLEAR_LEAD:
        for place, one in enumerate(code):
            kept = ALPHABET.index(one)
            others = np.arange(len(ALPHABET)) != kept
            cells[place, others] = np.minimum(cells[place, others], cells[place, kept] * 0.999)
