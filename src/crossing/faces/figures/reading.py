"""Figures by group: how often the engine raised travellers of each, and what officers then said. Counts alone."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from crossing.faces.figures import suppression, tallies
from crossing.faces.figures.cuts import CUTS, RATES, Cut, counted
from crossing.faces.figures.groups import AGE_BANDS, SEXES, UNKNOWN, nationality_groups
from crossing.faces.figures.schemas import (
    MINIMUM,
    RATE_MINIMUM,
    CountOf,
    FaceFigures,
    FigureBlock,
    FigureKind,
    FigureRow,
    Rate,
    RateOf,
)
from crossing.faces.figures.tallies import TallyKey

_Z: Final = 1.959964
"""Of the normal distribution, two-sided, for 95 %."""


def figures(session: Session, *, first_month: str, last_month: str, post: str | None, crossed: bool) -> FaceFigures:
    """The figures of these months (YYYY-MM, both counted) of one post, or of every post that the database knows.

    ``crossed`` adds sex by age. Counts below ten are not shown, nor what they follow from; see ``suppression.py``.
    """
    counts = tallies.read(session, first_month=first_month, last_month=last_month, post=post)
    return FaceFigures(
        post=post, first_month=first_month, last_month=last_month, blocks=blocks_of(counts, crossed=crossed)
    )


def blocks_of(counts: Mapping[TallyKey, int], *, crossed: bool) -> tuple[FigureBlock, ...]:
    """One block for each kind, engine and version among ``counts``."""
    cells: defaultdict[tuple[FigureKind, str, str], defaultdict[Cell, Counter[CountOf]]]
    cells = defaultdict(lambda: defaultdict(Counter))
    for key, times in counts.items():
        cell = cells[key.kind, key.engine, key.version][Cell(key.sex or UNKNOWN, key.age_band, key.nationality_group)]
        for what in counted(key.said, key.judged):
            cell[what] += times
    order = list(FigureKind)
    return tuple(
        _block(kind, engine, version, cells[kind, engine, version], crossed=crossed)
        for kind, engine, version in sorted(cells, key=lambda of: (order.index(of[0]), of[1:]))
    )


class Cell(NamedTuple):
    """Whom a count is of, as finely as it is kept."""

    sex: str
    age_band: str
    nationality_group: str


Cells = Mapping[Cell, Mapping[CountOf, int]]


@dataclass(frozen=True, slots=True)
class _Axis:
    """One way of putting travellers into groups, and the order in which the groups are shown."""

    name: str
    order: Sequence[str]

    def of(self, cell: Cell) -> str:
        return str(getattr(cell, self.name))


_SEX: Final = _Axis("sex", SEXES)
_AGE: Final = _Axis("age_band", AGE_BANDS)
_NATIONALITY: Final = _Axis("nationality_group", nationality_groups())
_AXES: Final = (_SEX, _AGE, _NATIONALITY)


def _block(kind: FigureKind, engine: str, version: str, every: Cells, *, crossed: bool) -> FigureBlock:
    cells = _without_the_few(kind, every)
    whole = _whole(kind, cells)
    by_axis = {axis.name: _rows(kind, axis, every, cells, whole) for axis in _AXES}
    return FigureBlock(
        kind=kind,
        engine=engine,
        version=version,
        left_out=len(cells) < len(every),
        whole=whole,
        by_sex=by_axis["sex"],
        by_age_band=by_axis["age_band"],
        by_nationality_group=by_axis["nationality_group"],
        by_sex_and_age=_crossed_rows(kind, every, cells, whole) if crossed else (),
    )


def _without_the_few(kind: FigureKind, cells: Cells) -> Cells:
    """``cells`` without groups of fewer than ten. Were they in the whole, a large group would have to be hidden
    beside each of them, so that they can't be found by subtraction."""
    root = CUTS[kind][0].parts[0]
    while True:
        few = [
            (axis, group) for axis in _AXES for group, counts in _by(axis.of, cells).items() if counts[root] < MINIMUM
        ]
        if not few:
            return cells
        cells = {cell: counts for cell, counts in cells.items() if all(axis.of(cell) != group for axis, group in few)}


def _whole(kind: FigureKind, cells: Cells) -> FigureRow:
    total = _sum(cells.values())
    open_cuts = _open_cuts(kind, total) if cells else set()
    return _row(kind, total, open_cuts, None)


def _open_cuts(kind: FigureKind, total: Mapping[CountOf, int]) -> set[str]:
    """The cuts of which the whole may be shown: sound themselves, and cut from what may be shown."""
    open_cuts: set[str] = set()
    for cut in CUTS[kind]:
        if (not cut.parent or cut.parent in open_cuts) and suppression.sound(cut.of(total), MINIMUM):
            open_cuts.add(cut.name)
    return open_cuts


def _rows(kind: FigureKind, axis: _Axis, every: Cells, cells: Cells, whole: FigureRow) -> tuple[FigureRow, ...]:
    groups = _by(axis.of, cells)
    shown = _shown(kind, groups)
    known = _by(axis.of, every)
    return tuple(
        _row(
            kind,
            groups.get(group, Counter()),
            {cut for cut in shown if group in shown[cut]},
            whole,
            **{axis.name: group},
        )
        for group in axis.order
        if group in known
    )


