"""The folder of a copy: changed by one process at a time, from one whole copy to another."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from crossing.platform.files import FolderInUse, FolderLock, sync_folder
from interpol_bridge.backends.offline_copy.errors import CopyDamaged, CopyDoesNotFollow, CopyRefused
from interpol_bridge.backends.offline_copy.keys import ReadingKey
from interpol_bridge.backends.offline_copy.manifest import FILE_NAME, NAME, CopyFile, SignedManifest
from interpol_bridge.backends.offline_copy.opened import OpenCopy, has_size

UNFINISHED: Final = ".unfinished"

_OURS: Final = re.compile(rf"{FILE_NAME}|.+{re.escape(UNFINISHED)}|\.{re.escape(NAME)}\..+")
"""Files of copies, those that a kill left half written, and half a manifest."""

_AT_ONCE: Final = 1024 * 1024


def take_up(folder: Path, came: Path, key: ReadingKey) -> OpenCopy:
    """Bring the copy in ``folder`` up to ``came``: a delta that was made for it, or a whole copy that is not older.

    Everything is checked and on disk before the copy in the folder changes, which happens at once; a bridge that
    serves takes the new one up by itself. The same one again changes nothing. Raises ``OSError`` and a
    :class:`CopyRefused`.
    """
    signed = SignedManifest.read(came, key)
    with changing(folder):
        there = _followed(signed, folder, key)
        try:
            return _brought(signed, came, folder, key)
        except CopyDamaged:
            # What lies there under a right name may be what is wrong.
            try:
                return _brought(signed, came, folder, key, anew=True)
            except CopyDamaged:
                prune(folder, there)
                raise


def put_in_place(folder: Path, signed: SignedManifest, key: ReadingKey) -> OpenCopy:
    """Read the copy of this manifest whole, and only then let the folder's manifest name it. Files that no manifest
    names any more are deleted; whoever has one open reads on. Raises ``OSError`` and a :class:`CopyRefused`."""
    opened = OpenCopy.of(folder, signed, key)
    opened.verify()
    signed.write(folder)
    prune(folder, signed.manifest.files)
    return opened


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """The folder, for this process alone; made if it is missing. Raises :class:`CopyRefused`."""
    try:
        lock = FolderLock(folder)
    except FolderInUse as error:
        raise CopyRefused(f"Another process is changing {folder}; wait for its end.") from error
    try:
        yield
    finally:
        lock.release()


def bring(file: CopyFile, source: Path, folder: Path, *, anew: bool = False) -> None:
    """Copy a file into the folder by streaming, durably, unless it is there; ``anew``: also then, where the source
    has it.

    Raises ``OSError`` and CopyDamaged.
    """
    if has_size(folder, file) and not (anew and has_size(source, file)):
        return
    if not has_size(source, file):
        raise CopyDamaged(f"{source} lacks the file {file.name}, or it is cut short.")
    unfinished = folder / f"{file.name}{UNFINISHED}"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (source / file.name).open("rb") as read, os.fdopen(descriptor, "wb") as written:
        while some := read.read(_AT_ONCE):
            written.write(some)
        written.flush()
        os.fsync(written.fileno())
    unfinished.replace(folder / file.name)
    sync_folder(folder)


def prune(folder: Path, files: Sequence[CopyFile]) -> None:
    """Delete what is of a copy and not one of ``files``, and what a kill left unfinished."""
    wanted = {file.name for file in files}
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in wanted:
            path.unlink(missing_ok=True)


def _brought(signed: SignedManifest, came: Path, folder: Path, key: ReadingKey, *, anew: bool = False) -> OpenCopy:
    for file in signed.manifest.files:
        bring(file, came, folder, anew=anew)
    return put_in_place(folder, signed, key)


def _followed(signed: SignedManifest, folder: Path, key: ReadingKey) -> tuple[CopyFile, ...]:
    """The files of the copy that is there, which this one may follow; none where no copy there can be believed, which
    a whole one may follow. Raises CopyDoesNotFollow."""
    follows = signed.manifest.follows
    try:
        there = SignedManifest.read(folder, key)
    except CopyRefused:
        if follows:
            raise CopyDoesNotFollow("It is a delta, and no copy is there: take up a whole copy first.") from None
        return ()
    if there.digest != signed.digest:
        if follows and follows != there.digest:
            raise CopyDoesNotFollow(
                "The delta was made for another copy; take up what came between, or a whole copy."
            )
        if signed.manifest.as_of < there.manifest.as_of:
            raise CopyDoesNotFollow("What came is older than the copy that is there.")
    return there.manifest.files
