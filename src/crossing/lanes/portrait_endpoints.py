"""The API of portrait exceptions."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from crossing.audit.noting import note
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.lanes.portrait_desk import PortraitDesk
from crossing.lanes.schemas import ExceptionOrder, SessionView
from crossing.lanes.state import desk_of
from crossing.platform.db import SessionDep

router = APIRouter(tags=["lanes"])

Officer = Annotated[Principal, Depends(requires(Permission.TRAVELLERS_REGISTER))]

PURPOSE: Final = "border_control"
ACTION: Final = "session.portrait_exception"
WITHDRAWN: Final = "withdrawn"
"""What the trail says in the place of a reason where an exception was taken back."""


@router.put("/api/sessions/{session_id}/portrait-exception", summary="Why there is no portrait as it should be")
def excuse_portrait(
    session_id: UUID, order: ExceptionOrder, request: Request, session: SessionDep, officer: Officer
) -> SessionView:
    row = portrait_desk_of(request).excuse(session, session_id, order, officer=officer.login)
    session.flush()
    note(request, session, officer, ACTION, ("session", session_id), PURPOSE, reason=order.reason.value)
    return desk_of(request).view(session, row)


@router.delete("/api/sessions/{session_id}/portrait-exception", summary="There is no exception after all")
def take_exception_back(session_id: UUID, request: Request, session: SessionDep, officer: Officer) -> SessionView:
    row = portrait_desk_of(request).take_back(session, session_id)
    session.flush()
    note(request, session, officer, ACTION, ("session", session_id), PURPOSE, reason=WITHDRAWN)
    return desk_of(request).view(session, row)


def portrait_desk_of(request: Request) -> PortraitDesk:
    desk: PortraitDesk = request.app.state.portrait_desk
    return desk
