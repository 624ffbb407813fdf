"""The lane's API: one traveller, step by step."""

from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, File, Request, Response, UploadFile
from fastapi.sse import EventSourceResponse, ServerSentEvent

from crossing.audit.noting import note, note_apart
from crossing.decisions import repository as referrals
from crossing.decisions.schemas import Decision, ReferralView
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.lanes import repository
from crossing.lanes.errors import SessionUnknown
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.progress import topic
from crossing.lanes.referral_pictures import picture_detail
from crossing.lanes.schemas import (
    CaptureOrder,
    ChipOrder,
    Confirmation,
    FieldSource,
    FingerOrder,
    Identity,
    ImageKind,
    MrzLines,
    OpenSession,
    ReferralNote,
    SessionView,
)
from crossing.lanes.state import desk_of, finger_desk_of, once_of, pipeline_of
from crossing.movements.schemas import CrossingCase, MovementRecord
from crossing.platform.blobs import BlobStore
from crossing.platform.db import SessionDep
from crossing.platform.db.reading import reading
from crossing.platform.idempotency import IdempotencyKey
from crossing.platform.images import ACCEPTED
from crossing.platform.live import changes
from crossing.ports.fingers import FingerPosition
from crossing.posts import repository as posts
from crossing.posts.schemas import LaneOut

router = APIRouter(tags=["lanes"])

Officer = Annotated[Principal, Depends(requires(Permission.TRAVELLERS_REGISTER))]

PURPOSE = "border_control"
MAX_FRAMES: Final = 8
"""Of one upload; the whole of them is bounded as a single picture is."""


async def _uploaded(request: Request) -> Picture:
    """The request's body as it came; the size limit of ``platform/api.py`` has been held against it."""
    return Picture(await request.body(), request.headers.get("content-type", ""))


def _known(session_id: UUID, request: Request) -> UUID:
    """Raises :class:`SessionUnknown` while there can still be a problem for an answer; a stream has begun."""
    with reading(request.app.state.database) as session:
        return repository.get(session, session_id).session_id


KnownSession = Annotated[UUID, Depends(_known)]
UploadedPicture = Annotated[Picture, Depends(_uploaded)]

_IMAGE_BODY = {
    "requestBody": {
        "required": True,
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in ACCEPTED.values()},
    }
}


@router.get("/api/lanes", summary="This post's lanes, by whose id a session is opened")
def read_lanes(request: Request, session: SessionDep, officer: Officer) -> list[LaneOut]:
    return [LaneOut.model_validate(lane) for lane in posts.lanes(session, desk_of(request).post.code)]


@router.post("/api/lanes/{lane_id}/sessions", status_code=201, summary="A traveller steps up")
def open_session(
    lane_id: UUID,
    order: OpenSession,
    request: Request,
    session: SessionDep,
    officer: Officer,
    key: IdempotencyKey = None,
) -> SessionView:
    desk, once = desk_of(request), once_of(request)

    def work() -> SessionView:
        row = desk.open(session, lane_id, order.direction, officer=officer.login)
        note(request, session, officer, "session.opened", ("session", row.session_id), PURPOSE)
        session.flush()
        return desk.view(session, row)

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
    note(request, session, officer, "session.read", ("session", row.session_id), PURPOSE)
    return desk_of(request).view(session, row)


@router.get("/api/sessions/{session_id}", summary="The whole lane screen")
def read_session(session_id: UUID, request: Request, session: SessionDep, officer: Officer) -> SessionView:
    row = repository.get(session, session_id)
    note(request, session, officer, "session.read", ("session", session_id), PURPOSE)
    return desk_of(request).view(session, row)


@router.get(
    "/api/sessions/{session_id}/events",
    response_class=EventSourceResponse,
    summary="Tells when the session has changed; carries nothing of it",
)
async def watch_session(
    request: Request, officer: Officer, session_id: KnownSession
) -> AsyncIterator[ServerSentEvent]:
    async for event in changes(request, request.app.state.notices, topic(session_id)):
        yield event


@router.post("/api/sessions/{session_id}/capture", summary="Scan the page and photograph the traveller, at once")
def capture(session_id: UUID, order: CaptureOrder, request: Request, officer: Officer) -> SessionView:
    note_apart(request, officer, "session.captured", ("session", session_id), PURPOSE)
    return pipeline_of(request).capture(session_id, order, officer=officer.login)


@router.put("/api/sessions/{session_id}/page", summary="A page image from elsewhere", openapi_extra=_IMAGE_BODY)
def put_page(session_id: UUID, request: Request, officer: Officer, picture: UploadedPicture) -> SessionView:
    note_apart(request, officer, "session.captured", ("session", session_id), PURPOSE, by="upload")
    return pipeline_of(request).take(session_id, Pictures(page=picture), officer=officer.login)


@router.put("/api/sessions/{session_id}/live", summary="A portrait from elsewhere", openapi_extra=_IMAGE_BODY)
def put_live(session_id: UUID, request: Request, officer: Officer, picture: UploadedPicture) -> SessionView:
    note_apart(request, officer, "session.captured", ("session", session_id), PURPOSE, by="upload")
    return pipeline_of(request).take(session_id, Pictures(live=picture), officer=officer.login)


