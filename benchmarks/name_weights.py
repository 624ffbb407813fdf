"""Fits the weights of ``crossing.screening.names.weights``, and prints them.

    python -m benchmarks.name_weights                       # the seen sets alone
    python -m benchmarks.name_weights --lists FOLDER        # and the published UN and OFAC lists of that folder

A logistic regression by Newton's method, with a prior set by hand, each weight with a standard deviation of one
logit, so that few pairs can't turn a weight round. Agreeing evidence must never speak against a match: a weight keeps
its sign, and of two relations of birth dates the closer one weighs no less (``ABOVE``), both held by a logarithmic
barrier. The same lists give the same weights.

Aliases of one entry of a published list are taken for one person's (where they are alike at all: a nom de guerre
teaches nothing), and an entry's name beside the most alike name of another entry for two persons'; each with the
names alone, and with births. Such a pair counts hundredths of one of the seen sets, for lists call much an alias. All
names of an entry have its nationality, so that lists can't teach what another one means: ``nations`` is set by hand.
"""

import argparse
import csv
import io
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from benchmarks.names.published import published_lists
from crossing.documents.dates import PartialDate
from crossing.screening.lists import contents
from crossing.screening.names.alignment import align
from crossing.screening.names.births import ListedBirth, Precision, Relation
from crossing.screening.names.evidence import COMMONLY, AskedPerson, ListedPerson, gather
from crossing.screening.names.pairs import read_pairs
from crossing.screening.names.spelling import spell

SETS: Final = Path(__file__).parent / "names" / "sets"
SEEN: Final = ("west_african_seen.csv", "world_seen.csv")
DEVIATION: Final = 1.0
SMALLEST_STEP: Final = 1e-6
ALIAS_WEIGHT: Final = 0.02
DATED_WEIGHT: Final = 0.05
ALIAS_PAIRS: Final = 1_500
LEAST_ALIKE: Final = 60.0
ROUNDS: Final = 30
BARRIERS: Final = (1.0, 0.1, 0.01, 0.001)
"""How hard the orders push, one after the other; the last one holds them, and hardly moves what is free."""

PRIOR: Final = MappingProxyType(
    {
        "bias": 1.5,
        "deficit": -7.9,
        "worst": -3.0,
        "against": -1.3,
        "beside": -0.1,
        "single": -0.4,
        "bits": 0.6,
        "akin": -0.7,
        "close": -0.7,
        "initial": -0.4,
        "twins": -2.1,
        "told_apart": -2.1,
        "sexes": -1.4,
        "father_son": -5.0,
        "other_order": -2.0,
        "own_missing": -1.9,
        "ages": -2.5,
        "birth_same": 2.6,
        "birth_same_common": 2.2,
        "birth_swapped": 1.6,
        "birth_swapped_common": 1.4,
        "birth_placeholder": 1.5,
        "birth_placeholder_common": 0.4,
        "birth_year_same": 1.0,
        "birth_year_same_common": 0.2,
        "birth_one_part_off": 1.1,
        "birth_one_part_off_common": -0.5,
        "birth_unknown": 0.3,
        "birth_unknown_common": -0.2,
        "birth_near": -0.3,
        "birth_near_common": -1.5,
        "birth_slip": -0.5,
        "birth_slip_common": -2.5,
        "birth_differs": -5.3,
        "birth_differs_common": -5.5,
        "slip_by_two": -0.7,
        "years_apart": -2.2,
        "nations": 1.0,
    }
)
"""Weights by hand, in logits, that keep every order with room to spare."""

LADDER: Final = (
    Relation.SAME,
    Relation.SWAPPED,
    Relation.PLACEHOLDER,
    Relation.YEAR_SAME,
    Relation.UNKNOWN,
    Relation.NEAR,
    Relation.SLIP,
    Relation.DIFFERS,
)
"""A date that is one part off stands beside it, between the same one and a slip."""

FOR: Final = frozenset({"bits", "nations"})
FREE: Final = frozenset({"bias", *(one.value for one in Relation), *(one.value + COMMONLY for one in Relation)})
BESIDE: Final = ((Relation.SAME, Relation.ONE_PART_OFF), (Relation.ONE_PART_OFF, Relation.SLIP))
ABOVE: Final = (*pairwise(LADDER), *BESIDE)

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
        for pair, answer in zip(read_pairs(io.BytesIO(content)), answers, strict=True):
            yield Example(_features(pair.asked, pair.listed), answer["same"] == "1", 1.0)


