"""What a traveller crosses in: a short form over the lane, asked for with one key and filled without a mouse."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from crossing.identity.principal import Principal
from crossing.lanes import repository as sessions
from crossing.lanes.assembly import vehicle_of
from crossing.lanes.models import CaptureSession
from crossing.lanes.state import desk_of
from crossing.lanes.vehicle_endpoints import ACTION, vehicle_desk_of
from crossing.movements.schemas import Direction, Vehicle, VehicleType
from crossing.platform.db import Session
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.i18n import locale_for, translator_for
from crossing.platform.problems import STATUS
from crossing.platform.typed import FormLine
from crossing.posts.models import Lane
from crossing.screening.vehicles import VIN_LENGTH, VinState, tidy_vin, vin_state
from crossing.web import countries
from crossing.web.errors import sentence
from crossing.web.pages.context import Officer, database, record
from crossing.web.pages.lane import PURPOSE, SessionField, board, in_one, lane_numbered, open_at, take_step
from crossing.web.rendering import is_fragment, render
from crossing.web.words import Words

router = APIRouter(include_in_schema=False)

LONGEST_PLATE: Final = 16
LONGEST_VIN: Final = 24
"""As ``movements.schemas.Vehicle`` takes them; a VIN may have blanks and hyphens between its 17 characters."""

_INTO_THE_FORM: Final = {"HX-Retarget": "#vehicle", "HX-Reswap": "innerHTML"}


class VehicleForm(BaseModel):
    """The form as it was typed; nothing is refused before the officer can be told beside the field."""

    model_config = ConfigDict(extra="ignore", str_max_length=200)

    session_id: UUID | Literal[""] = ""
    direction: Direction = Direction.ENTRY
    vehicle_type: FormLine = ""
    plate: FormLine = ""
    plate_country: FormLine = ""
    vin: FormLine = ""


@router.get("/lanes/{number}/vehicle")
def ask(
    number: int, request: Request, _officer: Officer, direction: Annotated[Direction, Query()] = Direction.ENTRY
) -> Response:
    """The form, filled with what is noted already. It is a part of the lane and no page of its own."""
    if not is_fragment(request):
        return RedirectResponse(f"/lanes/{number}", status_code=303)
    lane = lane_numbered(request, number)
    return _shown(request, lane, _form_of(request, lane, direction), {}, 200)


@router.post("/lanes/{number}/vehicle")
def note(number: int, request: Request, officer: Officer, form: Annotated[VehicleForm, Form()]) -> Response:
    """Note the vehicle and ask the lists; where nobody is at the desk yet, somebody is now."""
    lane = lane_numbered(request, number)
    errors: dict[str, str] = {}
    vehicle = _vehicle(request, form, errors)
    if vehicle is None:
        return _shown(request, lane, form, errors, 422)
    try:
        session_id = _note(request, lane, form, vehicle, officer)
    except DomainError as error:
        return _shown(request, lane, form, {"": sentence(request, error)}, STATUS[error.kind])
    return board(number, request, officer, last=str(session_id))


@router.post("/lanes/{number}/vehicle/removal")
def take_back(number: int, request: Request, officer: Officer, session_id: SessionField) -> Response:
    def work(session: Session) -> None:
        vehicle_desk_of(request).take_back(session, session_id)
        record(request, session, officer, ACTION, ("session", session_id), PURPOSE, {"type": ""})

    return take_step(request, number, officer, in_one(request, session_id, work), session_id)


@router.post("/lanes/{number}/vehicle/vin")
def judge_vin(number: int, request: Request, _officer: Officer, vin: Annotated[FormLine, Form()] = "") -> Response:
    """What its check digit says of a VIN while it is typed. A POST, for no address may hold what was typed."""
    lane_numbered(request, number)
    return render(request, "lane/vin.html", _vin_facts(vin[:LONGEST_VIN]))


def _note(request: Request, lane: Lane, form: VehicleForm, vehicle: Vehicle, officer: Principal) -> UUID:
    desk = vehicle_desk_of(request)
    results = desk.screen(vehicle)
    session_id = form.session_id or _there_or_open(request, lane, form, officer)
    with database(request).unit_of_work() as session:
        desk.note(session, session_id, vehicle, results, officer=officer.login)
        record(request, session, officer, ACTION, ("session", session_id), PURPOSE, {"type": vehicle.type.value})
    return session_id


def _there_or_open(request: Request, lane: Lane, form: VehicleForm, officer: Principal) -> UUID:
    """Whoever stepped up while the form was open, or else somebody now."""
    row = _live(request, lane)
    return row.session_id if row else open_at(request, lane, form.direction, officer)


def _shown(request: Request, lane: Lane, form: VehicleForm, errors: dict[str, str], status: int) -> Response:
    locale, row = locale_for(request), _live(request, lane)
    words = Words(locale)
    facts: dict[str, Any] = {
        "action": f"/lanes/{lane.number}",
        "form_values": form,
        "noted": row is not None and row.vehicle is not None,
        "errors": errors,
        "focus": next(iter(errors), "") or ("plate" if form.vehicle_type else "vehicle_type"),
        "types": [(one.value, words.of(one)) for one in VehicleType],
        "countries": countries.options(locale, also=(form.plate_country,)),
        "longest": {"plate": LONGEST_PLATE, "vin": LONGEST_VIN},
        **_vin_facts(form.vin),
    }
    return render(request, "lane/vehicle.html", facts, status=status, headers=_INTO_THE_FORM if errors else None)


def _vin_facts(vin: str) -> dict[str, Any]:
    return {
        "vin_state": vin_state(vin).value if vin.strip() else "",
        "vin_states": VinState,
        "vin_length": len(tidy_vin(vin)),
        "vin_whole": VIN_LENGTH,
    }


def _form_of(request: Request, lane: Lane, direction: Direction) -> VehicleForm:
    """The form filled with what is noted of the traveller at the lane; most plates are of the post's own State."""
    own = desk_of(request).post.state
    row = _live(request, lane)
    if row is None:
        there = direction if lane.direction == "both" else Direction(lane.direction)
        return VehicleForm(direction=there, plate_country=own)
    vehicle = vehicle_of(row)
    if vehicle is None:
        return VehicleForm(session_id=row.session_id, plate_country=own)
    return VehicleForm(
        session_id=row.session_id,
        vehicle_type=vehicle.type.value,
        plate=vehicle.plate,
        plate_country=(vehicle.country or "") if vehicle.plate else own,
        vin=vehicle.vin,
    )


def _live(request: Request, lane: Lane) -> CaptureSession | None:
    with reading(database(request)) as session:
        return sessions.live_at(session, lane.id)


def _vehicle(request: Request, form: VehicleForm, errors: dict[str, str]) -> Vehicle | None:
    """What the form says; None where ``errors`` now says what is wrong with it, field by field."""
    translate = translator_for(request).gettext
    plate, vin = form.plate.strip().upper(), form.vin.strip().upper()
    country = countries.known(form.plate_country)
    if form.vehicle_type not in set(VehicleType):
        errors["vehicle_type"] = translate("Choose what the traveller crosses in.")
    if not (plate or vin):
        errors["plate"] = translate("Type the plate, or the chassis number where there is none.")
    elif len(plate) > LONGEST_PLATE:
        errors["plate"] = translate("A plate has 16 characters at most.")
    if form.plate_country and country is None:
        errors["plate_country"] = translate("Choose a State of the list.")
    if len(vin) > LONGEST_VIN:
        errors["vin"] = translate("A chassis number has 17 characters: this is longer.")
    if errors:
        return None
    return Vehicle(type=VehicleType(form.vehicle_type), plate=plate, country=country if plate else None, vin=vin)
