"""The vehicle that a traveller crosses in, as pages show it."""

from types import MappingProxyType
from typing import Final

from crossing.lanes.schemas import SessionView
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult

_GRAVITY: Final = MappingProxyType(
    {CheckOutcome.CLEAR: 1, CheckOutcome.NOT_CHECKED: 2, CheckOutcome.POSSIBLE: 3, CheckOutcome.HIT: 4}
)


def vehicle_light(view: SessionView) -> CheckResult | None:
    """The gravest answer about the vehicle that is noted now; None where no list has been asked about it.

    Hits of a vehicle that was noted before stand among the checks, but say nothing of this one.
    """
    answers = [check for check in view.checks if check.kind is CheckKind.VEHICLE_LIST]
    last = max((check.performed_at for check in answers), default=None)
    newest = [check for check in answers if check.performed_at == last]
    return max(newest, key=lambda check: _GRAVITY[check.outcome], default=None)
