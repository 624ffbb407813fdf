"""The backend that answers from a local copy, and takes a newer one up while it serves."""

import threading
import time
from pathlib import Path
from typing import Final, Self

import structlog

from crossing.platform.files import FolderInUse
from crossing.ports.breaker import Ticks
from crossing.ports.bridge import Mode, NotCheckedReason
from crossing.screening.snapshots import Snapshots
from interpol_bridge.backends.base import Finding, NotAnswered, Source
from interpol_bridge.backends.offline_copy.attempts import Attempts, files_in
from interpol_bridge.backends.offline_copy.errors import CopyRefused
from interpol_bridge.backends.offline_copy.keys import ReadingKey
from interpol_bridge.backends.offline_copy.manifest import NAME
from interpol_bridge.backends.offline_copy.opened import OpenCopy
from interpol_bridge.clock import Clock, utc_now
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.files import Stamp, stamp
from interpol_bridge.questions import Question
from interpol_bridge.settings import Settings
from interpol_bridge.store.secrets import read_keys

OPENING_TIMEOUT_S: Final = 15.0
"""A start waits so long for the copy. A large one of persons that was never indexed here takes longer."""

_CLOSING_TIMEOUT_S: Final = 5.0

log = structlog.get_logger(__name__)


class OfflineCopyBackend:
    """Answers from the copy in a folder; how old one may be is for the bridge to say.

    A thread of its own looks every ``look_every_s`` seconds whether the folder has another manifest, opens that copy
    beside the one that serves, and puts it in its place: a question is answered by the one or by the other. A new
    copy that can't be believed is refused with its reason in the log, and the one before serves on with its own date.

    A copy that can't be read for one question answers no other either, until every byte of it was read: where a disk
    is damaged in one place, "no hit" from another is no longer worth much.
    """

    name = "offline_copy"

    def __init__(
        self,
        folder: Path,
        key: ReadingKey,
        *,
        snapshots: Snapshots | None = None,
        clock: Clock = utc_now,
        ticks: Ticks = time.monotonic,
        look_every_s: float = 2.0,
        opening_timeout_s: float = OPENING_TIMEOUT_S,
    ) -> None:
        """``snapshots`` keeps the index of names from one start to the next, and is closed with the backend."""
        self._folder = folder
        self._key = key
        self._snapshots = snapshots
        self._clock = clock
        self._look_every_s = look_every_s
        self._lock = threading.Lock()
        self._current: OpenCopy | None = None
        self._doubted: OpenCopy | None = None
        self._read_whole = False
        self.refused = "the copy is still being opened"
        self._attempts = Attempts(look_every_s, ticks)
        self._seen: Stamp | None = None
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
        try:
            records = copy.ask(question, self._clock().date())
        except NotAnswered as error:
            if error.reason is NotCheckedReason.BACKEND_ERROR:
                self._doubt(copy)
            raise
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

    def _doubt(self, copy: OpenCopy) -> None:
        """Take a copy out that can't be read."""
        with self._lock:
            if self._current is not copy:
                return
            self._current, self._doubted = None, copy
            self.refused = "the copy could not be read, and is being examined"
        log.error("copy_doubted", digest=copy.digest)

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
            if self._doubted is not None:
                self._examine(self._doubted)
            seen = stamp(self._folder / NAME)
            if seen is not None and seen == self._seen:
                self.refused = ""
                return
            files = files_in(self._folder)
            if self._attempts.due(files):
                self._attempts.note(files)
                self._take_up(seen)
        except (CopyRefused, OSError) as error:
            self._refuse(str(error))
        except Exception as error:  # noqa: BLE001 - whatever a copy holds, the one that serves goes on serving
            self._refuse(type(error).__name__)

    def _take_up(self, seen: Stamp | None) -> None:
        opened = OpenCopy.open(self._folder, self._key, self._snapshots)
        if self._read_whole:
            opened.verify()
        with self._lock:
            self._current, self._doubted, self._seen, self.refused = opened, None, seen, ""
        self._read_whole = False
        log.info("copy_taken_up", as_of=opened.manifest.as_of.isoformat(), digest=opened.digest)

    def _examine(self, copy: OpenCopy) -> None:
        """Read a copy whole that could not be read once, and put it back if it can be now. Raises CopyDamaged and
        ``OSError``; then it stays out, and whatever comes next is read whole before it answers."""
        self._doubted = None
        self._read_whole, self._seen, seen = True, None, self._seen
        copy.verify()
        with self._lock:
            self._current, self._seen, self.refused = copy, seen, ""
        self._read_whole = False
        log.warning("copy_whole_after_all", digest=copy.digest)

    def _refuse(self, reason: str) -> None:
        if reason != self.refused:
            log.error("copy_refused", reason=reason, serving=self._current is not None)
        self.refused = reason


def _source(copy: OpenCopy) -> Source:
    return Source(Mode.OFFLINE_COPY, copy.manifest.as_of, tuple(copy.manifest.databases))
