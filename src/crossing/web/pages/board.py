"""What stands on a lane's board: the traveller there now, or what became of the one before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import Request

from crossing.decisions.schemas import RefusalReason
from crossing.faces.schemas import Judgement
from crossing.lanes import repository as sessions
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import SessionState, SessionView
from crossing.lanes.state import desk_of
from crossing.lanes.states import Step, allowed
from crossing.movements import repository as movements
from crossing.movements.schemas import Direction, ExceptionReason, Stay
from crossing.platform.db import Session
from crossing.platform.i18n import locale_for, translator_for
from crossing.ports.fingers import FingerPosition, FingerRequest
from crossing.posts.models import Lane
from crossing.screening.schemas import CheckOutcome
from crossing.screening.vehicles import VinState, vin_state
from crossing.web.chip import chip_shown, wants_card_number
from crossing.web.faces import faces_shown, is_of_a_face, seen_before
from crossing.web.pages.context import clock
from crossing.web.panel import from_an_mrz, rows
from crossing.web.vehicles import vehicle_light
from crossing.web.vocabulary import PURPOSES
from crossing.web.words import Words

_OVER: Final = (SessionState.REFERRED, SessionState.DECIDED, SessionState.ABANDONED)


@dataclass(frozen=True, slots=True)
class Previous:
    """The traveller before: what was decided, and nothing that tells who it was."""

    session_id: UUID
    direction: Direction
    outcome: str
    word: str
    stay: Stay | None = None
    at: datetime | None = None


def board_facts(request: Request, session: Session, lane: Lane, *, last: str) -> dict[str, Any]:
    """Everything that ``lane/board.html`` needs. ``last``: the session that this screen showed before, if any."""
    translate = translator_for(request).gettext
    words = Words(locale_for(request))
    row = sessions.live_at(session, lane.id)
    view = desk_of(request).view(session, row) if row else None
    previous = _previous(session, lane, last, words) if view is None else None
    return {
        "lane": lane,
        "view": view,
        "last": previous,
        "now": clock(request).now(),
        "step": _step(view),
        "answered": "yes" if view and view.state is SessionState.CHECKED else "no",
        "announcement": _announcement(request, view),
        "has_camera": lane.camera_device is not None,
        "has_code_device": lane.code_device is not None,
        "has_finger_device": lane.finger_device is not None,
        "fingers": [finger for finger in FingerPosition if finger is not FingerPosition.UNKNOWN],
        "fingers_by_default": FingerRequest().positions,
        "directions": list(Direction),
        "direction": previous.direction if previous else Direction.ENTRY,
        "rows": rows(view) if view and view.person else [],
        "from_an_mrz": view is not None and from_an_mrz(view),
        "chip_shown": chip_shown,
        "card_number_wanted": view is not None and lane.chip_device is not None and wants_card_number(view),
        "faces": faces_shown(view, _when(session)),
        "seen_before": seen_before(view) if view else [],
        "judgements": list(Judgement),
        "may_judge": view is not None and allowed(view.state, Step.JUDGE),
        "may_except": view is not None and allowed(view.state, Step.TAKE_EVIDENCE),
        "exceptions": [(reason.value, words.of(reason)) for reason in ExceptionReason],
        "vehicle_light": vehicle_light,
        "vin_doubted": view is not None and _is_vin_doubted(view),
        "can_decide": _can(view, Step.DECIDE) and not _awaits_a_person(view),
        "ask_next": view is not None and not view.needs_second_line,
        "can_refer": _can(view, Step.REFER),
        "refer_next": view is not None and (view.needs_second_line or _must_be_verified(view)),
        "purposes": [(code, translate(word)) for code, word in PURPOSES.items()],
        "refusals": [(reason.value, words.of(reason)) for reason in RefusalReason],
    }


def _step(view: SessionView | None) -> str:
    if view is None:
        return "idle"
    return "open" if view.person is None else view.state.value


def _is_vin_doubted(view: SessionView) -> bool:
    """Whether the noted VIN had better be read once more."""
    vin = view.vehicle.vin if view.vehicle else ""
    return bool(vin) and vin_state(vin) is not VinState.VALID


def _can(view: SessionView | None, step: Step) -> bool:
    return view is not None and view.person is not None and allowed(view.state, step)


def _awaits_a_person(view: SessionView | None) -> bool:
    """Whether something has to be looked at before the first line may decide."""
    return view is not None and (view.needs_second_line or view.needs_confirmation or bool(view.faces_to_compare))


def _when(session: Session) -> Callable[[UUID], datetime | None]:
    def when(movement_id: UUID) -> datetime | None:
        movement = movements.get(session, movement_id)
        return movement.occurred_at if movement else None

    return when


def _must_be_verified(view: SessionView) -> bool:
    """Whether something stands that a person has to look into: who admits then does so on purpose, and never because
    the key lay ready. Of faces the officer's own word says whether somebody looks into it."""
    return any(hit.must_verify for check in view.checks if not is_of_a_face(check) for hit in check.hits)


def _previous(session: Session, lane: Lane, last: str, words: Words) -> Previous | None:
    row = _session(session, last)
    if row is None or row.lane_id != lane.id or row.state not in _OVER:
        return None
    direction = Direction(row.direction)
    movement = movements.of_session(session, row.session_id)
    if movement is None:
        return Previous(row.session_id, direction, row.state, words.of(SessionState(row.state)))
    return Previous(
        row.session_id,
        direction,
        movement.outcome.value,
        words.outcome(movement),
        movement.stay,
        movement.occurred_at,
    )


def _session(session: Session, session_id: str) -> CaptureSession | None:
    try:
        return session.get(CaptureSession, UUID(session_id))
    except ValueError:
        return None


def _announcement(request: Request, view: SessionView | None) -> str:
    """What screen readers are told once the answers are there."""
    if view is None or view.state is not SessionState.CHECKED:
        return ""
    translate = translator_for(request).gettext
    counts = {outcome: sum(check.outcome is outcome for check in view.checks) for outcome in CheckOutcome}
    answered = translate("Checks answered: {clear} clear, {look} to look at, {unknown} not checked.").format(
        clear=counts[CheckOutcome.CLEAR],
        look=counts[CheckOutcome.HIT] + counts[CheckOutcome.POSSIBLE],
        unknown=counts[CheckOutcome.NOT_CHECKED],
    )
    if not view.needs_confirmation:
        return answered
    return f"{translate('The document was not read surely: compare it with the page, then press F1.')} {answered}"
