"""Pictures that a person names on the command line: opened with as much care as an upload."""

import os
import stat
from pathlib import Path
from typing import Final

from crossing.platform.images import MAX_BYTES, BgrImage, ImageTooLarge, decode_image

_PATTERN: Final = frozenset("*?[")


class PictureFileError(Exception):
    """A file that is not even opened as a picture. ``code`` is stable; the text is for whoever typed the command."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def open_picture(path: Path) -> BgrImage:
    """The decoded picture at ``path``.

    Raises :class:`PictureFileError` and the errors of :func:`crossing.platform.images.decode_image`. What is no
    plain file is refused before it is opened: a pipe or a device could be read without end.
    """
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise PictureFileError("is_a_folder", "This is a folder: name the pictures in it.")
        if not stat.S_ISREG(kind):
            raise PictureFileError("not_a_file", "This is no plain file.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError as missing:
        if _PATTERN & set(path.name):
            raise PictureFileError("no_match", "No file matches this pattern.") from missing
        raise PictureFileError("file_missing", "There is no such file.") from missing
    except (OSError, ValueError) as refused:  # ValueError: a name that no file system takes
        reason = refused.strerror if isinstance(refused, OSError) else str(refused)
        raise PictureFileError("file_unreadable", f"The file could not be read: {reason}.") from refused
    if len(content) > MAX_BYTES:
        raise ImageTooLarge
    return decode_image(content)


def shown(path: Path) -> str:
    """The name of a file as text; bytes in it that are no UTF-8 become the replacement character."""
    return os.fsencode(path).decode("utf-8", errors="replace")