@router.put("/api/sessions/{session_id}/live-frames", summary="Frames of a camera elsewhere; the best one is kept")
def put_live_frames(
    session_id: UUID,
    request: Request,
    officer: Officer,
    frames: Annotated[list[UploadFile], File(min_length=1, max_length=MAX_FRAMES)],
) -> SessionView:
    """One part of the form for each frame, in the order of their taking, together at most 20 MB. A frame that can't
    be decoded is left out; where none can be, the answer is the first one's error."""
    taken = Pictures.of_frames([Picture(one.file.read(), one.content_type or "") for one in frames])
    note_apart(request, officer, "session.captured", ("session", session_id), PURPOSE, by="upload")
    return pipeline_of(request).take(session_id, taken, officer=officer.login)


@router.put("/api/sessions/{session_id}/identity", summary="An identity declared, or corrected by the officer")
def put_identity(session_id: UUID, identity: Identity, request: Request, officer: Officer) -> SessionView:
    declared = identity.case is CrossingCase.NO_DOCUMENT
    source = FieldSource.DECLARED if declared else FieldSource.OFFICER
    note_apart(request, officer, "session.identified", ("session", session_id), PURPOSE, source=source.value)
    return pipeline_of(request).declare(session_id, identity, source=source, officer=officer.login)


@router.put("/api/sessions/{session_id}/mrz", summary="The lines of an MRZ, typed, pasted or swiped")
def put_mrz(session_id: UUID, typed: MrzLines, request: Request, officer: Officer) -> SessionView:
    note_apart(
        request, officer, "session.identified", ("session", session_id), PURPOSE, source=FieldSource.TYPED.value
    )
    return pipeline_of(request).take_lines(session_id, typed, officer=officer.login)


@router.post(
    "/api/sessions/{session_id}/confirmation", summary="The officer compared an unsure reading with the page"
)
def confirm(
    session_id: UUID, seen: Confirmation, request: Request, session: SessionDep, officer: Officer
) -> SessionView:
    row, doubted = desk_of(request).confirm(session, session_id, evidence=seen.evidence, officer=officer.login)
    session.flush()
    fields = " ".join(doubted)
    note(request, session, officer, "session.reading_confirmed", ("session", session_id), PURPOSE, fields=fields)
    return desk_of(request).view(session, row)


@router.post("/api/sessions/{session_id}/chip", status_code=202, summary="Read the document's chip again")
def read_chip(session_id: UUID, request: Request, officer: Officer, order: ChipOrder | None = None) -> SessionView:
    """In the background: the answer says that the chip is waited for. ``can`` opens a chip that the MRZ does not."""
    can = order.can if order else None
    by = "can" if can else "mrz"
    note_apart(request, officer, "session.captured", ("session", session_id), PURPOSE, by=by, what="chip")
    return pipeline_of(request).read_chip(session_id, officer=officer.login, can=can)


@router.post("/api/sessions/{session_id}/fingers", summary="Capture fingers at the lane's device")
def capture_fingers(session_id: UUID, order: FingerOrder, request: Request, officer: Officer) -> SessionView:
    """A finger that was captured before is replaced. No decision needs any."""
    note_apart(request, officer, "session.captured", ("session", session_id), PURPOSE, what="fingers")
    return finger_desk_of(request).capture(session_id, order)


@router.get(
    "/api/sessions/{session_id}/fingers/{position}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
    summary="A finger, as a picture",
)
def read_finger(
    session_id: UUID, position: FingerPosition, request: Request, session: SessionDep, officer: Officer
) -> Response:
    picture = finger_desk_of(request).picture(session, session_id, position)
    kind = position.value
    note(request, session, officer, "session.image_read", ("session", session_id), PURPOSE, kind=kind)
    return Response(picture, media_type="image/png")


@router.get(
    "/api/sessions/{session_id}/mrz.jpg",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
    summary="The MRZ cut out of the page, until the session is over",
)
def read_strip(session_id: UUID, request: Request, session: SessionDep, officer: Officer) -> Response:
    strip = repository.strip_of(session, session_id)
    note(request, session, officer, "session.image_read", ("session", session_id), PURPOSE, kind="mrz")
    return Response(strip, media_type="image/jpeg")


@router.get(
    "/api/sessions/{session_id}/images/{kind}",
    response_class=Response,
    responses={200: {"content": {media: {} for media in ACCEPTED.values()}}},
    summary="One of the session's images, until it is closed",
)
def read_image(
    session_id: UUID, kind: ImageKind, request: Request, session: SessionDep, officer: Officer
) -> Response:
    image = repository.image_of(session, session_id, kind)
    seen = picture_detail(kind, image["sha256"])
    note(request, session, officer, "session.image_read", ("session", session_id), PURPOSE, **seen)
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
        movement = desk_of(request).decide(session, session_id, decision, officer=officer.login)
        note(
            request,
            session,
            officer,
            "movement.recorded",
            ("session", session_id),
            PURPOSE,
            movement=str(movement.movement_id),
        )
        return movement

    return once_of(request).do(
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
    session_id: UUID, asked: ReferralNote, request: Request, session: SessionDep, officer: Officer
) -> ReferralView:
    referral = desk_of(request).refer(session, session_id, officer=officer.login, note=asked.note)
    session.flush()
    note(
        request,
        session,
        officer,
        "referral.opened",
        ("session", session_id),
        PURPOSE,
        referral=str(referral.referral_id),
    )
    return referrals.view(referral)


@router.delete("/api/sessions/{session_id}", summary="The traveller left before a decision")
def abandon(session_id: UUID, request: Request, session: SessionDep, officer: Officer) -> SessionView:
    row = desk_of(request).abandon(session, session_id)
    session.flush()
    note(request, session, officer, "session.abandoned", ("session", session_id), PURPOSE)
    return desk_of(request).view(session, row)
