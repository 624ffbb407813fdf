"""Importing a list of documents into a set file: built beside the one in use, and switched to with the version's row.

Before the commit the old row names the old file, after it the new row the new file, and both files are whole. So a
machine that loses its power at any moment asks one or the other; the file that no row names goes with the next
import.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

from crossing.identity.principal import Principal
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.ports.document_set import (
    Document,
    DocumentSetBuilder,
    DocumentSetError,
    DocumentSetNoRoom,
    DocumentSetTooVaried,
    Origin,
)
from crossing.screening import repository
from crossing.screening.errors import (
    ListEmpty,
    ListFileChanged,
    ListNoRoom,
    ListNotWritten,
    ListOlder,
    ListShrank,
    ListStoreAbsent,
    ListTooLarge,
)
from crossing.screening.lists.contents import Finding, FindingCode
from crossing.screening.lists.document_sets import DocumentSets, digest_of
from crossing.screening.lists.formats.document_set import rows
from crossing.screening.lists.placing import NewVersion, Placing
from crossing.screening.lists.progress import Progress, Stage
from crossing.screening.lists.staging import Staging
from crossing.screening.models import ListVersion, WatchList

MAX_DOCUMENTS: Final = 200_000_000
MAX_SET_BYTES: Final = 32 * 1024 * 1024 * 1024

_FINDINGS_KEPT: Final = 500
_LEAST_SHARE_KEPT: Final = 0.5
_LOOKED_AT: Final = 1024 * 1024
_MORE_THAN_LOOKS: Final = 1.25
"""The rows behind the first megabyte may be shorter than those in it."""

_ROWS_A_TELLING: Final = 100_000
_HASHED_AT_ONCE: Final = 1024 * 1024


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


@dataclass(frozen=True, slots=True)
class SetOrder:
    """What goes into the set file. ``remembered`` are columns of the list that change with the version."""

    watch_list: WatchList
    source: SetSource
    actor: Principal
    as_of: datetime
    accept_loss: bool
    provenance: dict[str, Any]
    remembered: dict[str, Any]


@dataclass(slots=True)
class _Noticed:
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


class SetImporter:
    """``sets`` None: this machine keeps no files, and every import is refused."""

    def __init__(self, database: Database, *, placing: Placing, sets: DocumentSets | None) -> None:
        self._database = database
        self._placing = placing
        self._sets = sets

    def is_there(self, version: ListVersion) -> bool:
        """Whether the file of a version is whole as far as opening it shows."""
        if self._sets is None:
            return False
        try:
            self._sets.open(version.list_code, digest_of(version.report))
        except (OSError, DocumentSetError):
            return False
        return True

    def import_set(self, order: SetOrder, sha256: str, progress: Progress) -> tuple[WatchList, ListVersion]:
        """Build, check, switch, delete the old file. Raises a domain error and leaves the version in use as it is."""
        if self._sets is None:
            raise ListStoreAbsent
        if order.source.size > MAX_SET_BYTES:
            raise _too_large()
        with self._sets.importing(order.watch_list.code):
            return self._import(self._sets, order, sha256, progress)

    def _import(
        self, sets: DocumentSets, order: SetOrder, sha256: str, progress: Progress
    ) -> tuple[WatchList, ListVersion]:
        staging = Staging.begin(self._database, order.watch_list)
        # From here on no other import can put a version in place: what serves now does so until this one does.
        serving = self._serving(staging.code)
        if serving is not None and order.as_of < serving.as_of:
            raise ListOlder(as_of=order.as_of.isoformat(), serving=serving.as_of.isoformat())
        self._keep_serving(sets, staging.code)
        try:
            report = _build(sets, order, staging.code, serving, progress)
            progress(Stage.SEALING, 0, None)
            _put(sets, order, staging.code, report, sha256)
            return self._placing.place(staging, _new_version(order, sha256, report))
        finally:
            self._keep_serving(sets, staging.code)

    def _serving(self, code: str) -> ListVersion | None:
        with reading(self._database) as session:
            known = repository.get_list(session, code)
            return repository.version(session, code, known.serving) if known and known.serving else None

    def _keep_serving(self, sets: DocumentSets, code: str) -> None:
        """Delete every file of the list but the one that its version in use names, however the import ended."""
        serving = self._serving(code)
        sets.keep_only(code, digest_of(serving.report) if serving else "")


def _build(
    sets: DocumentSets, order: SetOrder, code: str, serving: ListVersion | None, progress: Progress
) -> dict[str, Any]:
    """Write the new file; gives what the version's row says of it."""
    noticed = _Noticed()
    origin = Origin(code, order.as_of, order.source.path.name if order.source.path else "")
    try:
        with (
            order.source.open() as file,
            sets.builder(code, origin, order.source.expected()) as builder,
        ):
            _fill(builder, file, noticed, lambda done: progress(Stage.READING, done, None))
            _refuse(order, serving, builder.count + builder.ranges, noticed)
            progress(Stage.WRITING, 0, builder.count)
            header = builder.finish()
            noticed.counts[FindingCode.FIELD_TOO_LONG] += builder.without_words
    except DocumentSetNoRoom as full:
        raise ListNoRoom(needed=_megabytes(full.needed), free=_megabytes(full.free)) from full
    except DocumentSetTooVaried as full:
        raise _too_large() from full
    now, before = header.count + header.ranges, _documents(serving)
    return {
        "persons": 0,
        "documents": now,
        "portraits": 0,
        "added": max(0, now - before),
        # What differs inside is not counted; that something does is what brings travellers to be screened again.
        "changed": int(serving is not None and digest_of(serving.report) != header.digest),
        "removed": max(0, before - now),
        "set_digest": header.digest,
        **noticed.as_json(),
    }


def _put(sets: DocumentSets, order: SetOrder, code: str, report: dict[str, Any], sha256: str) -> None:
    """Raises a domain error where the new file is not what was written, or not of the file that was named."""
    try:
        sets.put(code, report["set_digest"])
    except (OSError, DocumentSetError) as trouble:
        raise ListNotWritten from trouble
    if order.source.sha256() != sha256:
        raise ListFileChanged


def _refuse(order: SetOrder, serving: ListVersion | None, count: int, noticed: _Noticed) -> None:
    old = _documents(serving)
    if not count:
        raise ListEmpty(skipped=noticed.skipped)
    if count < old * _LEAST_SHARE_KEPT and not order.accept_loss:
        raise ListShrank(new=count, old=old)


def _fill(builder: DocumentSetBuilder, file: BinaryIO, noticed: _Noticed, tell: Callable[[int], None]) -> None:
    for place, found in enumerate(rows(file, noticed.note)):
        if place % _ROWS_A_TELLING == 0:
            tell(place)
        if place >= MAX_DOCUMENTS:
            raise _too_large()
        if isinstance(found, Document):
            builder.add(*found)
        else:
            builder.add_range(found)


def _new_version(order: SetOrder, sha256: str, report: dict[str, Any]) -> NewVersion:
    return NewVersion(
        actor=order.actor,
        action="list.imported",
        sha256=sha256,
        size=order.source.size,
        as_of=order.as_of,
        provenance=order.provenance,
        report=report,
        remembered=order.remembered,
    )


def _documents(version: ListVersion | None) -> int:
    return 0 if version is None else int(version.report.get("documents", 0))


def _too_large() -> ListTooLarge:
    return ListTooLarge(max_megabytes=_megabytes(MAX_SET_BYTES), max_entries=MAX_DOCUMENTS)


def _megabytes(size: int) -> int:
    return size // (1024 * 1024)
