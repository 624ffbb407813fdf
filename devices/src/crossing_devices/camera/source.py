"""Where a camera is, and how it is opened: V4L2, an RTSP or MJPEG address, or a video file."""

import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import cv2

from crossing.ports.devices import DeviceError, DeviceFault
from crossing_devices.options import OptionError, Options
from crossing_devices.udev import links

V4L_BY_ID: Final = Path("/dev/v4l/by-id")
V4L_CLASS: Final = Path("/sys/class/video4linux")
_PRESENT_S: Final = 0.5
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
# FFmpeg would watch an RTSP stream for two seconds to learn its frame rate, and then hand over what it buffered
# meanwhile: a picture of the traveller before. OpenCV takes FFmpeg's options from the environment only.
_FFMPEG_OPTIONS: Final = "rtsp_transport;tcp|fpsprobesize;0"
_VIDEO_NODE: Final = re.compile(r"video(\d+)")


@dataclass(frozen=True)
class Source:
    """``address``: ``0`` for /dev/video0, a path under /dev, an ``rtsp://`` or ``http://`` address, or a file."""

    address: str
    width: int
    height: int
    read_timeout_ms: int
    settle_frames: int

    @classmethod
    def from_options(cls, read: Options) -> Self:
        """The options that every driver with a camera has: ``source``, ``width`` and ``height`` (asked of V4L2
        cameras), ``read_timeout_ms``, ``settle_frames`` (thrown away after opening, while exposure settles).
        """
        source = cls(
            address=read.text("source"),
            width=read.number("width", 1280, low=160, high=7680),
            height=read.number("height", 720, low=120, high=4320),
            read_timeout_ms=read.number("read_timeout_ms", 2000, low=100, high=30_000),
            settle_frames=read.number("settle_frames", 2, low=0, high=60),
        )
        if not source.address:
            raise OptionError("The option 'source' is empty.")
        return source

    @property
    def is_attached(self) -> bool:
        return self.address.isdecimal() or self.address.startswith("/dev/")

    @property
    def is_file(self) -> bool:
        return not self.is_attached and urlsplit(self.address).scheme not in _DEFAULT_PORTS

    @property
    def node(self) -> Path:
        """The device node of an attached camera; a stable name leads to another one after replugging."""
        return Path(f"/dev/video{self.address}" if self.address.isdecimal() else self.address).resolve()

    @property
    def model(self) -> str:
        """The name that the kernel gives an attached camera; addresses may hold a password and are not told."""
        return _kernel_says(self.node.name, "name") if self.is_attached else ""

    def is_present(self) -> bool:
        """Whether there is something to open, without opening it; answers within half a second."""
        if self.is_attached:
            return self.node.exists()
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
        """An open ``cv2.VideoCapture``. Raises DeviceError: VANISHED where nothing is there, FAILED where something
        is that gives no pictures, such as a camera with a wrong path in its address."""
        camera = self._open_attached() if self.is_attached else self._open_with_ffmpeg()
        if not camera.isOpened():
            camera.release()
            fault = DeviceFault.FAILED if self.is_present() else DeviceFault.VANISHED
            raise DeviceError(fault, "the camera could not be opened")
        return camera

    def _open_attached(self) -> Any:
        camera = cv2.VideoCapture(str(self.node), cv2.CAP_V4L2)
        camera.set(cv2.CAP_PROP_FRAME_WIDTH, self.width)
        camera.set(cv2.CAP_PROP_FRAME_HEIGHT, self.height)
        camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return camera

    def _open_with_ffmpeg(self) -> Any:
        os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", _FFMPEG_OPTIONS)
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, self.read_timeout_ms]
        limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, self.read_timeout_ms]
        return cv2.VideoCapture(self.address, cv2.CAP_FFMPEG, limits)


def attached_cameras() -> list[str]:
    """The stable names under :data:`V4L_BY_ID` of the attached cameras, from udev and sysfs alone.

    A USB camera has several nodes; the one with index 0 gives pictures, the others metadata.
    """
    return [name for name in links(V4L_BY_ID) if _gives_pictures(V4L_BY_ID / name)]


def _gives_pictures(link: Path) -> bool:
    node = link.resolve().name
    return bool(_VIDEO_NODE.fullmatch(node)) and _kernel_says(node, "index") == "0"


def _kernel_says(node: str, attribute: str) -> str:
    try:
        return (V4L_CLASS / node / attribute).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
