"""Whether INTERPOL is being asked: what the bridge says of itself, in one word and with the reasons for it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crossing.ports.bridge import BridgeStatus, Mode
from crossing.screening.schemas import Reason


class Asking(StrEnum):
    """``ONLINE``: the databases answer. ``UNSTEADY``: they are asked, and the last question got no answer.
    ``COPY``: a copy answers. ``SILENT``: the bridge is there and nobody behind it answers. ``BRIDGE_AWAY``: the post
    can't reach its bridge. ``UNKNOWN``: the first answer is still to come."""

    ONLINE = "online"
    UNSTEADY = "unsteady"
    COPY = "copy"
    SILENT = "silent"
    BRIDGE_AWAY = "bridge_away"
    NOT_SET_UP = "not_set_up"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BridgeSeen:
    """What the bridge last said. ``asked`` is False before the first answer; ``status`` is None where the bridge
    could not be asked."""

    configured: bool
    asked: bool
    status: BridgeStatus | None

    @property
    def asking(self) -> Asking:
        if not self.configured:
            return Asking.NOT_SET_UP
        if self.status is None:
            return Asking.BRIDGE_AWAY if self.asked else Asking.UNKNOWN
        return asking_of(self.status)


def asking_of(said: BridgeStatus) -> Asking:
    """The bridge's own words as one of ours. A copy that is too old answers nobody."""
    if said.state == "offline":
        return Asking.SILENT
    if said.mode is Mode.OFFLINE_COPY:
        return Asking.SILENT if said.copy_stale else Asking.COPY
    return Asking.ONLINE if said.state == "online" else Asking.UNSTEADY


class InterpolNews(BaseModel):
    """Whether one machine of a post asks INTERPOL, as pages show it and as the capital is told. Of no traveller.

    ``since`` is when ``asking`` became what it is, by the post's clock. ``copy_max_age_hours``: older than that the
    copy answers nobody. ``waiting`` counts this post's checks that INTERPOL will be asked again by itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    post: Annotated[str, Field(min_length=1, max_length=32)]
    asking: Asking
    since: AwareDatetime
    said_at: AwareDatetime
    reason: Reason | None = None
    copy_as_of: AwareDatetime | None = None
    copy_stale: bool = False
    copy_max_age_hours: Annotated[float, Field(gt=0)] | None = None
    last_online_at: AwareDatetime | None = None
    waiting: Annotated[int, Field(ge=0)] = 0

    @classmethod
    def of(cls, seen: BridgeSeen, *, post: str, since: AwareDatetime, now: AwareDatetime, waiting: int) -> Self:
        said = seen.status
        return cls(
            post=post,
            asking=seen.asking,
            since=since,
            said_at=now,
            reason=Reason(said.reason.value) if said and said.reason else None,
            copy_as_of=said.copy_as_of if said else None,
            copy_stale=bool(said and said.copy_stale),
            copy_max_age_hours=said.copy_max_age_hours if said else None,
            last_online_at=said.last_online_at if said else None,
            waiting=waiting,
        )

    @property
    def copy_limit(self) -> timedelta | None:
        return timedelta(hours=self.copy_max_age_hours) if self.copy_max_age_hours else None

    def differs_from(self, earlier: "InterpolNews") -> bool:
        """Whether somebody far away should know: more than the clock and the length of the queue have changed."""
        return self._told != earlier._told

    @property
    def _told(self) -> tuple[object, ...]:
        return (self.asking, self.reason, self.copy_as_of, self.copy_stale, bool(self.waiting))
