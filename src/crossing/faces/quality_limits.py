"""From where on a portrait gets a hint. Nothing is imported here: what chooses among frames reads these too."""

from typing import Final

BYSTANDER_AREA: Final = 0.25
"""A further face counts when it has this share of the largest face's area: who stands behind does not."""

MIN_EYE_DISTANCE: Final = 30.0
MAX_FACE_HEIGHT: Final = 0.7
MAX_OFF_CENTRE: Final = 0.35
MAX_OVER_EDGE: Final = 0.15
MAX_ANGLE: Final = 25.0
MIN_SHARPNESS: Final = 0.12
MIN_BRIGHTNESS: Final = 55.0
MAX_BRIGHTNESS: Final = 215.0
MIN_CONTRAST: Final = 18.0
MIN_EVENNESS: Final = 0.5
MAX_BURNT: Final = 0.1
MIN_EYES_OPEN: Final = 2
MIN_EYES_SHADE: Final = 0.6
MAX_BUSY: Final = 14.0
MAX_UNEVEN_BACKGROUND: Final = 60.0
