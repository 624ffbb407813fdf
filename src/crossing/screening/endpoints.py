"""Lists and the bridge over HTTP."""

from fastapi import APIRouter, Depends, Request

from crossing.identity.dependencies import requires
from crossing.identity.roles import Permission
from crossing.platform.db.reading import reading
from crossing.ports.bridge import BridgeStatus
from crossing.screening.bridge import BridgeClient
from crossing.screening.lists.endpoints import router as lists_router
from crossing.screening.rechecks import RecheckQueue
from crossing.screening.schemas import BridgeState
from crossing.screening.verifications import NEEDS_A_LOOK, VerificationQueue, VerificationView

router = APIRouter(prefix="/api", tags=["screening"])
router.include_router(lists_router)

lists_api = APIRouter(prefix="/api", tags=["screening"])
"""The lists alone: what the capital has of this room."""
lists_api.include_router(lists_router)


@router.get("/bridge/status", dependencies=[Depends(requires(Permission.STATUS_READ))])
def read_bridge_status(request: Request) -> BridgeState:
    """Whether INTERPOL is being asked, by what, how many questions wait to be asked again, and how many words on hits
    wait to be told."""
    bridge: BridgeClient = request.app.state.bridge
    said = bridge.status()
    queue: RecheckQueue = request.app.state.rechecks
    verifications: VerificationQueue = request.app.state.verifications
    with reading(request.app.state.database) as session:
        waiting = queue.pending_by_source(session)
        words = verifications.counted(session)
    return BridgeState(
        configured=bridge.configured,
        reachable=said is not None,
        mode=said.mode if said else None,
        copy_age_hours=_age_hours(said) if said else None,
        copy_stale=said.copy_stale if said else False,
        pending_rechecks=sum(waiting.values()),
        pending_by_source=waiting,
        pending_at_bridge=said.pending_rechecks if said else 0,
        verifications_waiting=words.get("pending", 0),
        verifications_not_taken=sum(words.get(state, 0) for state in NEEDS_A_LOOK),
        said=said,
    )


@router.get("/bridge/verifications", dependencies=[Depends(requires(Permission.REFERRALS_RESOLVE))])
def read_verifications(request: Request) -> list[VerificationView]:
    """Words on hits that the bridge has not been told, or does not take; the newest first."""
    queue: VerificationQueue = request.app.state.verifications
    with reading(request.app.state.database) as session:
        return queue.not_taken(session)


def _age_hours(said: BridgeStatus) -> float | None:
    if said.copy_as_of is None:
        return None
    return max(0.0, round((said.checked_at - said.copy_as_of).total_seconds() / 3600, 1))
