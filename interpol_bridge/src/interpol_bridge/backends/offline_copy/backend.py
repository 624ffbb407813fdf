"""The backend that answers from a local copy, and takes a newer one up while it serves."""

import threading
from pathlib import Path
from typing import Final, Self

import structlog

from crossing.platform.files import FolderInUse
from crossing.ports.bridge import Mode, NotCheckedReason
from crossing.screening.snapshots import Snapshots
from interpol_bridge.backends.base import Finding, NotAnswered, Source
from interpol_bridge.backends.offline_copy.errors import CopyMissing, CopyRefused
from interpol_bridge.backends.offline_copy.keys import ReadingKey
from interpol_bridge.backends.offline_copy.manifest import NAME
from interpol_bridge.backends.offline_copy.opened import OpenCopy
from interpol_bridge.clock import Clock, utc_now
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.questions import Question
from interpol_bridge.settings import Settings
from interpol_bridge.store.secrets import read_keys

OPENING_TIMEOUT_S: Final = 15.0
"""A start waits so long for the copy. A large one of persons that was never indexed here takes longer."""

_CLOSING_TIMEOUT_S: Final = 5.0

_Seen = tuple[int, int, int]
"""What changes with a file that is replaced: inode, size, time of change."""

log = structlog.get_logger(__name__)


class OfflineCopyBackend:
    """Answers from the copy in a folder; how old one may be is for the bridge to say.

    A thread of its own looks every ``look_every_s`` seconds whether the folder has another manifest, opens that copy
    beside the one that serves, and puts it in its place: a question is answered by the one or by the other. A new
    copy that can't be believed is refused with its reason in the log, and the one before serves on with its own date.
    """

    name = "offline_copy"

    def __init__(
        self,
        folder: Path,
        key: ReadingKey,
        *,
        snapshots: Snapshots | None = None,
        clock: Clock = utc_now,
        look_every_s: float = 2.0,
        opening_timeout_s: float = OPENING_TIMEOUT_S,
    ) -> None:
        """``snapshots`` keeps the index of names from one start to the next, and is closed with the backend."""
        self._folder = folder
        self._key = key
        self._snapshots = snapshots
        self._clock = clock
        self._look_every_s = look_every_s
        self._current: OpenCopy | None = None
        self.refused = "the copy is still being opened"
        self._seen: _Seen | None = None
        self._looked = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._look_for_ever, name="offline-copy", daemon=True)
        self._thread.start()
        self._looked.wait(opening_timeout_s)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The copy that the settings name; the store's secret has to be there. Raises :class:`ConfigurationError`."""
        if settings.copy_folder is None or settings.copy_key is None:
            raise ConfigurationError("An offline copy needs copy_folder and copy_key.")
        key = ReadingKey.read(settings.copy_key)
        index_folder = settings.data_folder / "copy-index"
        try:
            snapshots = Snapshots(index_folder, read_keys(settings.secret_path).copy_index)
        except FolderInUse as error:
            raise ConfigurationError(f"Another bridge has {index_folder}.") from error
        return cls(settings.copy_folder, key, snapshots=snapshots)

    def ask(self, question: Question) -> Finding:
        copy = self._copy()
        records = copy.ask(question, self._clock().date())
        return Finding(_source(copy), records)

    def probe(self) -> Source:
        return _source(self._copy())

    def close(self) -> None:
        """Whoever asks now is still answered; an opening that takes longer than some seconds ends by itself."""
        self._closing.set()
        self._thread.join(_CLOSING_TIMEOUT_S)

    def _copy(self) -> OpenCopy:
        copy = self._current
        if copy is None:
            raise NotAnswered(NotCheckedReason.BACKEND_ERROR, self.refused)
        return copy

    def _look_for_ever(self) -> None:
        while not self._closing.is_set():
            self._look()
            self._looked.set()
            self._closing.wait(self._look_every_s)
        if self._snapshots is not None:
            self._snapshots.close()

    def _look(self) -> None:
        """Take up the copy of a manifest that was not there at the last look."""
        try:
            seen = _seen(self._folder)
            if seen == self._seen:
                self.refused = ""
                return
            opened = OpenCopy.open(self._folder, self._key, self._snapshots)
        except (CopyRefused, OSError) as error:
            self._refuse(str(error))
        except Exception as error:  # noqa: BLE001 - whatever a copy holds, the one that serves goes on serving
            self._refuse(type(error).__name__)
        else:
            self._current, self._seen, self.refused = opened, seen, ""
            log.info("copy_taken_up", as_of=opened.manifest.as_of.isoformat(), digest=opened.digest)

    def _refuse(self, reason: str) -> None:
        if reason != self.refused:
            log.error("copy_refused", reason=reason, serving=self._current is not None)
        self.refused = reason


def _source(copy: OpenCopy) -> Source:
    return Source(Mode.OFFLINE_COPY, copy.manifest.as_of, tuple(copy.manifest.databases))


def _seen(folder: Path) -> _Seen:
    """Raises CopyMissing and ``OSError``."""
    try:
        status = (folder / NAME).stat()
    except FileNotFoundError as error:
        raise CopyMissing(f"There is no copy in {folder}.") from error
    return status.st_ino, status.st_size, status.st_mtime_ns
