"""The officer's screen: one for each lane. Every step answers with the board as it then is."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from crossing.audit.noting import note_apart
from crossing.decisions.schemas import Decision, RefusalReason, Verdict
from crossing.identity.principal import Principal
from crossing.lanes import repository as sessions
from crossing.lanes.errors import LaneUnknown
from crossing.lanes.referral_pictures import picture_detail
from crossing.lanes.schemas import CaptureOrder, ImageKind
from crossing.lanes.state import desk_of, pipeline_of
from crossing.movements.schemas import Direction
from crossing.platform.db import Session
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.i18n import locale_for, translator_for
from crossing.platform.problems import STATUS
from crossing.platform.typed import FormLine, FormLines
from crossing.posts import repository as posts
from crossing.posts.models import Lane
from crossing.web.devices import LaneDevices, devices_of
from crossing.web.errors import sentence
from crossing.web.lane_events import lane_events
from crossing.web.pages.board import board_facts
from crossing.web.pages.context import (
    Crop,
    Officer,
    blobs,
    database,
    devices_seen,
    notices,
    picture_response,
    record,
)
from crossing.web.rendering import is_fragment, render
from crossing.web.words import Words

router = APIRouter(include_in_schema=False)

PURPOSE = "border_control"

_PAGE: Final = "lane/page.html"
_CAMERA_ALLOWED: Final = {"Permissions-Policy": "camera=(self), geolocation=(), microphone=()"}
"""Sent with the lane's page and with no other: only there a traveller stands before the machine's own camera."""

Last = Annotated[str, Query(max_length=36)]
SessionField = Annotated[UUID, Form()]


@dataclass(frozen=True, slots=True)
class Slip:
    """Where on the board stands what was wrong with a form: ``beside`` a field, by the error; and what was ``typed``
    there, which is not lost."""

    beside: Mapping[type[DomainError], str]
    typed: Mapping[str, str]


class DecisionForm(BaseModel):
    """The decision bar and the refusal dialog. ``reason_code`` and the note belong to a refusal."""

    model_config = ConfigDict(extra="ignore")

    session_id: UUID
    verdict: Verdict
    reason_code: RefusalReason | None = None
    purpose: Annotated[FormLine, Field(max_length=64)] = ""
    destination: Annotated[FormLine, Field(max_length=128)] = ""
    refuse_note: Annotated[FormLines, Field(max_length=1000)] = ""

    @property
    def decision(self) -> Decision:
        return Decision(
            verdict=self.verdict,
            reason_code=self.reason_code,
            purpose=self.purpose,
            destination=self.destination,
            note=self.refuse_note,
        )


@router.get("/lanes")
def lanes(request: Request, _officer: Officer) -> Response:
    with reading(database(request)) as session:
        found = posts.lanes(session, desk_of(request).post.code)
    if len(found) == 1:
        return RedirectResponse(f"/lanes/{found[0].number}", status_code=303)
    return render(request, "lanes.html", {"lanes": found})


@router.get("/lanes/{number}")
def show(number: int, request: Request, officer: Officer, last: Last = "") -> Response:
    return _board(request, number, officer, last=last, template=_PAGE)


@router.get("/lanes/{number}/board")
def board(number: int, request: Request, officer: Officer, last: Last = "") -> Response:
    return _board(request, number, officer, last=last)


@router.get("/lanes/{number}/chip")
def chip(number: int, request: Request, officer: Officer, last: Last = "") -> Response:
    """The chip alone: while it is read it changes several times a second."""
    return _board(request, number, officer, last=last, template="lane/chip.html")


@router.get("/lanes/{number}/live", response_class=EventSourceResponse)
async def live(number: int, request: Request, _officer: Officer) -> AsyncIterator[ServerSentEvent]:
    lane = await run_in_threadpool(lane_numbered, request, number)

    def session_there() -> UUID | None:
        with reading(database(request)) as session:
            row = sessions.live_at(session, lane.id)
            return row.session_id if row else None

    async for event in lane_events(request, notices(request), session_there):
        yield event


@router.post("/lanes/{number}/scan")
def scan(
    number: int,
    request: Request,
    officer: Officer,
    direction: Annotated[Direction, Form()],
    session_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Scan the page and photograph its holder at once; where nobody is at the desk yet, somebody is now."""

    def work(lane: Lane) -> UUID:
        current = session_id or open_at(request, lane, direction, officer)
        note_apart(request, officer, "session.captured", ("session", current), PURPOSE)
        order = CaptureOrder(page=True, live=lane.camera_device is not None)
        pipeline_of(request).capture(current, order, officer=officer.login)
        return current

    return take_step(request, number, officer, work, session_id)


