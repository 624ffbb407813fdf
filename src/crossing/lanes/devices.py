"""The devices of one lane, asked together: while the page is being scanned the camera looks at its holder."""

from concurrent.futures import Executor, Future
from dataclasses import dataclass

from crossing.lanes.errors import NoDeviceAtLane
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.schemas import CaptureOrder
from crossing.platform.errors import DomainError
from crossing.posts.device_client import DeviceClient
from crossing.posts.models import Lane


@dataclass(frozen=True, slots=True)
class Captured:
    """What the devices gave, and what each of the others said instead."""

    pictures: Pictures
    troubles: tuple[DomainError, ...]


class LaneDevices:
    def __init__(self, *, client: DeviceClient | None, executor: Executor, timeout_s: float) -> None:
        self._client = client
        self._executor = executor
        self._timeout_s = timeout_s

    def ask(self, lane: Lane, order: CaptureOrder) -> Captured:
        """Pictures from the devices in ``order``. Raises the device's error only where no device gave anything."""
        asked: list[Future[Picture | DomainError]] = [
            self._executor.submit(self._picture, device, wanted)
            for device, wanted in ((lane.scanner_device, order.page), (lane.camera_device, order.live))
        ]
        page, live = (answer.result() for answer in asked)
        troubles = tuple(
            one for one, wanted in ((page, order.page), (live, order.live)) if wanted and isinstance(one, DomainError)
        )
        pictures = Pictures(
            page=page if isinstance(page, Picture) else None, live=live if isinstance(live, Picture) else None
        )
        if troubles and pictures == Pictures():
            raise troubles[0]
        return Captured(pictures, troubles)

    def _picture(self, device: str | None, wanted: bool) -> Picture | DomainError:
        if not wanted or device is None or self._client is None:
            return NoDeviceAtLane()
        try:
            capture = self._client.capture(device, timeout_s=self._timeout_s)
        except DomainError as trouble:
            return trouble
        return Picture(capture.content, capture.media_type)
