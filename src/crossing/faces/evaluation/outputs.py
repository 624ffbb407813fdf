"""Files that a measurement is written to: tried before the hours of measuring, and written whole or not at all."""

from pathlib import Path
from tempfile import TemporaryFile

from crossing.faces.evaluation.collection import Unusable
from crossing.platform.files import write_durably


def require_writable(file: Path) -> None:
    """Raises :class:`Unusable` where :func:`write` could not put ``file`` in its place."""
    if file.exists() and not file.is_file():
        raise Unusable(f"{file} cannot be written: it is no file.")
    try:
        with TemporaryFile(dir=file.parent):
            return
    except OSError as refused:
        raise _unwritable(file, refused) from refused


def write(file: Path, text: str) -> None:
    """In UTF-8, readable by everybody who may enter the folder. Raises :class:`Unusable` where that fails."""
    try:
        write_durably(file, text.encode(), mode=0o644)
    except OSError as refused:
        raise _unwritable(file, refused) from refused


def _unwritable(file: Path, why: OSError) -> Unusable:
    return Unusable(f"{file} cannot be written: {why.strerror or type(why).__name__}.")
