"""What an officer says of two faces, and why a portrait is not as usual."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from crossing.faces.schemas import Judgement
from crossing.lanes.errors import ExceptionUnexplained, FaceNoteNeeded
from crossing.lanes.face_endpoints import face_desk_of, judged_detail
from crossing.lanes.portrait_endpoints import ACTION, WITHDRAWN, portrait_desk_of
from crossing.lanes.referral_pictures import picture_detail
from crossing.lanes.schemas import ExceptionOrder, FaceAnswer, Sha256
from crossing.movements.schemas import ExceptionReason
from crossing.platform.db import Session
from crossing.platform.errors import DomainError, Kind
from crossing.platform.typed import FormLine
from crossing.screening.schemas import CheckKind
from crossing.web.faces import pair_key
from crossing.web.pages.context import Crop, Officer, database, picture_response, record
from crossing.web.pages.lane import PURPOSE, SessionField, Slip, in_one, take_step

router = APIRouter(include_in_schema=False)

PictureName = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class NoReasonChosen(DomainError):
    kind = Kind.INVALID
    code = "no_reason_chosen"
    message = "Choose why the portrait is not as usual."


class FaceForm(BaseModel):
    """A judgement of the two pictures that were shown. ``words_seen``: how much had been said of them by then."""

    model_config = ConfigDict(extra="ignore")

    kind: CheckKind
    source: Annotated[FormLine, Field(max_length=64)] = ""
    reference: Annotated[FormLine, Field(max_length=128)]
    live_sha256: Sha256
    other_sha256: Sha256
    judged: Judgement
    note: Annotated[FormLine, Field(max_length=500)] = ""
    words_seen: Annotated[int, Field(ge=0, le=10_000)] = 0

    @property
    def answer(self) -> FaceAnswer:
        return FaceAnswer(**self.model_dump(exclude={"session_id"}))

    @property
    def note_field(self) -> str:
        """The element of the page where the note was typed."""
        return f"note-{pair_key(self.kind, self.source, self.reference, self.live_sha256, self.other_sha256)}"


class AnswerForm(FaceForm):
    session_id: UUID


@router.post("/lanes/{number}/faces")
def judge(number: int, request: Request, officer: Officer, form: Annotated[AnswerForm, Form()]) -> Response:
    def work(session: Session) -> None:
        face_desk_of(request).judge(session, form.session_id, form.answer, officer=officer.login)
        detail = judged_detail(form.answer)
        record(request, session, officer, "session.faces_compared", ("session", form.session_id), PURPOSE, detail)

    slip = Slip({FaceNoteNeeded: form.note_field}, {form.note_field: form.note})
    return take_step(request, number, officer, in_one(request, form.session_id, work), form.session_id, slip)


@router.get("/sessions/{session_id}/faces/{sha256}")
def picture_of_pair(
    session_id: UUID, sha256: PictureName, request: Request, officer: Officer, crop: Crop = None
) -> Response:
    """A picture that is compared in this session, and no other."""
    with database(request).unit_of_work() as session:
        kind, content = face_desk_of(request).picture(session, session_id, sha256)
        detail = picture_detail(kind, sha256)
        record(request, session, officer, "session.image_read", ("session", session_id), PURPOSE, detail)
    return picture_response(request, sha256, content, crop)


@router.post("/lanes/{number}/portrait-exception")
def excuse_portrait(
    number: int,
    request: Request,
    officer: Officer,
    session_id: SessionField,
    exception_reason: Annotated[ExceptionReason | None, Form()] = None,
    exception_note: Annotated[FormLine, Form(max_length=200)] = "",
) -> Response:
    def work(session: Session) -> None:
        if exception_reason is None:
            raise NoReasonChosen
        order = ExceptionOrder(reason=exception_reason, note=exception_note)
        portrait_desk_of(request).excuse(session, session_id, order, officer=officer.login)
        detail = {"reason": exception_reason.value}
        record(request, session, officer, ACTION, ("session", session_id), PURPOSE, detail)

    slip = Slip(
        {NoReasonChosen: "exception_reason", ExceptionUnexplained: "exception_note"},
        {"exception_reason": exception_reason or "", "exception_note": exception_note},
    )
    return take_step(request, number, officer, in_one(request, session_id, work), session_id, slip)


@router.post("/lanes/{number}/portrait-exception/removal")
def take_exception_back(number: int, request: Request, officer: Officer, session_id: SessionField) -> Response:
    def work(session: Session) -> None:
        portrait_desk_of(request).take_back(session, session_id)
        record(request, session, officer, ACTION, ("session", session_id), PURPOSE, {"reason": WITHDRAWN})

    return take_step(request, number, officer, in_one(request, session_id, work), session_id)
