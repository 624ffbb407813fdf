"""A picture's face at the scale that every face is shown at, so that two of them can be compared by eye."""

from collections import OrderedDict
from threading import Lock
from typing import Final

import numpy as np
from PIL import Image

from crossing.faces.engines.base import Box
from crossing.faces.service import FaceService
from crossing.platform.images import BgrImage, decode_image, encode_jpeg

SIDE: Final = 480
"""Pixels of a close-up's side."""

FACE_SHARE: Final = 0.6
"""Of the close-up's side, how much the face's box takes: hair, ears and neck are seen too."""

_REMEMBERED: Final = 256
_BEYOND: Final = (225, 225, 225)
"""The grey of what lies outside of the picture."""


class CloseUps:
    """One object serves every lane: calls may come from any thread. Where a face is, is remembered by the picture's
    SHA-256, so that a picture is searched once; no pixels are kept."""

    def __init__(self, service: FaceService | None) -> None:
        self._service = service
        self._boxes: OrderedDict[str, Box | None] = OrderedDict()
        self._lock = Lock()

    def of(self, sha256: str, content: bytes) -> bytes:
        """A square JPEG around the largest face; ``content`` itself where no face is found, or nobody can look."""
        if self._service is None:
            return content
        picture = decode_image(content)
        box = self._box(self._service, sha256, picture)
        return encode_jpeg(close_up(picture, box)) if box else content

    def _box(self, service: FaceService, sha256: str, picture: BgrImage) -> Box | None:
        with self._lock:
            if sha256 in self._boxes:
                self._boxes.move_to_end(sha256)
                return self._boxes[sha256]
        faces = service.engine.detect(picture)
        box = faces[0].box if faces else None
        with self._lock:
            self._boxes[sha256] = box
            while len(self._boxes) > _REMEMBERED:
                self._boxes.popitem(last=False)
        return box


def close_up(picture: BgrImage, box: Box) -> BgrImage:
    """``SIDE`` x ``SIDE`` BGR with the face of ``box`` in its middle; what lies outside of ``picture`` is grey."""
    scale = SIDE * FACE_SHARE / max(box.width, box.height, 1)
    reach = SIDE / scale / 2
    (across, down), (height, width) = box.centre, picture.shape[:2]
    left, right = max(0, round(across - reach)), min(width, round(across + reach))
    top, bottom = max(0, round(down - reach)), min(height, round(down + reach))
    square = Image.new("RGB", (SIDE, SIDE), _BEYOND)
    if left < right and top < bottom:
        size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
        inside = Image.fromarray(np.ascontiguousarray(picture[top:bottom, left:right]))
        at = (round((left - across + reach) * scale), round((top - down + reach) * scale))
        square.paste(inside.resize(size, Image.Resampling.LANCZOS), at)
    return np.asarray(square)
