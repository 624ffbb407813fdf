"""What pages take from the application, typed; and whom they ask for."""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from crossing.audit.noting import note
from crossing.faces.closeups import CloseUps
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.movements.endpoints import media_type_of
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database, Session
from crossing.platform.notify import Notices
from crossing.posts.device_watch import DevicesSeen, DeviceWatch
from crossing.web.rendering import FIGURES_READERS

Officer = Annotated[Principal, Depends(requires(Permission.TRAVELLERS_REGISTER))]
SecondLine = Annotated[Principal, Depends(requires(Permission.REFERRALS_RESOLVE))]
MovementReader = Annotated[Principal, Depends(requires(Permission.MOVEMENTS_READ))]
PostManager = Annotated[Principal, Depends(requires(Permission.POSTS_MANAGE))]
StatusReader = Annotated[Principal, Depends(requires(Permission.STATUS_READ))]
FiguresReader = Annotated[Principal, Depends(requires(*FIGURES_READERS))]
NationSearcher = Annotated[Principal, Depends(requires(Permission.NATION_SEARCH))]

Crop = Annotated[Literal["face"] | None, Query()]
"""``face``: only the face, at the scale that every face has."""


def database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


def clock(request: Request) -> Clock:
    found: Clock = request.app.state.clock
    return found


def blobs(request: Request) -> BlobStore:
    found: BlobStore = request.app.state.blobs
    return found


def notices(request: Request) -> Notices:
    found: Notices = request.app.state.notices
    return found


def devices_seen(request: Request) -> DevicesSeen:
    """The devices as they are now, without waiting for any."""
    watch: DeviceWatch = request.app.state.device_watch
    return watch.seen()


def picture_response(request: Request, sha256: str, content: bytes, crop: str | None) -> Response:
    """A picture, whole or as a close-up of its face."""
    if crop is not None:
        closeups: CloseUps = request.app.state.closeups
        content = closeups.of(sha256, content)
    return Response(content, media_type=media_type_of(content))


def record(
    request: Request,
    session: Session,
    actor: Principal,
    action: str,
    subject: tuple[str, UUID | str],
    purpose: str,
    detail: Mapping[str, str | int] | None = None,
) -> None:
    """Put what was seen or done into the audit trail, in the transaction of ``session``. ``subject``: kind and id."""
    note(request, session, actor, action, subject, purpose, **(detail or {}))
