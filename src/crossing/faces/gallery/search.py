"""Exact search among templates held in memory.

Every row that could reach the threshold is compared; none is passed over on a guess, so the answer needs no word
about what an approximate index may have missed. What makes it fast is that most rows are ruled out for certain by a
part of their bytes (:mod:`crossing.faces.gallery.rows`); ADR 16 has the figures.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from crossing.faces.engines.base import FaceEngine, FloatVector, Template, same_engine
from crossing.faces.gallery.rows import ROUNDING, Floats, Keys, Rows, RowStore, keys_of, too_much_in
from crossing.faces.gallery.turns import Turns

_AT_ONCE: Final = 16_384
_LOOKED_UP_SINGLY: Final = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A template and whose it is; a subject may have several templates."""

    template_id: UUID
    subject_id: UUID
    template: Template

    @property
    def key(self) -> bytes:
        """Both ids, 32 bytes."""
        return self.template_id.bytes + self.subject_id.bytes


class Found(NamedTuple):
    template_id: UUID
    subject_id: UUID
    score: float


RowsChanged = Callable[[set[int]], None]
"""Told which rows were written or freed, after each change and before the next; it may read the gallery."""


class Gallery:
    """Templates of one engine. Adding, removing and searching may come from any thread; each sees a whole state.

    Searches run side by side, and while templates are added. What moves rows waits for the searches that run.
    """

    def __init__(self, made_by: tuple[str, str, str], dimension: int) -> None:
        self.made_by = made_by
        self.dimension = dimension
        self.on_change: RowsChanged | None = None
        self._rows = RowStore(dimension)
        self._turns = Turns()
        self._changing = threading.RLock()

    @classmethod
    def of(cls, engine: FaceEngine, entries: Iterable[Entry] = ()) -> "Gallery":
        """A gallery for ``engine``. Raises :class:`EnginesDiffer` for an entry that another engine made."""
        gallery = cls((engine.name, engine.version, engine.calibration), engine.dimension)
        gallery.extend(entries)
        return gallery

    def __len__(self) -> int:
        return self._rows.count

    def add(self, entry: Entry) -> None:
        """Take ``entry`` in; one with the same template id is replaced. Raises :class:`EnginesDiffer`."""
        same_engine(self.made_by, entry.template.made_by)
        self._take(keys_of(entry.key), entry.template.vector[np.newaxis])

    def extend(self, entries: Iterable[Entry]) -> None:
        """Take many in, as :meth:`add` does each. Raises :class:`EnginesDiffer`; what came before is in then."""
        remaining = iter(entries)
        while batch := list(islice(remaining, _AT_ONCE)):
            for entry in batch:
                same_engine(self.made_by, entry.template.made_by)
            latest = list({entry.template_id: entry for entry in batch}.values())
            self._take(
                keys_of(b"".join(entry.key for entry in latest)),
                np.stack([entry.template.vector for entry in latest]),
            )

    def load(self, pieces: Iterable[tuple[Keys, Floats]]) -> None:
        """Take in many rows that are known to be whole: each piece n x 32 bytes of ids, n x dimension of unit length.

        ``on_change`` is told nothing.
        """
        with self._changing:
            for keys, vectors in pieces:
                self._rows.put_many(len(self), keys, vectors)
                self._rows.count += len(keys)
            self._sketch()

    def remove(self, template_id: UUID) -> bool:
        """Forget a template; whether it was there. Its bytes in memory are overwritten."""
        return self.remove_all([template_id]) == 1

    def remove_all(self, template_ids: Iterable[UUID]) -> int:
        """Forget templates; how many of them were there."""
        wanted = b"".join(template_id.bytes for template_id in template_ids)
        with self._changing:
            return self._free(self._rows_of(np.frombuffer(wanted, np.uint8).reshape(-1, 16)))

    def keep_only(self, keys: Keys) -> int:
        """Forget every row that ``keys`` does not list; how many. A row that is there twice, as a kill in the middle
        of a removal leaves it in a file, is kept once."""
        with self._changing:
            return self._free(too_much_in(self._rows.keys(), keys))

    def search(self, probe: Template, *, threshold: float, limit: int) -> tuple[Found, ...]:
        """At most ``limit`` subjects that score ``threshold`` or more, each by its best template, best first.

        Raises :class:`EnginesDiffer` where ``probe`` is of another engine.
        """
        same_engine(self.made_by, probe.made_by)
        with self._turns.shared():
            hits = self._rows.reaching(probe.vector, threshold, limit)
            wanted = limit
            while True:
                rows = _foremost(hits.rows, hits.scores, wanted)
                found = self._best_of_subjects(rows, probe.vector, threshold)
                if len(found) >= limit or len(rows) == len(hits.rows):
                    return tuple(found[:limit])
                wanted *= 4

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Other threads that would change the gallery wait meanwhile; searches go on."""
        with self._changing:
            yield

    def keys(self) -> Keys:
        """The ids of every template and its subject, n x 32 bytes, in the order of the rows."""
        with self._changing:
            return self._rows.keys()

    def copy(self, first: int, stop: int) -> tuple[Keys, Floats]:
        """Keys and vectors of rows ``first`` to ``stop`` as far as there are any; both lie in one block."""
        with self._changing:
            return self._rows.copy(first, max(first, min(stop, len(self))))

    def _best_of_subjects(self, rows: Rows, probe: FloatVector, threshold: float) -> list[Found]:
        scores = self._rows.scored(rows, probe)
        best: dict[UUID, Found] = {}
        for at in np.argsort(-scores, kind="stable"):
            if scores[at] < threshold:
                break
            key = self._rows.key(int(rows[at]))
            found = Found(UUID(bytes=key[:16]), UUID(bytes=key[16:]), float(scores[at]))
            best.setdefault(found.subject_id, found)
        return list(best.values())

    def _take(self, keys: Keys, vectors: Floats) -> None:
        with self._changing:
            held = {self._rows.key(row)[:16]: row for row in self._rows_of(keys[:, :16])}
            if held:
                places = [held.get(key[:16].tobytes()) for key in keys]
                self._replace([(row, at) for at, row in enumerate(places) if row is not None], keys, vectors)
                fresh = np.array([row is None for row in places])
                keys, vectors = keys[fresh], vectors[fresh]
            self._append(keys, vectors)

    def _append(self, keys: Keys, vectors: Floats) -> None:
        if not len(keys):
            return
        first = len(self)
        self._rows.put_many(first, keys, vectors)
        self._rows.count = first + len(keys)
        self._sketch()
        self._tell(set(range(first, len(self))))

    def _sketch(self) -> None:
        if self._rows.sketch_is_stale:
            with self._turns.alone():
                self._rows.sketch()

    def _replace(self, replaced: list[tuple[int, int]], keys: Keys, vectors: Floats) -> None:
        with self._turns.alone():
            for row, at in replaced:
                self._rows.put(row, keys[at], vectors[at])
        self._tell({row for row, _ in replaced})

    def _free(self, rows: list[int]) -> int:
        freed = set(rows)
        if not freed:
            return 0
        before = len(self)
        with self._turns.alone():
            # From the last on: a row that moves into a gap is never one that has to go.
            for row in sorted(freed, reverse=True):
                self._rows.move_last_to(row)
        self._tell({*freed, *range(len(self), before)})
        return len(freed)

    def _rows_of(self, template_ids: Keys) -> list[int]:
        """The rows of those of ``template_ids`` (n x 16) that are there."""
        if len(template_ids) <= _LOOKED_UP_SINGLY:
            return [row for one in template_ids for row in self._rows.rows_with(one.tobytes())]
        keys = self._rows.keys()
        # Eight bytes are compared first, for they sort as numbers do.
        likely = np.flatnonzero(np.isin(_last_words(keys[:, :16]), _last_words(template_ids)))
        wanted = {one.tobytes() for one in template_ids}
        return [int(row) for row in likely if keys[row, :16].tobytes() in wanted]

    def _tell(self, rows: set[int]) -> None:
        if self.on_change is not None:
            self.on_change(rows)


def _last_words(ids: Keys) -> npt.NDArray[np.uint64]:
    words: npt.NDArray[np.uint64] = np.ascontiguousarray(ids[:, 8:16]).view(np.uint64).ravel()
    return words


def _foremost(rows: Rows, scores: Floats, count: int) -> Rows:
    """The rows among the best ``count``, and those that may be as good as the last, in their order."""
    if len(rows) <= count:
        return rows
    least = np.partition(scores, len(scores) - count)[len(scores) - count]
    foremost: Rows = rows[scores >= least - 2 * ROUNDING]
    return foremost
