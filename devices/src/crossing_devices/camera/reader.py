"""The thread that reads a camera and keeps its newest frame."""

import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import cv2
import numpy as np
import numpy.typing as npt

from crossing.ports.devices import DeviceError, DeviceFault
from crossing_devices.captures import Deadline

IDLE_S: Final = 20.0
_PRESENT_S: Final = 0.5
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}


@dataclass(frozen=True)
class Source:
    """Where a camera is and how it is opened."""

    address: str
    width: int
    height: int
    read_timeout_ms: int
    settle_frames: int

    @property
    def index(self) -> int | None:
        """The V4L2 index, where the camera is attached to this machine."""
        return int(self.address) if self.address.isdecimal() else None

    @property
    def is_file(self) -> bool:
        return self.index is None and urlsplit(self.address).scheme not in _DEFAULT_PORTS

    def is_present(self) -> bool:
        """Whether there is something to open, without opening it; answers within half a second."""
        if self.index is not None:
            return Path(f"/dev/video{self.index}").exists()
        if self.is_file:
            return Path(self.address).is_file()
        where = urlsplit(self.address)
        try:
            port = where.port or _DEFAULT_PORTS[where.scheme]
            socket.create_connection((where.hostname or "", port), _PRESENT_S).close()
        except (OSError, ValueError):
            return False
        return True

    def open(self) -> Any:
        """An open ``cv2.VideoCapture``. Raises DeviceError VANISHED."""
        if self.index is not None:
            camera = cv2.VideoCapture(self.index, cv2.CAP_V4L2)
            camera.set(cv2.CAP_PROP_FRAME_WIDTH, self.width)
            camera.set(cv2.CAP_PROP_FRAME_HEIGHT, self.height)
            camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        else:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, self.read_timeout_ms]
            limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, self.read_timeout_ms]
            camera = cv2.VideoCapture(self.address, cv2.CAP_FFMPEG, limits)
        if not camera.isOpened():
            camera.release()
            raise DeviceError(DeviceFault.VANISHED, "the camera could not be opened")
        return camera


@dataclass(frozen=True)
class Frame:
    """A picture (height x width x 3, BGR, 8 bits) and when it was asked for, by the monotonic clock.

    The camera saw it at that moment or later, as long as the reader keeps up with the camera.
    """

    picture: npt.NDArray[np.uint8]
    at: float


class FrameReader:
    """Starts on demand, stops after 20 s without demand, and reopens the camera after a fault."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._frame: Frame | None = None
        self._fault: DeviceFault | None = None
        self._asked_at = 0.0
        self._closed = False

    @property
    def fault(self) -> DeviceFault | None:
        with self._changed:
            return self._fault

    @property
    def is_reading(self) -> bool:
        with self._changed:
            return self._thread is not None

    @property
    def frame_size(self) -> tuple[int, int] | None:
        """Width and height in pixels, once a frame has been seen."""
        with self._changed:
            return None if self._frame is None else (self._frame.picture.shape[1], self._frame.picture.shape[0])

    def newer_than(self, moment: float, deadline: Deadline) -> Frame:
        """A frame that was asked for after ``moment``. Raises DeviceError: VANISHED, or TIMEOUT at the deadline."""
        with self._changed:
            self._asked_at = time.monotonic()
            self._start()
            while self._frame is None or self._frame.at <= moment:
                if self._fault is not None:
                    raise DeviceError(self._fault)
                self._changed.wait(deadline.left_s())
            return self._frame

    def close(self) -> None:
        with self._changed:
            self._closed = True
            thread = self._thread
        if thread is not None:
            thread.join(2 * self._source.read_timeout_ms / 1000 + 1)

    def _start(self) -> None:
        if self._closed:
            raise DeviceError(DeviceFault.VANISHED, "the camera was closed")
        if self._thread is None:
            self._fault = None
            self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        fault: DeviceFault | None = None
        try:
            self._read_all()
        except DeviceError as broken:
            fault = broken.fault
        except cv2.error:
            fault = DeviceFault.FAILED
        with self._changed:
            self._fault, self._thread = fault, None
            self._changed.notify_all()

    def _read_all(self) -> None:
        camera = self._source.open()
        # A file gives frames as fast as it is read; a camera at its own pace.
        pace_s = 1 / (camera.get(cv2.CAP_PROP_FPS) or 25) if self._source.is_file else 0.0
        try:
            for _ in range(self._source.settle_frames):
                camera.grab()
            while self._is_wanted():
                self._publish(self._read(camera))
                time.sleep(pace_s)
        finally:
            camera.release()

    def _read(self, camera: Any) -> Frame:
        asked = time.monotonic()
        there, picture = camera.read()
        if not there and self._source.is_file and camera.set(cv2.CAP_PROP_POS_FRAMES, 0):
            there, picture = camera.read()
        if there and picture is not None:
            return Frame(picture, asked)
        waited_ms = (time.monotonic() - asked) * 1000
        raise DeviceError(DeviceFault.TIMEOUT if waited_ms >= self._source.read_timeout_ms else DeviceFault.VANISHED)

    def _is_wanted(self) -> bool:
        with self._changed:
            return not self._closed and time.monotonic() - self._asked_at < IDLE_S

    def _publish(self, frame: Frame) -> None:
        with self._changed:
            self._frame = frame
            self._changed.notify_all()
