"""The API of those whom a post looks for. A look at them is in the audit trail."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request

from crossing.audit.noting import note
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.db import SessionDep
from crossing.screening.ahead.schemas import LookedForPage, PageNumber
from crossing.screening.ahead.service import AheadService

router = APIRouter(prefix="/api/ahead", tags=["second line"])

SecondLine = Annotated[Principal, Depends(requires(Permission.REFERRALS_RESOLVE))]

PURPOSE: Final = "second_line"


def ahead_of(request: Request) -> AheadService:
    found: AheadService = request.app.state.ahead
    return found


@router.get("", summary="The travellers whom this post looks for, as the capital told it")
def looked_for(
    request: Request, session: SessionDep, officer: SecondLine, page: Annotated[PageNumber, Query()] = 1
) -> LookedForPage:
    """The last told first, 50 on a page."""
    found = ahead_of(request).looked_for(session, page)
    shown = len(found.travellers)
    note(request, session, officer, "ahead.listed_people", ("ahead", "everybody"), PURPOSE, count=shown)
    return found
