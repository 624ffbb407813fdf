"""Labelled images on disk: one folder per person, a list of pairs, a list of groups."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from crossing.platform.images import ACCEPTED

Codes = npt.NDArray[np.intp]
"""Numbers of images, persons or groups."""

PAIRS_PER_PERSON: Final = 10
"""Of a person with many images this many genuine pairs are taken where no list says which: 50 images make 1,225
pairs, and one face would speak for the whole collection."""

_SEED: Final = 20
_MULTI_PICTURE: Final = "MPO"


class Unusable(Exception):
    """What was given cannot be measured. The text is one sentence for whoever runs the command."""


@dataclass(frozen=True, slots=True)
class Collection:
    """``paths`` lie below ``root``, in rising order; ``person_of[i]`` is whose the i-th image is, in ``persons``."""

    root: Path
    paths: tuple[str, ...]
    persons: tuple[str, ...]
    person_of: Codes


@dataclass(frozen=True, slots=True)
class Pairs:
    """``genuine``: n x 2 numbers of images, each pair of one person. ``lines``: how many the list had, of any kind.

    ``absent``: genuine lines that name an image which the folder does not hold.
    """

    genuine: Codes
    lines: int
    absent: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to part the persons, for example by sex: ``group_of[p]`` counts in ``names``, -1 where not known."""

    column: str
    names: tuple[str, ...]
    group_of: Codes


def read_collection(root: Path) -> Collection:
    """The images below ``root``: an image's folder is its person. Hidden files are no images.

    Raises :class:`Unusable` where the folder is absent or has images of fewer than two persons.
    """
    if not root.is_dir():
        raise Unusable(f"There is no folder {root}.")
    endings = _endings()
    paths = tuple(
        sorted(
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if path.suffix.lower() in endings
            and path.parent != root
            and _shown(path.relative_to(root))
            and path.is_file()
        )
    )
    folders = [path.rsplit("/", 1)[0] for path in paths]
    persons, person_of = np.unique(np.array(folders, dtype=np.str_), return_inverse=True)
    if len(persons) < 2:
        raise Unusable(
            f"{root} has images of {len(persons)} persons; two or more are needed, each in a folder of their own."
        )
    return Collection(root, paths, tuple(persons.tolist()), person_of.astype(np.intp))


def read_pairs(file: Path, collection: Collection) -> Pairs:
    """The genuine pairs of a CSV with the columns a, b (paths below the root) and same (1, or 0 for a line left out).

    A pair named twice counts once. Raises :class:`Unusable` where a column is missing, where a line contradicts the
    folders, and where no genuine pair is of images that exist.
    """
    number = {path: place for place, path in enumerate(collection.paths)}
    genuine: dict[tuple[int, int], None] = {}
    lines = absent = 0
    for place, line in _lines(file, ("a", "b", "same")):
        lines += 1
        if line["same"] not in ("0", "1"):
            raise Unusable(f"{file}, line {place}: the column same must be 1 or 0.")
        if line["same"] == "0":
            continue
        first, second = (number.get(line[column].replace("\\", "/")) for column in ("a", "b"))
        if first is None or second is None:
            absent += 1
            continue
        if first == second or collection.person_of[first] != collection.person_of[second]:
            raise Unusable(f"{file}, line {place}: a genuine pair is two images of one folder.")
        genuine[min(first, second), max(first, second)] = None
    if not genuine:
        raise Unusable(f"{file} has no genuine pair (same is 1) of images that exist below {collection.root}.")
    return Pairs(np.array(list(genuine), dtype=np.intp), lines, absent)


def every_pair(collection: Collection, limit: int = PAIRS_PER_PERSON) -> Pairs:
    """All genuine pairs of the folder; of a person with more than ``limit``, that many drawn with a fixed seed.

    Raises :class:`Unusable` where nobody has two images.
    """
    chosen = []
    for person, images in enumerate(_by_person(collection)):
        rows, columns = np.triu_indices(len(images), 1)
        if len(rows) > limit:
            kept = np.random.default_rng((_SEED, person)).choice(len(rows), limit, replace=False)
            rows, columns = rows[np.sort(kept)], columns[np.sort(kept)]
        chosen.append(np.stack([images[rows], images[columns]], axis=1))
    genuine = np.concatenate(chosen).astype(np.intp)
    if not len(genuine):
        raise Unusable(f"Nobody in {collection.root} has two images, so there is no genuine pair.")
    return Pairs(genuine, len(genuine), 0)


def read_groups(file: Path, collection: Collection) -> tuple[Grouping, ...]:
    """One grouping for each column of a CSV beside ``identity``, which is a person's folder.

    An empty cell and a person without a line are of no group. Raises :class:`Unusable` where the columns are missing,
    where a cell's column has no name, where two lines contradict each other, and where no line is about a person of
    the collection.
    """
    place_of = {person: place for place, person in enumerate(collection.persons)}
    found: dict[str, dict[int, str]] = {}
    for place, line in _lines(file, ("identity",)):
        person = place_of.get(line["identity"].replace("\\", "/").strip("/"))
        if person is None:
            continue
        for column in [name for name in line if name != "identity" and line[name]]:
            if not column.strip():
                raise Unusable(f"{file}, line {place}: a group stands in a column that has no name.")
            if found.setdefault(column, {}).setdefault(person, line[column]) != line[column]:
                raise Unusable(f"{file}, line {place}: this person was put into another group before.")
    if not found:
        raise Unusable(f"{file} puts nobody of {collection.root} into a group: identity,group or more columns.")
    return tuple(_grouping(column, members, len(collection.persons)) for column, members in found.items())


def _grouping(column: str, members: dict[int, str], persons: int) -> Grouping:
    names = tuple(sorted(set(members.values())))
    code = {name: place for place, name in enumerate(names)}
    group_of = np.full(persons, -1, dtype=np.intp)
    for person, name in members.items():
        group_of[person] = code[name]
    return Grouping(column, names, group_of)


def _by_person(collection: Collection) -> list[Codes]:
    order = np.argsort(collection.person_of, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(collection.person_of[order])) + 1)


def _lines(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as content:
            reader = csv.DictReader(content)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise Unusable(f"{file} has no column {' and no column '.join(missing)}.")
            for line in reader:
                yield reader.line_num, {name: (line[name] or "").strip() for name in reader.fieldnames or ()}
    except (OSError, UnicodeDecodeError, csv.Error) as broken:
        raise Unusable(f"{file} cannot be read as a CSV file in UTF-8.") from broken


def _endings() -> frozenset[str]:
    """The endings of every format that :mod:`crossing.platform.images` accepts, in small letters."""
    formats = {*ACCEPTED, _MULTI_PICTURE}
    return frozenset(ending for ending, name in Image.registered_extensions().items() if name in formats)


def _shown(path: Path) -> bool:
    return not any(part.startswith(".") for part in path.parts)
