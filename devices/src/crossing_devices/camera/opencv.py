"""Cameras through OpenCV: a V4L2 index, an RTSP or MJPEG address, or a video file.

A camera hands over what it buffered, and a second-old face is the wrong traveller's. So a thread reads the
camera all the time that it is in use, keeps only the newest frame, and a capture waits for one that arrived after
it was asked for.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import cv2

from crossing.ports.devices import (
    Capabilities,
    Capture,
    CaptureRequest,
    Device,
    DeviceError,
    DeviceFault,
    DeviceInfo,
    DeviceKind,
    Health,
    HealthState,
    Report,
    unheard,
)
from crossing_devices.camera.reader import Frame, FrameReader
from crossing_devices.camera.source import V4L_BY_ID, Source, attached_cameras
from crossing_devices.captures import Deadline, complete_jpeg
from crossing_devices.options import OptionError, Options
from crossing_devices.udev import device_id_of

_STREAM_PAUSE_S: Final = 0.08
_STREAM_WAIT_S: Final = 5.0


class CameraDriver:
    """Options: those of :meth:`Source.from_options`, and ``jpeg_quality``."""

    name: ClassVar[str] = "camera"
    version: ClassVar[str] = "1.0"
    kind: ClassVar[DeviceKind] = DeviceKind.CAMERA

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id", "camera")
        self._source = Source.from_options(read)
        self._quality = read.number("jpeg_quality", 92, low=50, high=100)
        read.finish()

    def discover(self) -> list[Device]:
        if not self._source.is_present():
            return []
        info = DeviceInfo(
            device_id=self._device_id,
            kind=self.kind,
            driver=self.name,
            driver_version=self.version,
            model=self._source.model,
        )
        return [Camera(self._source, info, self._quality)]

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """The cameras attached to this machine, by the stable names that udev gives them."""
        return [
            {"device_id": device_id_of("camera", name.removesuffix("-video-index0")), "source": str(V4L_BY_ID / name)}
            for name in attached_cameras()
        ]

    @classmethod
    def identity(cls, options: Mapping[str, str]) -> str | None:
        """The device node of an attached camera, however it is named; an address may well serve several viewers."""
        try:
            source = cls(options)._source
        except OptionError:
            return None
        return str(source.node) if source.is_attached and source.is_present() else None


class Camera:
    """One camera. The reader starts with the first capture and rests when nobody has asked for a while."""

    def __init__(self, source: Source, info: DeviceInfo, quality: int) -> None:
        self.info = info
        self._source = source
        self._reader = FrameReader(source)
        self._quality = quality
        self._capturing = threading.Lock()

    def capabilities(self) -> Capabilities:
        size = self._reader.frame_size
        return Capabilities(media_types=("image/jpeg",), can_stream=True, frame_sizes=(size,) if size else ())

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        if not self._capturing.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            frame = self.newest_frame(time.monotonic(), Deadline(request.timeout_s))
        finally:
            self._capturing.release()
        return Capture(
            device_id=self.info.device_id,
            media_type="image/jpeg",
            content=complete_jpeg(_jpeg(frame.picture, self._quality)),
            captured_at=frame.seen_at,
        )

    def newest_frame(self, moment: float, deadline: Deadline) -> Frame:
        """The first frame that was asked for after ``moment``, by the monotonic clock. Raises DeviceError."""
        return self._reader.newer_than(moment, deadline)

    def stream(self) -> Iterator[bytes]:
        """About ten frames a second, from now on; runs beside captures. One of them may become the portrait, so they
        are as good as a capture."""
        seen_at = time.monotonic()
        while True:
            frame = self.newest_frame(seen_at, Deadline(_STREAM_WAIT_S))
            seen_at = frame.at
            yield _jpeg(frame.picture, self._quality)
            time.sleep(_STREAM_PAUSE_S)

    def health(self) -> Health:
        if self._capturing.locked():
            return Health(state=HealthState.BUSY)
        if not self._reader.is_reading and not self._source.is_present():
            self._reader.forget_fault()
            return Health(state=HealthState.UNAVAILABLE, fault=DeviceFault.VANISHED)
        fault = self._reader.fault
        return Health(state=HealthState.UNAVAILABLE if fault else HealthState.READY, fault=fault)

    def close(self) -> None:
        self._reader.close()


def _jpeg(picture: Any, quality: int) -> bytes:
    encoded, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise DeviceError(DeviceFault.GARBLED, "the frame could not be written as JPEG")
    return content.tobytes()
