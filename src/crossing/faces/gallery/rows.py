"""The rows of a gallery in memory: blocks of vectors and keys, and a short sketch of each row that rules most out.

A sketch is the row's coordinates along a few orthonormal directions, and the length of what they leave out. By
Cauchy and Schwarz, a dot product is at most that of the coordinates plus that of the two lengths left out. So a row
whose bound does not reach the threshold is ruled out for certain, having read a third of its bytes; every other
row is compared in full. The directions are those along which the gallery's own templates vary most (the eigenvectors
of their second moment); any others would give the same answer, later.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crossing.faces.gallery.private_memory import private_array

Floats = npt.NDArray[np.float32]
Keys = npt.NDArray[np.uint8]
"""n x 32: the bytes of the template's id, and of its subject's."""

Rows = npt.NDArray[np.intp]

BLOCK_ROWS: Final = 8192
KEY_BYTES: Final = 32

ROUNDING: Final = 2e-5
"""More than float32 can err by in a dot product of two unit vectors of a few hundred numbers, or in a bound."""

_LINE_FLOATS: Final = 16
_SAMPLE: Final = 2 * BLOCK_ROWS
# Rows picked out singly take about five times as long as rows read in their order: a block of which more than this
# share is left is read whole, and after so many of those a search tries no further sketch.
_LEFT: Final = 1 / 6
_FRUITLESS: Final = 3

_TEMPLATES_EACH: Final = 4
"""So many times as many of the best rows as subjects are wanted are looked through for whose they are."""


def keys_of(ids: bytes) -> Keys:
    """Keys from the bytes of all ids, those of each template followed by its subject's."""
    return np.frombuffer(ids, np.uint8).reshape(-1, KEY_BYTES)


def same_keys(first: Keys, second: Keys) -> bool:
    """Whether both hold the same keys, in whatever order. Sorted by eight bytes that are random in every id."""
    return len(first) == len(second) and bool(np.array_equal(first[_order(first)], second[_order(second)]))


def absent_from(held: Keys, wanted: Keys) -> list[bytes]:
    """What ``wanted`` lists and ``held`` has not, each once."""
    if same_keys(held, wanted):
        return []
    return sorted({key.tobytes() for key in wanted}.difference(key.tobytes() for key in held))


def too_much_in(held: Keys, wanted: Keys) -> list[int]:
    """The places in ``held`` of what ``wanted`` does not list, and of all but the first of what is there twice."""
    if same_keys(held, wanted):
        return []
    left = {key.tobytes() for key in wanted}
    surplus = []
    for place, key in enumerate(held):
        if key.tobytes() in left:
            left.remove(key.tobytes())
        else:
            surplus.append(place)
    return surplus


def _order(keys: Keys) -> Rows:
    return np.argsort(np.ascontiguousarray(keys[:, 8:16]).view(np.uint64).ravel(), kind="stable")


class Hits(NamedTuple):
    """Rows and their scores, which err by less than ROUNDING."""

    rows: Rows
    scores: Floats


class _Block:
    """Room for BLOCK_ROWS rows. Vectors are padded with zeros to whole lines of 64 bytes."""

    def __init__(self, width: int) -> None:
        self.vectors: Floats = private_array((BLOCK_ROWS, width), np.float32)
        self.keys: Keys = private_array((BLOCK_ROWS, KEY_BYTES), np.uint8)
        self.sketches: Floats | None = None


