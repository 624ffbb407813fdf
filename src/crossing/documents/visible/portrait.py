"""Where the portrait stands: OpenCV's own cascade (Viola and Jones), about 30 ms, at the page's known scale.

The rooms below have a better detector for the face itself; this one answers whether there is a portrait at all, and
where to cut it out.
"""

from pathlib import Path
from threading import Lock
from typing import Final

import cv2
import numpy as np

from crossing.documents.reading.port import Box
from crossing.documents.visible.place import Place
from crossing.platform.images import BgrImage

_PX_PER_MM: Final = 3.0
_LEAST_MM: Final = 11.0
_MOST_MM: Final = 30.0
"""A head is 32 to 36 mm high at most (Doc 9303-3 section 3.9); the cascade's square is narrower than it."""
_STEP: Final = 1.15
_NEIGHBOURS: Final = 4
_WIDER: Final = 0.3
_ABOVE: Final = 0.4
_BELOW: Final = 0.55
"""What a portrait shows around that square, in its sides."""


class PortraitFinder:
    """Safe to call from several threads."""

    def __init__(self) -> None:
        file = Path(cv2.__file__).with_name("data") / "haarcascade_frontalface_default.xml"
        self._cascade = cv2.CascadeClassifier(str(file))
        # The cascade keeps its work in itself.
        self._lock = Lock()

    def find(self, image: BgrImage, place: Place) -> Box | None:
        """Head and shoulders of the largest face in ``place``, in pixels of ``image``; None where there is none."""
        region = place.region
        part = image[region.top : region.bottom, region.left : region.right]
        scale = _PX_PER_MM / place.px_per_mm
        size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
        least, most = round(_LEAST_MM * _PX_PER_MM), round(_MOST_MM * _PX_PER_MM)
        if min(size) < least:
            return None
        grey = cv2.cvtColor(cv2.resize(part, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        with self._lock:
            faces = self._cascade.detectMultiScale(
                grey, _STEP, _NEIGHBOURS, minSize=(least, least), maxSize=(most, most)
            )
        if len(faces) == 0:
            return None
        left, top, side = (float(value) / scale for value in max(faces, key=lambda face: int(face[2]))[:3])
        return _inside(
            Box(
                round(region.left + left - _WIDER * side),
                round(region.top + top - _ABOVE * side),
                round(side * (1 + 2 * _WIDER)),
                round(side * (1 + _ABOVE + _BELOW)),
            ),
            image,
        )


def _inside(box: Box, image: BgrImage) -> Box:
    height, width = image.shape[:2]
    left, top = np.clip((box.left, box.top), 0, (width, height))
    right, bottom = np.clip((box.left + box.width, box.top + box.height), 0, (width, height))
    return Box(int(left), int(top), int(right - left), int(bottom - top))
