"""A network camera: MJPEG over HTTP, as most of them stream (``multipart/x-mixed-replace``).

=======  ====================  ========================================================================
GET      ``/stream``           the picture, ten times a second, with the slight movement of a person
POST     ``/control/picture``  body: a JPEG or PNG; who stands before the camera from now on
DELETE   ``/control/picture``  nobody does
GET      ``/control/state``    ``{"someone": false, "viewers": 0, "fault": null}``
POST     ``/control/fault``    ``{"fault": NAME, "times": N or null}``
DELETE   ``/control/fault``    clears the fault
=======  ====================  ========================================================================

Faults: ``freeze`` (the connection stays, frames stop), ``cut`` (the stream ends in the middle of a frame),
``garbage`` (the frames are no pictures) and ``vanish`` (every connection is closed unanswered).
"""

import itertools
import threading
from typing import Final

import cv2
import numpy as np

from crossing_devices.simulated.server import Exchange, Fault, SimulatedServer
from crossing_devices.simulated.specimens.photograph import jpeg
from crossing_devices.simulated.specimens.render import fitted
from crossing_devices.simulated.specimens.traveller import BgrImage

FRAME_SIZE: Final = (1280, 720)
FRAMES_PER_SECOND: Final = 10
MAX_PICTURE_PX: Final = 50_000_000
_BOUNDARY: Final = b"crossingframe"
# Few variants, encoded once per picture, so that a stream costs next to nothing on a small machine.
_VARIANTS: Final = 6


class CameraServer(SimulatedServer):
    """The camera. ``show`` puts a picture before it, as ``POST /control/picture`` does."""

    def __init__(self, token: str, port: int = 0) -> None:
        super().__init__(token, port)
        self._lock = threading.Lock()
        self._viewers = 0
        self._someone = False
        self._frames = _frames(_empty_counter())

    def show(self, content: bytes | None) -> None:
        """Show an encoded picture, cut to 16:9, or with None nobody. Raises ValueError for no picture."""
        picture = _empty_counter() if content is None else _decoded(content)
        frames = _frames(fitted(picture, *FRAME_SIZE))
        with self._lock:
            self._frames, self._someone = frames, content is not None

    def frame(self, place: int) -> bytes:
        """The ``place``-th frame of the present picture, as JPEG; for a second protocol of the same camera."""
        with self._lock:
            return self._frames[place % len(self._frames)]

    def state(self) -> dict[str, object]:
        with self._lock:
            return {"someone": self._someone, "viewers": self._viewers}

    def control(self, exchange: Exchange) -> bool:
        if exchange.path != "/control/picture" or exchange.command not in ("POST", "DELETE"):
            return False
        try:
            self.show(exchange.body if exchange.command == "POST" else None)
        except ValueError:
            exchange.reply(422)
        else:
            exchange.reply(204)
        return True

    def answer(self, exchange: Exchange) -> None:
        if self.faults.take(Fault.VANISH):
            exchange.cut()
        elif (exchange.command, exchange.path) == ("GET", "/stream"):
            self._watch(+1)
            try:
                self._stream(exchange)
            finally:
                self._watch(-1)
        else:
            exchange.reply(404)

    def _watch(self, change: int) -> None:
        with self._lock:
            self._viewers += change

    def _stream(self, exchange: Exchange) -> None:
        exchange.close_connection = True
        exchange.send_response(200)
        exchange.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}")
        exchange.send_header("Cache-Control", "no-store")
        exchange.end_headers()
        for place in itertools.count():
            if self.stopping.wait(1 / FRAMES_PER_SECOND) or not self._send_frame(exchange, place):
                return

    def _send_frame(self, exchange: Exchange, place: int) -> bool:
        """One part of the stream; False where the stream is over."""
        fault = self.faults.take(Fault.FREEZE, Fault.CUT, Fault.GARBAGE, Fault.VANISH)
        if fault is Fault.FREEZE:
            return True
        frame = self.frame(place)
        if fault is Fault.GARBAGE:
            frame = bytes(reversed(frame))
        head = f"Content-Type: image/jpeg\r\nContent-Length: {len(frame)}\r\n\r\n".encode()
        part = b"--" + _BOUNDARY + b"\r\n" + head + frame + b"\r\n"
        if fault in (Fault.CUT, Fault.VANISH):
            exchange.wfile.write(part[: len(part) // 2])
            exchange.cut()
            return False
        exchange.wfile.write(part)
        return True


def _decoded(content: bytes) -> BgrImage:
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if picture is None or picture.shape[0] * picture.shape[1] > MAX_PICTURE_PX:
        raise ValueError("not a picture that can be shown")
    return np.asarray(picture, dtype=np.uint8)


def _empty_counter() -> BgrImage:
    """A wall and the edge of a desk: a picture without a face."""
    wall = np.linspace(150, 190, FRAME_SIZE[0])[None, :, None] * np.ones((FRAME_SIZE[1], 1, 3))
    canvas: BgrImage = wall.astype(np.uint8)
    canvas[620:] = (70, 92, 120)
    return canvas


def _frames(picture: BgrImage) -> tuple[bytes, ...]:
    rng = np.random.default_rng(len(picture))
    return tuple(jpeg(_moved(picture, rng), 85) for _ in range(_VARIANTS))


def _moved(picture: BgrImage, rng: np.random.Generator) -> BgrImage:
    shift = np.array([[1, 0, rng.uniform(-3, 3)], [0, 1, rng.uniform(-3, 3)]], np.float32)
    moved = cv2.warpAffine(picture, shift, FRAME_SIZE, borderMode=cv2.BORDER_REPLICATE)
    grain = rng.integers(0, 7, (*moved.shape[:2], 1), dtype=np.uint8).repeat(3, axis=2)
    return np.asarray(cv2.add(moved, grain), dtype=np.uint8)
