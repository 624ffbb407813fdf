"""The API of faces that wait for an officer's eyes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from crossing.audit.noting import note
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.lanes.face_desk import FaceDesk
from crossing.lanes.referral_pictures import PREFIX, picture_detail
from crossing.lanes.schemas import FaceAnswer, SessionView
from crossing.lanes.state import desk_of
from crossing.movements.endpoints import media_type_of
from crossing.platform.db import SessionDep
from crossing.platform.images import ACCEPTED

router = APIRouter(tags=["lanes"])

Officer = Annotated[Principal, Depends(requires(Permission.TRAVELLERS_REGISTER))]
PictureName = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the picture.")]

PURPOSE = "border_control"


@router.post("/api/sessions/{session_id}/faces", summary="What the officer says of two faces")
def judge(
    session_id: UUID, answer: FaceAnswer, request: Request, session: SessionDep, officer: Officer
) -> SessionView:
    """The last word on a pair counts; every word is kept with the movement."""
    row = face_desk_of(request).judge(session, session_id, answer, officer=officer.login)
    session.flush()
    note(
        request,
        session,
        officer,
        "session.faces_compared",
        ("session", session_id),
        PURPOSE,
        **judged_detail(answer),
    )
    return desk_of(request).view(session, row)


@router.get(
    "/api/sessions/{session_id}/faces/{sha256}",
    response_class=Response,
    responses={200: {"content": {media: {} for media in ACCEPTED.values()}}},
    summary="The picture that the traveller's face is compared with",
)
def read_other_picture(
    session_id: UUID, sha256: PictureName, request: Request, session: SessionDep, officer: Officer
) -> Response:
    kind, content = face_desk_of(request).picture(session, session_id, sha256)
    seen = picture_detail(kind, sha256)
    note(request, session, officer, "session.image_read", ("session", session_id), PURPOSE, **seen)
    return Response(content, media_type=media_type_of(content))


def judged_detail(answer: FaceAnswer) -> dict[str, str]:
    """What the audit trail says of a word: about which hit and which two pictures. It names nobody: a reference is
    the list's own, and a picture is found by its first digits and shows nothing."""
    return {
        "kind": answer.kind.value,
        "judged": answer.judged.value,
        "source": answer.source,
        "reference": answer.reference,
        "live": answer.live_sha256[:PREFIX],
        "other": answer.other_sha256[:PREFIX],
    }


def face_desk_of(request: Request) -> FaceDesk:
    desk: FaceDesk = request.app.state.face_desk
    return desk