def aliases(persons: Sequence[contents.ListedPerson], chance: random.Random) -> Iterator[Example]:
    main = [one.label for one in persons]
    for place in chance.sample(range(len(persons)), min(ALIAS_PAIRS, len(persons))):
        person, name = persons[place], main[place]
        others = [text for one in person.names[1:] if len((text := _written(one)).split()) > 1]
        alias = chance.choice(others) if others else ""
        if alias and fuzz.WRatio(name.upper(), alias.upper()) >= LEAST_ALIKE:
            yield from _alone_and_dated(name, alias, person, person)
        for text, _, found in process.extract(name, main, scorer=fuzz.token_sort_ratio, limit=2):
            if found != place:
                yield from _alone_and_dated(name, text, person, persons[found])


def _alone_and_dated(
    name: str, text: str, person: contents.ListedPerson, other: contents.ListedPerson
) -> Iterator[Example]:
    one, two, same = spell(name), spell(text), person is other
    yield Example(_features(AskedPerson(one), ListedPerson(two)), same, ALIAS_WEIGHT)
    birth = _birth(person)
    if birth and other.births:
        yield Example(_features(AskedPerson(one, birth), ListedPerson(two, other.births)), same, DATED_WEIGHT)


def _written(name: contents.NameGiven) -> str:
    return f"{name.surname} {name.given_names}".strip()


def _birth(person: contents.ListedPerson) -> PartialDate | None:
    """A date that the person's paper may have."""
    exact: list[ListedBirth] = [one for one in person.births if one.precision is Precision.EXACT]
    return exact[0].first if exact else None


Column = npt.NDArray[np.float64]


class Fit(NamedTuple):
    """``rows`` of features, ``same`` 0 or 1 for each, and ``weight``; ``orders @ weights`` has to stay above zero."""

    rows: Column
    same: Column
    weight: Column
    prior: Column
    orders: Column

    def loss(self, found: Column, barrier: float) -> float:
        """Minus the logarithm of the posterior; infinite where an order is not kept."""
        room = self.orders @ found
        if room.min() <= 0:
            return float("inf")
        total = self.rows @ found
        fit = self.weight @ (np.logaddexp(0, total) - self.same * total)
        return float(fit + np.sum((found - self.prior) ** 2) / 2 / DEVIATION**2 - barrier * np.log(room).sum())

    def stepped(self, found: Column, barrier: float) -> Column:
        """One step of Newton's, halved until it leads down."""
        likely = 1 / (1 + np.exp(-np.clip(self.rows @ found, -30, 30)))
        room = self.orders @ found
        slope: Column = self.rows.T @ (self.weight * (self.same - likely)) - (found - self.prior) / DEVIATION**2
        slope += barrier * (self.orders.T @ (1 / room))
        bend: Column = (self.rows * (self.weight * likely * (1 - likely))[:, None]).T @ self.rows
        bend += np.eye(len(found)) / DEVIATION**2
        bend += barrier * (self.orders / room[:, None] ** 2).T @ self.orders
        step: Column = np.asarray(np.linalg.solve(bend, slope), np.float64)
        before = self.loss(found, barrier)
        while self.loss(found + step, barrier) > before and np.abs(step).max() > SMALLEST_STEP:
            step /= 2
        return found + step if self.loss(found + step, barrier) <= before else found


def orders() -> Iterator[Row]:
    """Sums of weights that may not fall below zero."""
    for name in PRIOR:
        if name not in FREE:
            yield {name: 1.0 if name in FOR else -1.0}
    for closer, farther in ABOVE:
        for ending in ("", COMMONLY):
            yield {closer.value + ending: 1.0, farther.value + ending: -1.0}
    for relation in Relation:
        yield {relation.value: 1.0, relation.value + COMMONLY: -1.0}
    for ending in ("", COMMONLY):
        yield {Relation.SLIP.value + ending: 1.0, "slip_by_two": 1.0, Relation.DIFFERS.value + ending: -1.0}


def fitted(examples: Sequence[Example]) -> dict[str, float]:
    columns = list(PRIOR)
    fit = Fit(
        rows=np.array([[1.0, *(one.features.get(name, 0.0) for name in columns[1:])] for one in examples]),
        same=np.array([one.same for one in examples], np.float64),
        weight=np.array([one.weight for one in examples]),
        prior=np.array([PRIOR[name] for name in columns]),
        orders=np.array([[one.get(name, 0.0) for name in columns] for one in orders()]),
    )
    found = fit.prior.copy()
    for barrier in BARRIERS:
        for _ in range(ROUNDS):
            found = fit.stepped(found, barrier)
    return dict(zip(columns, found.tolist(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lists", type=Path, help="the folder that holds the published UN and OFAC lists")
    options = parser.parse_args()
    chance = random.Random(1)
    examples = list(seen())
    for published in published_lists(options.lists).values() if options.lists else ():
        examples += aliases([one for one in published.persons if one.names], chance)
    print(f"# {len(examples)} pairs")
    for name, value in fitted(examples).items():
        print(f'        "{name}": {round(value, 2) + 0.0:.2f},')


if __name__ == "__main__":
    main()