def _shown(kind: FigureKind, groups: Mapping[str, Mapping[CountOf, int]]) -> dict[str, frozenset[str]]:
    """For each cut the groups that are shown in it; what has nothing in one is shown so, where its parent is."""
    shown: dict[str, frozenset[str]] = {}
    total = _sum(groups.values())
    open_cuts = _open_cuts(kind, total)
    for cut in CUTS[kind]:
        above = shown[cut.parent] if cut.parent else frozenset(groups)
        if cut.name not in open_cuts:
            shown[cut.name] = frozenset()
            continue
        parts = {group: cut.of(counts) for group, counts in groups.items()}
        nothing = {group for group in above if not any(parts[group])}
        visible = suppression.shown(parts, minimum=MINIMUM, hidden=groups.keys() - above)
        shown[cut.name] = frozenset(visible | nothing)
    return shown


def _crossed_rows(kind: FigureKind, every: Cells, cells: Cells, whole: FigureRow) -> tuple[FigureRow, ...]:
    """Sex by age. An age band is shown for every sex that may be shown, or for none: its cells are the parts of one
    row. The sexes that are hidden in a cut are one part together, for that is what can be found by subtraction."""
    sexes, both = _by(_SEX.of, cells), _by_both(cells)
    ages = {age: _sum(by_sex.values()) for age, by_sex in both.items()}
    sexes_shown, ages_shown = _shown(kind, sexes), _shown(kind, ages)
    open_ages: dict[str, frozenset[str]] = {}
    for cut in CUTS[kind]:
        above = ages_shown[cut.name] & (open_ages[cut.parent] if cut.parent else ages.keys())
        parts = {age: _parts_by_sex(cut, both[age], sexes_shown[cut.name]) for age in ages}
        nothing = {age for age in above if not any(parts[age])}
        visible = suppression.shown(parts, minimum=MINIMUM, hidden=ages.keys() - above)
        open_ages[cut.name] = frozenset(visible | nothing)
    known = _by_both(every)
    return tuple(
        _row(
            kind,
            both.get(age, {}).get(sex, Counter()),
            {cut for cut in open_ages if age in open_ages[cut] and sex in sexes_shown[cut]},
            whole,
            sex=sex,
            age_band=age,
        )
        for sex in SEXES
        for age in AGE_BANDS
        if sex in known.get(age, {})
    )


def _by_both(cells: Cells) -> dict[str, dict[str, Counter[CountOf]]]:
    """By age band, then by sex."""
    ages = {cell.age_band for cell in cells}
    return {age: _by(_SEX.of, {cell: n for cell, n in cells.items() if cell.age_band == age}) for age in ages}


def _parts_by_sex(cut: Cut, by_sex: Mapping[str, Mapping[CountOf, int]], shown: frozenset[str]) -> suppression.Parts:
    apart = [by_sex.get(sex, {}) for sex in SEXES if sex in shown]
    together = _sum(counts for sex, counts in by_sex.items() if sex not in shown)
    return tuple(part for counts in (*apart, together) for part in cut.of(counts))


def _row(
    kind: FigureKind, counts: Mapping[CountOf, int], cuts: set[str], whole: FigureRow | None, **group: str
) -> FigureRow:
    shown: dict[CountOf, int | None] = {}
    for cut in CUTS[kind]:
        for what in cut.shows:
            shown[what] = counts.get(what, 0) if cut.name in cuts else None
    return FigureRow(
        counts=shown,
        rates={name: _rate(name, shown, part, of, whole) for name, (part, of) in RATES[kind].items()},
        suppressed=None in shown.values(),
        **group,
    )


def _rate(
    name: RateOf, shown: Mapping[CountOf, int | None], part: CountOf, of: CountOf, whole: FigureRow | None
) -> Rate | None:
    count, total = shown[part], shown[of]
    if count is None or total is None or total < RATE_MINIMUM:
        return None
    value = count / total
    all_of_them = whole.rates[name] if whole else None
    low, high = (None, None) if name is RateOf.CANDIDATES_PER_SEARCH else wilson(count, total)
    return Rate(
        value=round(value, 6),
        of=total,
        low=low,
        high=high,
        ratio=round(value / all_of_them.value, 3) if all_of_them and all_of_them.value else None,
    )


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, 1927); it holds for few and for none too. ``of`` is at least 1."""
    share, z2 = count / of, _Z**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return round(max(0.0, middle - half), 6), round(min(1.0, middle + half), 6)


def _by(group_of: Callable[[Cell], str], cells: Cells) -> dict[str, Counter[CountOf]]:
    found: defaultdict[str, Counter[CountOf]] = defaultdict(Counter)
    for cell, counts in cells.items():
        found[group_of(cell)].update(counts)
    return dict(found)


def _sum(counts: Iterable[Mapping[CountOf, int]]) -> Counter[CountOf]:
    total: Counter[CountOf] = Counter()
    for one in counts:
        total.update(one)
    return total
