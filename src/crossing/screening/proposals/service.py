"""Proposing, approving, refusing and withdrawing entries made by hand. Nobody approves what they proposed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.identity.principal import Principal
from crossing.platform.clock import Clock
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.errors import DomainError
from crossing.platform.images import decode_image
from crossing.screening.proposals import repository
from crossing.screening.proposals.entry import Entry
from crossing.screening.proposals.errors import (
    EntryFault,
    EntryUnknown,
    ListFull,
    NameMissing,
    NoteMissing,
    NotTheProposer,
    OwnProposal,
    PortraitTooLarge,
    PortraitUnknown,
    PortraitUnreadable,
    ProposalDecided,
    ProposalPending,
    ProposalUnknown,
    TooManyPending,
)
from crossing.screening.proposals.models import EntryDecision, EntryProposal
from crossing.screening.proposals.repository import Decided
from crossing.screening.proposals.rules import faults
from crossing.screening.proposals.schemas import Change, HandMadeEntry, ProposalIn, ProposalState, ProposalView

MOST_PENDING: Final = 500
MOST_ENTRIES: Final = 20_000
"""By hand; the content is read and written whole at every change."""

MAX_PORTRAIT_BYTES: Final = 5 * 1024 * 1024
LATEST_SHOWN: Final = 50
PURPOSE: Final = "list_maintenance"


@dataclass(frozen=True, slots=True)
class HandMadeList:
    """Where approved entries go: the list's code and name, and what the references of its entries begin with."""

    code: str
    name: str
    prefix: str


