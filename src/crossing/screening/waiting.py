"""Which answers of services outside are not their last word."""

from typing import Final

from crossing.screening.schemas import CheckResult, Reason

_FINAL: Final = frozenset(
    {
        Reason.NO_NAME,
        Reason.NAME_UNREADABLE,
        Reason.NO_DOCUMENT,
        Reason.NUMBER_UNREADABLE,
        Reason.NO_VEHICLE,
        Reason.NO_PLATE_COUNTRY,
        Reason.UNSUPPORTED,
    }
)
"""What asking again can't change."""


def awaits(result: CheckResult) -> bool:
    """Whether the service itself has yet to answer, and may do so when it is asked again."""
    return result.recheck or (result.reason is not None and result.reason not in _FINAL)
