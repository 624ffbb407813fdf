"""Lists that should answer and can't be asked by this version of the program: each check says so in their name.

A list that is simply passed over would let everybody on it through as "clear" by the other lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from crossing.screening.lists.formats import FORMATS
from crossing.screening.models import ListVersion, WatchList
from crossing.screening.schemas import CheckKind, Reason

_COUNTED: Final = MappingProxyType(
    {
        "persons": CheckKind.NAME_LIST,
        "documents": CheckKind.DOCUMENT_LIST,
        "vehicles": CheckKind.VEHICLE_LIST,
        "portraits": CheckKind.FACE_LIST,
    }
)
"""What the report of an import counts, and which check would have asked it."""

_ANY: Final = frozenset({CheckKind.NAME_LIST, CheckKind.DOCUMENT_LIST})


@dataclass(frozen=True, slots=True)
class UnaskedList:
    """A list that is not in memory, why, and which checks it would have answered."""

    code: str
    name: str
    reason: Reason
    covers: frozenset[CheckKind]


def unasked(watch_list: WatchList, version: ListVersion | None) -> UnaskedList | None:
    """Why travellers can't be looked up in a list; None where they can, or where it is a list of trust."""
    known = FORMATS.get(watch_list.format)
    if known is not None and (known.is_trust or version is not None):
        return None
    if known is not None:
        # Whether it would have portraits is not known before it was imported.
        covers = known.covers - {CheckKind.FACE_LIST}
        return UnaskedList(watch_list.code, watch_list.name, Reason.LIST_NOT_LOADED, covers)
    report = version.report if version is not None else {}
    if report.get("certificates") or report.get("revocation_lists"):
        return None
    return UnaskedList(watch_list.code, watch_list.name, Reason.LIST_FORMAT_UNKNOWN, _held(report) or _ANY)


def _held(report: Mapping[str, Any]) -> frozenset[CheckKind]:
    return frozenset(kind for counted, kind in _COUNTED.items() if report.get(counted))
