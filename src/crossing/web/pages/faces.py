"""What an officer says of two faces, and why a portrait is not as usual."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from crossing.faces.schemas import Judgement
from crossing.lanes.face_endpoints import face_desk_of
from crossing.lanes.schemas import FaceAnswer, Sha256
from crossing.movements.endpoints import media_type_of
from crossing.platform.db import Session
from crossing.platform.typed import FormLine
from crossing.screening.schemas import CheckKind
from crossing.web.pages.context import Officer, database, record
from crossing.web.pages.lane import PURPOSE, in_one, take_step

router = APIRouter(include_in_schema=False)

PictureName = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class AnswerForm(BaseModel):
    """A judgement of the two pictures that were shown."""

    model_config = ConfigDict(extra="ignore")

    session_id: UUID
    kind: CheckKind
    source: Annotated[FormLine, Field(max_length=64)] = ""
    reference: Annotated[FormLine, Field(max_length=128)]
    live_sha256: Sha256
    other_sha256: Sha256
    judged: Judgement
    note: Annotated[FormLine, Field(max_length=500)] = ""

    @property
    def answer(self) -> FaceAnswer:
        return FaceAnswer(**self.model_dump(exclude={"session_id"}))


@router.post("/lanes/{number}/faces")
def judge(number: int, request: Request, officer: Officer, form: Annotated[AnswerForm, Form()]) -> Response:
    def work(session: Session) -> None:
        face_desk_of(request).judge(session, form.session_id, form.answer, officer=officer.login)
        detail = {"kind": form.kind.value, "judged": form.judged.value}
        record(request, session, officer, "session.faces_compared", ("session", form.session_id), PURPOSE, detail)

    return take_step(request, number, officer, in_one(request, form.session_id, work), form.session_id)


@router.get("/sessions/{session_id}/faces/{sha256}")
def other_picture(session_id: UUID, sha256: PictureName, request: Request, officer: Officer) -> Response:
    """The picture beside the live one, of a pair of this session and of no other."""
    with database(request).unit_of_work() as session:
        kind, content = face_desk_of(request).picture(session, session_id, sha256)
        detail = {"kind": kind.value}
        record(request, session, officer, "session.image_read", ("session", session_id), PURPOSE, detail)
    return Response(content, media_type=media_type_of(content))
