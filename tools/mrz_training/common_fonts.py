"""The fonts that synthetic lines are set in, as masks of single characters."""

from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from crossing.documents.mrz import ALPHABET
from crossing_devices.simulated.specimens.fonts import FontMissing

CAP: Final = 32
"""Height in pixels of an H in the masks."""
MASK: Final = (CAP * 3 // 2, CAP * 2)
"""Height and width of a mask; the character stands in its middle, its foot three quarters down."""

PRESCRIBED: Final = (("OCRB.otf", 0.6), ("OCRBS.otf", 0.2), ("OCRBL.otf", 0.04))
"""OCR-B (Doc 9303-3, 4.2) in its faces, each with its share of the lines."""
OTHERS: Final = (
    "LiberationMono-Regular.ttf", "LiberationMono-Bold.ttf", "FreeMonoBold.ttf", "Inconsolata.otf", "OCRA.ttf",
    "Courier Prime Sans.otf", "Courier Prime Bold.otf", "DejaVuSansMono.ttf", "DejaVuSans.ttf",
)  # fmt: skip
"""What cards and web specimens are set in where it is not OCR-B; those that are not installed are left out."""

_FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
_FOOT: Final = MASK[0] * 3 // 4 + CAP // 12

Masks = npt.NDArray[np.uint8]


class Fonts:
    """The installed fonts; ``folder`` may hold further ones. Raises ``FontMissing`` without OCR-B."""

    def __init__(self, folder: Path | None = None) -> None:
        folders = (*_FOLDERS, folder) if folder else _FOLDERS
        found = {path.name: path for place in folders if place.is_dir() for path in sorted(place.rglob("*.[ot]tf"))}
        missing = [name for name, _ in PRESCRIBED if name not in found]
        if missing:
            raise FontMissing(f"The font {missing[0]} is missing: run 'apt-get install -y fonts-ocr-b'.")
        others = [name for name in OTHERS if name in found]
        rest = 1 - sum(share for _, share in PRESCRIBED)
        self.names = [name for name, _ in PRESCRIBED] + others
        shares = [share for _, share in PRESCRIBED] + [rest / max(len(others), 1)] * len(others)
        self._shares = np.array(shares) / sum(shares)
        self._masks = {name: _masks(found[name]) for name in self.names}

    def draw_lot(self, rng: np.random.Generator) -> tuple[str, Masks]:
        """A font by its share: its name, and 37 masks in the order of the MRZ alphabet, each of :data:`MASK`."""
        name = self.names[int(rng.choice(len(self.names), p=self._shares))]
        return name, self._masks[name]


@lru_cache(maxsize=32)
def _masks(path: Path) -> Masks:
    size = _size_with_cap(path)
    font = ImageFont.truetype(path, size)
    return np.stack([_mask(font, character) for character in ALPHABET])


def _size_with_cap(path: Path) -> float:
    top, bottom = ImageFont.truetype(path, 100).getbbox("H", anchor="ls")[1::2]
    return 100 * CAP / (bottom - top)


def _mask(font: ImageFont.FreeTypeFont, character: str) -> npt.NDArray[np.uint8]:
    height, width = MASK
    picture = Image.new("L", (width * 2, height * 2))
    left, _, right, _ = font.getbbox(character, anchor="ls")
    middle = font.getlength(character) / 2
    if right - left > width:
        middle = (left + right) / 2
    ImageDraw.Draw(picture).text((width - middle, _FOOT + height // 2), character, 255, font, anchor="ls")
    whole = np.asarray(picture)
    return np.ascontiguousarray(whole[height // 2 : height // 2 + height, width // 2 : width // 2 + width])


def thickened(masks: Masks, pixels: int) -> Masks:
    """Every stroke wider (or, below zero, thinner) by so many pixels of the mask."""
    if pixels == 0:
        return masks
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(pixels) + 1, abs(pixels) + 1))
    change = cv2.dilate if pixels > 0 else cv2.erode
    return np.stack([np.asarray(change(mask, kernel), dtype=np.uint8) for mask in masks])
