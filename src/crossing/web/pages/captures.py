"""What a lane's further devices read of a traveller when the officer asks: the chip again, a code, fingers."""

import re
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from crossing.audit.noting import note_apart
from crossing.lanes.schemas import CaptureOrder, FingerOrder
from crossing.lanes.state import finger_desk_of, pipeline_of
from crossing.movements.schemas import Direction
from crossing.platform.errors import DomainError, Kind
from crossing.platform.typed import FormLine
from crossing.ports.fingers import FingerPosition
from crossing.posts.models import Lane
from crossing.web.pages.context import Officer, database, record
from crossing.web.pages.lane import PURPOSE, SessionField, open_at, take_step

router = APIRouter(include_in_schema=False)

_CARD_NUMBER: Final = re.compile(r"[0-9]{6}")
Fingers = Annotated[list[FingerPosition], Form(max_length=len(FingerPosition))]


class CardNumberWrong(DomainError):
    kind = Kind.INVALID
    code = "card_number_wrong"
    message = "The number on the page that opens the chip has six digits."


class NoFingerChosen(DomainError):
    kind = Kind.INVALID
    code = "no_finger_chosen"
    message = "Choose at least one finger that the traveller has."


@router.post("/lanes/{number}/chip")
def read_chip(
    number: int,
    request: Request,
    officer: Officer,
    session_id: SessionField,
    can: Annotated[FormLine, Form(max_length=32)] = "",
) -> Response:
    """Read the chip again, with the number printed on the page (CAN) where one was typed."""
    typed = can.replace(" ", "")

    def work(_lane: Lane) -> UUID:
        if typed and not _CARD_NUMBER.fullmatch(typed):
            raise CardNumberWrong
        by = "can" if typed else "mrz"
        note_apart(request, officer, "session.captured", ("session", session_id), PURPOSE, by=by, what="chip")
        pipeline_of(request).read_chip(session_id, officer=officer.login, can=typed or None)
        return session_id

    return take_step(request, number, officer, work, session_id)


@router.post("/lanes/{number}/code")
def read_code(
    number: int,
    request: Request,
    officer: Officer,
    direction: Annotated[Direction, Form()],
    session_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """A code shown to the lane's reader; where nobody is at the desk yet, somebody is now."""

    def work(lane: Lane) -> UUID:
        current = session_id or open_at(request, lane, direction, officer)
        note_apart(request, officer, "session.captured", ("session", current), PURPOSE, what="code")
        order = CaptureOrder(page=False, live=False, code=True)
        pipeline_of(request).capture(current, order, officer=officer.login)
        return current

    return take_step(request, number, officer, work, session_id)


@router.post("/lanes/{number}/fingers")
def take_fingers(
    number: int,
    request: Request,
    officer: Officer,
    session_id: SessionField,
    positions: Fingers = [],  # noqa: B006 - FastAPI copies it
    missing: Fingers = [],  # noqa: B006 - as above
) -> Response:
    wanted = tuple(position for position in positions if position not in missing)

    def work(_lane: Lane) -> UUID:
        if not wanted:
            raise NoFingerChosen
        note_apart(request, officer, "session.captured", ("session", session_id), PURPOSE, what="fingers")
        order = FingerOrder(positions=wanted, missing=tuple(missing))
        finger_desk_of(request).capture(session_id, order)
        return session_id

    return take_step(request, number, officer, work, session_id)


@router.get("/sessions/{session_id}/fingers/{position}")
def finger(session_id: UUID, position: FingerPosition, request: Request, officer: Officer) -> Response:
    """A finger as a picture."""
    with database(request).unit_of_work() as session:
        picture = finger_desk_of(request).picture(session, session_id, position)
        detail = {"kind": position.value}
        record(request, session, officer, "session.image_read", ("session", session_id), PURPOSE, detail)
    return Response(picture, media_type="image/png")
