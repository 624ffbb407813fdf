"""The lists of this machine: imported, kept in memory, kept fresh, and looked at."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from crossing.audit.service import Audit
from crossing.documents.chip.trust import TrustStore
from crossing.faces.gallery.opening import Galleries
from crossing.faces.service import FaceService
from crossing.identity.principal import Principal
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database, Session
from crossing.platform.db.reading import reading
from crossing.platform.logs import log
from crossing.screening import repository
from crossing.screening.ahead.forgetting import require_kept
from crossing.screening.errors import ListNotImported
from crossing.screening.index import ListIndexes
from crossing.screening.listed import ListIndex
from crossing.screening.lists import history
from crossing.screening.lists.document_sets import DocumentSets
from crossing.screening.lists.expiry import Expiring, ExpiryOrder
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.importer import ListImporter
from crossing.screening.lists.pictures import ListedPortraits
from crossing.screening.lists.placing import Placing, endings, in_use
from crossing.screening.lists.progress import Progress, Stage, silent
from crossing.screening.lists.provenance import EntryDefaults, Provenance
from crossing.screening.lists.schemas import ImportReport, ListStatus
from crossing.screening.lists.seals import Seals
from crossing.screening.lists.status import age_days, list_status, lists_status
from crossing.screening.lists.trust import TrustLists
from crossing.screening.lists.views import (
    DueEntry,
    EntryView,
    ImportPreview,
    ListDetail,
    ListDiff,
    MappingView,
    SealState,
    VersionView,
)
from crossing.screening.models import ListVersion
from crossing.screening.proposals.endings import Endings
from crossing.screening.snapshots import Snapshots
from crossing.screening.unasked import UnaskedList

_VERSIONS_SHOWN: Final = 100


LOADED_WITHIN_S: Final = 15.0
"""How long a start waits for the lists."""


class ListService:
    """One per process. Calls may come from any thread, and not within a transaction: each opens its own.

    What changes lists: :meth:`import_list` (with progress, and as a job in ``jobs.py``) and :meth:`expire`. What
    looks: :meth:`preview`, :meth:`status`, :meth:`show`, :meth:`versions`, :meth:`version`, :meth:`diff`,
    :meth:`entry` (audited) and :meth:`due`.
    """

    def __init__(  # noqa: PLR0913 - the parts of the machine that lists touch
        self,
        database: Database,
        blobs: BlobStore | None = None,
        *,
        clock: Clock,
        audit: Audit,
        signing_key: SigningKey,
        faces: FaceService | None = None,
        open_faces: Callable[[], FaceService | None] | None = None,
        galleries: Galleries | None = None,
        sets: DocumentSets | None = None,
        snapshots: Snapshots | None = None,
        interval_s: float = 5.0,
    ) -> None:
        """``signing_key`` is the machine's own: it signs versions, and those of another are not believed.
        ``open_faces`` stands in for ``faces`` where only an import with portraits needs an engine, as in a command.
        ``sets`` are the files of lists that are kept beside the database; without, none can be imported or asked.
        ``snapshots`` spare a start the building of what names are found by.
        ``interval_s``: how soon an import by another process (``crossing lists import``) is noticed."""
        self._database = database
        self._clock = clock
        self._audit = audit
        self._interval_s = interval_s
        self._seals = Seals(signing_key)
        self._importer = ListImporter(
            database,
            clock=clock,
            audit=audit,
            seals=self._seals,
            blobs=blobs,
            faces=open_faces or (lambda: faces),
            sets=sets,
        )
        placing = Placing(database, clock=clock, audit=audit, seals=self._seals)
        self._expiring = Expiring(database, clock=clock, placing=placing, seals=self._seals)
        self.endings: Final = Endings(database, clock=clock, audit=audit, expire=self.expire)
        self._indexes = ListIndexes(self._seals, faces, galleries, sets, snapshots)
        self.portraits: Final = ListedPortraits(database, self._indexes)
        self._on_change: Callable[[], None] | None = None
        self._trust = TrustLists(blobs, self._seals)
        self._loading: threading.Thread | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lists", daemon=True)

    def load(self, within_s: float = LOADED_WITHIN_S) -> None:
        """Read every list into memory. What takes longer than ``within_s`` is read while the machine already serves:
        nobody waits at a border for a list of a million. Until it is read, every check against it is NOT_CHECKED, and
        whoever passed is screened again afterwards."""
        self._loading = threading.Thread(target=self._load, name="lists-load", daemon=True)
        self._loading.start()
        self._loading.join(within_s)

    def _load(self) -> None:
        try:
            self._trust.refresh(self._database)
            self._refresh()
        except Exception as trouble:  # noqa: BLE001 - the thread that watches tries again
            log.error("lists_not_refreshed", error=type(trouble).__name__)

    def on_change(self, told: Callable[[], None]) -> None:
        """``told`` is called, from any thread, when another version of a list is asked from now on."""
        self._on_change = told

    def start(self) -> None:
        """Look for new versions from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended."""
        self._stopping.set()
        for thread in (self._loading, self._thread):
            if thread is not None and thread.is_alive():
                thread.join()

    def current(self) -> tuple[ListIndex, ...]:
        """The lists in use that travellers are looked up in, by code."""
        return self._indexes.current()

    def unasked(self) -> tuple[UnaskedList, ...]:
        """The lists that travellers should be looked up in, and can't be; why."""
        return self._indexes.unasked()

    def trust(self) -> TrustStore | None:
        """All master lists and revocation lists in use, however old they are; None while there is no master list.

        ``version`` names them, ``as_of`` is the date of the oldest master list. The same object until one changes.
        """
        return self._trust.current()

    def ages_days(self, now: datetime) -> dict[str, int]:
        """How old each list in memory is, lists of trust included, by code; asks no database."""
        ages = {one.code: one.age_days(now) for one in self.current()}
        return ages | {code: age_days(as_of, now) for code, as_of in self._trust.dates().items()}

    def import_list(self, order: ImportOrder, progress: Progress = silent) -> ImportReport:
        """Import a new version and ask it from now on. Raises a domain error and changes nothing where it can't be.

        ``progress`` is told each stage and how far it is, in the calling thread; it may raise ListImportCancelled.
        """
        report = self._importer.import_list(order, progress)
        progress(Stage.INDEXING, 0, None)
        self._trust.refresh(self._database)
        self._refresh()
        return report

    def preview(self, order: ImportOrder, progress: Progress = silent) -> ImportPreview:
        """What :meth:`import_list` would do, by the same code; nothing is written, no portrait is kept.

        Raises a domain error for a file that can't be read; what would refuse it after that is in ``refusal``.
        """
        return self._importer.preview(order, progress)

    def expire(self, order: ExpiryOrder) -> ImportReport:
        """End one entry, or take an ending back, in a new version that is asked from now on.

        Raises NoteMissing, ListEndingAlone, ListUnknown, ListNotImported, ListEntryUnknown, ListEntryNotEnded or
        ListOvertaken.
        """
        report = self._expiring.expire(order)
        self._refresh()
        return report

    def keeps_file(self, code: str, given: str | None) -> bool:
        """Whether the list is kept as a file, so that an order needs its path alone; ``given``: the first format."""
        return self._importer.keeps_file(code, given)

    def status(self) -> list[ListStatus]:
        """Every list with its version and age, by code, and which version is asked; its seal as it was when the
        version was loaded, or else its signature alone."""
        with reading(self._database) as session:
            stored = lists_status(session, self._clock.now(), self._known_seal)
        asked = {one.code: one.version for one in self.current()}
        return [one.model_copy(update={"asked_version": asked.get(one.code)}) for one in stored]

    def not_loaded(self) -> dict[str, float]:
        """For each list in memory 1 where its version in use can't be read, else 0; asks no database."""
        lost = self._indexes.not_loaded()
        return {one.code: float(one.code in lost) for one in self.current()}

    def show(self, code: str) -> ListDetail:
        """One list, verified down to its last row; of a million entries that takes seconds. Raises ListUnknown."""
        now = self._clock.now()
        with reading(self._database) as session:
            watch_list, version = in_use(session, code)
            seal = self._seals.state(session, version) if version else None
            return ListDetail(
                status=list_status(session, watch_list, version, now, lambda *_: seal or SealState.UNSIGNED),
                version=history.version_view(watch_list, version) if version else None,
                seal=seal,
                chain_broken_at=self._seals.broken_at(session, code),
                provenance=Provenance.model_validate(watch_list.provenance or {}),
                defaults=EntryDefaults.model_validate(watch_list.defaults or {}),
                mapping=MappingView.model_validate(watch_list.mapping) if watch_list.mapping else None,
                ended=len(endings(session, code)),
                **history.dates(session, code, now.date()),
            )

    def versions(self, code: str) -> list[VersionView]:
        """The newest hundred versions of a list, the newest first. Raises ListUnknown."""
        with reading(self._database) as session:
            return history.versions(session, in_use(session, code)[0], limit=_VERSIONS_SHOWN)

    def version(self, code: str, number: int) -> VersionView:
        """Raises ListUnknown or ListVersionUnknown."""
        with reading(self._database) as session:
            watch_list, _ = in_use(session, code)
            return history.version_view(watch_list, history.require_version(session, code, number))

    def diff(self, code: str, old: int | None = None, new: int | None = None) -> ListDiff:
        """What differs between two versions; without ``new`` the one in use, without ``old`` the one before it.

        Raises ListUnknown, ListNotImported, ListVersionUnknown, or ListVersionForgotten.
        """
        with reading(self._database) as session:
            _, serving = in_use(session, code)
            if serving is None:
                raise ListNotImported
            new = serving.number if new is None else new
            old = history.number_before(session, code, new) if old is None else old
            require_kept(session, code, self._clock.now(), old, new)
            return history.diff(session, code, old, new)

    def entry(self, code: str, reference: str, *, reader: Principal, purpose: str) -> EntryView:
        """One entry in use with all that the list says of it. The look is in the audit trail.

        Raises ListUnknown or ListEntryUnknown.
        """
        with self._database.unit_of_work() as session:
            in_use(session, code)
            found = history.entry(session, code, reference)
            self._audit.record(
                session,
                actor=reader,
                action="list.entry_read",
                subject_kind="watchlist",
                subject_id=code,
                purpose=purpose,
                detail={"reference": reference, "version": found.since_version},
            )
            return found

    def due(self, code: str | None = None) -> list[DueEntry]:
        """Entries in use, of one list or of every list, that are past their review or have expired; a thousand of a
        kind and list at most. Raises ListUnknown."""
        today = self._clock.now().date()
        with reading(self._database) as session:
            if code is None:
                codes = [watch_list.code for watch_list, _ in repository.lists(session)]
            else:
                codes = [in_use(session, code)[0].code]
            return [one for each in codes for one in history.due(session, each, today)]

    def _known_seal(self, session: Session, version: ListVersion) -> SealState:
        loaded = (
            one.seal for one in self.current() if (one.code, one.version) == (version.list_code, version.number)
        )
        return next(loaded, None) or self._seals.signature_state(session, version)

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
