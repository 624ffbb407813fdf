"""One set file: opened, checked, and asked by key.

What is held in memory is the index alone: for each bucket where it begins, and its digest (5 MB for 130 million
entries). A question reads one bucket of some nine kilobytes and checks it before it believes it. It is read, not
mapped: behind a map, a bad sector or a file that was cut short kills the process, and every page ever touched counts
as its memory.
"""

import json
import os
import sys
import weakref
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple, Self

from crossing.ports.document_set import layout
from crossing.ports.document_set.errors import DocumentSetDamaged, DocumentSetKeyWrong, DocumentSetUntrusted
from crossing.ports.document_set.keys import FOLDED_BYTES, KEY_BYTES, Keys
from crossing.ports.document_set.layout import ATTRIBUTE_BYTES, COUNT, DIGEST_BYTES, END, START, Header, Listing
from crossing.ports.document_set.ranges import NumberRange, RangeRefused

Verifier = Callable[[bytes, bytes], bool]
"""Whether a signature (the second) is a trusted one over a header (the first)."""

_READ_AT_ONCE: Final = 1024 * 1024


class Entry(NamedTuple):
    """``listing`` is None where a delta takes out what has this key and issuer."""

    key: bytes
    issuer: str
    listing: Listing | None


class SetFile:
    """One open file; any thread may ask it. It is closed with its last user, so that a search never loses it."""

    def __init__(self, descriptor: int, header: Header, index: bytes, ranges: list[tuple[NumberRange, bool]]) -> None:
        self.header: Final = header
        self.ranges: Final = ranges
        self._descriptor = descriptor
        counts = array("I", index[: COUNT.size << header.bits])
        if sys.byteorder == "little":
            counts.byteswap()
        self._firsts = array("Q", accumulate(counts, initial=0))
        self._digests = index[COUNT.size << header.bits :]
        if self._firsts[-1] != header.count:
            raise DocumentSetDamaged("the index counts other entries than the header")

    @classmethod
    def open(cls, path: Path, keys: Keys, verifier: Verifier | None = None) -> Self:
        """Check all but the entries, and read the index.

        Raises ``OSError``, and a :class:`DocumentSetError` for a file that is not to be believed: no set, damaged,
        not signed as ``verifier`` wants it, or made with another secret than ``keys``.
        """
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
            header = _read_header(descriptor, keys, verifier)
            opened = cls(descriptor, header, *_read_index(descriptor, header))
        except BaseException:
            os.close(descriptor)
            raise
        opened._close_when_unused()
        return opened

    @property
    def digest(self) -> str:
        return self.header.digest

    def find(self, folded_key: bytes) -> list[Entry]:
        """The entries whose keys begin with these 5 bytes. Raises ``OSError`` and :class:`DocumentSetDamaged`."""
        size = self.header.remainder_bytes
        lowest = folded_key + bytes(KEY_BYTES - FOLDED_BYTES)
        remainders, attributes = self._bucket(int.from_bytes(lowest, "big") >> 8 * KEY_BYTES - self.header.bits)
        count = len(remainders) // size
        wanted, low = folded_key[KEY_BYTES - size :], lowest[KEY_BYTES - size :]
        found = []
        place = bisect_left(range(count), low, key=lambda at: remainders[at * size : (at + 1) * size])
        while place < count and remainders[place * size : (place + 1) * size].startswith(wanted):
            key = folded_key + remainders[(place + 1) * size - (KEY_BYTES - FOLDED_BYTES) : (place + 1) * size]
            found.append(self._entry(key, attributes, place))
            place += 1
        return found

    def entries(self) -> Iterator[Entry]:
        """Every entry in the order of the keys. Raises as :meth:`find` does."""
        size, bits = self.header.remainder_bytes, self.header.bits
        for bucket in range(1 << bits):
            remainders, attributes = self._bucket(bucket)
            start = (bucket << 8 * KEY_BYTES - bits).to_bytes(KEY_BYTES, "big")[: KEY_BYTES - size]
            for place in range(len(remainders) // size):
                yield self._entry(start + remainders[place * size : (place + 1) * size], attributes, place)

    def verify(self) -> None:
        """Read every bucket. Raises as :meth:`find` does where one is not what was written."""
        for bucket in range(1 << self.header.bits):
            self._bucket(bucket)

    def _bucket(self, number: int) -> tuple[bytes, bytes]:
        """Remainders and attributes of a bucket, checked."""
        first, end = self._firsts[number], self._firsts[number + 1]
        size = self.header.entry_bytes
        content = _read(self._descriptor, (end - first) * size, START.size + first * size)
        digest = self._digests[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES]
        if layout.bucket_digest(content) != digest:
            raise DocumentSetDamaged("entries of the file are damaged")
        split = (end - first) * self.header.remainder_bytes
        return content[:split], content[split:]

    def _entry(self, key: bytes, attributes: bytes, place: int) -> Entry:
        own = attributes[place * ATTRIBUTE_BYTES : (place + 1) * ATTRIBUTE_BYTES]
        return Entry(key, *layout.decoded(own, self.header.issuers, self.header.words))

    def _close_when_unused(self) -> None:
        weakref.finalize(self, os.close, self._descriptor)


def _read_header(descriptor: int, keys: Keys, verifier: Verifier | None) -> Header:
    size = os.fstat(descriptor).st_size
    layout.check_start(os.pread(descriptor, START.size, 0))
    header_bytes, signature_bytes, digest = layout.checked_end(
        os.pread(descriptor, END.size, max(0, size - END.size))
    )
    at = size - END.size - signature_bytes - header_bytes
    if at < START.size:
        raise DocumentSetDamaged("the file is cut short")
    encoded = _read(descriptor, header_bytes, at)
    if sha256(encoded).digest() != digest:
        raise DocumentSetDamaged("the header is damaged")
    if verifier is not None and not verifier(encoded, _read(descriptor, signature_bytes, at + header_bytes)):
        raise DocumentSetUntrusted("the file is not signed by whom it has to be")
    header = Header.decoded(encoded)
    if header.encoded() != encoded or header.content_bytes != at:
        raise DocumentSetDamaged("the file does not have the size that its header says")
    if header.key_check != keys.check:
        raise DocumentSetKeyWrong("the file was made with another secret")
    return header


def _read_index(descriptor: int, header: Header) -> tuple[bytes, list[tuple[NumberRange, bool]]]:
    content = _read(descriptor, header.ranges_bytes + header.index_bytes, START.size + header.entries_bytes)
    if sha256(content).hexdigest() != header.content_sha256:
        raise DocumentSetDamaged("the index or the ranges are damaged")
    return content[header.ranges_bytes :], _decoded_ranges(content[: header.ranges_bytes], header.ranges)


def _decoded_ranges(content: bytes, count: int) -> list[tuple[NumberRange, bool]]:
    if not content and not count:
        return []
    try:
        rows = json.loads(content)
        ranges = [(NumberRange.between(*row[:-1]), bool(row[-1])) for row in rows]
    except (ValueError, TypeError, RangeRefused) as wrong:
        raise DocumentSetDamaged("the ranges can't be read") from wrong
    if len(ranges) != count:
        raise DocumentSetDamaged("there are other ranges than the header says")
    return ranges


def _read(descriptor: int, size: int, at: int) -> bytes:
    content = os.pread(descriptor, size, at)
    while len(content) < size:
        more = os.pread(descriptor, min(size - len(content), _READ_AT_ONCE), at + len(content))
        if not more:
            raise DocumentSetDamaged("the file is cut short")
        content += more
    return content
