"""Building a set from documents in any order, in bounded memory.

Every document becomes a record of 11 bytes, written to one of 256 temporary files by the first byte of its key. Then
file after file is read back, sorted and written as buckets. Records that are the same are written once.
"""

import errno
import shutil
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from crossing.ports.document_set.errors import DocumentSetNoRoom, DocumentSetTooVaried
from crossing.ports.document_set.keys import KEY_BYTES, Keys, tidied
from crossing.ports.document_set.layout import RECORD_BYTES, Attributes, Header, Origin, bits_for, file_bytes
from crossing.ports.document_set.ranges import MAX_RANGES, NumberRange
from crossing.ports.document_set.writer import SetWriter, Signer, building, new_file

MIN_MEMORY: Final = 16 * 1024 * 1024
DEFAULT_MEMORY: Final = 96 * 1024 * 1024

_PARTITIONS: Final = 256
_SORTED_RECORD_BYTES: Final = 80
"""What a record takes while it is sorted: a ``bytes`` object of 11 bytes and its places in lists."""


class Document(NamedTuple):
    """One document as a list has it. ``year`` is when it was reported."""

    number: str
    issuer: str = ""
    type: str = ""
    reason: str = ""
    year: int | None = None


class DocumentSetBuilder:
    """Collects documents; :meth:`finish` writes the file at ``path``. To be used in a ``with`` block.

    Whatever happens before ``finish`` returns, ``path`` is what it was: absent, or the file before. Raises
    :class:`DocumentSetNoRoom` where the disk has no room, or gets full.
    """

    def __init__(
        self,
        path: Path,
        origin: Origin,
        keys: Keys,
        *,
        expected: int = 0,
        memory: int = DEFAULT_MEMORY,
        base: str = "",
        signer: Signer | None = None,
    ) -> None:
        """``expected`` documents at most, for the room on the disk. ``memory`` bytes are held at once, beside the
        interpreter's own. With ``base``, the digest of another file, the file is a delta to be laid over that one.
        """
        if memory < MIN_MEMORY:
            raise ValueError(f"a build needs at least {MIN_MEMORY} bytes of memory")
        self._path = path
        self._origin = origin
        self._keys = keys
        self._expected = expected
        self._memory = memory
        self._base = base
        self._signer = signer
        self._attributes = Attributes()
        self._ranges: dict[NumberRange, bool] = {}
        self._buffers = [bytearray() for _ in range(_PARTITIONS)]
        self._held = 0
        self._written = [0] * _PARTITIONS
        self._stack = ExitStack()
        self._folder = path.parent

    def __enter__(self) -> Self:
        beside = self._expected * RECORD_BYTES
        self._folder = self._stack.enter_context(building(self._path, self._expected, beside=beside))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def count(self) -> int:
        """Records so far, the same ones counted each time."""
        return sum(self._written) + sum(map(len, self._buffers)) // RECORD_BYTES

    @property
    def ranges(self) -> int:
        return len(self._ranges)

    @property
    def without_words(self) -> int:
        """Documents whose type and reason found no room any more (see :class:`Attributes`)."""
        return self._attributes.without_words

    def add(self, number: str, issuer: str = "", kind: str = "", reason: str = "", year: int | None = None) -> bool:
        """List a document; False, and nothing listed, where its number has no letter and no digit."""
        tidy = tidied(number)
        if tidy:
            self._put(self._keys.key(tidy) + self._attributes.encoded(issuer, kind, reason, year))
        return bool(tidy)

    def add_all(self, documents: Iterable[Document]) -> None:
        """The same for many; those without a number are passed over."""
        for one in documents:
            self.add(*one)

    def remove(self, number: str, issuer: str = "") -> None:
        """In a delta: take out whatever the files below list under this very number and issuer."""
        if not self._base:
            raise ValueError("only a delta takes something out")
        if tidy := tidied(number):
            self._put(self._keys.key(tidy) + self._attributes.taken_out(issuer))

    def add_range(self, listed: NumberRange) -> None:
        self._put_range(listed, gone=False)

    def remove_range(self, listed: NumberRange) -> None:
        """In a delta: take out exactly this range."""
        if not self._base:
            raise ValueError("only a delta takes something out")
        self._put_range(listed, gone=True)

    def finish(self) -> Header:
        """Sort, write, put in place. The header is what the file says of itself."""
        try:
            return self._finish()
        except OSError as trouble:
            raise self._explained(trouble) from trouble

    def _finish(self) -> Header:
        self._flush()
        self._buffers = []
        bits = bits_for(sum(self._written))
        with new_file(self._folder, self._path) as file:
            writer = SetWriter(file, bits)
            for partition in range(_PARTITIONS):
                self._write_partition(writer, partition, bits)
            return writer.finish(
                self._origin,
                self._attributes,
                list(self._ranges.items()),
                key_check=self._keys.check,
                base=self._base,
                signer=self._signer,
            )

    def _put_range(self, listed: NumberRange, *, gone: bool) -> None:
        # As with single documents: what a delta lists outweighs what it takes out.
        self._ranges[listed] = gone and self._ranges.get(listed, True)
        if len(self._ranges) > MAX_RANGES:
            raise DocumentSetTooVaried(f"a set has room for {MAX_RANGES} ranges")

    def _put(self, record: bytes) -> None:
        self._buffers[record[0]] += record
        self._held += RECORD_BYTES
        if self._held > self._memory // 2:
            try:
                self._flush()
            except OSError as trouble:
                raise self._explained(trouble) from trouble

    def _flush(self) -> None:
        for partition, buffer in enumerate(self._buffers):
            if buffer:
                with self._partition(partition).open("ab") as file:
                    file.write(buffer)
                self._written[partition] += len(buffer) // RECORD_BYTES
                buffer.clear()
        self._held = 0

    def _partition(self, number: int) -> Path:
        return self._folder / f"{number:02x}"

    def _write_partition(self, writer: SetWriter, partition: int, bits: int) -> None:
        if not self._written[partition]:
            return
        per_partition = 1 << (bits - 8)
        turns = self._written[partition] * _SORTED_RECORD_BYTES // self._memory + 1
        step = max(1, per_partition // turns)
        path = self._partition(partition)
        for first in range(0, per_partition, step):
            begin = (partition << (bits - 8)) + first
            end = min(begin + step, (partition + 1) << (bits - 8))
            whole = step >= per_partition
            records = sorted(_records(path, None if whole else (begin, end), bits))
            _write_buckets(writer, [one for one, _ in groupby(records)], begin, end, bits)
        path.unlink()

    def _explained(self, trouble: OSError) -> Exception:
        if trouble.errno not in (errno.ENOSPC, errno.EDQUOT):
            return trouble
        needed = file_bytes(self.count) + self.count * RECORD_BYTES
        return DocumentSetNoRoom(self._path.parent, needed, shutil.disk_usage(self._path.parent).free)


def _records(path: Path, buckets: tuple[int, int] | None, bits: int) -> Iterator[bytes]:
    """The records of a partition, or those of the buckets from the first up to the second."""
    low, high = (b"", b"") if buckets is None else (_lowest(buckets[0], bits), _lowest(buckets[1], bits))
    with path.open("rb") as file:
        while content := file.read(RECORD_BYTES * 16384):
            found = (content[at : at + RECORD_BYTES] for at in range(0, len(content), RECORD_BYTES))
            yield from found if buckets is None else (one for one in found if low <= one < high)


def _write_buckets(writer: SetWriter, records: list[bytes], begin: int, end: int, bits: int) -> None:
    at = 0
    for bucket in range(begin, end):
        until = bisect_left(records, _lowest(bucket + 1, bits), at)
        if until > at:
            writer.put(bucket, records[at:until])
        at = until


def _lowest(bucket: int, bits: int) -> bytes:
    """What no record of a lower bucket reaches. The one after the last is above everything."""
    if bucket >> bits:
        return b"\xff" * (RECORD_BYTES + 1)
    return (bucket << (8 * KEY_BYTES - bits)).to_bytes(KEY_BYTES, "big")
