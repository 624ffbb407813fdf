"""The post's movements: the newest first, and one with everything that was known when it was decided."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from crossing.identity.principal import Principal
from crossing.movements import repository
from crossing.movements.endpoints import media_type_of
from crossing.movements.errors import ImageUnknown, MovementUnknown
from crossing.movements.schemas import ImageOf, MovementRecord
from crossing.platform.db import Session
from crossing.platform.typed import Instant
from crossing.web.pages.context import MovementReader, blobs, database, record
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)

PURPOSE: Final = "post_duty"
_PAGE: Final = 50


@router.get("/movements")
def newest(request: Request, reader: MovementReader, before: Annotated[Instant | None, Query()] = None) -> Response:
    with database(request).unit_of_work() as session:
        found = repository.recent(session, post=reader.post, before=before, limit=_PAGE)
        record(request, session, reader, "movement.listed", ("movement", "recent"), PURPOSE, {"count": len(found)})
    older: datetime | None = found[-1].occurred_at if len(found) == _PAGE else None
    return render(request, "movements/list.html", {"movements": found, "older": older, "before": before})


@router.get("/movements/{movement_id}")
def show(movement_id: UUID, request: Request, reader: MovementReader) -> Response:
    with database(request).unit_of_work() as session:
        movement = _readable(session, movement_id, reader)
        corrected_by = repository.correction_of(session, movement_id)
        record(request, session, reader, "movement.read", ("movement", movement_id), PURPOSE)
    return render(request, "movements/movement.html", {"movement": movement, "corrected_by": corrected_by})


@router.get("/movements/{movement_id}/images/{kind}")
def image(movement_id: UUID, kind: ImageOf, request: Request, reader: MovementReader) -> Response:
    with database(request).unit_of_work() as session:
        sha256 = _readable(session, movement_id, reader).images.of(kind)
        if sha256 is None:
            raise ImageUnknown
        detail = {"kind": kind.value}
        record(request, session, reader, "movement.image_read", ("movement", movement_id), PURPOSE, detail)
    content = blobs(request).get(sha256)
    return Response(content, media_type=media_type_of(content))


def _readable(session: Session, movement_id: UUID, reader: Principal) -> MovementRecord:
    """The record, where it is the reader's to see; another post's is as unknown as one that doesn't exist."""
    movement = repository.get(session, movement_id)
    if movement is None or (reader.post is not None and movement.post != reader.post):
        raise MovementUnknown
    return movement
