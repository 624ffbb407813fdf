"""What the test device records: fingers by ISO/IEC 19794-4 of 2005 or 2011, a face by 19794-5."""

import io
from enum import StrEnum
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import wsq
from PIL import Image

from crossing.ports.fingers import FingerPosition
from crossing_devices.sbi.iso.faces import FaceImage, compose_face
from crossing_devices.sbi.iso.finger_images import Compression, FingerImages, FingerView, compose_finger_images
from crossing_devices.sbi.protocol import CODES
from crossing_devices.simulated.sbi.ridges import DPI, HEIGHT, WIDTH, fingerprint
from crossing_devices.simulated.specimens.photograph import jpeg

_WSQ_FORMAT: Final = wsq.WsqImagePlugin.WsqImageFile.format
_JPEG_2000_LOSSLESS_2011: Final = 5
_FACE: Final = (480, 640)


class RecordForm(StrEnum):
    """``MOSIP``: the 2011 edition with lossless JPEG 2000, as MOSIP asks of devices for registration."""

    WSQ = "wsq"
    MOSIP = "mosip"
    RAW = "raw"


@lru_cache(maxsize=64)
def finger_record(person: int, position: FingerPosition, quality: int, form: RecordForm) -> bytes:
    ridges = fingerprint(person, position)
    if form is RecordForm.MOSIP:
        return _record_2011(_saved(Image.fromarray(ridges), "JPEG2000"), position, quality)
    packed = form is RecordForm.WSQ
    image = _saved(Image.fromarray(ridges), _WSQ_FORMAT) if packed else ridges.tobytes()
    view = FingerView(CODES[position], WIDTH, HEIGHT, image, quality=quality)
    return compose_finger_images(FingerImages((view,), Compression.WSQ if packed else Compression.RAW, (DPI, DPI)))


def face_record(picture: bytes) -> bytes:
    """``picture`` is a JPEG. Raises ValueError for none."""
    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) if picture else None
    if decoded is None or not picture.startswith(b"\xff\xd8\xff"):
        raise ValueError("a face is a JPEG")
    return compose_face(FaceImage(picture, decoded.shape[1], decoded.shape[0]))


@lru_cache(maxsize=1)
def drawn_face() -> bytes:
    """A JPEG of a face as a child draws one: nobody's."""
    width, height = _FACE
    canvas = np.full((height, width, 3), (196, 190, 182), np.uint8)
    cv2.ellipse(canvas, (240, 650), (230, 190), 0, 0, 360, (120, 70, 40), -1)
    cv2.ellipse(canvas, (240, 300), (120, 165), 0, 0, 360, (120, 150, 190), -1)
    cv2.ellipse(canvas, (240, 190), (128, 90), 0, 180, 360, (30, 35, 45), -1)
    for across in (195, 285):
        cv2.ellipse(canvas, (across, 280), (20, 11), 0, 0, 360, (240, 240, 240), -1)
        cv2.circle(canvas, (across, 280), 9, (40, 50, 60), -1)
    cv2.line(canvas, (240, 300), (232, 345), (90, 115, 150), 4)
    cv2.ellipse(canvas, (240, 385), (42, 14), 0, 0, 180, (80, 80, 160), 5)
    return jpeg(cv2.GaussianBlur(canvas, (0, 0), 1.2).astype(np.uint8), 90)


@lru_cache(maxsize=4)
def preview(person: int, positions: tuple[FingerPosition, ...]) -> bytes:
    """A JPEG of the fingers as they lie on the glass, at half size: a frame of the stream."""
    row = np.hstack([fingerprint(person, one)[::2, ::2] for one in positions])
    return jpeg(cv2.cvtColor(row, cv2.COLOR_GRAY2BGR).astype(np.uint8), 75)


def _saved(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def _record_2011(image: bytes, position: FingerPosition, quality: int) -> bytes:
    """ISO/IEC 19794-4:2011 clause 8: one representation, one quality block, no certification."""
    resolution = DPI.to_bytes(2, "big") * 2
    fields = b"".join(
        (
            bytes(9 + 1 + 2 + 2),  # capture date and time, technology, vendor and type: not said
            bytes((1, quality, 0, 0, 0, 0)),
            bytes((CODES[position], 0, 1)),
            resolution,
            resolution,
            bytes((8, _JPEG_2000_LOSSLESS_2011, 0)),
            WIDTH.to_bytes(2, "big"),
            HEIGHT.to_bytes(2, "big"),
            len(image).to_bytes(4, "big"),
            image,
        )
    )
    representation = (4 + len(fields)).to_bytes(4, "big") + fields
    length = 16 + len(representation)
    return b"FIR\x00020\x00" + length.to_bytes(4, "big") + (1).to_bytes(2, "big") + bytes((0, 1)) + representation
