"""Lists and the bridge over HTTP."""

from fastapi import APIRouter, Depends, Request

from crossing.identity.dependencies import requires
from crossing.identity.roles import Permission
from crossing.platform.db.reading import reading
from crossing.screening.bridge import BridgeClient
from crossing.screening.lists.endpoints import router as lists_router
from crossing.screening.rechecks import RecheckQueue
from crossing.screening.schemas import BridgeState

router = APIRouter(prefix="/api", tags=["screening"])
router.include_router(lists_router)

lists_api = APIRouter(prefix="/api", tags=["screening"])
"""The lists alone: what the capital has of this room."""
lists_api.include_router(lists_router)


@router.get("/bridge/status", dependencies=[Depends(requires(Permission.STATUS_READ))])
def read_bridge_status(request: Request) -> BridgeState:
    """Whether INTERPOL is being asked, and how many questions wait to be asked again."""
    bridge: BridgeClient = request.app.state.bridge
    said = bridge.status()
    queue: RecheckQueue = request.app.state.rechecks
    with reading(request.app.state.database) as session:
        waiting = queue.pending(session)
    return BridgeState(configured=bridge.configured, reachable=said is not None, pending_rechecks=waiting, said=said)
