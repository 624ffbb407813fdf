"""Synthetic pictures of MRZ lines: drawn, worn, photographed, spoilt, and cut as a reader would cut them."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from mrz_training.common_fonts import CAP, MASK, Fonts, Masks, thickened
from mrz_training.lines_ground import ground, surroundings
from mrz_training.lines_wear import photographed, worn

from crossing.documents.mrz import ALPHABET
from crossing.documents.reading.locate import TextLine
from crossing.documents.reading.straighten import straighten

STRIP_HEIGHT: Final = 32

Gray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sheet:
    """Lines drawn at full size: ink 0 to 1, and each line's middle left and right end, n x 2 x 2 (x, y)."""

    ink: Gray
    ends: npt.NDArray[np.float64]
    pitch: float


def strips(
    lines: tuple[str, ...], fonts: Fonts, rng: np.random.Generator, pictures: int = 1
) -> list[npt.NDArray[np.uint8]]:
    """Each of ``lines`` as a grey strip, 32 rows high, of its own width; and again for every further picture."""
    sheet = _sheet(lines, fonts, rng)
    drawn = _composed(sheet, rng)
    return [strip for _ in range(pictures) for strip in _pictured(sheet, drawn, rng)]


def _pictured(sheet: Sheet, drawn: Gray, rng: np.random.Generator) -> list[npt.NDArray[np.uint8]]:
    letters = float(np.exp(rng.uniform(np.log(6.5), np.log(34))))
    matrix, size = _view(sheet, letters / CAP, rng)
    small = _taken(drawn, matrix, size, letters / CAP, rng)
    small, stretch = photographed(small, letters, rng)
    ends = _moved(sheet.ends, matrix) * stretch
    image = np.asarray(cv2.merge([small] * 3), dtype=np.uint8)
    return [cut(image, _guessed(left, right, letters * stretch, rng), rng) for left, right in ends]


