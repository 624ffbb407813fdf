"""A finger for the screen: small, and never the picture that is kept."""

import io
from typing import Final

from PIL import Image

from crossing.fingers.records import wsq_of
from crossing.fingers.wsq import GreyImage, decode_wsq
from crossing.ports.fingers import FingerRecord

SCREEN_SIDE_PX: Final = 400


def finger_png(record: FingerRecord, *, side: int = SCREEN_SIDE_PX) -> bytes:
    """A PNG of an image record, neither side over ``side`` pixels. Raises :class:`FingersUnreadable`."""
    return png(decode_wsq([wsq_of(record)])[0], side=side)


def png(picture: GreyImage, *, side: int = SCREEN_SIDE_PX) -> bytes:
    """A PNG without metadata; smaller pictures keep their size."""
    shown = Image.fromarray(picture)
    shown.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    shown.save(out, "PNG", optimize=True)
    return out.getvalue()
