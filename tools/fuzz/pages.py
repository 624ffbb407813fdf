"""Pictures that can be opened, of any shape and content: specimens cropped, warped, shrunk, stretched, tiled.

An input is a recipe: which specimen, then what is done to it, step by step.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

import cv2
import numpy as np
from tools.fuzz.choices import Choices
from tools.fuzz.pictures import check_reading
from tools.fuzz.specimens import photo
from tools.fuzz.target import Target

from crossing.platform.images import BgrImage

_MOST_STEPS: Final = 6
_MOST_PIXELS: Final = 3_000_000
_LONGEST_SIDE: Final = 60_000
_SPECIMENS: Final = 15
LONGEST: Final = 80


def run(data: bytes) -> None:
    check_reading(picture(data))


def picture(data: bytes) -> BgrImage:
    """The picture that the recipe ``data`` makes: at least one pixel, at most ``_MOST_PIXELS``."""
    choices = Choices(data)
    image = photo(choices.byte() % _SPECIMENS)
    for _ in range(choices.byte() % (_MOST_STEPS + 1)):
        image = _STEPS[choices.byte() % len(_STEPS)](image, choices)
    return np.ascontiguousarray(image)


def _crop(image: BgrImage, choices: Choices) -> BgrImage:
    height, width = image.shape[:2]
    top, left = choices.below(min(height, 65_536)), choices.below(min(width, 65_536))
    return image[top : top + 1 + choices.below(height - top), left : left + 1 + choices.below(width - left)]


def _mrz_alone(image: BgrImage, choices: Choices) -> BgrImage:
    """The lower part, where the lines are; sometimes cut through them."""
    return image[int(image.shape[0] * choices.between(0.5, 0.95)) :]


def _scale(image: BgrImage, choices: Choices) -> BgrImage:
    factors = choices.between(0.05, 2.5), choices.between(0.05, 2.5)
    return _sized(image, int(image.shape[1] * factors[0]), int(image.shape[0] * factors[1]))


def _extreme(image: BgrImage, choices: Choices) -> BgrImage:
    """One side of a few pixels, the other as long as it may be."""
    thin, long = 1 + choices.byte() % 40, 1 + choices.below(_LONGEST_SIDE)
    return _sized(image, thin, long) if choices.byte() % 2 else _sized(image, long, thin)


def _sized(image: BgrImage, width: int, height: int) -> BgrImage:
    width = max(min(width, _LONGEST_SIDE), 1)
    height = max(min(height, _MOST_PIXELS // width, _LONGEST_SIDE), 1)
    # OpenCV can't resample sides over 32,767 in one go; picking pixels can.
    rows = np.arange(height) * image.shape[0] // height
    columns = np.arange(width) * image.shape[1] // width
    return np.ascontiguousarray(image[rows][:, columns])


def _turn(image: BgrImage, choices: Choices) -> BgrImage:
    return np.ascontiguousarray(np.rot90(image, choices.byte() % 4))


def _mirror(image: BgrImage, choices: Choices) -> BgrImage:
    return image[:, ::-1] if choices.byte() % 2 else image[::-1]


def _warp(image: BgrImage, choices: Choices) -> BgrImage:
    """Any four corners anywhere, also crossed."""
    if max(image.shape[:2]) > 4000:
        return image
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    landed = np.array(
        [[choices.between(-0.2, 1.2) * width, choices.between(-0.2, 1.2) * height] for _ in range(4)], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, landed)
    return np.asarray(cv2.warpPerspective(image, matrix, (width, height), borderValue=(90, 90, 90)), np.uint8)


def _tile(image: BgrImage, choices: Choices) -> BgrImage:
    """Several documents in one picture."""
    tiled = np.tile(image, (1 + choices.byte() % 3, 1 + choices.byte() % 3, 1))
    return _sized(tiled, min(tiled.shape[1], 2400), min(tiled.shape[0], 2400))


def _contrast(image: BgrImage, choices: Choices) -> BgrImage:
    changed = image * np.float32(choices.between(-1.5, 3)) + np.float32(choices.between(-200, 255))
    return np.asarray(np.clip(changed, 0, 255), dtype=np.uint8)


def _noise(image: BgrImage, choices: Choices) -> BgrImage:
    rng = np.random.default_rng(choices.below(65_536))
    noisy = image + rng.normal(0, choices.between(0, 120), image.shape).astype(np.float32)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _stripes(image: BgrImage, choices: Choices) -> BgrImage:
    """Dark rows and columns at one spacing: much that looks like lines of text."""
    striped = image.copy()
    striped[:: 1 + choices.byte() % 24] = choices.byte()
    striped[:, :: 1 + choices.byte() % 24] = choices.byte()
    return striped


def _flat(image: BgrImage, choices: Choices) -> BgrImage:
    return np.full_like(image, choices.byte())


_STEPS: Final[tuple[Callable[[BgrImage, Choices], BgrImage], ...]] = (
    _crop, _mrz_alone, _scale, _extreme, _turn, _mirror, _warp, _tile, _contrast, _noise, _stripes, _flat,
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    """Each specimen as it is, and each step once."""
    yield from (bytes([number, 0]) for number in range(_SPECIMENS))
    yield from (bytes([step, 1, step, 90, 17, 200, 34, 120, 5]) for step in range(len(_STEPS)))


def mutate(data: bytes, rng: Random) -> bytes:
    recipe = bytearray(data)
    for _ in range(rng.choice((1, 2, 3, 6))):
        at = rng.randrange(len(recipe) + 1)
        if rng.random() < 0.3:
            recipe[at:at] = rng.randbytes(rng.randrange(1, 6))
        elif rng.random() < 0.15:
            del recipe[at : at + rng.randrange(1, 4)]
        else:
            recipe[at : at + 1] = rng.randbytes(1)
    return bytes(recipe[:LONGEST])


PAGE: Final = Target("page", run, mutate, seeds, longest=LONGEST, hang_s=20.0, memory_mb=2500)
