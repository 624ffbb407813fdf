"""What the API speaks about posts, lanes and machines, and the rules that names keep to."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crossing.posts.models import LANE_NUMBERS, LaneDirection

PostCode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,15}$")]
"""As on the country's own list of crossing points, in capitals: ``NIA-1``."""

MachineName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
"""Lower case, so that ``POST/name`` reads one way only: ``desk-1``."""

Country = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""ISO 3166-1 alpha-3, or UTO for training."""

PlainName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
DeviceId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
"""As the device agent gives it; it becomes one segment of a path."""


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class PostOut(_Out):
    code: str
    name: str
    country: str


class LaneDevicesIn(BaseModel):
    """Which device stands at the lane for what; None where there is none. A lane without any is served by hand:
    typed data and no portrait."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    scanner_device: DeviceId | None = None
    camera_device: DeviceId | None = None
    chip_device: DeviceId | None = None
    swipe_device: DeviceId | None = None
    code_device: DeviceId | None = None
    finger_device: DeviceId | None = None


class LaneIn(LaneDevicesIn):
    """A lane to be added."""

    number: Annotated[int, Field(ge=LANE_NUMBERS.start, lt=LANE_NUMBERS.stop)]
    name: PlainName
    direction: LaneDirection = LaneDirection.BOTH


class LaneOut(_Out):
    id: UUID
    post_code: str
    number: int
    name: str
    direction: LaneDirection
    scanner_device: str | None
    camera_device: str | None
    chip_device: str | None
    swipe_device: str | None
    code_device: str | None
    finger_device: str | None


class MachineOut(_Out):
    """``revoked_at`` is null while the capital lets the machine in."""

    id: UUID
    post_code: str
    name: str
    epoch: int
    certificate_fingerprint: str
    enrolled_at: datetime
    revoked_at: datetime | None