class RowStore:
    """Rows 0 to ``count`` - 1. Not for several writers; ``turns`` of the gallery keep readers and movers apart."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.count = 0
        self._width = -(-dimension // _LINE_FLOATS) * _LINE_FLOATS
        self._blocks: list[_Block] = []
        self._basis: Floats | None = None
        self._sketched_at = 0

    def put(self, row: int, key: Keys, vector: Floats) -> None:
        """Write one row; ``row`` may be the first free one, which readers see only once ``count`` says so."""
        self.put_many(row, key[np.newaxis], vector[np.newaxis])

    def put_many(self, first: int, keys: Keys, vectors: Floats) -> None:
        """Write rows that follow each other, from ``first`` on."""
        done = 0
        while done < len(keys):
            number, start = divmod(first + done, BLOCK_ROWS)
            if number == len(self._blocks):
                self._blocks.append(self._new_block())
            block, stop = self._blocks[number], min(BLOCK_ROWS, start + len(keys) - done)
            piece = slice(done, done + stop - start)
            block.vectors[start:stop, : self.dimension] = vectors[piece]
            block.keys[start:stop] = keys[piece]
            if self._basis is not None and block.sketches is not None:
                block.sketches[start:stop] = _sketched(block.vectors[start:stop], self._basis)
            done += stop - start

    def move_last_to(self, row: int) -> None:
        """Forget ``row``: the last row takes its place, and what was there is overwritten with zeros."""
        last = self.count - 1
        (to, at), (source, place) = self._of(row), self._of(last)
        for held, other in ((to.vectors, source.vectors), (to.keys, source.keys), (to.sketches, source.sketches)):
            if held is not None and other is not None:
                held[at] = other[place]
                other[place] = 0
        self.count = last

    def key(self, row: int) -> bytes:
        block, at = self._of(row)
        return bytes(block.keys[at])

    def copy(self, first: int, stop: int) -> tuple[Keys, Floats]:
        """Keys and vectors of rows that follow each other, within one block."""
        block, at = self._of(first)
        end = at + stop - first
        return block.keys[at:end].copy(), block.vectors[at:end, : self.dimension].copy()

    def keys(self) -> Keys:
        """Every key, in the order of the rows."""
        pieces = [block.keys[:held] for block, held in self._held()]
        return np.concatenate(pieces) if pieces else np.empty((0, KEY_BYTES), np.uint8)

    def rows_with(self, template_id: bytes) -> list[int]:
        """The rows of one template. Reads 16 bytes of each row: 5 ms for a million."""
        wanted = np.frombuffer(template_id, np.uint64)
        found: list[int] = []
        for number, (block, held) in enumerate(self._held()):
            words = block.keys[:held].view(np.uint64)
            at = np.flatnonzero((words[:, 1] == wanted[1]) & (words[:, 0] == wanted[0]))
            found += (at + number * BLOCK_ROWS).tolist()
        return found

    def scored(self, rows: Rows, probe: Floats) -> Floats:
        """The dot products of ``rows`` with ``probe``. One loop for each row, so that equal rows score equally."""
        answer = np.empty(len(rows), np.float32)
        for number in np.unique(rows // BLOCK_ROWS):
            here = np.flatnonzero(rows // BLOCK_ROWS == number)
            vectors = self._blocks[number].vectors[rows[here] % BLOCK_ROWS, : self.dimension]
            answer[here] = np.einsum("ij,j->i", vectors, probe)
        return answer

    def reaching(self, probe: Floats, threshold: float, limit: int) -> Hits:
        """Every row whose dot product with ``probe`` is ``threshold`` or more and that may be among the best of the
        best ``limit`` subjects; some may be less, by ROUNDING."""
        count, basis = self.count, self._basis
        padded = np.zeros(self._width, np.float32)
        padded[: self.dimension] = probe
        short = None if basis is None else _sketched(padded[np.newaxis], basis)[0]
        pool, fruitless = _Pool(self, threshold - ROUNDING, limit), 0
        for number, block in enumerate(self._blocks[: -(-count // BLOCK_ROWS)]):
            held = min(BLOCK_ROWS, count - number * BLOCK_ROWS)
            left = None
            if short is not None and block.sketches is not None and fruitless < _FRUITLESS:
                left = np.flatnonzero(block.sketches[:held] @ short >= pool.least)
                if len(left) > _LEFT * held:
                    left, fruitless = None, fruitless + 1
            if left is None:
                found = block.vectors[:held] @ padded
                left = np.flatnonzero(found >= pool.least)
                found = found[left]
            else:
                found = block.vectors[left] @ padded
            pool.add(left + number * BLOCK_ROWS, found)
        return pool.hits()

    @property
    def sketch_is_stale(self) -> bool:
        """Whether there are twice as many rows as the sketch's directions were chosen from. Below one block a sketch
        saves nothing that could be measured."""
        return self.count >= max(BLOCK_ROWS, 2 * self._sketched_at)

    def sketch(self) -> None:
        """Choose the directions anew from the rows of now, and sketch every row. Nobody may be reading."""
        self._basis = self._directions()
        self._sketched_at = self.count
        for block in self._blocks:
            if block.sketches is None:
                block.sketches = self._new_sketches()
            block.sketches[:] = _sketched(block.vectors, self._basis)

    def _directions(self) -> Floats:
        """width x k, orthonormal columns: the strongest eigenvectors of the second moment of a sample of the rows."""
        moment = np.zeros((self._width, self._width))
        step = max(1, self.count // _SAMPLE)
        for block, held in self._held():
            sample = block.vectors[:held:step]
            moment += (sample.T @ sample).astype(np.float64)
        _, vectors = np.linalg.eigh(moment)
        return np.ascontiguousarray(vectors[:, ::-1][:, : self._sketch_width() - 1], dtype=np.float32)

    def _sketch_width(self) -> int:
        """Five sixteenths of the vector, in whole lines: fewer rule too little out, more take longer to read."""
        return max(_LINE_FLOATS, self._width * 5 // 16 // _LINE_FLOATS * _LINE_FLOATS)

    def _new_sketches(self) -> Floats:
        sketches: Floats = private_array((BLOCK_ROWS, self._sketch_width()), np.float32)
        return sketches

    def _new_block(self) -> _Block:
        block = _Block(self._width)
        if self._basis is not None:
            block.sketches = self._new_sketches()
        return block

    def _of(self, row: int) -> tuple[_Block, int]:
        number, at = divmod(row, BLOCK_ROWS)
        return self._blocks[number], at

    def _held(self) -> Iterator[tuple[_Block, int]]:
        for number in range(-(-self.count // BLOCK_ROWS)):
            yield self._blocks[number], min(BLOCK_ROWS, self.count - number * BLOCK_ROWS)


class _Pool:
    """What one search has found so far. Once it holds enough subjects, ``least`` rises to the score of the last of
    them: what is below can't be named any more."""

    def __init__(self, store: RowStore, least: float, limit: int) -> None:
        self.least = least
        self._store = store
        self._limit = limit
        self._rows: list[Rows] = []
        self._scores: list[Floats] = []
        self._held = 0
        self._look_at = limit

    def add(self, rows: Rows, scores: Floats) -> None:
        if len(rows):
            self._rows.append(rows)
            self._scores.append(scores)
            self._held += len(rows)
            if self._held >= self._look_at:
                self._raise()

    def hits(self) -> Hits:
        if not self._rows:
            return Hits(np.empty(0, np.intp), np.empty(0, np.float32))
        return Hits(np.concatenate(self._rows), np.concatenate(self._scores))

    def _raise(self) -> None:
        rows, scores = self.hits()
        count = min(len(rows), _TEMPLATES_EACH * self._limit)
        best = np.argpartition(scores, len(rows) - count)[len(rows) - count :]
        subjects: set[bytes] = set()
        for at in best[np.argsort(-scores[best])]:
            subjects.add(self._store.key(int(rows[at]))[KEY_BYTES // 2 :])
            if len(subjects) == self._limit:
                self.least = max(self.least, float(scores[at]) - 2 * ROUNDING)
                kept = scores >= self.least
                rows, scores = rows[kept], scores[kept]
                break
        self._rows, self._scores, self._held = [rows], [scores], len(rows)
        self._look_at = max(2 * self._held, self._held + self._limit)


def _sketched(vectors: Floats, basis: Floats) -> Floats:
    """Coordinates along ``basis``, and as one more the length of the rest, never less than it really is.

    The dot product of two sketches is then the bound itself.
    """
    along = vectors @ basis
    rest = np.einsum("ij,ij->i", vectors, vectors) - np.einsum("ij,ij->i", along, along)
    length = np.sqrt(np.maximum(rest, 0) + np.float32(ROUNDING) / 4)
    return np.concatenate([along, length[:, np.newaxis]], axis=1, dtype=np.float32)
