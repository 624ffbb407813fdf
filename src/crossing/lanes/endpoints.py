"""The lane's API: one traveller, step by step."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.orm import Session

from crossing.audit.service import Audit
from crossing.decisions import repository as referrals
from crossing.decisions.schemas import Decision, ReferralView
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.lanes import repository
from crossing.lanes.assembly import view_of
from crossing.lanes.errors import SessionUnknown
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.pipeline import LanePipeline
from crossing.lanes.schemas import (
    CaptureOrder,
    FieldSource,
    Identity,
    ImageKind,
    OpenSession,
    ReferralNote,
    SessionView,
)
from crossing.lanes.service import Desk, topic
from crossing.movements.errors import ImageUnknown
from crossing.movements.schemas import CrossingCase, MovementRecord
from crossing.platform.blobs import BlobStore
from crossing.platform.db import SessionDep
from crossing.platform.idempotency import IdempotencyKey, Once
from crossing.platform.images import ACCEPTED
from crossing.platform.live import changes

router = APIRouter(tags=["lanes"])

Officer = Annotated[Principal, Depends(requires(Permission.TRAVELLERS_REGISTER))]

PURPOSE = "border_control"


async def _uploaded(request: Request) -> Picture:
    """The request's body as it came; the size limit of ``platform/api.py`` has been held against it."""
    return Picture(await request.body(), request.headers.get("content-type", ""))


UploadedPicture = Annotated[Picture, Depends(_uploaded)]

_IMAGE_BODY = {
    "requestBody": {
        "required": True,
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in ACCEPTED.values()},
    }
}


@router.post("/api/lanes/{lane_id}/sessions", status_code=201, summary="A traveller steps up")
def open_session(
    lane_id: UUID,
    order: OpenSession,
    request: Request,
    session: SessionDep,
    officer: Officer,
    key: IdempotencyKey = None,
) -> SessionView:
    desk, once = _desk(request), _once(request)

    def work() -> SessionView:
        row = desk.open(session, lane_id, order.direction, officer=officer.login)
        _audit(request, session, officer, "session.opened", row.session_id)
        session.flush()
        return view_of(session, row, today=desk.today())

    return once.do(
        session,
        actor=officer.login,
        operation=f"open:{lane_id}",
        key=key,
        body=order,
        work=work,
        answer_type=SessionView,
    )


@router.get("/api/lanes/{lane_id}/session", summary="The traveller at the lane now, after a crash or a reload")
def current_session(lane_id: UUID, request: Request, session: SessionDep, officer: Officer) -> SessionView:
    row = repository.live_at(session, lane_id)
    if row is None:
        raise SessionUnknown
    _audit(request, session, officer, "session.read", row.session_id)
    return view_of(session, row, today=_desk(request).today())


@router.get("/api/sessions/{session_id}", summary="The whole lane screen")
def read_session(session_id: UUID, request: Request, session: SessionDep, officer: Officer) -> SessionView:
    row = repository.get(session, session_id)
    _audit(request, session, officer, "session.read", session_id)
    return view_of(session, row, today=_desk(request).today())


@router.get(
    "/api/sessions/{session_id}/events",
    response_class=EventSourceResponse,
    summary="Tells when the session has changed; carries nothing of it",
)
async def watch_session(session_id: UUID, request: Request, officer: Officer) -> AsyncIterator[ServerSentEvent]:
    async for event in changes(request, request.app.state.notices, topic(session_id)):
        yield event


@router.post("/api/sessions/{session_id}/capture", summary="Scan the page and photograph the traveller, at once")
def capture(session_id: UUID, order: CaptureOrder, request: Request, officer: Officer) -> SessionView:
    return _pipeline(request).capture(session_id, order, officer=officer.login)


@router.put("/api/sessions/{session_id}/page", summary="A page image from elsewhere", openapi_extra=_IMAGE_BODY)
def put_page(session_id: UUID, request: Request, officer: Officer, picture: UploadedPicture) -> SessionView:
    return _pipeline(request).take(session_id, Pictures(page=picture), officer=officer.login)


@router.put("/api/sessions/{session_id}/live", summary="A portrait from elsewhere", openapi_extra=_IMAGE_BODY)
def put_live(session_id: UUID, request: Request, officer: Officer, picture: UploadedPicture) -> SessionView:
    return _pipeline(request).take(session_id, Pictures(live=picture), officer=officer.login)


@router.put("/api/sessions/{session_id}/identity", summary="An identity declared, or corrected by the officer")
def put_identity(session_id: UUID, identity: Identity, request: Request, officer: Officer) -> SessionView:
    declared = identity.case is CrossingCase.NO_DOCUMENT
    source = FieldSource.DECLARED if declared else FieldSource.OFFICER
    return _pipeline(request).declare(session_id, identity, source=source, officer=officer.login)


@router.get(
    "/api/sessions/{session_id}/images/{kind}",
    response_class=Response,
    responses={200: {"content": {media: {} for media in ACCEPTED.values()}}},
    summary="One of the session's images",
)
def read_image(
    session_id: UUID, kind: ImageKind, request: Request, session: SessionDep, officer: Officer
) -> Response:
    image = repository.get(session, session_id).images.get(kind)
    if image is None:
        raise ImageUnknown
    _audit(request, session, officer, "session.image_read", session_id, kind=kind.value)
    blobs: BlobStore = request.app.state.blobs
    return Response(blobs.get(image["sha256"]), media_type=image["media_type"])


@router.post("/api/sessions/{session_id}/decision", status_code=201, summary="The officer decides")
def decide(
    session_id: UUID,
    decision: Decision,
    request: Request,
    session: SessionDep,
    officer: Officer,
    key: IdempotencyKey = None,
) -> MovementRecord:
    def work() -> MovementRecord:
        movement = _desk(request).decide(session, session_id, decision, officer=officer.login)
        _audit(request, session, officer, "movement.recorded", session_id, movement=str(movement.movement_id))
        return movement

    return _once(request).do(
        session,
        actor=officer.login,
        operation=f"decide:{session_id}",
        key=key,
        body=decision,
        work=work,
        answer_type=MovementRecord,
    )


@router.post("/api/sessions/{session_id}/referral", status_code=201, summary="Call the second line")
def refer(
    session_id: UUID, note: ReferralNote, request: Request, session: SessionDep, officer: Officer
) -> ReferralView:
    referral = _desk(request).refer(session, session_id, officer=officer.login, note=note.note)
    session.flush()
    _audit(request, session, officer, "referral.opened", session_id, referral=str(referral.referral_id))
    return referrals.view(referral)


@router.delete("/api/sessions/{session_id}", summary="The traveller left before a decision")
def abandon(session_id: UUID, request: Request, session: SessionDep, officer: Officer) -> SessionView:
    row = _desk(request).abandon(session, session_id)
    session.flush()
    _audit(request, session, officer, "session.abandoned", session_id)
    return view_of(session, row, today=_desk(request).today())


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _once(request: Request) -> Once:
    once: Once = request.app.state.once
    return once


def _pipeline(request: Request) -> LanePipeline:
    pipeline: LanePipeline = request.app.state.pipeline
    return pipeline


def _audit(
    request: Request, session: Session, officer: Principal, action: str, session_id: UUID, **detail: str
) -> None:
    audit: Audit = request.app.state.audit
    audit.record(
        session,
        actor=officer,
        action=action,
        subject_kind="session",
        subject_id=str(session_id),
        purpose=PURPOSE,
        detail=detail,
    )
