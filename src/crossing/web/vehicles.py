"""The vehicle that a traveller crosses in, as pages show it."""

from types import MappingProxyType
from typing import Final

from crossing.lanes.schemas import SessionView
from crossing.screening.schemas import OUTSIDE_OF_VEHICLE, CheckKind, CheckOutcome, CheckResult

_GRAVITY: Final = MappingProxyType(
    {CheckOutcome.CLEAR: 1, CheckOutcome.NOT_CHECKED: 2, CheckOutcome.POSSIBLE: 3, CheckOutcome.HIT: 4}
)


def vehicle_light(view: SessionView) -> CheckResult | None:
    """The gravest answer about the vehicle that is noted now; None where no list has been asked about it.

    Hits of a vehicle that was noted before stand among the checks, but say nothing of this one. The lists answer at
    once, INTERPOL and watchlist services after them.
    """
    listed = [check for check in view.checks if check.kind is CheckKind.VEHICLE_LIST]
    noted = max((check.performed_at for check in listed), default=None)
    if noted is None:
        return None
    from_outside = [
        check for check in view.checks if check.kind in OUTSIDE_OF_VEHICLE and check.performed_at >= noted
    ]
    newest = [check for check in listed if check.performed_at == noted] + from_outside
    return max(newest, key=lambda check: _GRAVITY[check.outcome])