def cut(image: npt.NDArray[np.uint8], line: TextLine, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """The line cut by the reader's own straightening, with margins and stretches around the ones that it uses."""
    strip = straighten(
        image, line, height=STRIP_HEIGHT, margin=float(rng.uniform(0.1, 0.32)), stretch=float(rng.uniform(0.62, 0.95))
    )
    return np.asarray(cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _sheet(lines: tuple[str, ...], fonts: Fonts, rng: np.random.Generator) -> Sheet:
    """The ink of all lines, each character on its pitch; a pitch is one CAP and a little in true OCR-B."""
    name, masks = fonts.draw_lot(rng)
    thinnest = -1 if name == "OCRB.otf" else 0
    masks = thickened(masks, int(rng.integers(thinnest, 3)) if rng.random() < 0.5 else 0)
    pitch = CAP * float(rng.uniform(0.98, 1.1) if rng.random() < 0.6 else rng.uniform(0.8, 1.25))
    spacing = CAP * float(rng.uniform(2.1, 3.1) if rng.random() < 0.8 else rng.uniform(1.5, 2.2))
    aside = (int(pitch * rng.uniform(0.8, 3)), int(pitch * rng.uniform(0.8, 3)))
    above, below = CAP * float(rng.uniform(1.1, 2.5)), CAP * float(rng.uniform(1.1, 2.5))
    length = max(map(len, lines))
    width = int(aside[0] + pitch * length + aside[1])
    height = int(above + below + spacing * (len(lines) - 1))
    ink = np.zeros((height, width), np.uint8)
    jitter = float(rng.choice((0, 0, 0.4, 1)))
    ends = []
    for number, line in enumerate(lines):
        middle = above + spacing * number
        for place, character in enumerate(line):
            x = aside[0] + pitch * (place + 0.5) + rng.normal(0, jitter)
            _stamp(ink, masks[ALPHABET.index(character)], x, middle + rng.normal(0, jitter))
        ends.append(((aside[0], middle), (aside[0] + pitch * len(line), middle)))
    return Sheet(worn(ink, rng), np.array(ends), pitch)


def _stamp(ink: npt.NDArray[np.uint8], mask: Masks, x: float, y: float) -> None:
    """Draws one character with its middle at (x, y); what falls outside is lost."""
    top, left = round(y - MASK[0] * 0.5), round(x - MASK[1] / 2)
    first_row, first_column = max(-top, 0), max(-left, 0)
    last_row, last_column = min(MASK[0], ink.shape[0] - top), min(MASK[1], ink.shape[1] - left)
    if first_row >= last_row or first_column >= last_column:
        return
    part = ink[top + first_row : top + last_row, left + first_column : left + last_column]
    np.maximum(part, mask[first_row:last_row, first_column:last_column], out=part)


def _composed(sheet: Sheet, rng: np.random.Generator) -> Gray:
    """Ink on its ground, 0 to 255, seldom with a shadow or in white on dark."""
    paper = ground(sheet.ink.shape, rng)
    dark = float(rng.uniform(5, 110))
    alpha = float(rng.uniform(0.75, 1))
    picture = paper
    if rng.random() < 0.06:
        shift = np.float32([[1, 0, rng.uniform(-4, 4)], [0, 1, rng.uniform(-4, 4)]])
        shadow = cv2.warpAffine(sheet.ink, shift, sheet.ink.shape[::-1])
        picture = picture * (1 - np.float32(rng.uniform(0.1, 0.45)) * shadow)
    weight = sheet.ink * np.float32(alpha)
    picture = picture * (1 - weight) + np.minimum(np.float32(dark), picture * 0.7) * weight
    return surroundings(picture, sheet.ends, rng)


def _view(sheet: Sheet, scale: float, rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
    """The homography from the sheet to the small picture (scale, tilt, turn, stretch), and that picture's size."""
    height, width = sheet.ink.shape
    across = scale * float(rng.uniform(0.85, 1.18))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    landed = corners * (across, scale)
    tilt = float(rng.choice((0, 0.3, 1))) * height * scale
    landed += rng.uniform(-0.12, 0.12, (4, 2)) * tilt
    turn = np.radians(float(rng.normal(0, 1.2)) if rng.random() < 0.6 else float(rng.uniform(-7, 7)))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    landed = landed @ rotation.T
    landed -= landed.min(axis=0)
    size = (int(np.ceil(landed[:, 0].max())), int(np.ceil(landed[:, 1].max())))
    return cv2.getPerspectiveTransform(corners, landed.astype(np.float32)), size


def _taken(
    picture: Gray, matrix: npt.NDArray[np.float64], size: tuple[int, int], scale: float, rng: np.random.Generator
) -> Gray:
    """The sheet as the small picture, smoothed before it shrinks more or less well."""
    if scale < 0.9:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.25, 0.6)) / scale)
    if rng.random() < 0.35:
        picture = _bent(picture, rng)
    method = cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_CUBIC
    return np.asarray(
        cv2.warpPerspective(picture, matrix, size, flags=method, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32
    )


def _bent(picture: Gray, rng: np.random.Generator) -> Gray:
    """A page that is not flat: rows swing by at most half a letter."""
    height, width = picture.shape
    x = np.arange(width, dtype=np.float32)
    swing = CAP * float(rng.uniform(0.05, 0.5))
    wave = swing * np.sin(x / width * float(rng.uniform(1, 5)) + float(rng.uniform(0, 6.28)))
    map_y = np.arange(height, dtype=np.float32)[:, None] + (wave - wave.mean())[None, :].astype(np.float32)
    map_x = np.broadcast_to(x[None, :], picture.shape).copy()
    bent = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, dtype=np.float32)


def _moved(points: npt.NDArray[np.float64], matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points of the sheet in the small picture."""
    homogeneous = np.concatenate([points, np.ones((*points.shape[:2], 1))], axis=2) @ matrix.T
    return np.asarray(homogeneous[:, :, :2] / homogeneous[:, :, 2:])


def _guessed(
    left: npt.NDArray[np.float64], right: npt.NDArray[np.float64], letters: float, rng: np.random.Generator
) -> TextLine:
    """Where a locator would say that the line is: about right."""
    span = right - left
    length = float(np.hypot(*span))
    direction = span / length
    turn = np.radians(float(rng.normal(0, 0.25)))
    turned = np.array(
        [
            direction[0] * np.cos(turn) - direction[1] * np.sin(turn),
            direction[0] * np.sin(turn) + direction[1] * np.cos(turn),
        ]
    )
    normal = np.array([-turned[1], turned[0]])
    middle = (left + right) / 2 + normal * rng.normal(0, 0.1) * letters + turned * rng.normal(0, 0.006) * length
    return TextLine(middle, turned, length * float(rng.uniform(0.965, 1.02)), letters * float(rng.uniform(0.8, 1.5)))
