"""WSQ files (IAFIS-IC-0110, the FBI's compression of fingerprints) as pixels, decoded where it can harm nothing."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from crossing.fingers.errors import FingersUnreadable

GreyImage = npt.NDArray[np.uint8]
"""Height x width, 8 bits, ridges dark."""

MIN_SIDE_PX: Final = 64
MAX_SIDE_PX: Final = 2000
DECODE_S: Final = 15.0
_CHILD: Final = "crossing.fingers.wsq_child"
_START, _END = b"\xff\xa0", b"\xff\xa1"
_FRAME: Final = 0xA2
_TABLES: Final = frozenset((0xA4, 0xA5, 0xA6, 0xA7, 0xA8))


def wsq_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels that the frame header tells. Raises :class:`FingersUnreadable`."""
    if not content.startswith(_START) or not content.endswith(_END):
        raise FingersUnreadable("not a whole WSQ file")
    at = len(_START)
    while at + 10 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == _FRAME:
            height, width = (int.from_bytes(content[at + place : at + place + 2], "big") for place in (6, 8))
            if not all(MIN_SIDE_PX <= side <= MAX_SIDE_PX for side in (width, height)):
                raise FingersUnreadable("a WSQ picture of 64 to 2000 pixels a side")
            return width, height
        if marker not in _TABLES or length < 2:
            break
        at += 2 + length
    raise FingersUnreadable("a WSQ frame header")


def decode_wsq(files: Sequence[bytes]) -> list[GreyImage]:
    """The pictures, in their order; one process decodes them all. Raises :class:`FingersUnreadable`."""
    sizes = [wsq_size(one) for one in files]
    if not files:
        return []
    question = b"".join(len(one).to_bytes(4, "big") + one for one in files)
    try:
        done = subprocess.run(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-I", "-m", _CHILD],
            input=question,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=DECODE_S,
            check=True,
        )
    except subprocess.SubprocessError as broken:
        raise FingersUnreadable("a WSQ picture that can be decoded") from broken
    return list(_pictures(done.stdout, sizes))


def _pictures(answer: bytes, sizes: Sequence[tuple[int, int]]) -> list[GreyImage]:
    pictures, at = [], 0
    for width, height in sizes:
        told = (int.from_bytes(answer[at : at + 4], "big"), int.from_bytes(answer[at + 4 : at + 8], "big"))
        pixels = answer[at + 8 : at + 8 + width * height]
        if told != (width, height) or len(pixels) != width * height:
            raise FingersUnreadable("a WSQ picture of the size that is told")
        pictures.append(np.frombuffer(pixels, np.uint8).reshape(height, width))
        at += 8 + width * height
    return pictures
