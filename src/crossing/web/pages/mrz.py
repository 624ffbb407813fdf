"""The lines of an MRZ that an officer types or pastes, or that a swipe reader types like a keyboard."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from crossing.audit.noting import note_apart
from crossing.documents.mrz import parse
from crossing.identity.principal import Principal
from crossing.lanes.readings import is_whole
from crossing.lanes.schemas import FieldSource, MrzLines
from crossing.lanes.state import desk_of, pipeline_of
from crossing.movements.schemas import CrossingCase, Direction
from crossing.platform.errors import DomainError
from crossing.platform.i18n import translator_for
from crossing.platform.problems import STATUS
from crossing.platform.typed import FormLines
from crossing.posts.models import Lane
from crossing.web.errors import sentence
from crossing.web.mrz_errors import MOST_LINES, line_errors
from crossing.web.pages.context import Officer
from crossing.web.pages.identity import Errors, form_of, identity_page
from crossing.web.pages.lane import PURPOSE, lane_numbered, open_at

router = APIRouter(include_in_schema=False)


class MrzForm(BaseModel):
    """The lines as they came. ``as_it_stands``: the document reads so, whatever its check digits say."""

    model_config = ConfigDict(extra="ignore", str_max_length=1000)

    session_id: UUID | Literal[""] = ""
    direction: Direction = Direction.ENTRY
    mrz: FormLines = ""
    as_it_stands: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.mrz.splitlines() if line.strip())


@router.post("/lanes/{number}/mrz")
def take(number: int, request: Request, officer: Officer, form: Annotated[MrzForm, Form()]) -> Response:
    """Take the lines where they hold, or where the officer vouches for them; else say what is wrong, line by line."""
    lane = lane_numbered(request, number)
    read = parse(form.lines, today=desk_of(request).today())
    wrong = line_errors(read, form.lines, translator_for(request).gettext)
    readable = is_whole(read) and len(form.lines) <= MOST_LINES
    if wrong and not (readable and form.as_it_stands):
        return _again(request, lane, form, {"mrz": wrong}, 422, may_stand=readable)
    try:
        _take(request, lane, form, officer)
    except DomainError as error:
        return _again(request, lane, form, {"mrz": sentence(request, error)}, STATUS[error.kind])
    return RedirectResponse(f"/lanes/{number}", status_code=303)


def _take(request: Request, lane: Lane, form: MrzForm, officer: Principal) -> None:
    session_id = form.session_id or open_at(request, lane, form.direction, officer)
    source = FieldSource.TYPED.value
    note_apart(request, officer, "session.identified", ("session", session_id), PURPOSE, source=source)
    typed = MrzLines(lines=form.lines, as_it_stands=form.as_it_stands)
    pipeline_of(request).take_lines(session_id, typed, officer=officer.login)


def _again(
    request: Request, lane: Lane, form: MrzForm, errors: Errors, status: int, *, may_stand: bool = False
) -> Response:
    known = form_of(request, lane, form.direction)
    shown = known.model_copy(update={"case": CrossingCase.DOCUMENT, "direction": form.direction})
    return identity_page(request, lane, shown, errors, status, mrz="\n".join(form.lines), may_stand=may_stand)
