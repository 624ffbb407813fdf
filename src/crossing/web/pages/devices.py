"""Devices on the pages: in the lane's strip, on the status page, and the form that gives them to a lane."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, ValidationError

from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.lanes.state import desk_of
from crossing.platform.db.reading import reading
from crossing.platform.i18n import translator_for
from crossing.platform.live import changes
from crossing.platform.typed import FormLine
from crossing.ports.devices import DeviceKind, DeviceState
from crossing.posts import repository as posts
from crossing.posts.device_watch import DEVICES_TOPIC
from crossing.posts.models import Lane
from crossing.posts.schemas import LaneDevicesIn
from crossing.posts.service import PostsService
from crossing.web.devices import PLACES, reason_of
from crossing.web.pages.context import Officer, PostManager, StatusReader, database, devices_seen, notices
from crossing.web.pages.lane import device_strip, lane_numbered
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AttachedDevice:
    """One line of the status page. ``reason``: why it is not available, an English message id; ``lanes``: the numbers
    of those where it stands."""

    state: DeviceState
    reason: str
    lanes: tuple[int, ...]


class LaneDevicesForm(BaseModel):
    """The device chosen for each of a lane's places; empty for none."""

    model_config = ConfigDict(extra="ignore", str_max_length=200)

    scanner_device: FormLine = ""
    camera_device: FormLine = ""
    chip_device: FormLine = ""
    swipe_device: FormLine = ""
    code_device: FormLine = ""
    finger_device: FormLine = ""


@router.get("/lanes/{number}/devices")
def strip(number: int, request: Request, _officer: Officer) -> Response:
    lane = lane_numbered(request, number)
    return render(request, "lane/devices.html", device_strip(request, lane))


@router.get("/status/devices")
def table(request: Request, reader: StatusReader) -> Response:
    return render(request, "status/devices.html", device_facts(request, reader))


@router.get("/status/live", response_class=EventSourceResponse)
async def live(request: Request, _reader: StatusReader) -> AsyncIterator[ServerSentEvent]:
    async for event in changes(request, notices(request), DEVICES_TOPIC):
        yield event


@router.get("/status/lanes/{number}/devices")
def ask(
    number: int, request: Request, _manager: PostManager, offer: Annotated[str, Query(max_length=128)] = ""
) -> Response:
    """The form, with the device ``offer`` chosen already where it fits."""
    lane = lane_numbered(request, number)
    chosen = {place: getattr(lane, place) or "" for place in PLACES}
    for state in devices_seen(request).devices:
        if state.info.device_id == offer:
            chosen |= {place: offer for place, kind in PLACES.items() if kind is state.info.kind}
    return _form(request, lane, LaneDevicesForm(**chosen), {}, 200)


@router.post("/status/lanes/{number}/devices")
def give(number: int, request: Request, manager: PostManager, form: Annotated[LaneDevicesForm, Form()]) -> Response:
    lane = lane_numbered(request, number)
    try:
        devices = LaneDevicesIn(**{place: device or None for place, device in form.model_dump().items()})
    except ValidationError as invalid:
        wrong = translator_for(request).gettext("This is no device: choose one from the list.")
        return _form(request, lane, form, {str(one["loc"][0]): wrong for one in invalid.errors()}, 422)
    service: PostsService = request.app.state.posts
    with database(request).unit_of_work() as session:
        service.set_devices(session, actor=manager, post_code=lane.post_code, number=number, devices=devices)
    notices(request).publish(DEVICES_TOPIC)
    return RedirectResponse("/status", status_code=303)


def device_facts(request: Request, reader: Principal) -> dict[str, Any]:
    """What ``status/devices.html`` needs: every device, and whether ``reader`` may give them to lanes."""
    seen = devices_seen(request)
    with reading(database(request)) as session:
        lanes = posts.lanes(session, desk_of(request).post.code)
    attached = [AttachedDevice(state, reason_of(state), _standing(lanes, state)) for state in seen.devices]
    return {
        "devices": attached,
        "devices_problem": seen.problem.message if seen.problem else "",
        "devices_at": seen.at,
        "lanes": lanes,
        "may_give": reader.may(Permission.POSTS_MANAGE),
    }


def _standing(lanes: Sequence[Lane], state: DeviceState) -> tuple[int, ...]:
    device = state.info.device_id
    return tuple(lane.number for lane in lanes if device in {getattr(lane, place) for place in PLACES})


def _form(request: Request, lane: Lane, chosen: LaneDevicesForm, errors: Mapping[str, str], status: int) -> Response:
    by_kind = _by_kind(request)
    places = [
        (place, kind, _options(by_kind.get(kind, []), getattr(chosen, place), getattr(lane, place)))
        for place, kind in PLACES.items()
    ]
    facts = {"lane": lane, "places": places, "chosen": chosen.model_dump(), "errors": errors}
    return render(request, "status/lane_devices.html", facts, status=status)


def _by_kind(request: Request) -> dict[DeviceKind, list[DeviceState]]:
    found: dict[DeviceKind, list[DeviceState]] = {}
    for state in devices_seen(request).devices:
        found.setdefault(state.info.kind, []).append(state)
    return found


def _options(states: list[DeviceState], *known: str | None) -> list[tuple[str, str]]:
    """Devices to choose from, those that are away but stand at the lane among them: nothing is lost by saving."""
    options = {state.info.device_id: _named(state) for state in states}
    for device in known:
        if device:
            options.setdefault(device, device)
    return list(options.items())


def _named(state: DeviceState) -> str:
    model = f"{state.info.vendor} {state.info.model}".strip()
    return f"{state.info.device_id} · {model}" if model else state.info.device_id
