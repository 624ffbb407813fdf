"""Reading a file of documents into a set that is being built: a whole list, or what changed since another file."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from crossing.ports.document_set import Document, DocumentSet, DocumentSetBuilder, Likeness, NumberRange
from crossing.screening.errors import ListTooLarge
from crossing.screening.lists.contents import Finding, FindingCode
from crossing.screening.lists.formats.document_set import Change, changes, rows

MAX_DOCUMENTS: Final = 200_000_000
MAX_SET_BYTES: Final = 32 * 1024 * 1024 * 1024

_FINDINGS_KEPT: Final = 500
_LOOKED_AT: Final = 1024 * 1024
_MORE_THAN_LOOKS: Final = 1.25
"""The rows behind the first megabyte may be shorter than those in it."""

_ROWS_A_TELLING: Final = 100_000
_HASHED_AT_ONCE: Final = 1024 * 1024

Tell = Callable[[int], None]
"""Is told how many rows were read."""

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class SetSource:
    """A file of documents: at ``path``, or the few that came over HTTP in ``content``."""

    content: bytes
    path: Path | None = None

    def open(self) -> AbstractContextManager[BinaryIO]:
        return nullcontext(BytesIO(self.content)) if self.path is None else self.path.open("rb")

    @property
    def size(self) -> int:
        return len(self.content) if self.path is None else self.path.stat().st_size

    def expected(self) -> int:
        """How many rows there may be, as the first of them look."""
        with self.open() as file:
            first = file.read(_LOOKED_AT)
        rows_there = max(1, first.count(b"\n"))
        return min(int(self.size * rows_there / max(1, len(first)) * _MORE_THAN_LOOKS) + 1, MAX_DOCUMENTS)

    def sha256(self) -> str:
        digest = hashlib.sha256()
        with self.open() as file:
            while some := file.read(_HASHED_AT_ONCE):
                digest.update(some)
        return digest.hexdigest()


@dataclass(slots=True)
class Noticed:
    """The first findings, and how many there are of each kind: of a hundred million rows not all can be kept."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[FindingCode] = field(default_factory=Counter)

    def note(self, finding: Finding) -> None:
        self.counts[finding.code] += 1
        if len(self.kept) < _FINDINGS_KEPT:
            self.kept.append(finding)

    @property
    def skipped(self) -> int:
        return sum(count for code, count in self.counts.items() if code.costs_the_entry)

    def as_json(self) -> dict[str, Any]:
        return {
            "skipped": self.skipped,
            "counts": {code.value: count for code, count in self.counts.items() if count},
            "findings": [
                {"line": one.line, "reference": "", "code": one.code.value, "field": one.field} for one in self.kept
            ],
        }


def fill(builder: DocumentSetBuilder, file: BinaryIO, noticed: Noticed, tell: Tell) -> None:
    """List what the rows of a whole file say. Raises a domain error where they can't be read."""
    for found in _counted(rows(file, noticed.note), tell):
        _add(builder, found)


def fill_changes(
    builder: DocumentSetBuilder, base: DocumentSet, file: BinaryIO, noticed: Noticed, tell: Tell
) -> None:
    """The same for a file of changes to ``base``. What it lists outweighs what it takes out, in whatever order: an
    entry is changed by a row of each. What it takes out and isn't there is noticed."""
    ranges: dict[tuple[str, str, str], list[NumberRange]] = {}
    for one in base.ranges():
        ranges.setdefault(_ends(one), []).append(one)
    for change in _counted(changes(file, noticed.note), tell):
        if not change.takes_out:
            _add(builder, change.listed)
        elif not _take_out(builder, base, ranges, change):
            noticed.note(Finding(change.line, "", FindingCode.NOT_LISTED, "number"))


def too_large() -> ListTooLarge:
    return ListTooLarge(max_megabytes=MAX_SET_BYTES // (1024 * 1024), max_entries=MAX_DOCUMENTS)


def _counted(found: Iterable[_Row], tell: Tell) -> Iterator[_Row]:
    for place, one in enumerate(found):
        if place % _ROWS_A_TELLING == 0:
            tell(place)
        if place >= MAX_DOCUMENTS:
            raise too_large()
        yield one


def _add(builder: DocumentSetBuilder, listed: Document | NumberRange) -> None:
    if isinstance(listed, Document):
        builder.add(*listed)
    else:
        builder.add_range(listed)


def _take_out(
    builder: DocumentSetBuilder,
    base: DocumentSet,
    ranges: dict[tuple[str, str, str], list[NumberRange]],
    change: Change,
) -> bool:
    """Whether it was there."""
    gone = change.listed
    if isinstance(gone, NumberRange):
        known = ranges.get(_ends(gone), [])
        for one in known:
            builder.remove_range(one)
        return bool(known)
    same = (
        one for one in base.search(gone.number, gone.issuer) if one.range is None and one.likeness is Likeness.SAME
    )
    if any(one.listing.issuer == gone.issuer for one in same):
        builder.remove(gone.number, gone.issuer)
        return True
    return False


def _ends(one: NumberRange) -> tuple[str, str, str]:
    """What names a range: its words may be others on the next list."""
    return one.first, one.last, one.issuer
