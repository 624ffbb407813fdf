"""From approved entries to the list that travellers are looked up in.

An approval is kept first; the list follows from all approvals, and is imported like any other file. Where that fails
the approvals stay as they are, say so, and are tried again: nothing that two persons agreed on is ever lost.
"""

import threading
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.identity.principal import SYSTEM
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.logs import log
from crossing.screening.lists.formats.hand_made import NAME, write
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.service import ListService
from crossing.screening.proposals import repository
from crossing.screening.proposals.entry import Entry
from crossing.screening.proposals.rules import is_in_force
from crossing.screening.proposals.service import PURPOSE, HandMadeList

EMPTIED_AFTER: Final = timedelta(days=30)
EMPTIED_AT_ONCE: Final = 200
_UNFORESEEN: Final = "unexpected"


class EntryApplier:
    """A thread that puts approved entries into the list, and empties refused ones in time. One per process."""

    def __init__(
        self,
        kept: HandMadeList,
        *,
        database: Database,
        blobs: BlobStore,
        lists: ListService,
        clock: Clock,
        audit: Audit,
        interval_s: float = 5.0,
    ) -> None:
        """``interval_s``: how long after a failure, or after an approval by another process, it is tried again."""
        self._kept = kept
        self._database = database
        self._blobs = blobs
        self._lists = lists
        self._clock = clock
        self._audit = audit
        self._interval_s = interval_s
        self._one_at_a_time = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="entries", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended, which an import that runs delays."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def apply(self) -> bool:
        """Put every approved entry into the list; whether all are in it now. Never raises for what it will try again.

        Must not be called within a transaction: an import opens its own.
        """
        with self._one_at_a_time:
            with reading(self._database) as session:
                due = [one.proposal.id for one in repository.unapplied(session, self._kept.code)]
                content = self._content(session) if due else b""
            return not due or self._import(due, content)

    def empty(self) -> int:
        """Empty what was refused or withdrawn 30 days ago or longer, at most 200 at once; how many it were."""
        before = self._clock.now() - EMPTIED_AFTER
        with reading(self._database) as session:
            if not repository.to_be_emptied(session, before, 1):
                return 0
        with self._database.unit_of_work() as session:
            ids = repository.to_be_emptied(session, before, EMPTIED_AT_ONCE)
            repository.empty(session, ids)
            self._audit.record(
                session,
                actor=SYSTEM,
                action="entry.emptied",
                subject_kind="watchlist",
                subject_id=self._kept.code,
                purpose="retention",
                detail={"proposals": len(ids)},
            )
        return len(ids)

    def portrait(self, sha256: str) -> bytes | None:
        """The picture of an entry: from the store, or from its proposal where it only now comes to the list."""
        if self._blobs.has(sha256):
            return self._blobs.get(sha256)
        with reading(self._database) as session:
            return repository.picture(session, self._kept.code, sha256)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.apply()
                self.empty()
            except SQLAlchemyError as trouble:
                log.error("entries_not_applied", error=type(trouble).__name__)
            self._wake.wait(self._interval_s)
            self._wake.clear()

    def _content(self, session: Session) -> bytes:
        today = self._clock.now().date()
        rows = repository.in_force(session, self._kept.code)
        entries = {row.reference: Entry.model_validate(row.content) for row, _ in rows}
        return write({reference: entry for reference, entry in entries.items() if is_in_force(entry, today)})

    def _import(self, due: list[UUID], content: bytes) -> bool:
        order = ImportOrder(
            code=self._kept.code,
            content=content,
            as_of=self._clock.now(),
            actor=SYSTEM,
            name=self._kept.name,
            format=NAME,
            accept_loss=True,
            approved=True,
            portraits=self.portrait,
        )
        try:
            report = self._lists.import_list(order)
        except DomainError as refused:
            return self._failed(due, refused.code)
        except Exception as trouble:  # noqa: BLE001 - whatever it is, the approval stands and is tried again
            log.error("entries_not_applied", error=type(trouble).__name__)
            return self._failed(due, _UNFORESEEN)
        with self._database.unit_of_work() as session:
            repository.mark_applied(session, due, report.version)
            self._audit.record(
                session,
                actor=SYSTEM,
                action="entry.applied",
                subject_kind="watchlist",
                subject_id=self._kept.code,
                purpose=PURPOSE,
                detail={"version": report.version, "proposals": len(due)},
            )
        return True

    def _failed(self, due: list[UUID], code: str) -> bool:
        log.error("entries_not_applied", list=self._kept.code, code=code, waiting=len(due))
        with self._database.unit_of_work() as session:
            repository.mark_trouble(session, due, code)
        return False
