"""The devices of one lane, asked together: while the page is being scanned the camera looks at its holder."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import TypeVar

from crossing.lanes.codes import read_codes
from crossing.lanes.errors import NoDeviceAtLane
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.schemas import CaptureOrder, CodeView
from crossing.platform.errors import DomainError
from crossing.ports.devices import Capture
from crossing.ports.fingers import FingerRequest
from crossing.posts.device_client import DeviceClient
from crossing.posts.models import Lane

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Captured:
    """What the devices gave, and what each of the others said instead."""

    pictures: Pictures
    codes: tuple[CodeView, ...]
    troubles: tuple[DomainError, ...]


class LaneDevices:
    def __init__(
        self, *, client: DeviceClient | None, executor: Executor, timeout_s: float, finger_timeout_s: float
    ) -> None:
        self._client = client
        self._executor = executor
        self._timeout_s = timeout_s
        self._finger_timeout_s = finger_timeout_s

    def ask(self, lane: Lane, order: CaptureOrder) -> Captured:
        """What the devices in ``order`` give. Raises the device's error only where no device gave anything."""
        asked = (
            self._start(order.page, lane.scanner_device, _picture),
            self._start(order.live, lane.camera_device, _picture),
        )
        codes_asked = self._start(order.code, lane.code_device, _codes)
        page, live = (answer.result() if answer else None for answer in asked)
        codes = codes_asked.result() if codes_asked else None
        troubles = tuple(one for one in (page, live, codes) if isinstance(one, DomainError))
        captured = Captured(
            Pictures(
                page=page if isinstance(page, Picture) else None, live=live if isinstance(live, Picture) else None
            ),
            codes if isinstance(codes, tuple) else (),
            troubles,
        )
        if troubles and captured.pictures == Pictures() and not captured.codes:
            raise troubles[0]
        return captured

    def fingers(self, lane: Lane, wanted: FingerRequest) -> bytes:
        """What the finger device hands over, unread. Raises the device's error, or :class:`NoDeviceAtLane`."""
        if lane.finger_device is None or self._client is None:
            raise NoDeviceAtLane
        return self._client.capture(lane.finger_device, timeout_s=self._finger_timeout_s, fingers=wanted).content

    def _start(
        self, wanted: bool, device: str | None, make: Callable[[Capture], Made]
    ) -> Future[Made | DomainError] | None:
        return self._executor.submit(self._try, device, make) if wanted else None

    def _try(self, device: str | None, make: Callable[[Capture], Made]) -> Made | DomainError:
        if device is None or self._client is None:
            return NoDeviceAtLane()
        try:
            return make(self._client.capture(device, timeout_s=self._timeout_s))
        except DomainError as trouble:
            return trouble


def _picture(capture: Capture) -> Picture:
    return Picture(capture.content, capture.media_type)


def _codes(capture: Capture) -> tuple[CodeView, ...]:
    return read_codes(capture.content)
