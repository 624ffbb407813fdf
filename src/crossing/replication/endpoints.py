"""Replication over HTTP: what posts call at the capital, and how both sides tell people where they stand."""

import base64
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from starlette.requests import ClientDisconnect

from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.db import Database, Session, SessionDep
from crossing.platform.db.reading import reading
from crossing.replication import status
from crossing.replication.errors import BatchTooLarge, BlobPieceInvalid, BodyInterrupted, IdentityConflict
from crossing.replication.events import instant
from crossing.replication.feed.puller import FeedPuller
from crossing.replication.inbox import Answer, Inbox
from crossing.replication.incoming_blobs import MAX_PIECE_BYTES, IncomingBlobs, Progress
from crossing.replication.outbox import Outbox
from crossing.replication.schemas import (
    INSTANCE_HEADER,
    LENGTH_HEADER,
    OFFSET_HEADER,
    RECEIVED_AT_HEADER,
    SIGNATURE_HEADER,
    CapitalStatus,
    EventsOut,
    HelloIn,
    HelloOut,
    Instance,
    KnownOut,
    PostStatus,
)
from crossing.replication.sender import Sender
from crossing.replication.wire import MAX_PACKED_BYTES, unpack

machine_router = APIRouter(prefix="/sync/v1", tags=["replication"])
"""The capital's surface for machines; on the port with mutual TLS only."""

capital_router = APIRouter(tags=["replication"])
post_router = APIRouter(tags=["replication"])

Machine = Annotated[Principal, Depends(requires(Permission.REPLICATION_DELIVER))]
Reader = Annotated[Principal, Depends(requires(Permission.STATUS_READ))]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
InstanceHeader = Annotated[Instance, Header(alias=INSTANCE_HEADER)]

_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect as gone:
        raise BodyInterrupted from gone


async def _packed(request: Request) -> bytes:
    content = await _body(request)
    if len(content) > MAX_PACKED_BYTES:
        raise BatchTooLarge
    return content


async def _piece(request: Request) -> bytes:
    content = await _body(request)
    if len(content) > MAX_PIECE_BYTES:
        raise BlobPieceInvalid
    return content


@machine_router.post("/hello", summary="A sender introduces itself and learns what is here")
def hello(request: Request, machine: Machine, session: SessionDep, body: HelloIn) -> HelloOut:
    inbox: Inbox = request.app.state.inbox
    try:
        known = inbox.hello(session, machine.id, body.hello())
    except IdentityConflict as conflict:
        _note(request, session, machine, body.epoch, conflict)
        raise
    return HelloOut(epochs=[KnownOut(epoch=k.epoch, watermark=k.watermark, beyond=k.beyond) for k in known])


@machine_router.post(
    "/events",
    summary="Take in a batch of events",
    openapi_extra={"requestBody": {"required": True, "content": {"application/gzip": _BINARY}}},
)
def events(
    request: Request, machine: Machine, session: SessionDep, packed: Annotated[bytes, Depends(_packed)]
) -> EventsOut:
    """A gzip'd JSON batch of at most 500 events. The answer comes after the commit and carries a signed receipt."""
    inbox: Inbox = request.app.state.inbox
    batch = unpack(packed)
    try:
        return _events_out(inbox.receive(session, machine.id, batch))
    except IdentityConflict as conflict:
        _note(request, session, machine, batch.epoch, conflict)
        raise


@machine_router.head("/blobs/{sha256}", summary="How much of a blob is here")
def blob_progress(
    request: Request, machine: Machine, session: SessionDep, sha256: Sha256, instance: InstanceHeader
) -> Response:
    """``Upload-Offset`` says where to go on; a whole blob comes with the headers of its signed receipt."""
    of = _inbox(request).admit(session, machine.id, instance)
    return _progress_out(_blobs(request).progress(session, of, sha256), status_code=200)


@machine_router.patch(
    "/blobs/{sha256}",
    summary="Append a piece to a blob",
    status_code=204,
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}},
)
def blob_append(
    request: Request,
    machine: Machine,
    session: SessionDep,
    sha256: Sha256,
    instance: InstanceHeader,
    offset: Annotated[int, Header(alias=OFFSET_HEADER, ge=0, le=2**53)],
    piece: Annotated[bytes, Depends(_piece)],
) -> Response:
    """A piece of at most 1 MiB at ``Upload-Offset``. It is on disk when the answer leaves."""
    of = _inbox(request).admit(session, machine.id, instance)
    progress = _blobs(request).append(session, of, sha256, offset=offset, piece=piece)
    return _progress_out(progress, status_code=204)


@capital_router.get("/api/replication/status", summary="How far each machine's history has arrived")
def capital_status(request: Request, _reader: Reader) -> CapitalStatus:
    with reading(request.app.state.database) as session:
        return status.of_capital(session)


@post_router.get("/api/replication/status", summary="What waits for the capital, and how delivery goes")
def post_status(request: Request, _reader: Reader) -> PostStatus:
    outbox: Outbox = request.app.state.outbox
    sender: Sender | None = request.app.state.sender
    puller: FeedPuller | None = request.app.state.feed_puller
    with reading(request.app.state.database) as session:
        return status.of_post(
            session, outbox.signer, sender.status() if sender else None, puller.status() if puller else None
        )


def _inbox(request: Request) -> Inbox:
    inbox: Inbox = request.app.state.inbox
    return inbox


def _blobs(request: Request) -> IncomingBlobs:
    blobs: IncomingBlobs = request.app.state.incoming_blobs
    return blobs


def _note(request: Request, session: Session, machine: Principal, epoch: int, conflict: IdentityConflict) -> None:
    """The refusal rolls its own transaction back; the alarm is to stay."""
    session.rollback()
    database: Database = request.app.state.database
    with database.unit_of_work() as alarms:
        _inbox(request).note_conflict(alarms, machine.id, epoch, conflict)


def _events_out(answer: Answer) -> EventsOut:
    return EventsOut(
        received_at=instant(answer.received_at),
        watermark=answer.watermark,
        verdicts=[f"{v.outcome}:{v.reason}" if v.reason else str(v.outcome) for v in answer.verdicts],
        signature=base64.b64encode(answer.signature).decode(),
    )


def _progress_out(progress: Progress, *, status_code: int) -> Response:
    headers = {OFFSET_HEADER: str(progress.offset), LENGTH_HEADER: str(progress.size)}
    if progress.received_at is not None and progress.signature is not None:
        headers[RECEIVED_AT_HEADER] = instant(progress.received_at)
        headers[SIGNATURE_HEADER] = base64.b64encode(progress.signature).decode()
    return Response(status_code=status_code, headers=headers)
