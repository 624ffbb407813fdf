"""Importing a list of documents into a set file: built beside the one in use, and switched to with the version's row.

Before the commit the old row names the old file, after it the new row the new file, and both files are whole. So a
machine that loses its power at any moment asks one or the other; the file that no row names goes with the next
import.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crossing.identity.principal import Principal
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.ports.document_set import (
    MAX_WORDS,
    DocumentSetDamaged,
    DocumentSetError,
    DocumentSetForeign,
    DocumentSetKeyWrong,
    DocumentSetNoRoom,
    DocumentSetTooVaried,
    Header,
    Origin,
)
from crossing.screening import repository
from crossing.screening.errors import (
    ListBaseLost,
    ListChangesOfAnother,
    ListEmpty,
    ListFileChanged,
    ListImportRunning,
    ListNoRoom,
    ListNotWritten,
    ListOlder,
    ListShrank,
    ListStoreAbsent,
)
from crossing.screening.lists.contents import FindingCode
from crossing.screening.lists.document_sets import DocumentSets, digest_of
from crossing.screening.lists.placing import NewVersion, Placing
from crossing.screening.lists.progress import Progress, Stage
from crossing.screening.lists.set_reading import (
    MAX_SET_BYTES,
    Noticed,
    SetSource,
    Tell,
    fill,
    fill_changes,
    too_large,
)
from crossing.screening.lists.staging import Staging
from crossing.screening.models import ListVersion, WatchList

_LEAST_SHARE_KEPT: Final = 0.5


@dataclass(frozen=True, slots=True)
class SetOrder:
    """What goes into the set file. ``remembered`` are columns of the list that change with the version.

    ``changes_to``: the source holds changes alone, made for the file with this SHA-256; empty for a whole list.
    """

    watch_list: WatchList
    source: SetSource
    actor: Principal
    as_of: datetime
    accept_loss: bool
    provenance: dict[str, Any]
    remembered: dict[str, Any]
    changes_to: str = ""


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
            raise too_large()
        with self._sets.importing(order.watch_list.code):
            return self._import(self._sets, order, sha256, progress)

    def sweep(self, code: str) -> None:
        """Delete what an import left that was killed after its version was put in place; nothing while one runs."""
        if self._sets is not None:
            with suppress(ListImportRunning), self._sets.importing(code):
                self._keep_serving(self._sets, code)

    def _import(
        self, sets: DocumentSets, order: SetOrder, sha256: str, progress: Progress
    ) -> tuple[WatchList, ListVersion]:
        staging = Staging.begin(self._database, order.watch_list)
        # From here on no other import can put a version in place: what serves now does so until this one does.
        serving = self._serving(staging.code)
        if serving is not None and order.as_of < serving.as_of:
            raise ListOlder(as_of=order.as_of.isoformat(), serving=serving.as_of.isoformat())
        if order.changes_to and (serving is None or serving.sha256 != order.changes_to):
            raise ListChangesOfAnother(serving=serving.sha256 if serving else "-")
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
    noticed = Noticed()
    try:
        if order.changes_to and serving is not None:
            try:
                header = _changed(sets, order, code, serving, noticed, progress)
            except (FileNotFoundError, DocumentSetDamaged, DocumentSetForeign, DocumentSetKeyWrong) as trouble:
                raise ListBaseLost from trouble
        else:
            header = _whole(sets, order, code, serving, noticed, progress)
    except DocumentSetNoRoom as full:
        raise ListNoRoom(needed=_megabytes(full.needed), free=_megabytes(full.free)) from full
    except DocumentSetTooVaried as full:
        raise too_large() from full
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
        "changes_to": order.changes_to,
        **noticed.as_json(),
    }


def _whole(
    sets: DocumentSets,
    order: SetOrder,
    code: str,
    serving: ListVersion | None,
    noticed: Noticed,
    progress: Progress,
) -> Header:
    with (
        order.source.open() as file,
        sets.builder(code, _origin(order, code), order.source.expected()) as builder,
    ):
        fill(builder, file, noticed, _teller(progress))
        _refuse(order, serving, builder.count + builder.ranges, noticed)
        progress(Stage.WRITING, 0, builder.count)
        header = builder.finish()
        noticed.counts[FindingCode.FIELD_TOO_LONG] += builder.without_words
        return header


def _changed(
    sets: DocumentSets, order: SetOrder, code: str, serving: ListVersion, noticed: Noticed, progress: Progress
) -> Header:
    """The file in use with the changes laid over it, as one new file. Raises where that one is not to be believed,
    which each part of it that is read shows."""
    origin, expected = _origin(order, code), order.source.expected()
    base = sets.open(code, digest_of(serving.report))
    with order.source.open() as file, sets.builder(code, origin, expected, over=base) as builder:
        fill_changes(builder, base, file, noticed, _teller(progress))
        if noticed.skipped and not builder.count + builder.ranges:
            raise ListEmpty(skipped=noticed.skipped)
        delta = builder.finish()
        noticed.counts[FindingCode.FIELD_TOO_LONG] += builder.without_words
    progress(Stage.WRITING, 0, None)
    header = sets.merge(code, base, origin)
    if len(header.words) == MAX_WORDS:
        noticed.counts[FindingCode.FIELD_TOO_LONG] += len({*base.header.words, *delta.words} - {*header.words})
    _refuse(order, serving, header.count + header.ranges, noticed)
    return header


def _origin(order: SetOrder, code: str) -> Origin:
    return Origin(code, order.as_of, order.source.path.name if order.source.path else "")


def _teller(progress: Progress) -> Tell:
    return lambda done: progress(Stage.READING, done, None)


def _put(sets: DocumentSets, order: SetOrder, code: str, report: dict[str, Any], sha256: str) -> None:
    """Raises a domain error where the new file is not what was written, or not of the file that was named."""
    try:
        sets.put(code, report["set_digest"])
    except (OSError, DocumentSetError) as trouble:
        raise ListNotWritten from trouble
    if order.source.sha256() != sha256:
        raise ListFileChanged


def _refuse(order: SetOrder, serving: ListVersion | None, count: int, noticed: Noticed) -> None:
    old = _documents(serving)
    if not count:
        raise ListEmpty(skipped=noticed.skipped)
    if count < old * _LEAST_SHARE_KEPT and not order.accept_loss:
        raise ListShrank(new=count, old=old)


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
        detail={"changes_to": order.changes_to} if order.changes_to else {},
    )


def _documents(version: ListVersion | None) -> int:
    return 0 if version is None else int(version.report.get("documents", 0))


def _megabytes(size: int) -> int:
    return size // (1024 * 1024)
