"""The movements' API: what was recorded, its images, and corrections."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from crossing.audit.noting import note
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.movements import repository
from crossing.movements.errors import ImageUnknown, MovementUnknown
from crossing.movements.schemas import Correction, ImageOf, MovementRecord, MovementSummary
from crossing.movements.service import MovementService
from crossing.platform.blobs import BlobStore
from crossing.platform.db import SessionDep
from crossing.platform.images import ACCEPTED
from crossing.platform.typed import Instant
from crossing.ports.fingers import FingerPosition

router = APIRouter(prefix="/api/movements", tags=["movements"])
corrections_router = APIRouter(prefix="/api/movements", tags=["movements"])
"""For a post alone: a correction is an event of the machine that records it, and the capital has no such history."""

Reader = Annotated[Principal, Depends(requires(Permission.MOVEMENTS_READ))]
Corrector = Annotated[Principal, Depends(requires(Permission.MOVEMENTS_CORRECT))]
Purpose = Annotated[
    str, Query(min_length=3, max_length=64, pattern=r"^[a-z_]+$", description="Why; kept in the audit trail.")
]


_FINGER_RECORD: Final = "application/octet-stream"


@router.get("", summary="The newest movements, page by page")
def recent(
    request: Request,
    session: SessionDep,
    reader: Reader,
    purpose: Purpose,
    before: Instant | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[MovementSummary]:
    found = repository.recent(session, post=reader.post, before=before, limit=limit)
    note(request, session, reader, "movement.listed", ("movement", "recent"), purpose, count=len(found))
    return found


@router.get("/{movement_id}", summary="One movement, with everything known when it was decided")
def read(
    movement_id: UUID, request: Request, session: SessionDep, reader: Reader, purpose: Purpose
) -> MovementRecord:
    record = _readable(session, movement_id, reader)
    note(request, session, reader, "movement.read", ("movement", movement_id), purpose)
    return record


@router.get(
    "/{movement_id}/images/{kind}",
    response_class=Response,
    responses={200: {"content": {media: {} for media in ACCEPTED.values()}}},
    summary="One of a movement's images",
)
def read_image(
    movement_id: UUID, kind: ImageOf, request: Request, session: SessionDep, reader: Reader, purpose: Purpose
) -> Response:
    sha256 = _readable(session, movement_id, reader).images.of(kind)
    if sha256 is None:
        raise ImageUnknown
    blobs: BlobStore = request.app.state.blobs
    content = blobs.get(sha256)
    note(request, session, reader, "movement.image_read", ("movement", movement_id), purpose, kind=kind.value)
    return Response(content, media_type=media_type_of(content))


@router.get(
    "/{movement_id}/fingers/{position}",
    response_class=Response,
    responses={200: {"content": {_FINGER_RECORD: {}}}},
    summary="One of a movement's fingers: its record of ISO/IEC 19794-2 or 19794-4, as it was taken",
)
def read_finger(
    movement_id: UUID,
    position: FingerPosition,
    request: Request,
    session: SessionDep,
    reader: Reader,
    purpose: Purpose,
) -> Response:
    fingers = _readable(session, movement_id, reader).images.fingers
    sha256 = next((one.sha256 for one in fingers if one.position is position), None)
    if sha256 is None:
        raise ImageUnknown
    blobs: BlobStore = request.app.state.blobs
    content = blobs.get(sha256)
    note(request, session, reader, "movement.image_read", ("movement", movement_id), purpose, kind=position.value)
    return Response(content, media_type=_FINGER_RECORD)


@corrections_router.post("/{movement_id}/corrections", status_code=201, summary="A new record that corrects this one")
def correct(
    movement_id: UUID, correction: Correction, request: Request, session: SessionDep, officer: Corrector
) -> MovementRecord:
    _readable(session, movement_id, officer)
    movements: MovementService = request.app.state.movements
    record = movements.correct(session, movement_id, correction, officer=officer.login)
    note(
        request,
        session,
        officer,
        "movement.corrected",
        ("movement", movement_id),
        "correction",
        corrected_by=str(record.movement_id),
    )
    return record


_BEGINNINGS: Final = (
    (b"\x89PNG", "image/png"),
    (b"RIFF", "image/webp"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)


def media_type_of(content: bytes) -> str:
    """The media type of an image that was decoded once and so is known to be of an accepted format."""
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    return "image/jpeg"


def _readable(session: Session, movement_id: UUID, reader: Principal) -> MovementRecord:
    """The record, where it is the reader's to see; another post's is as unknown as one that doesn't exist."""
    record = repository.get(session, movement_id)
    if record is None or (reader.post is not None and record.post != reader.post):
        raise MovementUnknown
    return record
