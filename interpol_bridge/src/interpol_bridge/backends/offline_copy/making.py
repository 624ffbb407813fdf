"""Making a copy of files, and the delta between two copies. It needs the maker's key, and happens at the bureau."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from crossing.ports.bridge import Database
from crossing.ports.document_set import (
    Document,
    DocumentSetBuilder,
    DocumentSetError,
    DocumentSetNoRoom,
    DocumentSetTooVaried,
    NumberRange,
    Origin,
    write_delta,
)
from interpol_bridge.backends.offline_copy import sources
from interpol_bridge.backends.offline_copy.errors import CopyDamaged, CopyDoesNotFollow, SourceRefused
from interpol_bridge.backends.offline_copy.folder import UNFINISHED, bring, changing, prune, put_in_place
from interpol_bridge.backends.offline_copy.keys import MakingKey, ReadingKey
from interpol_bridge.backends.offline_copy.manifest import MOST_LAYERS, CopyFile, Holding, Manifest, SignedManifest
from interpol_bridge.backends.offline_copy.opened import SETS, open_set
from interpol_bridge.backends.offline_copy.persons_file import write_persons
from interpol_bridge.backends.offline_copy.sources import Noticed

CLOCK_TOLERANCE: Final = timedelta(minutes=5)

_DIGEST_SHOWN: Final = 32
_LOOKED_AT: Final = 1024 * 1024
_MORE_THAN_LOOKS: Final = 1.25


@dataclass(frozen=True, slots=True)
class Order:
    """What a copy is made of. ``persons`` are names of formats with their files. ``most_skipped``: rows that may be
    unusable, of all files together. ``as_of``: the date of the sources, aware."""

    as_of: datetime
    sltd: Path | None = None
    tdawn: Path | None = None
    smv: Path | None = None
    persons: tuple[tuple[str, Path], ...] = ()
    most_skipped: int = 0


def make_copy(order: Order, folder: Path, key: MakingKey, now: datetime, tell: Callable[[str], None]) -> Manifest:
    """Make a whole copy in ``folder``; one that is there already is asked until the new one is complete.

    Raises ``OSError`` and a :class:`CopyRefused`, and leaves what was there as it was.
    """
    if order.as_of > now + CLOCK_TOLERANCE:
        raise SourceRefused("The sources' date lies ahead.")
    with changing(folder):
        maker = _Maker(order, folder, key)
        try:
            signed = SignedManifest.of(maker.manifest(now), key)
        finally:
            for line in maker.told():
                tell(line)
        put_in_place(folder, signed, key.reading)
    return signed.manifest


def make_delta(old: Path, new: Path, out: Path, key: MakingKey, now: datetime) -> Manifest:
    """The delta at ``out`` that makes the copy ``new`` of the copy ``old``: a manifest, and the files that ``old``
    lacks. Persons come whole where they changed. Raises ``OSError`` and a :class:`CopyRefused`.
    """
    reading = key.reading
    before, after = SignedManifest.read(old, reading), SignedManifest.read(new, reading)
    if after.manifest.as_of < before.manifest.as_of:
        raise CopyDoesNotFollow("The copy that a delta is to lead to is older than the one before.")
    with changing(out):
        folders = old, new, out
        manifest = Manifest(
            as_of=after.manifest.as_of,
            made_at=now,
            follows=before.digest,
            content_check=reading.check,
            databases={
                database: _followed(database, before.manifest, holding, folders, reading)
                for database, holding in after.manifest.databases.items()
            },
        )
        for file in set(manifest.files) - set(before.manifest.files):
            bring(file, new, out)
        prune(out, manifest.files)
        SignedManifest.of(manifest, key).write(out)
    return manifest


class _Maker:
    """Writes the files of one copy, and counts what could not be used."""

    def __init__(self, order: Order, folder: Path, key: MakingKey) -> None:
        self._order = order
        self._folder = folder
        self._key = key.reading
        self._noticed: list[Noticed] = []
        self._without_words: list[str] = []

    def manifest(self, now: datetime) -> Manifest:
        holdings = dict(self._holdings())
        if not holdings:
            raise SourceRefused("A copy is made of at least one file.")
        skipped = sum(one.skipped for one in self._noticed)
        if skipped > self._order.most_skipped:
            raise SourceRefused(
                f"{skipped} rows can't be used. A copy without them would say that they are not listed: mend the "
                f"files, or allow so many with --most-skipped."
            )
        return Manifest(as_of=self._order.as_of, made_at=now, content_check=self._key.check, databases=holdings)

    def told(self) -> list[str]:
        return [line for one in self._noticed for line in one.told()] + self._without_words

    def _holdings(self) -> Iterator[tuple[Database, Holding]]:
        order = self._order
        if order.sltd:
            found = sources.documents(order.sltd, self._notice(order.sltd), sources.FRAUDS)
            yield Database.SLTD, self._set(Database.SLTD, order.sltd, found)
        if order.tdawn:
            found = sources.documents(order.tdawn, self._notice(order.tdawn), sources.COLOURS)
            yield Database.TDAWN, self._set(Database.TDAWN, order.tdawn, found)
        if order.smv:
            vehicles = sources.vehicles(order.smv, self._notice(order.smv))
            yield Database.SMV, self._set(Database.SMV, order.smv, vehicles)
        if order.persons:
            yield Database.NOMINALS, self._persons(order.persons)

    def _notice(self, path: Path) -> Noticed:
        self._noticed.append(Noticed(path.name))
        return self._noticed[-1]

    def _set(self, database: Database, source: Path, found: Iterable[Document | NumberRange]) -> Holding:
        path = self._folder / f"{database}{UNFINISHED}"
        origin = Origin(database.value, self._order.as_of, source.name)
        with (
            _explained(path),
            DocumentSetBuilder(path, origin, self._key.documents, expected=_expected(source)) as builder,
        ):
            for one in found:
                if isinstance(one, Document):
                    builder.add(*one)
                else:
                    builder.add_range(one)
            header = builder.finish()
        if builder.without_words:
            self._without_words.append(f"{source.name}: {builder.without_words} records without their words")
        return Holding(files=(_kept(path, database, header.digest, ".docset"),), records=header.count + header.ranges)

    def _persons(self, files: Sequence[tuple[str, Path]]) -> Holding:
        path = self._folder / f"{Database.NOMINALS}{UNFINISHED}"
        persons = list(sources.persons(files, self._noticed.append, self._key.references))
        digest = write_persons(path, persons, self._key.persons)
        return Holding(files=(_kept(path, Database.NOMINALS, digest, ".persons"),), records=len(persons))


def _followed(
    database: Database, before: Manifest, holding: Holding, folders: tuple[Path, Path, Path], key: ReadingKey
) -> Holding:
    """The files of a database after the delta: those there were and one more, or all of the new copy's where that is
    shorter."""
    known = before.databases.get(database)
    if known is None or database not in SETS or len(known.files) >= MOST_LAYERS:
        return holding
    old, new, out = folders
    first, second = open_set(old, known, key), open_set(new, holding, key)
    path = out / f"{database}{UNFINISHED}"
    with _explained(path):
        header = write_delta(first, second, path, key.documents)
    if not header.count and not header.ranges:
        return known
    if path.stat().st_size >= sum(file.size for file in holding.files):
        return holding
    return Holding(files=(*known.files, _kept(path, database, header.digest, ".docset")), records=holding.records)


def _kept(path: Path, database: Database, digest: str, suffix: str) -> CopyFile:
    """Give a finished file the name that its digest makes."""
    file = CopyFile(name=f"{database}-{digest[:_DIGEST_SHOWN]}{suffix}", digest=digest, size=path.stat().st_size)
    path.replace(path.with_name(file.name))
    return file


def _expected(path: Path) -> int:
    """How many rows there may be, as the first of them look."""
    with path.open("rb") as file:
        first = file.read(_LOOKED_AT)
    return int(path.stat().st_size * max(1, first.count(b"\n")) / max(1, len(first)) * _MORE_THAN_LOOKS) + 1


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except DocumentSetNoRoom as full:
        raise SourceRefused(
            f"{path.parent} needs {full.needed // 2**20} MB free, and has {full.free // 2**20}."
        ) from full
    except DocumentSetTooVaried as varied:
        raise SourceRefused(f"{path.stem} can't be made: {varied}.") from varied
    except DocumentSetError as error:
        raise CopyDamaged(f"A copy that was read is damaged: {error}.") from error
