"""A set as it is asked: a file, and the deltas laid over it, oldest first.

A delta is a file of the same format that names the digest of the file below it. What it takes out is taken out of
everything below, and what it adds is listed. Laid over each other they are merged into a new file by streaming; and
of two whole files the delta between them is made in the same way, without any document's number.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final, NamedTuple, Self

from crossing.ports.document_set.errors import DocumentSetChainBroken
from crossing.ports.document_set.keys import FOLDED_BYTES, KEY_BYTES, MOST_WEAK, Keys, Likeness, readings, tidied
from crossing.ports.document_set.layout import Attributes, Header, Listing, Origin, bits_for
from crossing.ports.document_set.ranges import NumberRange, RangeTable
from crossing.ports.document_set.reader import Entry, SetFile, Verifier
from crossing.ports.document_set.writer import SetWriter, Signer, building, new_file

_ENTRIES_IN_A_CHANGE: Final = 16
"""A delta is made ready for one changed entry in so many; more only make its buckets fuller."""


class Match(NamedTuple):
    """``number`` is the listed one, tidied; empty where the readings were too many to tell which one is listed.

    ``range`` is the listed range, where it is one; ``key`` tells entries of one set apart.
    """

    number: str
    likeness: Likeness
    listing: Listing
    range: NumberRange | None = None
    key: str = ""


class DocumentSet:
    """Never changed once opened, so any thread may ask it."""

    def __init__(self, files: Sequence[SetFile], keys: Keys) -> None:
        """``files``: first the base, then its deltas. Raises :class:`DocumentSetChainBroken`."""
        if files[0].header.base:
            raise DocumentSetChainBroken("the first file is itself a delta")
        for below, above in pairwise(files):
            if above.header.base != below.digest:
                raise DocumentSetChainBroken("a delta was made for another file")
        self._files = tuple(files)
        self._keys = keys
        self._ranges = RangeTable(_ranges(files))

    @classmethod
    def open(cls, path: Path, keys: Keys, *, deltas: Iterable[Path] = (), verifier: Verifier | None = None) -> Self:
        """Raises ``OSError``, and a :class:`DocumentSetError` where a file is not to be believed (see
        :meth:`SetFile.open`) or the deltas do not follow each other."""
        return cls([SetFile.open(one, keys, verifier) for one in (path, *deltas)], keys)

    @property
    def header(self) -> Header:
        """That of the newest file: its list, its date."""
        return self._files[-1].header

    @property
    def digest(self) -> str:
        """SHA-256 that stands for the newest file, and by the chain for all below; a next delta names it."""
        return self.header.digest

    def __len__(self) -> int:
        """Entries of the base and added by deltas. Where a delta takes out, that is an upper bound."""
        return sum(file.header.count - file.header.removed for file in self._files)

    def search(self, number: str, issuer: str = "") -> list[Match]:
        """Every listed document with this number, or a reading of it, that ``issuer`` may have issued; best first.

        An issuer that is not known, on either side, may be any. An empty answer means "not listed"; where a file
        can't be read or believed, ``OSError`` or :class:`DocumentSetDamaged` says so in its place.

        By chance, a number that is not listed is found with a probability of about n / 2**64 for each of its
        readings, n being the entries of the set; one that has too many readings, with n / 2**40. A twin of a listed
        number is taken for the number itself with 1 / 2**24.
        """
        tidy = tidied(number)
        if not tidy:
            return []
        listed = [one for one in self._listed(tidy) if one.issuer in ("", issuer) or not issuer]
        found = [*self._named(tidy, listed), *self._in_ranges(tidy, issuer)]
        order = list(Likeness)
        return sorted(found, key=lambda match: order.index(match.likeness))

    def with_delta(self, delta: SetFile) -> "DocumentSet":
        """The set that this one is under one more delta. Raises :class:`DocumentSetChainBroken`."""
        return DocumentSet([*self._files, delta], self._keys)

    def verify(self) -> None:
        """Read everything. Raises as :meth:`search` does."""
        for file in self._files:
            file.verify()

    def entries(self) -> Iterator[Entry]:
        """What is listed, in the order of the keys, all deltas applied."""
        layers = [_at_layer(layer, file) for layer, file in enumerate(self._files)]
        for _, same in groupby(merge(*layers, key=lambda row: row[:2]), key=lambda row: row[0]):
            yield from _applied((layer, one) for _, layer, one in same)

    def ranges(self) -> list[NumberRange]:
        """What is listed as a range, all deltas applied."""
        return _ranges(self._files)

    def _listed(self, tidy: str) -> list[Entry]:
        folded_key = self._keys.folded_key(tidy)
        found = [(layer, one) for layer, file in enumerate(self._files) for one in file.find(folded_key)]
        return _applied(found) if len(self._files) > 1 else [one for _, one in found]

    def _named(self, tidy: str, listed: list[Entry]) -> Iterator[Match]:
        """Which reading of ``tidy`` each entry is; those that are none, by chance or too far off, are left out."""
        named = self._readings_of(tidy, {one.key[FOLDED_BYTES:] for one in listed})
        for entry in listed:
            read = named.get(entry.key[FOLDED_BYTES:])
            if entry.listing is not None and read is not None:
                yield Match(*read, entry.listing, key=entry.key.hex())

    def _readings_of(self, tidy: str, tags: set[bytes]) -> dict[bytes, tuple[str, Likeness]]:
        """The likeliest reading of ``tidy`` with each of these last bytes of a key.

        Where the readings are too many, what is left over is a twin whose number can't be told.
        """
        named: dict[bytes, tuple[str, Likeness]] = {}
        for most_weak in range(MOST_WEAK + 1):
            if len(named) == len(tags):
                break
            meant = readings(tidy, most_weak)
            if meant is None:
                return dict.fromkeys(tags, ("", Likeness.TWIN)) | named
            for read, like in meant.items():
                tag = self._keys.tag(read)
                if tag in tags:
                    named.setdefault(tag, (read, like))
        return named

    def _in_ranges(self, tidy: str, issuer: str) -> Iterator[Match]:
        for one, like in self._ranges.search(tidy):
            if one.issuer in ("", issuer) or not issuer:
                yield Match("", like, Listing(one.issuer, one.type, one.reason, one.year), range=one)


def write_merged(
    documents: DocumentSet, path: Path, origin: Origin, keys: Keys, *, signer: Signer | None = None
) -> Header:
    """One new file at ``path`` with what ``documents`` lists now. Raises as a build does."""
    ranges = [(one, False) for one in documents.ranges()]
    return _write(path, documents.entries(), ranges, origin, keys, expected=len(documents), signer=signer)


def write_delta(
    old: DocumentSet, new: DocumentSet, path: Path, keys: Keys, *, signer: Signer | None = None
) -> Header:
    """The delta at ``path`` that makes ``new`` of ``old``, dated as ``new``. Raises as a build does."""
    before, after = set(old.ranges()), set(new.ranges())
    ranges = [(one, True) for one in before - after] + [(one, False) for one in after - before]
    expected = max(len(old), len(new)) // _ENTRIES_IN_A_CHANGE
    origin, base = new.header.origin, old.digest
    return _write(path, _changes(old, new), ranges, origin, keys, expected=expected, base=base, signer=signer)


def _write(
    path: Path,
    entries: Iterable[Entry],
    ranges: Sequence[tuple[NumberRange, bool]],
    origin: Origin,
    keys: Keys,
    *,
    expected: int,
    base: str = "",
    signer: Signer | None = None,
) -> Header:
    attributes, bits = Attributes(), bits_for(expected)
    with building(path, expected) as folder, new_file(folder, path) as file:
        writer = SetWriter(file, bits)
        shift = 8 * KEY_BYTES - bits
        for bucket, same in groupby(entries, key=lambda one: int.from_bytes(one.key, "big") >> shift):
            writer.put(bucket, sorted({_record(one, attributes) for one in same}))
        return writer.finish(origin, attributes, ranges, key_check=keys.check, base=base, signer=signer)


def _at_layer(layer: int, file: SetFile) -> Iterator[tuple[bytes, int, Entry]]:
    return ((one.key, layer, one) for one in file.entries())


def _record(entry: Entry, attributes: Attributes) -> bytes:
    said = entry.listing
    if said is None:
        return entry.key + attributes.taken_out(entry.issuer)
    return entry.key + attributes.encoded(said.issuer, said.type, said.reason, said.year)


def _changes(old: DocumentSet, new: DocumentSet) -> Iterator[Entry]:
    """What is to be taken out, and what is to be listed again, for each key that the two do not list alike."""
    both = merge(
        ((one.key, False, one) for one in old.entries()),
        ((one.key, True, one) for one in new.entries()),
        key=lambda row: row[:2],
    )
    for key, same in groupby(both, key=lambda row: row[0]):
        rows = [(is_new, one) for _, is_new, one in same]
        before = {one for is_new, one in rows if not is_new}
        after = {one for is_new, one in rows if is_new}
        changed = {one.issuer for one in before ^ after}
        for issuer in sorted({one.issuer for one in before} & changed):
            yield Entry(key, issuer, None)
        yield from (one for one in after if one.issuer in changed)


def _applied(found: Iterable[tuple[int, Entry]]) -> list[Entry]:
    """What is left of entries by layer, lowest first: a layer first takes out, then adds."""
    kept: dict[tuple[bytes, str], list[Entry]] = {}
    for _, layer in groupby(sorted(found, key=lambda row: row[0]), key=lambda row: row[0]):
        entries = [one for _, one in layer]
        for entry in entries:
            if entry.listing is None:
                kept.pop((entry.key, entry.issuer), None)
        for entry in entries:
            if entry.listing is not None:
                same = kept.setdefault((entry.key, entry.issuer), [])
                same += [] if entry in same else [entry]
    return [entry for same in kept.values() for entry in same]


def _ranges(files: Sequence[SetFile]) -> list[NumberRange]:
    kept: dict[NumberRange, None] = {}
    for file in files:
        for one, gone in file.ranges:
            if gone:
                kept.pop(one, None)
            else:
                kept[one] = None
    return list(kept)
