"""Made-up templates, and rows that a gallery mirrors: a dictionary in the place of the database's table."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from crossing.faces.engines.base import MadeBy, Template, unit
from crossing.faces.gallery.opening import Galleries
from crossing.faces.gallery.rows import Keys, keys_of
from crossing.faces.gallery.search import Entry, Gallery

MADE_BY: Final = ("trial", "1", "cosine")
DIMENSION: Final = 8
KEY: Final = bytes(range(32))


def template(seed: int, made_by: MadeBy = MADE_BY, *, dimension: int = DIMENSION) -> Template:
    return Template(*made_by, unit(np.random.default_rng(seed).normal(size=dimension)))


def entry(number: int, *, subject: int | None = None, seed: int | None = None, made_by: MadeBy = MADE_BY) -> Entry:
    """Number ``number``, whose ids end in bytes that differ as real ones do."""
    of_subject = number if subject is None else subject
    return Entry(UUID(int=number), UUID(int=of_subject), template(number if seed is None else seed, made_by))


class Rows:
    """What the database would hold. ``fetched`` counts how many entries were read in full."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.held = {one.template_id: one for one in entries}
        self.fetched = 0

    def keys(self) -> Keys:
        return keys_of(b"".join(one.key for one in self.held.values()))

    def fetch(self, template_ids: list[UUID]) -> list[Entry]:
        self.fetched += len(template_ids)
        return [self.held[one] for one in template_ids]

    def open_in(self, galleries: Galleries, name: str = "recent", made_by: MadeBy = MADE_BY) -> Gallery:
        return galleries.open(name, made_by, DIMENSION, keys=self.keys(), fetch=self.fetch)


def contents(gallery: Gallery) -> dict[bytes, bytes]:
    """Every key with its vector."""
    held: dict[bytes, bytes] = {}
    for row in range(len(gallery)):
        keys, vectors = gallery.copy(row, row + 1)
        held[keys[0].tobytes()] = vectors[0].tobytes()
    return held


def contents_of(rows: Rows) -> dict[bytes, bytes]:
    return {one.key: one.template.to_bytes() for one in rows.held.values()}


def gallery_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.gallery"))
