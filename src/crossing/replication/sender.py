"""The sender: a thread of the post that brings the outbox to the capital, most urgent first, and never gives up.

Text goes in batches from this thread; blobs go in pieces beside it (uploads.py), and a piece is started only when
nothing more urgent waits. So an alert waits at most for what is already on the line. Nothing at the post is deleted.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.logs import log
from crossing.platform.notify import Notices
from crossing.replication import deliveries
from crossing.replication.events import GENESIS, MachineSigner, SignedEvent
from crossing.replication.inbox import EpochHead, Known
from crossing.replication.link import (
    BatchRejected,
    CapitalLink,
    HelloNeeded,
    LinkTrouble,
    NoLink,
    Refused,
    Unable,
)
from crossing.replication.outbox import TOPIC
from crossing.replication.pacing import Backoff, Pacer
from crossing.replication.receipts import Outcome
from crossing.replication.schemas import MAX_LINEAGE, HeadIn, HelloIn
from crossing.replication.uploads import Uploader

MOST_EVENTS: Final = 100
_SHORTEST_PAUSE_S: Final = 0.5
"""A new event cuts a pause short, but not to nothing: a busy post must not hammer a capital that is down."""
_REFUSED_PAUSE_S: Final = 60.0
_SET_ASIDE_S: Final = 900.0
_HEARTBEAT_S: Final = 300.0


class SenderState(StrEnum):
    STOPPED = "stopped"
    CONNECTING = "connecting"
    IDLE = "idle"
    DELIVERING = "delivering"
    WAITING = "waiting"
    """Something failed; it is tried again by itself."""
    REFUSED = "refused"
    """The capital refuses this machine: someone must act. It is still asked now and then."""


@dataclass(frozen=True, slots=True)
class SenderStatus:
    """How delivery goes. ``problem`` is the code of what last went wrong and still does; ``watermark`` is up to where
    the capital has this epoch without a gap; ``bytes_per_second`` is what the last piece of a blob got through."""

    state: SenderState = SenderState.STOPPED
    problem: str | None = None
    last_success_at: datetime | None = None
    next_attempt_in_s: float | None = None
    watermark: int = 0
    bytes_per_second: int | None = None


class Sender:
    """Runs from :meth:`start` to :meth:`stop`; no failure ends it.

    ``connect`` makes the link; while the post is not enrolled yet it may raise ``OSError``, ``ValueError`` or a
    ``DomainError``.
    ``interval_s`` is how often the outbox is looked at when nobody announces anything on the notices.
    """

    def __init__(
        self,
        *,
        database: Database,
        blobs: BlobStore,
        connect: Callable[[], CapitalLink],
        signer: MachineSigner,
        clock: Clock,
        notices: Notices,
        interval_s: float = 2.0,
    ) -> None:
        self._database = database
        self._connect = connect
        self._signer = signer
        self._clock = clock
        self._notices = notices
        self._interval_s = interval_s
        self._uploader = Uploader(database=database, blobs=blobs, done=self._wake)
        self._pacer = Pacer(minimum=5, maximum=MOST_EVENTS, start=25)
        self._most = MOST_EVENTS
        self._backoff = Backoff()
        self._blob_backoff = Backoff()
        self._blobs_rest_until = 0.0
        self._blob_problem: str | None = None
        self._greet_again_at = 0.0
        self._retry_set_aside_at = 0.0
        self._instance: tuple[str, tuple[str, ...]] | None = None
        self._link: CapitalLink | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crossing-sender", daemon=True)
        self._status = SenderStatus()
        self._attempt_at: float | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """To be called once."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask the thread to end and wait for it. What is under way is sent again after the next start."""
        self._stopping.set()
        self._wake()
        self._thread.join(timeout_s)

    def status(self) -> SenderStatus:
        with self._lock:
            status, attempt_at = self._status, self._attempt_at
        rate = self._uploader.rate
        return replace(
            status,
            problem=status.problem or self._blob_problem,
            next_attempt_in_s=None if attempt_at is None else round(max(attempt_at - time.monotonic(), 0.0), 1),
            bytes_per_second=None if rate is None else int(rate),
        )

    def _wake(self) -> None:
        self._notices.publish(TOPIC)

    def _run(self) -> None:
        while not self._stopping.is_set():
            # Counted before looking: what is written while we look wakes us at once.
            seen = self._notices.count(TOPIC)
            try:
                worked = self._turn()
            except LinkTrouble as trouble:
                self._pause(trouble, seen)
            except Exception as unforeseen:  # noqa: BLE001 - delivery must survive whatever comes
                log.error("replication.sender", error=type(unforeseen).__name__)
                self._pause(Unable("internal"), seen)
            else:
                self._backoff.reset()
                if not worked:
                    self._rest(seen)
        self._drop_link()
        self._say(SenderState.STOPPED)

    def _turn(self) -> bool:
        """Do the most urgent thing; False where there is nothing to do but wait."""
        self._look_after_uploads()
        self._retry_set_aside_when_due()
        link, instance = self._greeted()
        with reading(self._database) as session:
            batch = deliveries.next_events(session, self._signer.ref, limit=min(self._pacer.size, self._most))
            upload = None
            if time.monotonic() >= self._blobs_rest_until:
                upload = deliveries.next_upload(
                    session,
                    busy_with=self._uploader.busy_with,
                    before=batch[0].envelope.lane if batch else None,
                )
        if upload is not None and self._uploader.start(upload, link, instance):
            self._say(SenderState.DELIVERING)
            return True
        if batch and upload is None:
            self._say(SenderState.DELIVERING)
            self._deliver(link, instance, batch)
            return True
        return False

    def _deliver(self, link: CapitalLink, instance: str, batch: list[SignedEvent]) -> None:
        started = time.monotonic()
        try:
            delivered = link.deliver(batch, instance=instance)
        except BatchRejected as rejected:
            self._divide(batch, rejected)
            return
        self._pacer.measured(len(batch), time.monotonic() - started)
        self._most = min(self._most * 2, MOST_EVENTS)
        with self._database.unit_of_work() as session:
            deliveries.record_verdicts(
                session, batch, delivered.verdicts, document=delivered.document, signature=delivered.signature
            )
        for event, verdict in zip(batch, delivered.verdicts, strict=True):
            if verdict.outcome in (Outcome.REFUSED, Outcome.FORK):
                log.error(
                    "replication.verdict",
                    outcome=verdict.outcome,
                    reason=verdict.reason,
                    sequence=event.envelope.sequence,
                )
        self._succeeded(batch[0].envelope.epoch, delivered.watermark)

    def _divide(self, batch: list[SignedEvent], rejected: BatchRejected) -> None:
        """Find the event that spoils a batch by sending smaller ones; alone, it is set aside."""
        if len(batch) > 1:
            self._most = len(batch) // 2
            return
        with self._database.unit_of_work() as session:
            deliveries.set_event_aside(session, batch[0].envelope.event_id, rejected.code)
        log.error("replication.batch_rejected", reason=rejected.code, sequence=batch[0].envelope.sequence)

    def _greeted(self) -> tuple[CapitalLink, str]:
        """The link, after a hello that the capital accepted, repeated now and then as a sign of life."""
        with self._lock:
            connected = self._link
        if connected is not None and time.monotonic() < self._greet_again_at and self._instance is not None:
            return connected, self._instance[0]
        if connected is None:
            self._say(SenderState.CONNECTING)
            try:
                connected = self._connect()
            except (OSError, ValueError, DomainError) as not_enrolled:
                raise Refused("not_enrolled") from not_enrolled
            self._link = connected
        instance, lineage = self._instance = self._instance or self._start_instance()
        with reading(self._database) as session:
            heads = deliveries.heads(session, self._signer.ref)
        answer = connected.hello(self._introduction(instance, lineage, heads))
        for epoch in answer.epochs:
            self._reopen(Known(epoch.epoch, epoch.watermark, epoch.beyond))
        self._greet_again_at = time.monotonic() + _HEARTBEAT_S
        return connected, instance

    def _start_instance(self) -> tuple[str, tuple[str, ...]]:
        with self._database.unit_of_work() as session:
            return deliveries.start_instance(session, self._clock, remembered=MAX_LINEAGE)

    def _introduction(self, instance: str, lineage: tuple[str, ...], heads: list[EpochHead]) -> HelloIn:
        if all(head.epoch != self._signer.epoch for head in heads):
            heads = [*heads, EpochHead(self._signer.epoch, 0, GENESIS)]
        return HelloIn(
            post=self._signer.post,
            machine=self._signer.machine,
            epoch=self._signer.epoch,
            instance=instance,
            lineage=list(lineage),
            heads=[
                HeadIn(epoch=head.epoch, last_sequence=head.last_sequence, last_hash=head.last_hash.hex())
                for head in heads
            ],
        )

    def _reopen(self, known: Known) -> None:
        with self._database.unit_of_work() as session:
            lost = deliveries.reopen_lost(session, known)
        if lost:
            log.warning("replication.capital_lost_events", epoch=known.epoch, events=lost)
        self._succeeded(known.epoch, known.watermark)

    def _look_after_uploads(self) -> None:
        """A broken line stops everything; a capital that can't keep images now stops the images alone."""
        if self._uploader.take_progress():
            self._blob_backoff.reset()
            self._blob_problem = None
            self._succeeded()
        trouble = self._uploader.take_trouble()
        if trouble is None:
            return
        if isinstance(trouble, Unable):
            self._blobs_rest_until = time.monotonic() + self._blob_backoff.next_s()
            self._blob_problem = trouble.code
            log.warning("replication.blobs_waiting", problem=trouble.code)
            return
        raise trouble

    def _retry_set_aside_when_due(self) -> None:
        if time.monotonic() >= self._retry_set_aside_at:
            with self._database.unit_of_work() as session:
                deliveries.retry_set_aside(session)
            self._retry_set_aside_at = time.monotonic() + _SET_ASIDE_S

    def _pause(self, trouble: LinkTrouble, seen: int) -> None:
        """Wait before the next attempt; a new event shortens the wait, except where the capital refuses us."""
        if isinstance(trouble, NoLink):
            self._pacer.failed()
            self._drop_link()
        self._greet_again_at = 0.0
        refused = isinstance(trouble, Refused)
        if refused:
            self._drop_link()
        delay = _REFUSED_PAUSE_S if refused else self._backoff.next_s()
        if isinstance(trouble, HelloNeeded):
            delay = _SHORTEST_PAUSE_S
        with self._lock:
            self._attempt_at = time.monotonic() + delay
        self._say(SenderState.REFUSED if refused else SenderState.WAITING, trouble.code)
        if refused:
            self._stopping.wait(delay)
        elif not self._stopping.wait(min(_SHORTEST_PAUSE_S, delay)):
            self._notices.wait(TOPIC, seen=seen, timeout_s=max(delay - _SHORTEST_PAUSE_S, 0.0))
        with self._lock:
            self._attempt_at = None

    def _rest(self, seen: int) -> None:
        if not self._uploader.busy_with:
            self._say(SenderState.WAITING if self._blob_problem else SenderState.IDLE)
        self._notices.wait(TOPIC, seen=seen, timeout_s=self._interval_s)

    def _succeeded(self, epoch: int | None = None, watermark: int = 0) -> None:
        with self._lock:
            self._status = replace(self._status, last_success_at=self._clock.now(), problem=None)
            if epoch == self._signer.epoch:
                self._status = replace(self._status, watermark=watermark)

    def _say(self, state: SenderState, problem: str | None = None) -> None:
        with self._lock:
            changed = problem is not None and problem != self._status.problem
            self._status = replace(self._status, state=state, problem=problem or self._status.problem)
        if changed:
            log.warning("replication.waiting", state=state, problem=problem)

    def _drop_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
