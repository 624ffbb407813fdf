"""The inbox: what posts send is taken in once, applied, and signed for. Everything may arrive twice or out of order.

One transaction takes a batch in: the caller commits it before the answer leaves. The row of the machine is its lock,
so that two attempts with the same batch follow each other.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.logs import log
from crossing.replication import applying, chain, signatures
from crossing.replication import inbox_repository as repository
from crossing.replication.appliers import Appliers
from crossing.replication.errors import (
    EpochMismatch,
    HelloRequired,
    HistoryDiverged,
    IdentityConflict,
    InstanceConflict,
    MachineRevoked,
    NotThisMachine,
)
from crossing.replication.events import MachineRef, SignedEvent
from crossing.replication.models import InboxMachine
from crossing.replication.receipts import Outcome, Verdict, events_receipt, sign_receipt
from crossing.replication.wire import Batch, read_events

_NEW: Final = frozenset({Outcome.APPLIED, Outcome.QUARANTINED})


@dataclass(frozen=True, slots=True)
class EnrolledMachine:
    """A machine as the capital knows it: its post, the epoch of its last enrolment, its public key (32 bytes)."""

    ref: MachineRef
    epoch: int
    public_key: bytes
    revoked: bool = False


class MachineKeys(Protocol):
    def find(self, session: Session, caller: UUID) -> EnrolledMachine | None:
        """The machine whose certificate made it this principal, as it is enrolled, or None."""
        ...


@dataclass(frozen=True, slots=True)
class EpochHead:
    """The end of one epoch in a post's outbox: its last number and that event's hash."""

    epoch: int
    last_sequence: int
    last_hash: bytes


@dataclass(frozen=True, slots=True)
class Hello:
    """How a sender introduces itself.

    ``instance`` is new at each of its starts; ``lineage`` are the starts before it, newest first, as its own database
    remembers them. A copy of that database does not remember what the original did since.
    """

    ref: MachineRef
    epoch: int
    instance: str
    lineage: tuple[str, ...]
    heads: tuple[EpochHead, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the capital has of one epoch: everything up to ``watermark``, and ``beyond`` more events after it."""

    epoch: int
    watermark: int
    beyond: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdicts in the order of the batch, with the signature over their receipt (receipts.py)."""

    verdicts: tuple[Verdict, ...]
    received_at: datetime
    watermark: int
    signature: bytes


class Inbox:
    """The capital's end of replication. ``signer`` signs receipts; posts got its public key when they enrolled."""

    def __init__(self, *, appliers: Appliers, machines: MachineKeys, signer: SigningKey, clock: Clock) -> None:
        self._appliers = appliers
        self._machines = machines
        self._signer = signer
        self._clock = clock

    def hello(self, session: Session, caller: UUID, hello: Hello) -> tuple[Known, ...]:
        """Let one installation of the machine deliver, and tell it what is here.

        Raises :class:`InstanceConflict` where another installation delivers with this identity,
        :class:`HistoryDiverged` where the machine's history is not the one that is here, :class:`EpochMismatch`
        where it was enrolled anew, :class:`MachineRevoked` or :class:`NotThisMachine`.
        """
        machine = self._enrolled(session, caller, hello.ref)
        if hello.epoch != machine.epoch:
            raise EpochMismatch(subject=hello.instance)
        # There may be no row to lock yet.
        hold_until_commit(session, f"hello {machine.ref.post}/{machine.ref.machine}")
        row = repository.machine_row(session, machine.ref)
        if row is not None and row.epoch == hello.epoch and row.instance not in (hello.instance, *hello.lineage):
            raise InstanceConflict(subject=hello.instance)
        for head in hello.heads:
            if head.epoch == hello.epoch and self._diverged(session, machine.ref, head):
                raise HistoryDiverged(subject=hello.instance)
        self._let_deliver(session, row, hello)
        return tuple(self._extent(session, machine, head.epoch) for head in hello.heads)

    def receive(self, session: Session, caller: UUID, batch: Batch) -> Answer:
        """Take a batch in from the machine ``caller``, which said hello. Raises as :meth:`hello` does."""
        machine = self._enrolled(session, caller, MachineRef(batch.post, batch.machine))
        row = repository.machine_row(session, machine.ref)
        _admit(row.instance if row else None, batch.instance)
        if batch.epoch > machine.epoch:
            raise EpochMismatch(subject=batch.instance or "")
        answer = self._ingest(session, machine, batch)
        repository.note_contact(session, machine.ref, answer.received_at)
        self._appliers.end(session)
        return answer

    def admit(self, session: Session, caller: UUID, instance: str) -> MachineRef:
        """The machine, if this installation of it may deliver.

        Raises :class:`MachineRevoked`, :class:`HelloRequired` or :class:`InstanceConflict`.
        """
        machine = self._enrolled(session, caller)
        _admit(repository.delivering_instance(session, machine.ref), instance)
        return machine.ref

    def note_conflict(self, session: Session, caller: UUID, epoch: int, conflict: IdentityConflict) -> None:
        """Keep the alarm of a refused sender; in a transaction of its own, since the refusal rolled its back."""
        enrolled = self._machines.find(session, caller)
        if enrolled is not None:
            self._alarm(session, enrolled, epoch, conflict.code, conflict.subject)

    def reapply(self, session: Session, *, after: UUID | None = None, limit: int = 100) -> tuple[int, UUID | None]:
        """Try quarantined events again; to be called when appliers were added, and now and then.

        Goes on after the event id ``after``. Returns how many were applied, and the id to go on from, None at the
        end. Nothing else waits for this: new events go on coming in.
        """
        rows = repository.waiting_in_quarantine(session, after=after, limit=limit)
        applied = 0
        for entry, row in rows:
            envelope = repository.envelope_of(row)
            reason = applying.apply_one(session, self._appliers, envelope)
            entry.attempts += 1
            if reason is None:
                entry.resolved_at = self._clock.now()
                applied += 1
            else:
                entry.reason = reason
        self._appliers.end(session)
        return applied, rows[-1][1].event_id if len(rows) == limit else None

    def _enrolled(self, session: Session, caller: UUID, claimed: MachineRef | None = None) -> EnrolledMachine:
        enrolled = self._machines.find(session, caller)
        if enrolled is None or enrolled.revoked:
            raise MachineRevoked
        if claimed not in (None, enrolled.ref):
            raise NotThisMachine
        return enrolled

    def _diverged(self, session: Session, machine: MachineRef, head: EpochHead) -> bool:
        """Whether the post remembers less than it once delivered, or something else.

        A post commits an event before it sends it: one whose history is shorter than what is here was set back.
        """
        if repository.count_beyond(session, machine, head.epoch, head.last_sequence):
            return True
        here = repository.hash_at(session, machine, head.epoch, head.last_sequence)
        return here is not None and here != head.last_hash

    def _let_deliver(self, session: Session, row: InboxMachine | None, hello: Hello) -> None:
        if row is None:
            row = InboxMachine(post=hello.ref.post, machine=hello.ref.machine)
            session.add(row)
        row.epoch, row.instance, row.last_contact_at = hello.epoch, hello.instance, self._clock.now()

    def _extent(self, session: Session, machine: EnrolledMachine, epoch: int) -> Known:
        mark = repository.watermark(session, machine.ref, epoch)
        beyond = repository.count_beyond(session, machine.ref, epoch, mark.sequence)
        return Known(epoch=epoch, watermark=mark.sequence, beyond=beyond)

    def _ingest(self, session: Session, machine: EnrolledMachine, batch: Batch) -> Answer:
        now = self._clock.now()
        read = read_events(batch)
        genuine = signatures.genuine(read, machine.public_key)
        verdicts = {at: self._refused(machine, read[at]) for at in range(len(read)) if at not in genuine}
        mark = repository.watermark(session, machine.ref, batch.epoch)
        accepted = self._accept(session, machine, batch.epoch, genuine, now)
        verdicts |= accepted
        fresh = [genuine[at] for at, verdict in accepted.items() if verdict.outcome in _NEW]
        if broken := chain.advance(session, mark, fresh):
            self._alarm(session, machine, batch.epoch, "chain_broken", str(broken))
        ordered = tuple(verdicts[at] for at in range(len(read)))
        document = events_receipt(
            [(genuine[at], verdict) for at, verdict in enumerate(ordered) if at in genuine],
            of=machine.ref,
            received_at=now,
        )
        return Answer(ordered, now, mark.sequence, sign_receipt(document, self._signer))

    def _refused(self, machine: EnrolledMachine, event: SignedEvent | None) -> Verdict:
        reason = "malformed" if event is None else "signature"
        log.error("replication.refused", reason=reason, post=machine.ref.post, machine=machine.ref.machine)
        return Verdict(Outcome.REFUSED, reason)

    def _accept(
        self,
        session: Session,
        machine: EnrolledMachine,
        epoch: int,
        genuine: dict[int, SignedEvent],
        now: datetime,
    ) -> dict[int, Verdict]:
        """Keep and apply what is new; where not everything is, find out what it is instead."""
        if not genuine:
            return {}
        attempt = session.begin_nested()
        if repository.insert_events(session, list(genuine.values()), now) == len(genuine):
            attempt.commit()
            return self._apply(session, machine, epoch, genuine, now)
        attempt.rollback()
        verdicts = self._known(session, machine, epoch, genuine, now)
        fresh = {at: event for at, event in genuine.items() if at not in verdicts}
        if fresh:
            repository.insert_events(session, list(fresh.values()), now)
            verdicts |= self._apply(session, machine, epoch, fresh, now)
        return verdicts

    def _known(
        self,
        session: Session,
        machine: EnrolledMachine,
        epoch: int,
        genuine: dict[int, SignedEvent],
        now: datetime,
    ) -> dict[int, Verdict]:
        """The verdicts of the events that are not new: duplicates, and forks, which are kept as evidence."""
        hashes = repository.known_keys(session, machine.ref, epoch, {e.envelope.sequence for e in genuine.values()})
        ids = repository.known_ids(session, {event.envelope.event_id for event in genuine.values()})
        verdicts: dict[int, Verdict] = {}
        for at, event in genuine.items():
            envelope = event.envelope
            there = hashes.get(envelope.sequence)
            if there == event.hash:
                verdicts[at] = Verdict(Outcome.DUPLICATE)
            elif there is not None or envelope.event_id in ids:
                verdicts[at] = Verdict(Outcome.FORK)
                repository.keep_fork(session, event, now)
                self._alarm(session, machine, epoch, "fork", str(envelope.sequence))
            else:
                hashes[envelope.sequence] = event.hash
                ids.add(envelope.event_id)
        return verdicts

    def _apply(
        self,
        session: Session,
        machine: EnrolledMachine,
        epoch: int,
        fresh: dict[int, SignedEvent],
        now: datetime,
    ) -> dict[int, Verdict]:
        events = list(fresh.values())
        if any(event.envelope.blobs for event in events):
            repository.expect_blobs(session, machine.ref, epoch, [event.envelope.sequence for event in events])
        reasons = applying.apply_all(session, self._appliers, [event.envelope for event in events])
        held = [(event, reason) for event, reason in zip(events, reasons, strict=True) if reason is not None]
        repository.quarantine(session, held, now)
        for event, reason in held:
            log.warning("replication.quarantined", event_type=event.envelope.type, reason=reason)
        return {
            at: Verdict(Outcome.QUARANTINED, reason) if reason else Verdict(Outcome.APPLIED)
            for at, reason in zip(fresh, reasons, strict=True)
        }

    def _alarm(self, session: Session, machine: EnrolledMachine, epoch: int, kind: str, subject: str) -> None:
        new = repository.note_alarm(
            session,
            machine.ref,
            epoch=epoch,
            kind=kind,
            subject=subject,
            at=self._clock.now(),
        )
        if new:
            log.error("replication.alarm", kind=kind, post=machine.ref.post, machine=machine.ref.machine, epoch=epoch)


def _admit(delivering: str | None, instance: str | None) -> None:
    if delivering is None:
        raise HelloRequired
    if delivering != instance:
        raise InstanceConflict(subject=instance or "")
