"""The thread that reads a camera and keeps its newest frame."""

import datetime as dt
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.ports.devices import DeviceError, DeviceFault
from crossing_devices.camera.source import Source
from crossing_devices.captures import Deadline

IDLE_S: Final = 20.0
_CLOSE_S: Final = 1.0
# FFmpeg and V4L2 keep the time-outs that they are given, except where they don't: then the thread is given up.
_HUNG_AFTER_TIMEOUTS: Final = 3
_MOST_HUNG: Final = 3


@dataclass(frozen=True)
class Frame:
    """A picture (height x width x 3, BGR, 8 bits) and when it was asked for, by the monotonic clock.

    The camera saw it at that moment or later, as long as the reader keeps up with the camera.
    """

    picture: npt.NDArray[np.uint8]
    at: float

    @property
    def seen_at(self) -> dt.datetime:
        """The same moment by the wall clock."""
        return dt.datetime.now(dt.UTC) - dt.timedelta(seconds=time.monotonic() - self.at)


class FrameReader:
    """Starts on demand, stops after 20 s without demand, and reopens the camera after a fault.

    A thread that hangs inside the camera's library can't be ended. It is left behind and a new one begins, up to
    three times; after that the reader stays broken until its process is started anew.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._hung_after_s = _HUNG_AFTER_TIMEOUTS * source.read_timeout_ms / 1000
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._frame: Frame | None = None
        self._fault: DeviceFault | None = None
        self._remembered: DeviceFault | None = None
        self._alive_at = 0.0
        self._asked_at = 0.0
        self._hung = 0
        self._closed = False

    @property
    def fault(self) -> DeviceFault | None:
        """Why there were no frames when they were last asked for, until there is one again; TIMEOUT too where the
        camera's library hangs."""
        with self._changed:
            return DeviceFault.TIMEOUT if self._hangs() else self._remembered

    def forget_fault(self) -> None:
        """The camera is another now, or was plugged in again: what it did before says nothing."""
        with self._changed:
            self._remembered = None

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
            thread.join(2 * self._source.read_timeout_ms / 1000 + _CLOSE_S)

    def _hangs(self) -> bool:
        return self._thread is not None and time.monotonic() - self._alive_at > self._hung_after_s

    def _start(self) -> None:
        if self._closed:
            raise DeviceError(DeviceFault.VANISHED, "the camera was closed")
        if self._hangs():
            if self._hung == _MOST_HUNG:
                raise DeviceError(DeviceFault.FAILED, "the camera's library hangs again and again")
            self._hung += 1
            self._thread = None
        if self._thread is None:
            self._fault = None
            self._alive_at = time.monotonic()
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
            if self._is_current():
                self._fault, self._thread = fault, None
                self._remembered = fault or self._remembered
                self._changed.notify_all()
            else:
                self._hung -= 1

    def _read_all(self) -> None:
        camera = self._source.open()
        # A file gives frames as fast as it is read; a camera at its own pace.
        pace_s = 1 / (camera.get(cv2.CAP_PROP_FPS) or 25) if self._source.is_file else 0.0
        try:
            for _ in range(self._source.settle_frames):
                if self._is_wanted():
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

    def _is_current(self) -> bool:
        """Whether this thread is the one that reads; one that was given up may wake much later."""
        return self._thread is threading.current_thread()

    def _is_wanted(self) -> bool:
        with self._changed:
            self._alive_at = time.monotonic() if self._is_current() else self._alive_at
            return self._is_current() and not self._closed and time.monotonic() - self._asked_at < IDLE_S

    def _publish(self, frame: Frame) -> None:
        with self._changed:
            if self._is_current():
                self._frame, self._remembered = frame, None
                self._changed.notify_all()
