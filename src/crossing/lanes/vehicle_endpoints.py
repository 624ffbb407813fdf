"""The API of the vehicle that a traveller crosses in."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from crossing.audit.noting import note
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.lanes.schemas import SessionView
from crossing.lanes.state import desk_of
from crossing.lanes.vehicle_desk import VehicleDesk
from crossing.movements.schemas import Vehicle
from crossing.platform.db import SessionDep

router = APIRouter(tags=["lanes"])

Officer = Annotated[Principal, Depends(requires(Permission.TRAVELLERS_REGISTER))]

PURPOSE: Final = "border_control"
ACTION: Final = "session.vehicle"


@router.put("/api/sessions/{session_id}/vehicle", summary="What the traveller crosses in")
def note_vehicle(
    session_id: UUID, vehicle: Vehicle, request: Request, session: SessionDep, officer: Officer
) -> SessionView:
    """Noted with the crossing, and looked up in the lists of vehicles; INTERPOL is asked meanwhile."""
    desk = vehicle_desk_of(request)
    row = desk.note(session, session_id, vehicle, desk.screen(vehicle), officer=officer.login)
    session.flush()
    note(request, session, officer, ACTION, ("session", session_id), PURPOSE, type=vehicle.type.value)
    return desk_of(request).view(session, row)


@router.delete("/api/sessions/{session_id}/vehicle", summary="There is no vehicle after all")
def take_vehicle_back(session_id: UUID, request: Request, session: SessionDep, officer: Officer) -> SessionView:
    row = vehicle_desk_of(request).take_back(session, session_id)
    session.flush()
    note(request, session, officer, ACTION, ("session", session_id), PURPOSE, type="")
    return desk_of(request).view(session, row)


def vehicle_desk_of(request: Request) -> VehicleDesk:
    desk: VehicleDesk = request.app.state.vehicle_desk
    return desk
