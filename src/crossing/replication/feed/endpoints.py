"""The feed over HTTP: what a post pulls from the capital."""

import base64
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.db import SessionDep
from crossing.replication.errors import FeedPlaceInvalid
from crossing.replication.feed.pages import MOST_ITEMS, Hex32, Nonce, Position, Question
from crossing.replication.feed.serving import FeedService
from crossing.replication.schemas import SIGNATURE_HEADER

feed_router = APIRouter(prefix="/sync/v1", tags=["replication"])
"""On the capital's surface for machines; on the port with mutual TLS only."""

_Machine = Annotated[Principal, Depends(requires(Permission.REPLICATION_DELIVER))]
_PACKED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}}}
}


@feed_router.get("/feed", summary="What was published for the posts", response_class=Response, responses=_PACKED)
def feed(
    request: Request,
    machine: _Machine,
    session: SessionDep,
    nonce: Nonce,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ITEMS)] = MOST_ITEMS,
    feed: UUID | None = None,
    mark: Hex32 | None = None,
) -> Response:
    """A page of the feed as gzip'd JSON, signed for this machine and this question in ``Crossing-Signature``.

    ``feed`` and ``mark`` come from the page before and prove that ``after`` is a place in this feed; without them the
    feed begins at its beginning. ``nonce`` is random and the signature covers it.
    """
    service: FeedService = request.app.state.feed
    question = Question(service.machine(session, machine.id), _since(feed, after, mark), limit, nonce)
    packed, signature = service.answer(session, question)
    headers = {SIGNATURE_HEADER: base64.b64encode(signature).decode()}
    return Response(packed, media_type="application/gzip", headers=headers)


def _since(feed: UUID | None, after: int, mark: str | None) -> Position | None:
    if feed is not None and mark is not None:
        return Position(feed, after, bytes.fromhex(mark))
    if feed is not None or mark is not None or after:
        raise FeedPlaceInvalid
    return None
