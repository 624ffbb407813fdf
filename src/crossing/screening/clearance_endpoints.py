"""What is remembered of travellers who are not a listed person, over HTTP: for supervisors."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from crossing.audit.noting import note
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.db import SessionDep
from crossing.platform.typed import Lines
from crossing.screening.clearances import Clearances, ClearanceView

router = APIRouter(prefix="/api/clearances", tags=["screening"])

PURPOSE = "second_line"

Supervisor = Annotated[Principal, Depends(requires(Permission.ENTRIES_APPROVE))]


class Revocation(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[Lines, Field(min_length=3, max_length=500)]


@router.get("", summary="Whom two officers found not to be a listed person, newest first")
def newest(request: Request, session: SessionDep, supervisor: Supervisor) -> list[ClearanceView]:
    found = clearances_of(request).newest(session)
    note(request, session, supervisor, "clearance.listed", ("clearance", "newest"), PURPOSE, count=len(found))
    return found


@router.post("/{clearance_id}/revocation", summary="Take one back: the traveller is stopped for the entry again")
def revoke(
    clearance_id: UUID, revocation: Revocation, request: Request, session: SessionDep, supervisor: Supervisor
) -> ClearanceView:
    view = clearances_of(request).revoke(session, clearance_id, officer=supervisor.login, reason=revocation.reason)
    note(request, session, supervisor, "clearance.revoked", ("clearance", clearance_id), PURPOSE)
    return view


def clearances_of(request: Request) -> Clearances:
    clearances: Clearances = request.app.state.clearances
    return clearances
