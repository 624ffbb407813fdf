"""Cameras through OpenCV: a V4L2 index, an RTSP or MJPEG address, or a video file.

A camera hands over what it buffered, and a second-old face is the wrong traveller's. So a thread reads the
camera all the time that it is in use, keeps only the newest frame, and a capture waits for one that arrived after
it was asked for.
"""

import datetime as dt
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
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
)
from crossing_devices.camera.reader import FrameReader, Source
from crossing_devices.captures import Deadline, complete_jpeg
from crossing_devices.options import OptionError, Options

_STREAM_PAUSE_S: Final = 0.08
_STREAM_WAIT_S: Final = 5.0


class CameraDriver:
    """Options: ``source`` (``0`` for /dev/video0, ``rtsp://`` or ``http://`` address, or a file's path),
    ``width`` and ``height`` (asked of V4L2 cameras), ``read_timeout_ms``, ``settle_frames`` (thrown away after
    opening, while exposure settles), ``jpeg_quality``.
    """

    name: ClassVar[str] = "camera"
    version: ClassVar[str] = "1.0"
    kind: ClassVar[DeviceKind] = DeviceKind.CAMERA

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id", "camera")
        self._source = Source(
            address=read.text("source"),
            width=read.number("width", 1280, low=160, high=7680),
            height=read.number("height", 720, low=120, high=4320),
            read_timeout_ms=read.number("read_timeout_ms", 2000, low=100, high=30_000),
            settle_frames=read.number("settle_frames", 2, low=0, high=60),
        )
        self._quality = read.number("jpeg_quality", 92, low=50, high=100)
        read.finish()
        if not self._source.address:
            raise OptionError("The option 'source' is empty.")

    def discover(self) -> list[Device]:
        if not self._source.is_present():
            return []
        info = DeviceInfo(
            device_id=self._device_id,
            kind=self.kind,
            driver=self.name,
            driver_version=self.version,
            model=_model(self._source),
        )
        return [Camera(self._source, info, self._quality)]


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

    def capture(self, request: CaptureRequest) -> Capture:
        if not self._capturing.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            frame = self._reader.newer_than(time.monotonic(), Deadline(request.timeout_s))
            seen_at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=time.monotonic() - frame.at)
        finally:
            self._capturing.release()
        content = complete_jpeg(_jpeg(frame.picture, self._quality))
        return Capture(device_id=self.info.device_id, media_type="image/jpeg", content=content, captured_at=seen_at)

    def stream(self) -> Iterator[bytes]:
        """About ten frames a second, in a quality for watching; runs beside captures."""
        seen_at = 0.0
        while True:
            frame = self._reader.newer_than(seen_at, Deadline(_STREAM_WAIT_S))
            seen_at = frame.at
            yield _jpeg(frame.picture, 70)
            time.sleep(_STREAM_PAUSE_S)

    def health(self) -> Health:
        if self._capturing.locked():
            return Health(state=HealthState.BUSY)
        fault = self._reader.fault
        if fault in (None, DeviceFault.VANISHED) and not self._reader.is_reading:
            fault = None if self._source.is_present() else DeviceFault.VANISHED
        return Health(state=HealthState.UNAVAILABLE if fault else HealthState.READY, fault=fault)

    def close(self) -> None:
        self._reader.close()


def _jpeg(picture: Any, quality: int) -> bytes:
    encoded, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise DeviceError(DeviceFault.GARBLED, "the frame could not be written as JPEG")
    return content.tobytes()


def _model(source: Source) -> str:
    """The name that the kernel gives an attached camera; addresses may hold a password and are not told."""
    if source.index is None:
        return ""
    name = Path(f"/sys/class/video4linux/video{source.index}/name")
    return name.read_text(encoding="utf-8").strip() if name.is_file() else ""
