"""The lists of this machine: imported, kept in memory, and kept fresh."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from crossing.audit.service import Audit
from crossing.documents.chip.trust import TrustStore
from crossing.faces.gallery.opening import Galleries
from crossing.faces.service import FaceService
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.logs import log
from crossing.screening.index import ListIndex, ListIndexes
from crossing.screening.lists.importer import ImportOrder, ListImporter
from crossing.screening.lists.pictures import ListedPortraits
from crossing.screening.lists.status import age_days, lists_status
from crossing.screening.lists.trust import TrustLists
from crossing.screening.schemas import ImportReport, ListStatus


class ListService:
    """One per process. Calls may come from any thread."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore | None = None,
        *,
        clock: Clock,
        audit: Audit,
        faces: FaceService | None = None,
        galleries: Galleries | None = None,
        interval_s: float = 5.0,
    ) -> None:
        """``interval_s``: how soon an import by another process (``crossing lists import``) is noticed."""
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._interval_s = interval_s
        self._importer = ListImporter(database, clock=clock, audit=audit, blobs=blobs, faces=faces)
        self._indexes = ListIndexes(faces, galleries)
        self.portraits: Final = ListedPortraits(database, self._indexes)
        self._on_change: Callable[[], None] | None = None
        self._trust = TrustLists(blobs)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lists", daemon=True)

    def load(self) -> None:
        """Read every list into memory. Until then there is none, and every check against lists is NOT_CHECKED."""
        self._trust.refresh(self._database)
        self._indexes.refresh(self._database)

    def on_change(self, told: Callable[[], None]) -> None:
        """``told`` is called, from any thread, when another version of a list is asked from now on."""
        self._on_change = told

    def start(self) -> None:
        """Look for new versions from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def current(self) -> tuple[ListIndex, ...]:
        """The lists in use that travellers are looked up in, by code."""
        return self._indexes.current()

    def trust(self) -> TrustStore | None:
        """All master lists and revocation lists in use, however old they are; None while there is no master list.

        ``version`` names them, ``as_of`` is the date of the oldest master list. The same object until one changes.
        """
        return self._trust.current()

    def ages_days(self, now: datetime) -> dict[str, int]:
        """How old each list in memory is, lists of trust included, by code; asks no database."""
        ages = {one.code: one.age_days(now) for one in self.current()}
        return ages | {code: age_days(as_of, now) for code, as_of in self._trust.dates().items()}

    def import_list(self, order: ImportOrder) -> ImportReport:
        """Import a new version and ask it from now on. Raises a domain error and changes nothing where it can't be.

        Must not be called within a transaction: it opens its own.
        """
        report = self._importer.import_list(order)
        self._trust.refresh(self._database)
        self._refresh()
        return report

    def status(self) -> list[ListStatus]:
        """Every list with its version and age, by code."""
        with reading(self._database) as session:
            return lists_status(session, self._clock.now())

    def _watch(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                if self._trust.refresh(self._database) and (trust := self._trust.current()):
                    log.info("trust_refreshed", version=trust.version)
                if self._refresh():
                    log.info("lists_refreshed", lists=[f"{one.code}:{one.version}" for one in self.current()])
            except Exception as trouble:  # noqa: BLE001 - the versions so far go on; the next turn may find it mended
                log.error("lists_not_refreshed", error=type(trouble).__name__)

    def _refresh(self) -> bool:
        changed = self._indexes.refresh(self._database)
        if changed and self._on_change is not None:
            self._on_change()
        return changed
