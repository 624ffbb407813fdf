"""The galleries of this machine, each with its encrypted file; where file and rows differ, the file is mended."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote
from uuid import UUID

from crossing.faces.engines.base import MadeBy
from crossing.faces.gallery.file import SEGMENT_ROWS, GalleryFile, GalleryUnusable, destroy
from crossing.faces.gallery.rows import Floats, Keys, absent_from
from crossing.faces.gallery.search import Entry, Gallery
from crossing.platform.files import FolderLock
from crossing.platform.logs import log

Fetch = Callable[[list[UUID]], Iterable[Entry]]
"""The entries of these template ids, from the database."""

_FETCHED_AT_ONCE: Final = 500
_SUFFIX: Final = ".gallery"


def in_memory(made_by: MadeBy, dimension: int, *, keys: Keys, fetch: Fetch) -> Gallery:
    """A gallery that no file is kept of, read from the database anew at each start."""
    gallery = Gallery(made_by, dimension)
    _add_missing(gallery, keys, fetch)
    return gallery


class Galleries:
    """Opens galleries, and keeps their files as they are in memory. Calls may come from any thread."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """``key``: 32 bytes. Raises ``FolderInUse`` where another process has ``folder``."""
        self._lock = FolderLock(folder)
        self._folder = folder
        self._key = key
        self._opening = threading.Lock()
        self._open: dict[Path, _Kept] = {}

    def open(
        self, name: str, made_by: MadeBy, dimension: int, *, keys: Keys, fetch: Fetch, keep_more: bool = False
    ) -> Gallery:
        """The gallery ``name`` of one engine, holding the templates that ``keys`` lists from the database.

        What the file has is read from it, the rest comes through ``fetch``. A gallery that is open already is the
        same object, in which others may be searching. What is missing is added first, and only then goes what
        ``keys`` does not list; with ``keep_more`` it stays until the caller asks for :meth:`Gallery.keep_only`.

        Between reading ``keys`` and that moment the caller lets nobody add or remove a template of this gallery.
        Where the disk refuses, the gallery works in memory and the log says so. Raises :class:`EnginesDiffer`.
        """
        with self._opening:
            path = self._path(name, made_by)
            kept = self._open.get(path)
            if kept is None:
                kept = self._open[path] = _Kept.load(path, self._key, name, made_by, dimension)
            added = _add_missing(kept.gallery, keys, fetch)
            removed = 0 if keep_more else kept.gallery.keep_only(keys)
            if added or removed:
                log.info("gallery_mended", added=added, removed=removed)
            kept.save()
            return kept.gallery

    def keep_only(self, prefix: str, names: Iterable[str], made_by: MadeBy | None) -> None:
        """Of the galleries whose names begin with ``prefix``, delete all but these ``names`` of this engine; all
        where ``made_by`` is None.

        For when another engine serves, or a list is gone. Whoever still searches in a deleted one may go on, in
        memory. A disk that refuses is told in the log.
        """
        with self._opening:
            wanted = {self._path(name, made_by) for name in names} if made_by else set()
            begins = quote(prefix, safe="")
            # One that is open may have no file yet.
            known = {*self._folder.glob(f"{begins}*{_SUFFIX}"), *self._open}
            for path in sorted(known - wanted):
                if path.name.startswith(begins):
                    if path in self._open:
                        self._open.pop(path).stop()
                    _delete(path)

    def close(self) -> None:
        """Everything is on disk when this returns."""
        with self._opening:
            for kept in self._open.values():
                kept.stop()
            self._open.clear()
            self._lock.release()

    def _path(self, name: str, made_by: MadeBy) -> Path:
        of_engine = hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:16]
        return self._folder / f"{quote(name, safe='')}.{of_engine}{_SUFFIX}"


class _Kept:
    """A gallery and its file, or None while the disk refuses one. Row n lies in slot n of the file."""

    def __init__(self, path: Path, gallery: Gallery, open_file: Callable[[], GalleryFile]) -> None:
        self.path = path
        self.gallery = gallery
        self._open_file = open_file
        self._file: GalleryFile | None = None
        self._unsaved: set[int] = set()
        self._must_sync = False
        gallery.on_change = self._changed

    @classmethod
    def load(cls, path: Path, key: bytes, name: str, made_by: MadeBy, dimension: int) -> "_Kept":
        """What the file at ``path`` has; an empty gallery with a new file where it has nothing that can be used."""
        context = json.dumps([name, *made_by]).encode()

        def open_file() -> GalleryFile:
            return _file_at(path, key, context, dimension)

        kept = cls(path, Gallery(made_by, dimension), open_file)
        try:
            kept._file = open_file()
            kept._read(kept._file)
        except OSError as trouble:
            log.error("gallery_not_kept", gallery=path.name, error=type(trouble).__name__)
            kept._let_go()
            return cls(path, Gallery(made_by, dimension), open_file)
        return kept

    def save(self) -> None:
        """Write what has changed. What a disk refuses holds nobody up: it is tried again with the next change."""
        with self.gallery.unchanged():
            try:
                self._write(self._file or self._opened_late())
            except OSError as trouble:
                log.error("gallery_not_kept", gallery=self.path.name, error=type(trouble).__name__)

    def stop(self) -> None:
        """Let go of the file. The gallery works on in memory, for whoever still searches in it."""
        with self.gallery.unchanged():
            self.gallery.on_change = None
            self._must_sync = True
            self.save()
            self._let_go()

    def _opened_late(self) -> GalleryFile:
        """The file that could not be opened or read before; whatever it has is written over. Raises ``OSError``."""
        self._file = self._open_file()
        self._unsaved.update(range(-(-len(self.gallery) // SEGMENT_ROWS)))
        self._must_sync = True
        return self._file

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _changed(self, rows: set[int]) -> None:
        count = len(self.gallery)
        self._unsaved |= {row // SEGMENT_ROWS for row in rows}
        # An addition that a power cut undoes comes back from the rows; a removal has to be on disk.
        self._must_sync = self._must_sync or any(row >= count for row in rows)
        self.save()

    def _write(self, file: GalleryFile) -> None:
        used = -(-len(self.gallery) // SEGMENT_ROWS)
        for number in sorted(self._unsaved):
            if number < used:
                first = number * SEGMENT_ROWS
                file.write(number, *self.gallery.copy(first, first + SEGMENT_ROWS))
        file.cut(used)
        if self._must_sync:
            file.sync()
        self._unsaved.clear()
        self._must_sync = False

    def _read(self, file: GalleryFile) -> None:
        damaged: list[int] = []
        self.gallery.load(self._whole_segments(file, damaged))
        if damaged:
            log.warning("gallery_damaged", gallery=self.path.name, segments=len(damaged))

    def _whole_segments(self, file: GalleryFile, damaged: list[int]) -> Iterator[tuple[Keys, Floats]]:
        """Rows close up in memory: after a segment that is not full they lie elsewhere than in the file."""
        moved = False
        for number, segment in enumerate(file.read()):
            if segment is None:
                damaged.append(number)
                self._unsaved.add(number)
                moved = True
                continue
            if moved:
                self._unsaved.add(number)
            moved = moved or len(segment[0]) < SEGMENT_ROWS
            yield segment


def _file_at(path: Path, key: bytes, context: bytes, dimension: int) -> GalleryFile:
    """The file at ``path``, or a new one where it is absent or of no use. Raises ``OSError``."""
    try:
        return GalleryFile.open(path, key, context, dimension)
    except FileNotFoundError:
        return GalleryFile.create(path, key, context, dimension)
    except GalleryUnusable:
        log.warning("gallery_unusable", gallery=path.name)
        return GalleryFile.create(path, key, context, dimension)


def _add_missing(gallery: Gallery, keys: Keys, fetch: Fetch) -> int:
    """Take in what ``gallery`` lacks of ``keys``; how many they were."""
    with gallery.unchanged():
        missing = [UUID(bytes=key[:16]) for key in absent_from(gallery.keys(), keys)]
        gallery.extend(
            entry
            for at in range(0, len(missing), _FETCHED_AT_ONCE)
            for entry in fetch(missing[at : at + _FETCHED_AT_ONCE])
        )
    return len(missing)


def _delete(path: Path) -> None:
    try:
        destroy(path)
    except OSError as trouble:
        log.error("gallery_not_deleted", gallery=path.name, error=type(trouble).__name__)
