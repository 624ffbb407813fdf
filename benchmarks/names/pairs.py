"""Pairs of persons and whether they are one: the sets kept beside this file, and pairs drawn from published lists."""

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz, process

from crossing.screening.lists.contents import ListContents, ListedPerson, NameGiven, NameKind

SETS: Final = Path(__file__).parent / "sets"
COLUMNS: Final = ("id", "name_a", "dob_a", "name_b", "dob_b")
_SAME: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Pair:
    """Births as YYYY-MM-DD, YYYY-MM, YYYY or empty; names as printed, as an MRZ, or in their own script."""

    id: str
    name_a: str
    birth_a: str
    name_b: str
    birth_b: str
    same: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PairSet:
    """Of a set that is ``unseen`` nothing but the figures of the whole may be shown."""

    title: str
    pairs: tuple[Pair, ...]
    unseen: bool = False


def read(path: Path) -> PairSet:
    """Raises ValueError for a file without the columns, or with a ``same`` that is neither yes nor no."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if missing := {*COLUMNS, "same"} - set(rows.fieldnames or ()):
            raise ValueError(f"{path} has no column {', '.join(sorted(missing))}")
        pairs = tuple(_pair(row, path) for row in rows)
    return PairSet(path.stem.replace("_", " "), pairs, unseen=path.stem.endswith("_unseen"))


def write(pairs: Iterable[Pair], path: Path) -> None:
    """Without ``same`` and ``kind``: who compares is not told."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows((one.id, one.name_a, one.birth_a, one.name_b, one.birth_b) for one in pairs)


def of_list(title: str, contents: ListContents, count: int, *, births: bool) -> PairSet:
    """``count`` persons beside one of their good aliases, and as many beside the most alike name of somebody else."""
    chance = random.Random(3)
    persons = [one for one in contents.persons if one.names]
    labels = [one.label for one in persons]
    aliased = [one for one in persons if _aliases(one)]
    pairs: list[Pair] = []
    for one in chance.sample(aliased, min(count, len(aliased))):
        birth = _birth(one) if births else ""
        alias = _written(chance.choice(_aliases(one)))
        pairs.append(Pair(f"{len(pairs)}", one.label, birth, alias, birth, same=True))
        other = _most_alike(one, persons, labels)
        pairs.append(
            Pair(f"{len(pairs)}", one.label, birth, other.label, _birth(other) if births else "", same=False)
        )
    return PairSet(f"{title}{', with birth dates' if births else ', names alone'}", tuple(pairs))


def _pair(row: dict[str, str], path: Path) -> Pair:
    same = _SAME.get(row["same"].strip().lower())
    if same is None:
        raise ValueError(f"{path}: {row['id']} is neither the same nor not")
    name, birth, other_name, other_birth = (row[column].strip() for column in COLUMNS[1:])
    return Pair(row["id"], name, birth, other_name, other_birth, same, row.get("kind", ""))


def _aliases(person: ListedPerson) -> list[NameGiven]:
    """Good aliases of two parts and more that are not the same words again."""
    words = set(person.label.lower().split())
    written = [(name, _written(name).lower().split()) for name in person.names if name.kind is NameKind.ALIAS]
    return [name for name, parts in written if len(parts) > 1 and set(parts) != words]


def _written(name: NameGiven) -> str:
    return f"{name.surname} {name.given_names}".strip()


def _birth(person: ListedPerson) -> str:
    """The first part of the first date, as a document would have it."""
    if not person.births:
        return ""
    first = person.births[0].first
    return "-".join(f"{part:02}" for part in (first.year, first.month, first.day) if part)


def _most_alike(person: ListedPerson, persons: Sequence[ListedPerson], labels: Sequence[str]) -> ListedPerson:
    found = process.extract(person.label, labels, scorer=fuzz.token_sort_ratio, limit=10)
    return next(persons[place] for _, _, place in found if labels[place].lower() != person.label.lower())
