"""Documents of invented designs, grey, with the exact place of every MRZ line.

Real passports, cards and visas differ far more than one drawn specimen shows. So designs are drawn at random:
paper, patterns, portrait, fields, bar codes, dark stripes, signatures, and an MRZ of any format and pitch.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from mrz_training.pages_stamps import Bank, Ink, cloud, face, mrz_ink, mrz_text

from crossing_devices.simulated.specimens import PageFormat

Points = npt.NDArray[np.float32]

_PX_PER_MM: Final = 6.0
_SIZES_MM: Final = {
    PageFormat.TD1: (85.6, 54.0),
    PageFormat.TD2: (105.0, 74.0),
    PageFormat.TD3: (125.0, 88.0),
    PageFormat.MRV_A: (120.0, 80.0),
    PageFormat.MRV_B: (105.0, 74.0),
}
_PITCH_MM: Final = 2.54
_SPACING_MM: Final = 6.35
KNOTS: Final = 9
"""Points along the top and along the bottom of a line: enough to follow a bent page."""


@dataclass(frozen=True)
class Drawn:
    """``grey`` is float32, 0 to 1. ``lines``: an array a line, 2 x KNOTS x 2 (top and bottom; x and y in pixels)."""

    grey: Ink
    lines: tuple[Points, ...]


def document(bank: Bank, rng: np.random.Generator) -> Drawn:
    """One document; one in eight is nothing but the strip that carries its MRZ."""
    page, text = mrz_text(rng)
    width_mm, height_mm = _SIZES_MM[page]
    height_mm *= rng.uniform(0.85, 1.25)
    pitch = _PITCH_MM * rng.uniform(0.88, 1.06)
    spacing = _SPACING_MM * rng.uniform(0.72, 1.12)
    width_mm = max(width_mm, pitch * len(text[0]) + 4) * rng.uniform(0.98, 1.1)
    if rng.random() < 0.12:
        height_mm = spacing * (len(text) - 1) + rng.uniform(5, 16)
    size = (round(height_mm * _PX_PER_MM), round(width_mm * _PX_PER_MM))
    grey = _paper(size, rng)
    strip_mm = spacing * (len(text) - 1) + 3
    foot_mm = min(float(rng.uniform(1.5, 9)), height_mm - strip_mm - 1)
    top = round((height_mm - foot_mm - strip_mm) * _PX_PER_MM)
    _furnish(grey, top, bank, rng)
    _overprint(grey, bank, rng, 0.25)
    lines = _write_mrz(grey, text, (pitch, spacing), top, rng)
    _overprint(grey, bank, rng, 0.2)
    return Drawn(grey, lines)


def double_sided(bank: Bank, rng: np.random.Generator) -> Drawn:
    """A front without an MRZ pictured above or beside the back that has one."""
    back = document(bank, rng)
    front = _front(back.grey.shape, bank, rng)
    gap = int(rng.integers(0, 30))
    void = float(rng.choice([1.0, 0.0, rng.random()]))
    below = rng.random() < 0.75
    first = rng.random() < 0.2
    edge = np.full((gap, front.shape[1]) if below else (front.shape[0], gap), void, np.float32)
    parts = [back.grey, edge, front] if first else [front, edge, back.grey]
    grey = np.concatenate(parts, axis=0 if below else 1)
    length = 0 if first else (front.shape[0] if below else front.shape[1]) + gap
    shift = np.array([0, length] if below else [length, 0], np.float32)
    return Drawn(grey, tuple(line + shift for line in back.lines))


def without_mrz(bank: Bank, rng: np.random.Generator) -> Drawn:
    """A card or page that has none, as dense as the others: what must not be found."""
    size = (round(float(rng.uniform(300, 700))), round(float(rng.uniform(400, 800))))
    return Drawn(_front(size, bank, rng), ())


def _front(size: tuple[int, ...], bank: Bank, rng: np.random.Generator) -> Ink:
    front = _paper(size, rng)
    _furnish(front, front.shape[0], bank, rng)
    return front


def _paper(size: tuple[int, ...], rng: np.random.Generator) -> Ink:
    height, width = size[:2]
    tone = rng.uniform(0.7, 1.0) if rng.random() < 0.8 else rng.uniform(0.35, 0.75)
    grey = np.full((height, width), tone, np.float32)
    if rng.random() < 0.7:
        grey += (cloud(height, width, rng, int(rng.integers(1, 6))) - 0.5) * rng.uniform(0.02, 0.3)
    if rng.random() < 0.75:
        _weave(grey, rng)
    return grey.clip(0, 1)


def _weave(grey: Ink, rng: np.random.Generator) -> None:
    """Fine waves, as security printing has."""
    height, width = grey.shape
    xs = np.arange(0, width + 8, 8)
    strands = int(rng.integers(6, 70))
    ink = float(np.clip(grey.mean() + rng.uniform(-0.22, 0.1), 0, 1))
    swing, wave, tilt = rng.uniform(0, 0.3) * height, rng.uniform(40, 500), rng.uniform(-0.8, 0.8)
    curves = []
    for strand in range(strands):
        ys = height * (strand / strands * 1.6 - 0.3) + swing * np.sin(xs / wave * 6.28 + strand * 0.1) + tilt * xs
        curves.append(np.stack([xs, ys], axis=1).round().astype(np.int32))
    cv2.polylines(grey, curves, False, ink, int(rng.integers(1, 3)), cv2.LINE_AA)


def put(grey: Ink, ink: Ink, left: int, top: int, strength: float, tone: float = 0.0) -> None:
    """Prints ``ink`` in grey ``tone`` onto ``grey``; what does not fit is cut off."""
    height, width = grey.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + ink.shape[1], width), min(top + ink.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return
    part = ink[y0 - top : y1 - top, x0 - left : x1 - left] * strength
    grey[y0:y1, x0:x1] = grey[y0:y1, x0:x1] * (1 - part) + tone * part


def sized(ink: Ink, height: float) -> Ink:
    height = max(height, 3)
    width = max(round(ink.shape[1] * height / ink.shape[0]), 3)
    return np.asarray(cv2.resize(ink, (width, round(height)), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _furnish(grey: Ink, free: int, bank: Bank, rng: np.random.Generator) -> None:
    """Everything above row ``free``: portrait, fields, codes, stripes."""
    height, width = grey.shape
    if free < 40:
        return
    if rng.random() < 0.75:
        tall = int(free * rng.uniform(0.35, 0.9))
        portrait = face(tall, max(int(tall * 0.78), 8), rng)
        left = int(rng.uniform(0.02, 0.08) * width) if rng.random() < 0.7 else int(rng.uniform(0.1, 0.75) * width)
        put(grey, np.ones_like(portrait), left, (top := int((free - tall) * rng.random())), 1.0, 1.0)
        put(grey, 1 - portrait, left, top, 1.0)
    for _ in range(int(rng.integers(3, 26))):
        label = sized(bank.stamp("label", rng), rng.uniform(1.4, 5) * _PX_PER_MM)
        put(
            grey,
            label,
            int(rng.uniform(0, 0.85) * width),
            int(rng.uniform(0, free - label.shape[0])),
            rng.uniform(0.3, 1),
        )
    for kind, chance, low, high in (
        ("paragraph", 0.3, 0.1, 0.5), ("bars", 0.3, 0.08, 0.35), ("scrawl", 0.5, 0.08, 0.3), ("grid", 0.1, 0.2, 0.7),
        ("dots", 0.15, 0.03, 0.2), ("listing", 0.08, 0.1, 0.4),
    ):  # fmt: skip
        if rng.random() < chance:
            stamp = sized(bank.stamp(kind, rng), rng.uniform(low, high) * free)
            room = max(free - stamp.shape[0], 1)
            put(grey, stamp, int(rng.uniform(0, 0.6) * width), int(rng.random() * room), rng.uniform(0.4, 1))
    if rng.random() < 0.2:
        top, thick = int(rng.uniform(0, 0.8) * free), int(rng.uniform(0.05, 0.25) * free)
        grey[top : min(top + thick, free)] = rng.uniform(0, 0.4)
    if rng.random() < 0.2:
        cv2.rectangle(grey, (2, 2), (width - 3, height - 3), float(rng.random()), int(rng.integers(1, 6)))


def _overprint(grey: Ink, bank: Bank, rng: np.random.Generator, chance: float) -> None:
    """A word across the whole page, stamps and creases, over the MRZ too."""
    height, width = grey.shape
    if rng.random() < chance:
        word = sized(bank.stamp("label", rng), height * rng.uniform(0.1, 0.3))
        spin = cv2.getRotationMatrix2D((word.shape[1] / 2, word.shape[0] / 2), rng.uniform(-50, 50), 1)
        spin[:, 2] += (width / 2 - word.shape[1] / 2, height * rng.uniform(0.2, 0.9) - word.shape[0] / 2)
        put(
            grey,
            np.asarray(cv2.warpAffine(word, spin, (width, height)), dtype=np.float32),
            0,
            0,
            rng.uniform(0.1, 0.5),
            rng.random(),
        )
    if rng.random() < chance:
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        ring = np.zeros_like(grey)
        cv2.circle(ring, centre, int(height * rng.uniform(0.1, 0.3)), 1.0, int(rng.integers(2, 12)), cv2.LINE_AA)
        put(grey, ring, 0, 0, rng.uniform(0.1, 0.4), rng.random())
    if rng.random() < chance:
        ends = [(int(rng.uniform(0, width)), 0), (int(rng.uniform(0, width)), height)]
        cv2.line(grey, ends[0], ends[1], float(rng.uniform(0.2, 1)), int(rng.integers(1, 3)), cv2.LINE_AA)


def _write_mrz(
    grey: Ink, text: tuple[str, ...], millimetres: tuple[float, float], top: int, rng: np.random.Generator
) -> tuple[Points, ...]:
    """The lines and, as in many designs, a paler ground under them."""
    pitch, spacing = (length * _PX_PER_MM for length in millimetres)
    inks = mrz_ink(text, rng)
    length = round(pitch * len(text[0]))
    tall = round(inks[0].shape[0] * pitch / 20 * rng.uniform(0.85, 1.1))
    left = round((grey.shape[1] - length) * rng.uniform(0.3, 0.7))
    paper = rng.random()
    if paper < 0.45:
        start = max(top - round(rng.uniform(1, 5) * _PX_PER_MM), 0)
        pale, share = rng.uniform(0.75, 1), rng.uniform(0.4, 1)
        grey[start:] = grey[start:] * (1 - share) + pale * share
    ground = float(grey[top : top + 40].mean())
    tone, strength = rng.uniform(0, ground * 0.6), rng.uniform(0.45, 1)
    strength = 1.0 if rng.random() < 0.5 else strength
    lines = []
    for number, ink in enumerate(inks):
        drawn = np.asarray(cv2.resize(ink, (length, tall), interpolation=cv2.INTER_AREA), dtype=np.float32)
        above = round(top + number * spacing)
        slip = int(rng.integers(-2, 3))
        put(grey, drawn, left + slip, above, strength, tone)
        lines.append(knots(left + slip, above, length, tall))
    return tuple(lines)


def knots(left: float, top: float, length: float, tall: float) -> Points:
    xs = np.linspace(left, left + length, KNOTS)
    return np.stack([np.stack([xs, np.full(KNOTS, y)], axis=1) for y in (top, top + tall)]).astype(np.float32)
