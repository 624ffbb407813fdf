"""What lies behind and around synthetic MRZ lines: tinted paper, woven lines, pictures, other print, page edges."""

import cv2
import numpy as np
import numpy.typing as npt
from mrz_training.common_fonts import CAP

Gray = npt.NDArray[np.float32]


def ground(shape: tuple[int, int], rng: np.random.Generator) -> Gray:
    """Grey paper, 0 to 255, with what security printing puts behind the text."""
    height, width = shape
    light = float(rng.uniform(150, 252))
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    paper = light + float(rng.uniform(-25, 25)) * across + float(rng.uniform(-15, 15)) * down
    paper = np.ascontiguousarray(paper, dtype=np.float32)
    if rng.random() < 0.55:
        paper += _woven(shape, rng)
    if rng.random() < 0.35:
        paper += _clouds(shape, rng)
    if rng.random() < 0.15:
        paper += _ghost_print(shape, rng)
    if rng.random() < 0.12:
        paper += _blocks(shape, rng)
    return np.clip(paper, 90, 255).astype(np.float32)


def surroundings(picture: Gray, ends: npt.NDArray[np.float64], rng: np.random.Generator) -> Gray:
    """Page edges, dark strips and neighbouring print, none of them over the lines. ``ends`` as in ``Sheet``."""
    height, width = picture.shape
    top, bottom = ends[:, :, 1].min(), ends[:, :, 1].max()
    left, right = ends[:, 0, 0].min(), ends[:, 1, 0].max()
    if rng.random() < 0.3:
        picture[min(int(bottom + rng.uniform(0.7, 1.25) * CAP), height) :] = float(rng.uniform(0, 255))
    if rng.random() < 0.15:
        picture[: max(int(top - rng.uniform(0.7, 1.25) * CAP), 0)] = float(rng.uniform(0, 255))
    if rng.random() < 0.2:
        picture[:, : max(int(left - rng.uniform(0.12, 1.25) * CAP), 0)] = float(rng.uniform(0, 255))
    if rng.random() < 0.2:
        picture[:, min(int(right + rng.uniform(0.12, 1.25) * CAP), width) :] = float(rng.uniform(0, 255))
    if rng.random() < 0.25:
        _print_above(picture, int(top - rng.uniform(0.7, 1.25) * CAP), rng)
    if rng.random() < 0.12:
        _dirt_at_the_ends(picture, left, right, rng)
    return picture


def _woven(shape: tuple[int, int], rng: np.random.Generator) -> Gray:
    height, width = shape
    canvas = np.zeros(shape, np.float32)
    xs = np.arange(0, width + 8, 8)
    depth = float(rng.uniform(0.12, 1.25) * CAP)
    thick = int(rng.integers(1, 4))
    period, swing = float(rng.uniform(60, 500)), float(rng.uniform(0, 60))
    slope = float(rng.uniform(-0.4, 0.4))
    step = float(rng.uniform(6, 24))
    drift = float(rng.uniform(0, 0.3))
    for number, y in enumerate(np.arange(-height - swing, height * 2 + swing, step)):
        ys = y + swing * np.sin(xs / period * 6.28 + number * drift) + slope * xs
        points = np.stack([xs, ys], axis=1).round().astype(np.int32)
        cv2.polylines(canvas, [points], False, -depth, thick, cv2.LINE_AA)
    return canvas


def _clouds(shape: tuple[int, int], rng: np.random.Generator) -> Gray:
    """Something like a faint photograph: patches of several sizes, perhaps with hard outlines."""
    total = np.zeros(shape, np.float32)
    for cell in (12, 40, 150):
        grid = rng.normal(0, 1, (max(shape[0] // cell, 2), max(shape[1] // cell, 2))).astype(np.float32)
        total += cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.3:
        total = np.sign(total)
    return np.asarray(total * float(rng.uniform(3, 22)), dtype=np.float32)


def _ghost_print(shape: tuple[int, int], rng: np.random.Generator) -> Gray:
    """Words that repeat, or shine through from the other side."""
    canvas = np.zeros(shape, np.uint8)
    words = " ".join("".join(chr(65 + int(c)) for c in rng.integers(0, 26, 7)) for _ in range(14))
    scale = float(rng.uniform(0.4, 2))
    depth, thick = float(rng.uniform(8, 45)), int(rng.integers(1, 3))
    for y in np.arange(rng.uniform(0, 40), shape[0] + 40, float(rng.uniform(26, 60)) * scale):
        at = (int(rng.uniform(-80, 10)), int(y))
        cv2.putText(canvas, words, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thick, cv2.LINE_AA)
    if rng.random() < 0.5:
        canvas = canvas[:, ::-1]
    return np.asarray(canvas * np.float32(-depth / 255), dtype=np.float32)


def _blocks(shape: tuple[int, int], rng: np.random.Generator) -> Gray:
    """Fields of another tint: coats of arms, flags, the edge of a portrait."""
    canvas = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(1, 5))):
        middle = (int(rng.uniform(0, shape[1])), int(rng.uniform(0, shape[0])))
        axes = (int(rng.uniform(40, 500)), int(rng.uniform(20, 150)))
        tint = float(rng.uniform(-50, 30))
        if rng.random() < 0.5:
            cv2.ellipse(canvas, middle, axes, float(rng.uniform(0, 180)), 0, 360, tint, -1, cv2.LINE_AA)
        else:
            corner = (middle[0] + axes[0], middle[1] + axes[1])
            cv2.rectangle(canvas, middle, corner, tint, -1)
    return canvas


def _print_above(picture: Gray, foot: int, rng: np.random.Generator) -> None:
    text = "".join(chr(int(c)) for c in rng.integers(48, 123, int(rng.integers(8, 60))))
    at = (int(rng.uniform(0, picture.shape[1] * 0.5)), foot)
    ink = np.zeros(picture.shape, np.uint8)
    cv2.putText(ink, text, at, cv2.FONT_HERSHEY_SIMPLEX, float(rng.uniform(0.4, 1.3)), 255, 2, cv2.LINE_AA)
    picture -= (picture - float(rng.uniform(20, 140))) * (ink / np.float32(255))


def _dirt_at_the_ends(picture: Gray, left: float, right: float, rng: np.random.Generator) -> None:
    """Specks and bars just outside the line, which a reader may take for characters."""
    for _ in range(int(rng.integers(1, 4))):
        x = left - rng.uniform(8, 60) if rng.random() < 0.5 else right + rng.uniform(8, 60)
        y = rng.uniform(0, picture.shape[0])
        size = (int(rng.uniform(2, 7)), int(rng.uniform(3, 60)))
        cv2.ellipse(picture, (int(x), int(y)), size, 0, 0, 360, float(rng.uniform(0, 120)), -1, cv2.LINE_AA)
