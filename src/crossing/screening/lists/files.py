"""The files of a list: one as it is, several together as a ZIP, and the portraits beside them."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from crossing.screening.errors import ListTooLarge
from crossing.screening.lists.contents import MAX_BYTES, MAX_ENTRIES
from crossing.screening.lists.portrait_reading import PortraitLoader

MAX_FILES: Final = 16
"""Files that are put together. OFAC has four."""

_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)


def together(files: Sequence[tuple[str, BinaryIO]]) -> bytes:
    """The content of the one file; of several, a ZIP with them, which is the same whenever they are.

    Raises ListTooLarge as soon as the limit is passed, whatever is still to come.
    """
    if len(files) == 1:
        return _whole(files[0][1])
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for name, file in sorted(files, key=lambda one: one[0]):
            packed.writestr(zipfile.ZipInfo(Path(name).name, _NO_DATE), _whole(file))
            if archive.tell() > MAX_BYTES:
                raise _too_large()
    return archive.getvalue()


def content_of(paths: Sequence[Path]) -> bytes:
    """What is to be imported of these files; of a folder, the files in it. Raises ListTooLarge."""
    files = [one for path in paths for one in (sorted(path.iterdir()) if path.is_dir() else [path])]
    chosen = [one for one in files if one.is_file() and not one.name.startswith(".")]
    opened = [(one.name, one.open("rb")) for one in chosen]
    try:
        return together(opened)
    finally:
        for _, file in opened:
            file.close()


def folder_loader(folder: Path) -> PortraitLoader:
    """Portraits from files in ``folder``. Names come checked from the format; a link out of the folder is refused."""
    root = folder.resolve()

    def load(name: str) -> bytes | None:
        path = (root / name).resolve()
        return path.read_bytes() if path.parent == root and path.is_file() else None

    return load


def _whole(file: BinaryIO) -> bytes:
    """In one piece: pieces that are put together afterwards are in memory twice."""
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _too_large()
    return content


def _too_large() -> ListTooLarge:
    return ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)
