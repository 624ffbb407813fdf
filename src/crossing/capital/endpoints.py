"""The capital's API for analysts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from crossing.audit.service import Audit
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
    _audit(request).record(
        session,
        actor=analyst,
        action="nation.searched",
        subject_kind="search",
        subject_id="travellers",
        purpose=asked.purpose,
        detail={"found": len(answer.found), "by_name": bool(asked.name), "by_number": bool(asked.document_number)},
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
    _audit(request).record(
        session,
        actor=analyst,
        action="timeline.read",
        subject_kind="movement",
        subject_id=str(movement_id),
        purpose=purpose,
        detail={"movements": len(found.movements)},
    )
    return found


@router.get("/api/alerts", summary="Hits that came late or were confirmed, newest first")
def alerts(request: Request, session: SessionDep, analyst: Analyst) -> list[AlertView]:
    found = service.alerts(session)
    _audit(request).record(
        session,
        actor=analyst,
        action="alert.listed",
        subject_kind="alert",
        subject_id="newest",
        purpose="alert_duty",
        detail={"count": len(found)},
    )
    return found


def _audit(request: Request) -> Audit:
    audit: Audit = request.app.state.audit
    return audit
