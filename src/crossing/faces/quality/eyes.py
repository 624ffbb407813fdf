"""Whether both eyes can be seen, and whether they are open (Doc 9303-9; ISO/IEC 29794-5).

Open eyes are looked for with the cascade that comes with OpenCV (Viola and Jones, "Rapid Object Detection using a
Boosted Cascade of Simple Features", 2001; trained on eyes with and without glasses). It tells no single eye apart
reliably, so that the count over both is judged: who closes one eye is not told.
"""

import functools
import threading
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from crossing.faces.engines.base import Point
from crossing.faces.quality.limits import MIN_EYES_OPEN
from crossing.faces.quality.views import EYES_APART, Grey, UprightFace

_CASCADE: Final = "haarcascade_eye_tree_eyeglasses.xml"
_SMALLEST: Final = (20, 20)
_STEP: Final = 1.1

_SKIN: Final = 130.0
"""Grey value to which the skin is brought first: the cascade gives up on faces that are dark in the picture."""

_HALF_WINDOW: Final = EYES_APART // 2
_LENS: Final = (10, 18)
_CHEEK_BELOW: Final = (20, 32)

# A cascade keeps its scratch memory between calls.
_lock = threading.Lock()


def open_eyes(face: UprightFace) -> int:
    """How many times the cascade finds an open eye: 2 and more where they are open, seldom 1.

    The second eye is looked at only where the first does not say enough.
    """
    skin = np.median([_cheek(face, eye) for eye in (face.right_eye, face.left_eye)])
    lit = np.clip(face.grey * (_SKIN / max(float(skin), 5.0)), 0, 255).astype(np.uint8)
    found = 0
    for eye in (face.right_eye, face.left_eye):
        if found < MIN_EYES_OPEN:
            window = np.ascontiguousarray(_around(lit, eye, _HALF_WINDOW, _HALF_WINDOW))
            with _lock:
                seen = _cascade().detectMultiScale(window, scaleFactor=_STEP, minNeighbors=0, minSize=_SMALLEST)
            found += len(seen)
    return found


def shade(face: UprightFace) -> float:
    """How dark the eyes' surroundings are: of the brighter eye, its share of the brightness of the cheek below it.

    Dark glasses bring both far below the skin; a shadow on half of the face dims eye and cheek alike.
    """
    shares = []
    for eye in (face.right_eye, face.left_eye):
        lens = _around(face.grey, eye, *_LENS)
        shares.append(float(np.median(lens)) / max(_cheek(face, eye), 5.0))
    return max(shares)


def _cheek(face: UprightFace, eye: Point) -> float:
    x, y = round(eye[0]), round(eye[1])
    above, below = _CHEEK_BELOW
    return float(np.median(face.grey[y + above : y + below, x - 10 : x + 11]))


def _around(grey: Grey, eye: Point, half_height: int, half_width: int) -> Grey:
    x, y = round(eye[0]), round(eye[1])
    return grey[y - half_height : y + half_height + 1, x - half_width : x + half_width + 1]


@functools.cache
def _cascade() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / _CASCADE))
