"""Ending an entry of an imported list early: one officer asks for it and says why, another does it.

What is asked for is a proposal like those of entries made by hand, so the database itself holds the four eyes. The
decision is written in the transaction that puts the new version in its place: there is no one without the other.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Final
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crossing.audit.service import Audit
from crossing.identity.principal import Principal
from crossing.platform.clock import Clock
from crossing.platform.db import Database, Session
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.db.reading import reading
from crossing.platform.typed import Line
from crossing.screening.lists.expiry import ExpiryOrder
from crossing.screening.lists.formats.made_here import refuse_from_outside
from crossing.screening.lists.history import find_entry
from crossing.screening.lists.placing import in_use
from crossing.screening.lists.schemas import ImportReport
from crossing.screening.proposals import repository
from crossing.screening.proposals.errors import (
    NoteMissing,
    NotTheProposer,
    OwnProposal,
    ProposalDecided,
    ProposalPending,
    ProposalUnknown,
    TooManyPending,
)
from crossing.screening.proposals.models import EntryProposal
from crossing.screening.proposals.schemas import Change, Note, ProposalState

MOST_PENDING: Final = 500
_PURPOSE: Final = "list_maintenance"


class EndingIn(BaseModel):
    """Which entry is to end, after which day (yesterday unless given), and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: Annotated[Line, Field(min_length=1, max_length=100)]
    on: date | None = None
    reason: Note = ""


class EndingView(BaseModel):
    """An ending that somebody asked for, and what became of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    code: str
    reference: str
    on: date | None
    reason: str
    state: ProposalState
    proposed_by: str
    proposed_at: AwareDatetime
    decided_by: str = ""
    decided_at: AwareDatetime | None = None


class Endings:
    """``expire`` ends the entry, in transactions of its own; see ``ListService.expire``."""

    def __init__(
        self, database: Database, *, clock: Clock, audit: Audit, expire: Callable[[ExpiryOrder], ImportReport]
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._expire = expire

    def propose(self, code: str, asked: EndingIn, *, actor: Principal) -> EndingView:
        """Raises NoteMissing, ListUnknown, ListKeptHere, ListToldByTheCapital, ListEntryUnknown, ProposalPending
        or TooManyPending."""
        if not asked.reason:
            raise NoteMissing
        with self._database.unit_of_work() as session:
            _lock(session, code)
            watch_list, _ = in_use(session, code)
            refuse_from_outside(code, watch_list.format)
            find_entry(session, code, asked.reference)
            if repository.pending(session, code, asked.reference):
                raise ProposalPending
            if repository.pending_count(session, code) >= MOST_PENDING:
                raise TooManyPending(most=MOST_PENDING)
            row = EntryProposal(
                list_code=code,
                number=repository.last_number(session, code) + 1,
                reference=asked.reference,
                change=Change.END.value,
                content={"on": asked.on.isoformat()} if asked.on else sa.null(),
                note=asked.reason,
                proposer_id=actor.id,
                proposed_by=actor.login[:64],
                proposed_at=self._clock.now(),
                apply_attempts=0,
            )
            session.add(row)
            session.flush()
            self._record(session, actor, "list.ending_proposed", row)
            return _view(repository.Decided(row, None))

    def pending(self, session: Session, code: str) -> list[EndingView]:
        """What waits for another officer, oldest first. Raises ListUnknown."""
        in_use(session, code)
        return [_view(repository.Decided(row, None)) for row in repository.pending(session, code)]

    def approve(self, code: str, proposal_id: UUID, *, actor: Principal) -> ImportReport:
        """End the entry. Raises what ``ListService.expire`` does, and OwnProposal for who asked for it."""
        with reading(self._database) as session:
            row = _pending(session, code, proposal_id)
            if row.proposer_id == actor.id:
                raise OwnProposal
            order = ExpiryOrder(
                code=code,
                reference=row.reference,
                actor=actor,
                on=date.fromisoformat(row.content["on"]) if row.content else None,
                reason=row.note,
                agreed=partial(self._decide, code, proposal_id, ProposalState.APPROVED, actor),
            )
        return self._expire(order)

    def refuse(self, code: str, proposal_id: UUID, *, actor: Principal, note: str) -> EndingView:
        """Leave the entry as it is, with a reason. Raises OwnProposal for who asked for it: they withdraw instead."""
        if not note:
            raise NoteMissing
        with self._database.unit_of_work() as session:
            if _pending(session, code, proposal_id).proposer_id == actor.id:
                raise OwnProposal
            return self._decide(code, proposal_id, ProposalState.REFUSED, actor, session, note)

    def withdraw(self, code: str, proposal_id: UUID, *, actor: Principal) -> EndingView:
        """Raises NotTheProposer for everybody else."""
        with self._database.unit_of_work() as session:
            if _pending(session, code, proposal_id).proposer_id != actor.id:
                raise NotTheProposer
            return self._decide(code, proposal_id, ProposalState.WITHDRAWN, actor, session)

    def _decide(
        self, code: str, proposal_id: UUID, state: ProposalState, actor: Principal, session: Session, note: str = ""
    ) -> EndingView:
        _lock(session, code)
        row = _pending(session, code, proposal_id)
        decision = repository.decide(session, row, state, actor, note, self._clock.now())
        self._record(session, actor, f"list.ending_{state.value}", row)
        return _view(repository.Decided(row, decision))

    def _record(self, session: Session, actor: Principal, action: str, row: EntryProposal) -> None:
        self._audit.record(
            session,
            actor=actor,
            action=action,
            subject_kind="watchlist",
            subject_id=row.list_code,
            purpose=_PURPOSE,
            detail={"reference": row.reference, "proposal": str(row.id), "proposed_by": row.proposed_by},
        )


def _lock(session: Session, code: str) -> None:
    hold_until_commit(session, f"entries {code}")


def _pending(session: Session, code: str, proposal_id: UUID) -> EntryProposal:
    found = repository.get(session, code, proposal_id)
    if found is None:
        raise ProposalUnknown
    if found.decision is not None:
        raise ProposalDecided
    return found.proposal


def _view(found: repository.Decided) -> EndingView:
    row, decision = found
    return EndingView(
        id=row.id,
        code=row.list_code,
        reference=row.reference,
        on=date.fromisoformat(row.content["on"]) if row.content else None,
        reason=row.note,
        state=ProposalState(decision.decision) if decision else ProposalState.PENDING,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=decision.decided_by if decision else "",
        decided_at=decision.decided_at if decision else None,
    )
