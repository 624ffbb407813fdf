"""The second line's API: who waits, why, and what was found."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from crossing.audit.noting import note
from crossing.decisions import repository
from crossing.decisions.errors import ReferralUnknown
from crossing.decisions.schemas import ReferralView, Resolution
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.lanes.face_endpoints import PictureName, face_desk_of, judged_detail
from crossing.lanes.referral_pictures import Picture, named_picture, own_picture, picture_detail
from crossing.lanes.schemas import FaceAnswer, ImageKind, SessionView
from crossing.lanes.state import desk_of, once_of
from crossing.movements.endpoints import media_type_of
from crossing.platform.blobs import BlobStore
from crossing.platform.db import SessionDep
from crossing.platform.idempotency import IdempotencyKey
from crossing.platform.images import ACCEPTED

router = APIRouter(prefix="/api/referrals", tags=["second line"])

SecondLine = Annotated[Principal, Depends(requires(Permission.REFERRALS_RESOLVE))]

PURPOSE = "second_line"

LOOKED = "referral.image_read"

_A_PICTURE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {media: {} for media in ACCEPTED.values()}}}


@router.get("", summary="Who waits at the second line, longest first")
def waiting(request: Request, session: SessionDep, officer: SecondLine) -> list[ReferralView]:
    found = repository.waiting(session)
    note(request, session, officer, "referral.listed", ("referral", "waiting"), PURPOSE, count=len(found))
    return found


@router.get("/{referral_id}", summary="One referral with its reasons")
def read(referral_id: UUID, request: Request, session: SessionDep, officer: SecondLine) -> ReferralView:
    referral = repository.referral(session, referral_id)
    if referral is None:
        raise ReferralUnknown
    note(request, session, officer, "referral.read", ("referral", str(referral_id)), PURPOSE)
    return repository.view(referral)


@router.get(
    "/{referral_id}/images/{kind}",
    response_class=Response,
    responses=_A_PICTURE,
    summary="A picture of the traveller who was referred",
)
def read_own_picture(
    referral_id: UUID, kind: ImageKind, request: Request, session: SessionDep, officer: SecondLine
) -> Response:
    return _picture(request, session, officer, referral_id, own_picture(session, referral_id, kind))


@router.get(
    "/{referral_id}/portraits/{sha256}",
    response_class=Response,
    responses=_A_PICTURE,
    summary="A picture that a reason of the referral names",
)
def read_named_picture(
    referral_id: UUID, sha256: PictureName, request: Request, session: SessionDep, officer: SecondLine
) -> Response:
    return _picture(request, session, officer, referral_id, named_picture(session, referral_id, sha256))


@router.post("/{referral_id}/resolution", summary="What was found, and the decision")
def resolve(
    referral_id: UUID,
    resolution: Resolution,
    request: Request,
    session: SessionDep,
    officer: SecondLine,
    key: IdempotencyKey = None,
) -> ReferralView:
    """Where something is confirmed and hits on several whom the posts look for are among the reasons, or one beside
    another list's, ``looked_for`` needs a word on each: ``looked_for_unanswered`` names a hit on each in
    ``hit_ids``."""

    def work() -> ReferralView:
        view = desk_of(request).resolve(session, referral_id, resolution, officer=officer.login)
        note(
            request,
            session,
            officer,
            "referral.resolved",
            ("referral", str(referral_id)),
            PURPOSE,
            finding=resolution.finding.value,
        )
        return view

    return once_of(request).do(
        session,
        actor=officer.login,
        operation=f"resolve:{referral_id}",
        key=key,
        body=resolution,
        work=work,
        answer_type=ReferralView,
    )


@router.post("/{referral_id}/faces", summary="What the second line says of two faces")
def judge(
    referral_id: UUID, answer: FaceAnswer, request: Request, session: SessionDep, officer: SecondLine
) -> SessionView:
    """The last word on a pair counts, whichever line said it. ``faces_to_compare`` says what remains."""
    session_id = _session_of(session, referral_id)
    row = face_desk_of(request).judge(session, session_id, answer, officer=officer.login, line="second")
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
    "/{referral_id}/faces/{sha256}",
    response_class=Response,
    responses=_A_PICTURE,
    summary="One of two pictures that the second line compares",
)
def read_picture(
    referral_id: UUID, sha256: PictureName, request: Request, session: SessionDep, officer: SecondLine
) -> Response:
    session_id = _session_of(session, referral_id)
    kind, content = face_desk_of(request).picture(session, session_id, sha256, line="second")
    note(request, session, officer, LOOKED, ("referral", referral_id), PURPOSE, **picture_detail(kind, sha256))
    return Response(content, media_type=media_type_of(content))


@router.post("/{referral_id}/rejection", summary="The second pair of eyes does not agree")
def reject(referral_id: UUID, request: Request, session: SessionDep, officer: SecondLine) -> ReferralView:
    view = desk_of(request).reject(session, referral_id, officer=officer.login)
    note(request, session, officer, "referral.rejected", ("referral", referral_id), PURPOSE)
    return view


@router.post("/{referral_id}/approval", summary="The second pair of eyes")
def approve(referral_id: UUID, request: Request, session: SessionDep, officer: SecondLine) -> ReferralView:
    view = desk_of(request).approve(session, referral_id, officer=officer.login)
    note(request, session, officer, "referral.approved", ("referral", str(referral_id)), PURPOSE)
    return view


def _picture(request: Request, session: Session, officer: Principal, referral_id: UUID, picture: Picture) -> Response:
    note(request, session, officer, LOOKED, ("referral", referral_id), PURPOSE, **picture.detail)
    blobs: BlobStore = request.app.state.blobs
    content = blobs.get(picture.sha256)
    return Response(content, media_type=media_type_of(content))


def _session_of(session: Session, referral_id: UUID) -> UUID:
    referral = repository.referral(session, referral_id)
    if referral is None:
        raise ReferralUnknown
    return referral.session_id
