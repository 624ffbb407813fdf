"""From where on a portrait gets a hint. Nothing is imported here: what chooses among frames reads these too.

How often each limit speaks, rightly and wrongly, is in docs/operations/capture-quality.md.
"""

from typing import Final

BYSTANDER_AREA: Final = 0.25
"""A further face counts when it has this share of the largest face's area: who stands behind does not."""

MIN_EYE_DISTANCE: Final = 30.0
"""Pixels between the eyes."""

MAX_FACE_HEIGHT: Final = 0.7
MAX_OFF_CENTRE: Final = 0.35
MAX_OVER_EDGE: Final = 0.15
"""Shares of the picture's height, of its sides from its middle, and of the face."""

MAX_YAW: Final = 25.0
MAX_PITCH: Final = 20.0
MAX_ROLL: Final = 10.0
"""Degrees as the five points give them. They show about half of a head's roll: the detector was trained on upright
faces and draws its points towards one."""

MIN_SHARPNESS: Final = 0.19
MIN_BRIGHTNESS: Final = 55.0
MAX_BRIGHTNESS: Final = 215.0
MIN_CONTRAST: Final = 18.0
"""Grey values of the aligned face, 0 to 255."""

MAX_BURNT: Final = 0.05
MIN_EVENNESS: Final = 0.5
MIN_EYES_OPEN: Final = 2
MIN_EYES_SHADE: Final = 0.5
MAX_BUSY: Final = 25.0
MAX_UNEVEN_BACKGROUND: Final = 60.0
"""Grey values, 0 to 255."""
