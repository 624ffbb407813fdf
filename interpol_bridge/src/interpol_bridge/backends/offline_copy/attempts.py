"""When the files of a copy are tried again that could not be taken up.

To refuse them may take reading them whole, seconds of a processor that answers questions as well; and they are mostly
refused again. What came new is tried at once.
"""

from pathlib import Path
from re import fullmatch
from typing import Final

from crossing.ports.breaker import Ticks
from interpol_bridge.backends.offline_copy.manifest import FILE_NAME, NAME
from interpol_bridge.files import Stamp, stamp

LONGEST_PAUSE_S: Final = 600.0

Files = frozenset[tuple[str, Stamp | None]]


def files_in(folder: Path) -> Files:
    """What changes with the files of a copy in ``folder``; nothing where there is no folder. Raises ``OSError``."""
    try:
        names = [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        names = []
    return frozenset((name, stamp(folder / name)) for name in names if name == NAME or fullmatch(FILE_NAME, name))


class Attempts:
    """The files that were tried last. They are due again after a pause that doubles from ``first_pause_s`` to ten
    minutes, for a reason to refuse them may pass: a disk that failed once."""

    def __init__(self, first_pause_s: float, ticks: Ticks) -> None:
        self._first_pause_s = first_pause_s
        self._ticks = ticks
        self._files: Files | None = None
        self._pause_s = first_pause_s
        self._again_at = 0.0

    def due(self, files: Files) -> bool:
        return files != self._files or self._ticks() >= self._again_at

    def note(self, files: Files) -> None:
        """``files`` are tried now."""
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S) if files == self._files else self._first_pause_s
        self._files = files
        self._again_at = self._ticks() + self._pause_s
