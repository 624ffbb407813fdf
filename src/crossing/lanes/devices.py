"""The devices of one lane, asked together: while the page is being scanned the camera looks at its holder."""

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Final, TypeVar

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

_LEAST_S: Final = 0.5
"""A camera whose stream took the whole time-out is still asked once for a picture."""


@dataclass(frozen=True, slots=True)
class Captured:
    """What the devices gave, and what each of the others said instead. ``live_ms``: until the last frame came."""

    pictures: Pictures
    codes: tuple[CodeView, ...]
    troubles: tuple[DomainError, ...]
    live_ms: float | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """The frames of one traveller, and how long their taking took."""

    frames: tuple[Picture, ...]
    ms: float


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
        page_asked = self._start(order.page, lambda: self._capture(lane.scanner_device, _picture))
        live_asked = self._start(order.live, lambda: self._look(lane.camera_device))
        codes_asked = self._start(order.code, lambda: self._capture(lane.code_device, _codes))
        page, live, codes = (asked.result() if asked else None for asked in (page_asked, live_asked, codes_asked))
        troubles = tuple(one for one in (page, live, codes) if isinstance(one, DomainError))
        captured = Captured(
            Pictures.of_frames(
                live.frames if isinstance(live, _Seen) else (), page=page if isinstance(page, Picture) else None
            ),
            codes if isinstance(codes, tuple) else (),
            troubles,
            live.ms if isinstance(live, _Seen) else None,
        )
        if troubles and captured.pictures == Pictures() and not captured.codes:
            raise troubles[0]
        return captured

    def fingers(self, lane: Lane, wanted: FingerRequest) -> bytes:
        """What the finger device hands over, unread. Raises the device's error, or :class:`NoDeviceAtLane`."""
        client, device = self._reach(lane.finger_device)
        return client.capture(device, timeout_s=self._finger_timeout_s, fingers=wanted).content

    def _start(self, wanted: bool, ask: Callable[[], Made]) -> Future[Made | DomainError] | None:
        return self._executor.submit(_told, ask) if wanted else None

    def _look(self, device: str | None) -> _Seen:
        """Some frames of the camera's stream; a single picture of one that has none to give."""
        client, device = self._reach(device)
        started = time.monotonic()
        try:
            frames = tuple(Picture(frame, "image/jpeg") for frame in client.burst(device))
        except DomainError:
            # Whatever it was, the capture meets it again, and says it.
            left_s = max(_LEAST_S, self._timeout_s - (time.monotonic() - started))
            frames = (_picture(client.capture(device, timeout_s=left_s)),)
        return _Seen(frames, round((time.monotonic() - started) * 1000, 1))

    def _capture(self, device: str | None, make: Callable[[Capture], Made]) -> Made:
        client, device = self._reach(device)
        return make(client.capture(device, timeout_s=self._timeout_s))

    def _reach(self, device: str | None) -> tuple[DeviceClient, str]:
        if device is None or self._client is None:
            raise NoDeviceAtLane
        return self._client, device


def _told(ask: Callable[[], Made]) -> Made | DomainError:
    try:
        return ask()
    except DomainError as trouble:
        return trouble


def _picture(capture: Capture) -> Picture:
    return Picture(capture.content, capture.media_type)


def _codes(capture: Capture) -> tuple[CodeView, ...]:
    return read_codes(capture.content)
