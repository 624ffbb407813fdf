"""Posts, lanes, machines and devices over HTTP.

The room stands below identity, so who may call is handed in: ``bootstrap`` passes the guards, and what a guard
returns goes on to the audit trail as it is.
"""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from crossing.platform.db import SessionDep
from crossing.ports.devices import DeviceState
from crossing.posts import repository
from crossing.posts.device_client import DeviceClient
from crossing.posts.device_errors import NoAgent
from crossing.posts.models import LANE_NUMBERS
from crossing.posts.schemas import LaneDevicesIn, LaneIn, LaneOut, MachineOut, PostOut
from crossing.posts.service import PostsService

Guard = Callable[..., Any]
"""A dependency that returns whoever calls, or raises."""

_PostCodeInPath = Annotated[str, Path(pattern=r"^[A-Z0-9-]{2,16}$")]
_LaneNumberInPath = Annotated[int, Path(ge=LANE_NUMBERS.start, lt=LANE_NUMBERS.stop)]


def _service(request: Request) -> PostsService:
    service: PostsService = request.app.state.posts
    return service


_Service = Annotated[PostsService, Depends(_service)]


def posts_router(*, may_read: Guard, may_manage: Guard) -> APIRouter:
    """Posts and their lanes; for a post and for the capital."""
    router = APIRouter(prefix="/api/posts", tags=["posts"])

    @router.get("", dependencies=[Depends(may_read)])
    def read_posts(session: SessionDep) -> list[PostOut]:
        return [PostOut.model_validate(post) for post in repository.posts(session)]

    @router.get("/{post_code}/lanes", dependencies=[Depends(may_read)])
    def read_lanes(session: SessionDep, post_code: _PostCodeInPath) -> list[LaneOut]:
        return [LaneOut.model_validate(lane) for lane in repository.lanes(session, post_code)]

    @router.post("/{post_code}/lanes", status_code=201)
    def add_lane(
        session: SessionDep,
        service: _Service,
        actor: Annotated[Any, Depends(may_manage)],
        post_code: _PostCodeInPath,
        lane: LaneIn,
    ) -> LaneOut:
        added = service.add_lane(session, actor=actor, post_code=post_code, lane=lane)
        return LaneOut.model_validate(added)

    @router.put("/{post_code}/lanes/{number}/devices")
    def set_devices(
        session: SessionDep,
        service: _Service,
        actor: Annotated[Any, Depends(may_manage)],
        post_code: _PostCodeInPath,
        number: _LaneNumberInPath,
        devices: LaneDevicesIn,
    ) -> LaneOut:
        """Which devices stand at the lane: all of them, in the place of those it had."""
        lane = service.set_devices(session, actor=actor, post_code=post_code, number=number, devices=devices)
        return LaneOut.model_validate(lane)

    return router


def machines_router(*, may_read: Guard, may_manage: Guard) -> APIRouter:
    """The register of machines; for the capital."""
    router = APIRouter(prefix="/api/machines", tags=["posts"])

    @router.get("", dependencies=[Depends(may_read)])
    def read_machines(session: SessionDep) -> list[MachineOut]:
        return [MachineOut.model_validate(machine) for machine in repository.machines(session)]

    @router.post("/{machine_id}/revocation")
    def revoke(
        session: SessionDep, service: _Service, actor: Annotated[Any, Depends(may_manage)], machine_id: UUID
    ) -> MachineOut:
        """Shut a machine out for good: lost, stolen or given back. A second time changes nothing."""
        return MachineOut.model_validate(service.revoke(session, actor=actor, machine_id=machine_id))

    return router


def devices_router(*, may_read: Guard) -> APIRouter:
    """The devices attached to this machine; for a post."""
    router = APIRouter(prefix="/api/devices", tags=["devices"])

    @router.get("", dependencies=[Depends(may_read)])
    def read_devices(request: Request) -> list[DeviceState]:
        """Every device that the agent knows, with its health at this moment."""
        devices: DeviceClient | None = request.app.state.devices
        if devices is None:
            raise NoAgent
        return list(devices.list())

    return router
