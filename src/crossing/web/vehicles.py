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

    Hits of a vehicle that was noted before stand among the checks, but say nothing of this one. The lists answer at
    once and INTERPOL after them.
    """
    listed = [check for check in view.checks if check.kind is CheckKind.VEHICLE_LIST]
    noted = max((check.performed_at for check in listed), default=None)
    if noted is None:
        return None
    of_interpol = [
        check for check in view.checks if check.kind is CheckKind.INTERPOL_SMV and check.performed_at >= noted
    ]
    newest = [check for check in listed if check.performed_at == noted] + of_interpol
    return max(newest, key=lambda check: _GRAVITY[check.outcome])
