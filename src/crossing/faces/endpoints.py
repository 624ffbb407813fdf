"""The face engine over HTTP: which one serves, and how far the templates of the wanted one are."""

from fastapi import APIRouter, Depends, Request

from crossing.faces.retemplating import Retemplater
from crossing.faces.schemas import EngineStatus
from crossing.identity.dependencies import requires
from crossing.identity.roles import Permission

router = APIRouter(prefix="/api/faces", tags=["faces"])


@router.get("/engine", dependencies=[Depends(requires(Permission.STATUS_READ))])
def read_engine(request: Request) -> EngineStatus:
    """The engine that serves and since when, the one that is wanted, and how many templates are still to be made.

    Counts only: nothing about a person.
    """
    retemplater: Retemplater = request.app.state.retemplater
    return retemplater.status()