@router.post("/lanes/{number}/photograph")
def photograph(
    number: int,
    request: Request,
    officer: Officer,
    direction: Annotated[Direction, Form()],
    session_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    def work(lane: Lane) -> UUID:
        current = session_id or open_at(request, lane, direction, officer)
        note_apart(request, officer, "session.captured", ("session", current), PURPOSE)
        pipeline_of(request).capture(current, CaptureOrder(page=False), officer=officer.login)
        return current

    return take_step(request, number, officer, work, session_id)


@router.post("/lanes/{number}/confirm")
def confirm(
    number: int,
    request: Request,
    officer: Officer,
    session_id: SessionField,
    evidence: Annotated[int, Form(ge=0, le=2**31 - 1)],
) -> Response:
    """The officer compared an unsure reading with the page."""

    def work(session: Session) -> None:
        _, doubted = desk_of(request).confirm(session, session_id, evidence=evidence, officer=officer.login)
        detail = {"fields": " ".join(doubted)}
        record(request, session, officer, "session.reading_confirmed", ("session", session_id), PURPOSE, detail)

    return take_step(request, number, officer, in_one(request, session_id, work), session_id)


@router.post("/lanes/{number}/decide")
def decide(
    number: int,
    request: Request,
    officer: Officer,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    def work(session: Session) -> None:
        movement = desk_of(request).decide(session, form.session_id, form.decision, officer=officer.login)
        detail = {"movement": str(movement.movement_id)}
        record(request, session, officer, "movement.recorded", ("session", form.session_id), PURPOSE, detail)

    return take_step(request, number, officer, in_one(request, form.session_id, work), form.session_id)


@router.post("/lanes/{number}/refer")
def refer(
    number: int,
    request: Request,
    officer: Officer,
    session_id: SessionField,
    refer_note: Annotated[FormLines, Form(max_length=1000)] = "",
) -> Response:
    def work(session: Session) -> None:
        referral = desk_of(request).refer(session, session_id, officer=officer.login, note=refer_note)
        detail = {"referral": str(referral.referral_id)}
        record(request, session, officer, "referral.opened", ("session", session_id), PURPOSE, detail)

    return take_step(request, number, officer, in_one(request, session_id, work), session_id)


@router.post("/lanes/{number}/abandon")
def abandon(number: int, request: Request, officer: Officer, session_id: SessionField) -> Response:
    def work(session: Session) -> None:
        desk_of(request).abandon(session, session_id)
        record(request, session, officer, "session.abandoned", ("session", session_id), PURPOSE)

    return take_step(request, number, officer, in_one(request, session_id, work), session_id)


@router.get("/sessions/{session_id}/images/{kind}")
def image(session_id: UUID, kind: ImageKind, request: Request, officer: Officer, crop: Crop = None) -> Response:
    with database(request).unit_of_work() as session:
        found = sessions.image_of(session, session_id, kind)
        detail = picture_detail(kind, found["sha256"])
        record(request, session, officer, "session.image_read", ("session", session_id), PURPOSE, detail)
    return picture_response(request, found["sha256"], blobs(request).get(found["sha256"]), crop)


@router.get("/sessions/{session_id}/mrz.jpg")
def strip(session_id: UUID, request: Request, officer: Officer) -> Response:
    """The MRZ cut out of the page."""
    with database(request).unit_of_work() as session:
        found = sessions.strip_of(session, session_id)
        record(request, session, officer, "session.image_read", ("session", session_id), PURPOSE, {"kind": "mrz"})
    return Response(found, media_type="image/jpeg")


def lane_numbered(request: Request, number: int) -> Lane:
    """This post's lane. Raises :class:`LaneUnknown`."""
    with reading(database(request)) as session:
        lane = posts.lane_numbered(session, desk_of(request).post.code, number)
    if lane is None:
        raise LaneUnknown
    return lane


def open_at(request: Request, lane: Lane, direction: Direction, officer: Principal) -> UUID:
    """A new session for whoever stands at ``lane``."""
    with database(request).unit_of_work() as session:
        opened = desk_of(request).open(session, lane.id, direction, officer=officer.login).session_id
        record(request, session, officer, "session.opened", ("session", opened), PURPOSE)
    return opened


def in_one(request: Request, session_id: UUID, work: Callable[[Session], None]) -> Callable[[Lane], UUID]:
    """``work`` in one transaction that is undone as a whole when it raises, so that the board can say why."""

    def do(_lane: Lane) -> UUID:
        with database(request).unit_of_work() as session:
            work(session)
        return session_id

    return do


def take_step(
    request: Request,
    number: int,
    officer: Principal,
    work: Callable[[Lane], UUID],
    session_id: UUID | None,
    slip: Slip | None = None,
) -> Response:
    """Do ``work`` and show what came of it. What went wrong stands on the board; the lane stays usable."""
    lane = lane_numbered(request, number)
    problem: DomainError | None = None
    try:
        session_id = work(lane)
    except DomainError as error:
        problem = error
    last = str(session_id or "")
    if problem is None and not is_fragment(request):
        return RedirectResponse(f"/lanes/{number}?last={last}", status_code=303)
    template = "lane/board.html" if is_fragment(request) else _PAGE
    return _board(request, number, officer, last=last, template=template, problem=problem, slip=slip)


def device_strip(request: Request, lane: Lane) -> dict[str, Any]:
    """What ``lane/devices.html`` needs: the lane's devices, and what screen readers are told of them."""
    devices = devices_of(lane, devices_seen(request))
    return {"lane": lane, "devices": devices, "said": _device_news(request, devices)}


def _board(
    request: Request,
    number: int,
    officer: Principal,
    *,
    last: str,
    template: str = "lane/board.html",
    problem: DomainError | None = None,
    slip: Slip | None = None,
) -> Response:
    lane = lane_numbered(request, number)
    with reading(database(request)) as session:
        facts: dict[str, Any] = board_facts(request, session, lane, last=last)
    view = facts["view"]
    if view is not None and view.opened_by != officer.login and last != str(view.session_id):
        # Opening a session stands in the trail already; a look at another officer's traveller is one of its own. What
        # the screen shows already (``last``) is not looked at anew each time that a light turns.
        with database(request).unit_of_work() as session:
            record(request, session, officer, "session.read", ("session", view.session_id), PURPOSE)
    said = sentence(request, problem) if problem else ""
    field = slip.beside.get(type(problem)) if slip and problem else None
    facts |= {
        "problems": [said] if said and not field else [],
        "errors": {field: said} if field else {},
        "typed": slip.typed if slip and field else {},
    }
    status = STATUS[problem.kind] if problem else 200
    if template != _PAGE:
        return render(request, template, facts, status=status)
    return render(request, _PAGE, {**facts, **device_strip(request, lane)}, status=status, headers=_CAMERA_ALLOWED)


def _device_news(request: Request, devices: LaneDevices) -> str:
    translate, words = translator_for(request).gettext, Words(locale_for(request))
    if devices.problem:
        return translate(devices.problem)
    if devices.missing:
        return " ".join(f"{words.of(one.kind)}: {translate(one.reason)}" for one in devices.missing)
    return translate("The devices of this lane are ready.") if devices.devices else ""
