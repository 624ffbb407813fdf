"""A photograph from the camera of the officer's own machine: mobile teams have a laptop and no post's camera."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response

from crossing.audit.noting import note_apart
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.state import pipeline_of
from crossing.movements.schemas import Direction
from crossing.posts.models import Lane
from crossing.web.pages.context import Officer
from crossing.web.pages.lane import PURPOSE, open_at, take_step

router = APIRouter(include_in_schema=False)

MAX_FRAMES: Final = 5
"""As many as the page takes in the second that a traveller is asked to hold still."""


@router.post("/lanes/{number}/picture")
def take(
    number: int,
    request: Request,
    officer: Officer,
    direction: Annotated[Direction, Form()],
    frames: Annotated[list[UploadFile], File(min_length=1, max_length=MAX_FRAMES)],
    session_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """As if the lane's own camera had taken them, so that the best frame is kept. Where nobody is at the desk yet,
    somebody is now."""
    taken = Pictures.of_frames([Picture(one.file.read(), one.content_type or "") for one in frames])

    def work(lane: Lane) -> UUID:
        current = session_id or open_at(request, lane, direction, officer)
        note_apart(request, officer, "session.captured", ("session", current), PURPOSE, by="browser")
        pipeline_of(request).take(current, taken, officer=officer.login)
        return current

    return take_step(request, number, officer, work, session_id)
