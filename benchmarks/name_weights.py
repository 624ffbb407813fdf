"""Fits the weights of ``crossing.screening.names.weights``, and prints them.

    python -m benchmarks.name_weights        # the seen sets alone
    python -m benchmarks.name_weights --un UN_consolidated.xml --sdn sdn.csv --alt alt.csv

A logistic regression by Newton's method. Its prior is the weights in use, each with a standard deviation of one
logit, so that few pairs can't turn a weight round. Aliases of one entry of a published list are taken for one
person's (where they are alike at all: a nom de guerre teaches nothing), and an entry's name beside the most alike
name of another entry for two persons'; such a pair counts three hundredths of one of the seen sets, for lists call
much an alias.
"""

import argparse
import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from crossing.screening.lists.formats import un_xml
from crossing.screening.names.alignment import align
from crossing.screening.names.evidence import AskedPerson, ListedPerson, gather
from crossing.screening.names.pairs import read_pairs
from crossing.screening.names.spelling import spell
from crossing.screening.names.weights import WEIGHTS

SETS: Final = Path(__file__).parent / "names" / "sets"
SEEN: Final = ("west_african_seen.csv", "world_seen.csv")
DEVIATION: Final = 1.0
SMALLEST_STEP: Final = 1e-6
ALIAS_WEIGHT: Final = 0.03
ALIAS_PAIRS: Final = 1_500
LEAST_ALIKE: Final = 60.0
ROUNDS: Final = 30

Row = dict[str, float]


class Example(NamedTuple):
    features: Row
    same: bool
    weight: float


def _features(asked: AskedPerson, listed: ListedPerson) -> Row:
    alignment = align(asked.name, listed.name, truncated=asked.truncated, listed_truncated=listed.truncated)
    return gather(asked, listed, alignment).features


def seen() -> Iterator[Example]:
    for name in SEEN:
        content = (SETS / name).read_bytes()
        answers = csv.DictReader(content.decode("utf-8-sig").splitlines())
        for pair, answer in zip(read_pairs(content), answers, strict=True):
            yield Example(_features(pair.asked, pair.listed), answer["same"] == "1", 1.0)


def aliases(entries: Sequence[Sequence[str]], chance: random.Random) -> Iterator[Example]:
    """Of each entry its names; the first is the main one."""
    main = [names[0] for names in entries]
    for place in chance.sample(range(len(entries)), min(ALIAS_PAIRS, len(entries))):
        names = entries[place]
        other = chance.choice(names[1:]) if len(names) > 1 else ""
        if other and fuzz.WRatio(names[0].upper(), other.upper()) >= LEAST_ALIKE:
            yield _by_name(names[0], other, same=True)
        for text, _, found in process.extract(names[0], main, scorer=fuzz.token_sort_ratio, limit=2):
            if found != place:
                yield _by_name(names[0], text, same=False)


def _by_name(one: str, other: str, *, same: bool) -> Example:
    return Example(_features(AskedPerson(spell(one)), ListedPerson(spell(other))), same, ALIAS_WEIGHT)


def un_names(path: Path) -> list[list[str]]:
    persons = un_xml.read(path.read_bytes()).persons
    return [
        names
        for one in persons
        if (
            names := [f"{name.surname} {name.given_names}".strip() for name in one.names if len(name.given_names) > 3]
        )
    ]


def ofac_names(sdn: Path, alt: Path) -> list[list[str]]:
    """Columns without a heading: entry, name, kind in the one; entry, number, kind of alias, name in the other."""
    with sdn.open(encoding="utf-8", errors="replace", newline="") as file:
        found = {row[0]: [row[1]] for row in csv.reader(file) if len(row) > 2 and row[2].strip() == "individual"}
    with alt.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.reader(file):
            if len(row) > 3 and row[0] in found:
                found[row[0]].append(row[3])
    return list(found.values())


def fitted(examples: Sequence[Example]) -> dict[str, float]:
    columns = list(WEIGHTS)
    rows = np.array([[1.0, *(one.features.get(name, 0.0) for name in columns[1:])] for one in examples])
    same = np.array([one.same for one in examples], np.float64)
    weight = np.array([one.weight for one in examples])
    prior = np.array([WEIGHTS[name] for name in columns])
    found = prior.copy()
    for _ in range(ROUNDS):
        found = _stepped(found, prior, rows, same, weight)
    return dict(zip(columns, found.tolist(), strict=True))


Column = npt.NDArray[np.float64]


def _loss(found: Column, prior: Column, rows: Column, same: Column, weight: Column) -> float:
    """Minus the logarithm of the posterior."""
    total = rows @ found
    return float(weight @ (np.logaddexp(0, total) - same * total) + np.sum((found - prior) ** 2) / 2 / DEVIATION**2)


def _stepped(found: Column, prior: Column, rows: Column, same: Column, weight: Column) -> Column:
    """One step of Newton's, halved until it leads down."""
    likely = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
    slope = rows.T @ (weight * (same - likely)) - (found - prior) / DEVIATION**2
    bend = (rows * (weight * likely * (1 - likely))[:, None]).T @ rows + np.eye(len(found)) / DEVIATION**2
    step: Column = np.linalg.solve(bend, slope)
    before = _loss(found, prior, rows, same, weight)
    while _loss(found + step, prior, rows, same, weight) > before and np.abs(step).max() > SMALLEST_STEP:
        step /= 2
    return found + step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--un", type=Path)
    parser.add_argument("--sdn", type=Path)
    parser.add_argument("--alt", type=Path)
    options = parser.parse_args()
    chance = random.Random(1)
    examples = list(seen())
    if options.un:
        examples += aliases(un_names(options.un), chance)
    if options.sdn and options.alt:
        examples += aliases(ofac_names(options.sdn, options.alt), chance)
    print(f"# {len(examples)} pairs")
    for name, value in fitted(examples).items():
        print(f'        "{name}": {value:.2f},')


if __name__ == "__main__":
    main()
