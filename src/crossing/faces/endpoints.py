"""The face engine over HTTP: which one serves, and how far the templates of the wanted one are."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, Request

from crossing.faces.schemas import EngineStatus
from crossing.identity.dependencies import requires
from crossing.identity.roles import Permission

StatusOfFaces = Callable[[], EngineStatus]

router = APIRouter(prefix="/api/faces", tags=["faces"])


@router.get("/engine", dependencies=[Depends(requires(Permission.STATUS_READ))])
def read_engine(request: Request) -> EngineStatus:
    """The engine that serves and since when, the one that is wanted, and how many templates are still to be made;
    where the wanted one can't serve, why.

    Counts only: nothing about a person.
    """
    status: StatusOfFaces = request.app.state.engine_status
    return status()
