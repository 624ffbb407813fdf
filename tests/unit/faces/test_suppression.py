"""No count from one to nine can be read from the figures: not where it stands, and by no sum or difference of others.

What a reader may do is linear algebra: every number shown is a sum of counts that are not, one for each finest group
and each thing that was said and judged of it. A hidden number is found if, and only if, it is a linear combination of
the numbers shown. A sum that is shown as 0 tells moreover that each of its counts is 0.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crossing.faces.figures import suppression
from crossing.faces.figures.cuts import CUTS, counted
from crossing.faces.figures.reading import Cell, blocks_of
from crossing.faces.figures.schemas import MINIMUM, CountOf, FigureBlock, FigureKind, FigureRow
from crossing.faces.figures.tallies import TallyKey

AXES: Final = ("sex", "age_band", "nationality_group")
CELLS: Final = tuple(
    Cell(*one) for one in product(("F", "M", "X"), ("6-11", "18-29", "60+"), ("western_africa", "unknown"))
)
JUDGED: Final = ("same", "other", "unsure", "none")
SAID: Final = {
    FigureKind.PORTRAIT: tuple((said, "none") for said in ("acquired", "failed", "absent", "veil", "child")),
    FigureKind.FACE_MATCH: (("match", "none"), *product(("inconclusive", "no_match"), JUDGED)),
    FigureKind.FACE_LIST: (("no_candidate", "none"), ("with_candidate", "none"), *product(("candidate",), JUDGED)),
}
"""Everything that is said and judged of each kind: with a cell, what a count is kept of."""

SIZES: Final = ((0, 0, 0, 1, 3, 9), (0, 0, 10, 12, 9), (0, 2, 30, 200), (0, 0, 0, 0, 0, 40, 1), (15, 11, 10, 9))
"""Mostly nothing, few or just enough: where the danger is."""

Counts = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float64]


def some_counts(kind: FigureKind, seed: int) -> Counts:
    """One count for each leaf of ``kind``; some leaves are common and some are rare, as they are at a post."""
    random = np.random.default_rng(seed)
    sizes = [SIZES[at] for at in random.integers(len(SIZES), size=len(SAID[kind]))]
    return np.array([[random.choice(size) for size in sizes] for _ in CELLS]).ravel()


def block_of(kind: FigureKind, counts: Counts) -> FigureBlock | None:
    tallies = {
        TallyKey("2031-03", "NIA-1", kind, "fused", "1", *cell, said, judged): int(count)
        for (cell, (said, judged)), count in zip(product(CELLS, SAID[kind]), counts, strict=True)
        if count
    }
    return next(iter(blocks_of(tallies, crossed=True)), None)


class Reader:
    """Someone who has a block of figures, and all the time in the world."""

    def __init__(self, block: FigureBlock) -> None:
        self._block = block
        root = CUTS[block.kind][0].parts[0]
        tables = zip(AXES, (block.by_sex, block.by_age_band, block.by_nationality_group), strict=True)
        few = [(axis, getattr(row, axis)) for axis, rows in tables for row in rows if row.counts[root] is None]
        self._kept = ~np.any([_of_group(block.kind, axis, group) for axis, group in few], axis=0) if few else 1.0
        known = [(self.sum_of(row, what), count) for row, what, count in self.numbers() if count is not None]
        self._open = sum((vector for vector, count in known if count == 0), np.zeros(self._leaves)) == 0
        rows = [vector[self._open] for vector, count in known if count]
        self._basis = _basis(np.array(rows)) if rows else np.zeros((1, int(self._open.sum())))

    @property
    def _leaves(self) -> int:
        return len(CELLS) * len(SAID[self._block.kind])

    def numbers(self) -> Iterator[tuple[FigureRow, CountOf, int | None]]:
        for row in self._block.rows:
            for what, count in row.counts.items():
                yield row, what, count

    def sum_of(self, row: FigureRow, what: CountOf) -> Vector:
        """Of which counts the number in this place is the sum. A group that is left out is in no other's sum."""
        vector = np.asarray(_of_what(self._block.kind, what), float) * self._kept
        for axis in AXES:
            if (group := getattr(row, axis)) is not None:
                vector = vector * _of_group(self._block.kind, axis, group)
        return vector

    def finds(self, row: FigureRow, what: CountOf) -> bool:
        wanted = self.sum_of(row, what)[self._open]
        return bool(np.linalg.norm(wanted - (wanted @ self._basis.T) @ self._basis) < 1e-6)


@cache
def _of_group(kind: FigureKind, axis: str, group: str) -> npt.NDArray[np.bool_]:
    return np.array([getattr(cell, axis) == group for cell, _ in product(CELLS, SAID[kind])])


@cache
def _of_what(kind: FigureKind, what: CountOf) -> npt.NDArray[np.bool_]:
    return np.array([what in counted(*said) for _, said in product(CELLS, SAID[kind])])


def _basis(rows: Vector) -> Vector:
    _, strength, directions = np.linalg.svd(np.unique(rows, axis=0), full_matrices=False)
    return np.asarray(directions[strength > 1e-9])


@pytest.mark.parametrize("kind", list(SAID))
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_no_small_count_can_be_read_or_worked_out(kind: FigureKind, seed: int) -> None:
    counts = some_counts(kind, seed)
    block = block_of(kind, counts)
    assert block is not None
    reader = Reader(block)
    for row, what, shown in reader.numbers():
        truth = int(reader.sum_of(row, what) @ counts)
        if shown is not None:
            assert shown == truth
            assert shown == 0 or shown >= MINIMUM
        elif 0 < truth < MINIMUM:
            assert not reader.finds(row, what), (row, what)


groups = st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(*[st.sampled_from([0, 1, 9, 10, 11, 25, 300])] * 3))


@example({"a": (3, 0, 0), "b": (500, 10, 0)}, frozenset())
@given(groups, st.frozensets(st.sampled_from("abcdefgh")))
def test_what_is_left_when_the_shown_are_subtracted_is_nobody_or_several_groups(
    parts: dict[str, tuple[int, int, int]], hidden: frozenset[str]
) -> None:
    shown = suppression.shown(parts, minimum=10, hidden=hidden)
    assert not shown & hidden
    assert all(suppression.sound(parts[group], 10) for group in shown)
    rest = [parts[group] for group in parts if group not in shown and any(parts[group])]
    if shown and rest:
        assert len(rest) > 1
        assert suppression.sound(suppression.whole(rest), 10)


def test_a_rare_group_does_not_hide_a_common_one() -> None:
    """Of three who are neither, nothing is shown and nothing is counted; women and men are shown all the same."""
    counts = {
        TallyKey("2031-03", "NIA-1", FigureKind.FACE_MATCH, "fused", "1", sex, "18-29", "western_africa", said): count
        for sex, said, count in (("F", "match", 400), ("F", "no_match", 12), ("M", "match", 600), ("X", "match", 3))
    }
    [block] = blocks_of(counts, crossed=True)
    assert block.left_out
    assert block.whole.counts[CountOf.COMPARISONS] == 1012
    seen = {row.sex: row.counts[CountOf.COMPARISONS] for row in block.by_sex}
    assert seen == {"F": 412, "M": 600, "X": None}
    assert {(row.sex, row.age_band): row.suppressed for row in block.by_sex_and_age} == {
        ("F", "18-29"): False,
        ("M", "18-29"): False,
        ("X", "18-29"): True,
    }
