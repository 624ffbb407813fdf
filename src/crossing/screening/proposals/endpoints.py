"""The API of entries made by hand: propose, look at, approve, refuse, withdraw. All of it is in the audit trail."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from crossing.audit.noting import note
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.db import Database, Session, SessionDep
from crossing.screening.proposals.applying import EntryApplier
from crossing.screening.proposals.schemas import DecisionIn, HandMadeEntry, ProposalIn, ProposalView
from crossing.screening.proposals.service import PURPOSE, ProposalService

router = APIRouter(prefix="/api", tags=["entries made by hand"])

Reader = Annotated[Principal, Depends(requires(Permission.ENTRIES_READ))]
Proposer = Annotated[Principal, Depends(requires(Permission.ENTRIES_PROPOSE))]
Approver = Annotated[Principal, Depends(requires(Permission.ENTRIES_APPROVE))]

_Reference = Annotated[str, Path(max_length=64)]


def proposals_of(request: Request) -> ProposalService:
    found: ProposalService = request.app.state.proposals
    return found


def applier_of(request: Request) -> EntryApplier:
    found: EntryApplier = request.app.state.entry_applier
    return found


@router.get("/entries", summary="Entries that were approved and not ended")
def read_entries(request: Request, session: SessionDep, reader: Reader) -> list[HandMadeEntry]:
    found = proposals_of(request).entries(session)
    _listed(request, session, reader, "entries", len(found))
    return found


@router.get("/entries/{reference}/history", summary="Everything that was ever proposed for one entry, oldest first")
def read_history(request: Request, session: SessionDep, reader: Reader, reference: _Reference) -> list[ProposalView]:
    found = proposals_of(request).history(session, reference)
    note(request, session, reader, "entry.looked_at", ("entry", reference), PURPOSE, proposals=len(found))
    return found


@router.get("/proposals", summary="Proposals that wait for another person, oldest first")
def read_proposals(request: Request, session: SessionDep, reader: Reader) -> list[ProposalView]:
    found = proposals_of(request).pending(session)
    _listed(request, session, reader, "proposals", len(found))
    return found


@router.post("/proposals", status_code=201, summary="Propose to add, change or end an entry")
def propose(request: Request, session: SessionDep, proposer: Proposer, proposed: ProposalIn) -> ProposalView:
    return proposals_of(request).propose(session, proposed, actor=proposer)


@router.get("/proposals/{proposal_id}")
def read_proposal(request: Request, session: SessionDep, reader: Reader, proposal_id: UUID) -> ProposalView:
    found = proposals_of(request).proposal(session, proposal_id)
    note(request, session, reader, "entry.looked_at", ("entry", found.reference), PURPOSE, proposal=str(found.id))
    return found


@router.post("/proposals/{proposal_id}/approval", summary="Approve; never one's own")
def approve(request: Request, approver: Approver, proposal_id: UUID, decision: DecisionIn) -> ProposalView:
    """The answer's ``applied_in`` is the version of the list that has it. Without one the list could not be written;
    the approval stands, and is tried again."""
    database: Database = request.app.state.database
    with database.unit_of_work() as session:
        proposals_of(request).approve(session, proposal_id, actor=approver, note=decision.note)
    applier_of(request).apply()
    with database.unit_of_work() as session:
        return proposals_of(request).proposal(session, proposal_id)


@router.post("/proposals/{proposal_id}/refusal", summary="Refuse with a reason; never one's own")
def refuse(
    request: Request, session: SessionDep, approver: Approver, proposal_id: UUID, decision: DecisionIn
) -> ProposalView:
    return proposals_of(request).refuse(session, proposal_id, actor=approver, note=decision.note)


@router.post("/proposals/{proposal_id}/withdrawal", summary="Withdraw one's own proposal")
def withdraw(request: Request, session: SessionDep, proposer: Proposer, proposal_id: UUID) -> ProposalView:
    return proposals_of(request).withdraw(session, proposal_id, actor=proposer)


def _listed(request: Request, session: Session, reader: Principal, what: str, count: int) -> None:
    note(request, session, reader, "entry.listed", ("entry", what), PURPOSE, count=count)
