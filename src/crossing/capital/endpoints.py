"""The capital's API for analysts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from crossing.audit.noting import note
from crossing.capital import service
from crossing.capital.schemas import AlertView, Search, SearchAnswer, SearchPurpose, Timeline
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.db import SessionDep

router = APIRouter(tags=["capital"])

Analyst = Annotated[Principal, Depends(requires(Permission.NATION_SEARCH))]


@router.post("/api/search", summary="Find travellers over all posts; a POST, so that no name is in an address")
def search(asked: Search, request: Request, session: SessionDep, analyst: Analyst) -> SearchAnswer:
    answer = service.search(session, asked)
    note(
        request,
        session,
        analyst,
        "nation.searched",
        ("search", "travellers"),
        asked.purpose,
        found=len(answer.found),
        by_name=bool(asked.name),
        by_number=bool(asked.document_number),
    )
    return answer


@router.get("/api/timelines/{movement_id}", summary="The traveller of a movement, over all posts")
def timeline(
    movement_id: UUID,
    request: Request,
    session: SessionDep,
    analyst: Analyst,
    purpose: Annotated[SearchPurpose, Query()],
) -> Timeline:
    found = service.timeline(session, movement_id)
    note(
        request,
        session,
        analyst,
        "timeline.read",
        ("movement", str(movement_id)),
        purpose,
        movements=len(found.movements),
    )
    return found


@router.get("/api/alerts", summary="Hits that came late or were confirmed, newest first")
def alerts(request: Request, session: SessionDep, analyst: Analyst) -> list[AlertView]:
    found = service.alerts(session)
    note(request, session, analyst, "alert.listed", ("alert", "newest"), "alert_duty", count=len(found))
    return found