class ProposalService:
    """One per process, for one list. It takes the caller's transaction and never commits."""

    def __init__(self, kept: HandMadeList, *, clock: Clock, audit: Audit) -> None:
        self.kept: Final = kept
        self._clock = clock
        self._audit = audit

    def faults(self, proposed: ProposalIn) -> list[EntryFault]:
        """Everything that keeps ``proposed`` from being proposed, by field; its portrait and reference are not
        looked at."""
        found = [] if proposed.entry is None else faults(proposed.entry, self.today())
        if proposed.change is not Change.END and proposed.entry is None:
            found.append(NameMissing())
        if proposed.change is not Change.ADD and not proposed.note:
            found.append(NoteMissing())
        return found

    def propose(self, session: Session, proposed: ProposalIn, *, actor: Principal) -> ProposalView:
        """Put a proposal before another person. Raises the first :class:`EntryFault`, or why it can't be taken."""
        for fault in self.faults(proposed):
            raise fault
        self._lock(session)
        number = repository.last_number(session, self.kept.code) + 1
        reference = self._reference(session, proposed, number)
        if repository.pending_count(session, self.kept.code) >= MOST_PENDING:
            raise TooManyPending(most=MOST_PENDING)
        entry = None if proposed.change is Change.END else proposed.entry
        portrait = self._portrait(session, entry, proposed.portrait, reference)
        sha256 = hashlib.sha256(portrait).hexdigest() if portrait else None
        if entry is not None and sha256:
            entry = entry.model_copy(update={"portrait_sha256": sha256})
        row = EntryProposal(
            list_code=self.kept.code,
            number=number,
            reference=reference,
            change=proposed.change.value,
            content=entry.model_dump(mode="json") if entry else sa.null(),
            portrait=portrait,
            portrait_sha256=sha256,
            note=proposed.note,
            proposer_id=actor.id,
            proposed_by=actor.login[:64],
            proposed_at=self._clock.now(),
            apply_attempts=0,
        )
        session.add(row)
        session.flush()
        self._record(session, actor, "entry.proposed", row, change=proposed.change.value)
        return self._view(session, Decided(row, None))

    def approve(self, session: Session, proposal_id: UUID, *, actor: Principal, note: str = "") -> ProposalView:
        """Let it be. Raises ``OwnProposal`` for the proposer, and the first :class:`EntryFault` where an entry that
        waited too long would be in force no more."""
        row = self._pending(session, proposal_id)
        if row.proposer_id == actor.id:
            raise OwnProposal
        if row.change != Change.END.value:
            for fault in faults(_entry(row), self.today()):
                raise fault
        if row.change == Change.ADD.value and self._in_force_count(session) >= MOST_ENTRIES:
            raise ListFull(most=MOST_ENTRIES)
        return self._decide(session, row, ProposalState.APPROVED, actor, note)

    def refuse(self, session: Session, proposal_id: UUID, *, actor: Principal, note: str) -> ProposalView:
        """Turn it down, with a reason. Raises ``OwnProposal`` for the proposer, who withdraws instead."""
        row = self._pending(session, proposal_id)
        if row.proposer_id == actor.id:
            raise OwnProposal
        if not note:
            raise NoteMissing
        return self._decide(session, row, ProposalState.REFUSED, actor, note)

    def withdraw(self, session: Session, proposal_id: UUID, *, actor: Principal) -> ProposalView:
        row = self._pending(session, proposal_id)
        if row.proposer_id != actor.id:
            raise NotTheProposer
        return self._decide(session, row, ProposalState.WITHDRAWN, actor, "")

    def proposal(self, session: Session, proposal_id: UUID) -> ProposalView:
        """Raises ``ProposalUnknown``."""
        return self._view(session, self._known(session, proposal_id))

    def pending(self, session: Session) -> list[ProposalView]:
        """What waits for another person, oldest first."""
        return self._views(session, [Decided(row, None) for row in repository.pending(session, self.kept.code)])

    def unapplied(self, session: Session) -> list[ProposalView]:
        """What was approved and no version of the list has yet, oldest first."""
        return self._views(session, repository.unapplied(session, self.kept.code))

    def latest(self, session: Session) -> list[ProposalView]:
        """The decisions of late, newest first."""
        return self._views(session, repository.latest(session, self.kept.code, LATEST_SHOWN))

    def entries(self, session: Session) -> list[HandMadeEntry]:
        """Every entry that was approved and not ended, by number; expired ones too, for they may be renewed."""
        waiting = {row.reference: row.id for row in repository.pending(session, self.kept.code)}
        return [_in_force(row, decision, waiting) for row, decision in repository.in_force(session, self.kept.code)]

    def entry(self, session: Session, reference: str) -> HandMadeEntry:
        """Raises ``EntryUnknown`` for an entry that there never was or that was ended."""
        waiting = {row.reference: row.id for row in repository.pending(session, self.kept.code, reference)}
        for row, decision in repository.in_force(session, self.kept.code, reference):
            return _in_force(row, decision, waiting)
        raise EntryUnknown

    def history(self, session: Session, reference: str) -> list[ProposalView]:
        """Everything that was ever proposed for one entry, oldest first."""
        return self._views(session, repository.history(session, self.kept.code, reference))

    def today(self) -> date:
        return self._clock.now().date()

    def _reference(self, session: Session, proposed: ProposalIn, number: int) -> str:
        if proposed.change is Change.ADD:
            return f"{self.kept.prefix}-{number:05d}"
        self.entry(session, proposed.reference)
        if repository.pending(session, self.kept.code, proposed.reference):
            raise ProposalPending
        return proposed.reference

    def _portrait(
        self, session: Session, entry: Entry | None, portrait: bytes | None, reference: str
    ) -> bytes | None:
        if entry is None:
            return None
        if not portrait:
            self._refuse_a_strangers_portrait(session, entry, reference)
            return None
        if len(portrait) > MAX_PORTRAIT_BYTES:
            raise PortraitTooLarge(max_megabytes=MAX_PORTRAIT_BYTES // (1024 * 1024))
        try:
            decode_image(portrait)
        except DomainError as unreadable:
            raise PortraitUnreadable from unreadable
        return portrait

    def _refuse_a_strangers_portrait(self, session: Session, entry: Entry, reference: str) -> None:
        """A picture named by its hash alone must be the one that this very entry has: nobody takes another's."""
        if not entry.portrait_sha256:
            return
        known = repository.in_force(session, self.kept.code, reference)
        if all(_entry(row).portrait_sha256 != entry.portrait_sha256 for row, _ in known):
            raise PortraitUnknown

    def _in_force_count(self, session: Session) -> int:
        return repository.in_force_count(session, self.kept.code)

    def _lock(self, session: Session) -> None:
        hold_until_commit(session, f"entries {self.kept.code}")

    def _known(self, session: Session, proposal_id: UUID) -> Decided:
        found = repository.get(session, self.kept.code, proposal_id)
        if found is None:
            raise ProposalUnknown
        return found

    def _pending(self, session: Session, proposal_id: UUID) -> EntryProposal:
        self._lock(session)
        found = self._known(session, proposal_id)
        if found.decision is not None:
            raise ProposalDecided
        return found.proposal

    def _decide(
        self, session: Session, row: EntryProposal, state: ProposalState, actor: Principal, note: str
    ) -> ProposalView:
        decision = repository.decide(session, row, state, actor, note, self._clock.now())
        self._record(session, actor, f"entry.{state.value}", row, change=row.change)
        return self._view(session, Decided(row, decision))

    def _record(self, session: Session, actor: Principal, action: str, row: EntryProposal, **detail: str) -> None:
        self._audit.record(
            session,
            actor=actor,
            action=action,
            subject_kind="entry",
            subject_id=row.reference,
            purpose=PURPOSE,
            detail={"proposal": str(row.id), "list": row.list_code, **detail},
        )

    def _view(self, session: Session, found: Decided) -> ProposalView:
        [view] = self._views(session, [found])
        return view

    def _views(self, session: Session, found: Sequence[Decided]) -> list[ProposalView]:
        changes = [one.proposal for one in found if one.proposal.change != Change.ADD.value]
        before = repository.approved_before(session, changes)
        return [self._seen(one, before.get(one.proposal.id)) for one in found]

    def _seen(self, found: Decided, before: EntryProposal | None) -> ProposalView:
        row, decision = found
        return ProposalView(
            id=row.id,
            list_code=row.list_code,
            number=row.number,
            reference=row.reference,
            change=Change(row.change),
            state=ProposalState(decision.decision) if decision else ProposalState.PENDING,
            before=_entry(before) if before and before.content else None,
            after=_entry(row) if row.content else None,
            note=row.note,
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            applied_in=row.applied_in,
            trouble=row.apply_trouble or "",
            attempts=row.apply_attempts,
            emptied=row.content is None and row.change != Change.END.value,
            **_of_decision(decision),
        )


def _of_decision(decision: EntryDecision | None) -> dict[str, Any]:
    if decision is None:
        return {}
    return {
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at,
        "decision_note": decision.note,
    }


def _entry(row: EntryProposal) -> Entry:
    return Entry.model_validate(row.content)


def _in_force(row: EntryProposal, decision: EntryDecision, waiting: dict[str, UUID]) -> HandMadeEntry:
    return HandMadeEntry(
        reference=row.reference,
        proposal_id=row.id,
        entry=_entry(row),
        proposed_by=row.proposed_by,
        approved_by=decision.decided_by,
        approved_at=decision.decided_at,
        applied_in=row.applied_in,
        pending=waiting.get(row.reference),
    )
