"""Scenes for the detector: documents on busy grounds as cameras and scanners see them, with exact labels.

    PYTHONPATH=devices/src:tools python -m mrz_training.pages_scene --count 8000 --seed 1 --out /tmp/scenes

writes ``grey.npy`` (N x 640 x 640, uint8, pictures in the upper left corner), ``sizes.npy`` (N x 2: height, width)
and ``labels.npy`` (N x 4 x 160 x 160, uint8, see :func:`labels`). The same seed gives the same scenes.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from mrz_training.pages import KNOTS, Drawn, Points, document, double_sided, put, sized, without_mrz
from mrz_training.pages_specimens import specimens
from mrz_training.pages_stamps import Bank, Ink, cloud

SIDE: Final = 640
STRIDE: Final = 4
"""A label has one pixel for so many of the picture."""
IGNORED: Final = 128
_CORE: Final = 0.5
"""The share of a line's height that is marked: neighbouring lines stay apart."""
_APART: Final = 4.5
"""Letters lower than this, in pixels, are not told apart by line: such cores are ignored."""


@dataclass(frozen=True)
class Scene:
    """``grey`` is uint8; ``documents`` hold each one's lines in its pixels, first to last, in reading direction."""

    grey: npt.NDArray[np.uint8]
    documents: tuple[tuple[Points, ...], ...]


def scene(bank: Bank, pages: list[Drawn], rng: np.random.Generator, side: int = SIDE) -> Scene:
    """A picture whose longer side is ``side``, with no MRZ (1 in 7), one, or two (1 in 9).

    One in six is a strip around one MRZ, upright or on its head, as the detector's second look has it.
    """
    kind = rng.random()
    if kind < 0.14:
        sources = [without_mrz(bank, rng)] if rng.random() < 0.5 else []
        return _seen(sources, _size(side, rng), bank, rng)
    if kind < 0.25:
        sources = [_drawn(bank, pages, rng) for _ in range(2)]
        return _seen(sources, _size(side, rng), bank, rng)
    drawn = _drawn(bank, pages, rng)
    if kind < 0.4:
        return _strip(drawn, side, bank, rng)
    if kind < 0.7:
        angle = _angle(rng)
        size = _shaped(side, _aspect(drawn, angle))
        warp = _placing(drawn, size, float(rng.uniform(0.97, 1.1)), angle, rng)
        return _taken([(drawn, warp)], size, bank, rng)
    return _seen([drawn], _size(side, rng), bank, rng)


def _size(side: int, rng: np.random.Generator) -> tuple[int, int]:
    return _shaped(side, float(np.exp(rng.uniform(-0.75, 0.75))))


def _shaped(side: int, aspect: float) -> tuple[int, int]:
    """Height and width for an aspect of height to width."""
    return (side, round(side / aspect)) if aspect > 1 else (round(side * aspect), side)


def _seen(sources: list[Drawn], size: tuple[int, int], bank: Bank, rng: np.random.Generator) -> Scene:
    crowded = len(sources) > 1
    placed = [(one, _placing(one, size, _zoom(rng, crowded=crowded), _angle(rng), rng)) for one in sources]
    return _taken(placed, size, bank, rng)


def _strip(drawn: Drawn, side: int, bank: Bank, rng: np.random.Generator) -> Scene:
    size = (32 * int(rng.integers(3, 11)), side)
    degrees = rng.normal(0, 6) + (180 if rng.random() < 0.25 else 0)
    length = float(np.linalg.norm(drawn.lines[0][0, -1] - drawn.lines[0][0, 0]))
    scale = side * 0.8 * rng.uniform(0.7, 1.15) / length
    middle = np.concatenate(drawn.lines).reshape(-1, 2).mean(axis=0)
    warp = np.eye(3)
    warp[:2] = cv2.getRotationMatrix2D(tuple(middle.tolist()), degrees, scale)
    warp[:2, 2] += np.array([side, size[0]]) / 2 + rng.normal(0, 1, 2) * (25, 8) - middle
    warp[2, :2] = rng.normal(0, 1, 2) * 3e-5 * scale
    return _taken([(drawn, warp.astype(np.float32))], size, bank, rng)


def _taken(placed: list[tuple[Drawn, Points]], size: tuple[int, int], bank: Bank, rng: np.random.Generator) -> Scene:
    """The documents laid on a ground, none over another, and the picture taken of it."""
    canvas = _ground(*size, bank, rng)
    documents = []
    taken = np.zeros(size, np.uint8)
    for drawn, warp in placed:
        cover = _cover(drawn, warp, size)
        if (cover & taken).any():
            continue
        taken |= cover
        documents.append(_lay(canvas, drawn, warp, cover, rng))
    if rng.random() < 0.12:
        _occlude(canvas, rng)
    return Scene(_camera(canvas, rng), tuple(lines for lines in documents if lines))


def _aspect(drawn: Drawn, degrees: float) -> float:
    """Height to width of the picture that a document turned by about a quarter fills."""
    height, width = drawn.grey.shape
    ratio = height / width if abs(np.cos(np.radians(degrees))) > 0.7 else width / height
    return float(np.clip(ratio, 0.2, 5))


def labels(picture: Scene, side: int = SIDE) -> npt.NDArray[np.uint8]:
    """4 x side/4 x side/4: line cores, the whole MRZ, its angle, and its letters' height.

    Cores and MRZ are 0 or 255 (cores too small to part: :data:`IGNORED`). 256 steps of the angle are a full turn,
    clockwise from the right. Height is 32 times the binary logarithm of pixels.
    """
    cells = side // STRIDE
    planes = np.zeros((4, cells, cells), np.uint8)
    for lines in picture.documents:
        tall = float(np.mean([_tallness(line) for line in lines]))
        outline = np.concatenate([lines[0][0], lines[-1][1][::-1]])
        run = (lines[0][:, -1] - lines[0][:, 0]).mean(axis=0)
        angle = round(float(np.arctan2(run[1], run[0])) / (2 * np.pi) * 256) % 256
        log_height = int(np.clip(np.log2(max(tall, 1.0)) * 32, 0, 255))
        for plane, value in zip(planes[1:], (255, angle, log_height), strict=True):
            _fill(plane, outline, value)
        for line in lines:
            middle = line.mean(axis=0)
            half = (line[1] - line[0]) / 2 * _CORE
            _fill(
                planes[0], np.concatenate([middle - half, (middle + half)[::-1]]), 255 if tall >= _APART else IGNORED
            )
    height, width = (-(-length // STRIDE) for length in picture.grey.shape)
    planes[:, height:] = 0
    planes[:, :, width:] = 0
    return planes


def _fill(plane: npt.NDArray[np.uint8], outline: Points, value: int) -> None:
    """Cell centres lie at (cell + 0.5) * STRIDE - 0.5; OpenCV's polygons take 1/16 pixels here."""
    points = ((outline + 0.5) / STRIDE - 0.5) * 16
    cv2.fillPoly(plane, [points.round().astype(np.int32)], value, shift=4)


def _tallness(line: Points) -> float:
    return float(np.linalg.norm(line[1] - line[0], axis=1).mean())


def _drawn(bank: Bank, pages: list[Drawn], rng: np.random.Generator) -> Drawn:
    choice = rng.random()
    if choice < 0.2:
        return pages[int(rng.integers(len(pages)))]
    return double_sided(bank, rng) if choice < 0.38 else document(bank, rng)


def _ground(height: int, width: int, bank: Bank, rng: np.random.Generator) -> Ink:
    """A table, cloth, void, wood or a page full of text."""
    kind = rng.random()
    tone = rng.random()
    if kind < 0.3:
        tone = float(rng.choice([0.0, 1.0, tone]))
        canvas = np.full((height, width), tone, np.float32)
    else:
        canvas = tone + (cloud(height, width, rng, int(rng.integers(2, 40))) - 0.5) * rng.uniform(0.1, 0.8)
    if 0.5 < kind < 0.65:
        stripes = np.sin(np.arange(width) * rng.uniform(0.02, 1.2) + 3 * cloud(1, width, rng, 5)[0]) * rng.uniform(
            0.03, 0.3
        )
        canvas = canvas + (stripes[None, :] if rng.random() < 0.5 else np.resize(stripes, height)[:, None])
    canvas = np.ascontiguousarray(canvas.clip(0, 1), dtype=np.float32)
    if kind > 0.6:
        for _ in range(int(rng.integers(1, 12))):
            kinds = ["paragraph", "listing", "dots", "bars", "label", "grid", "scrawl"]
            stamp = _spun(sized(bank.stamp(str(rng.choice(kinds)), rng), float(np.exp(rng.uniform(2.3, 5.7)))), rng)
            left, top = int(rng.uniform(-0.2, 1) * width), int(rng.uniform(-0.2, 1) * height)
            put(canvas, stamp, left, top, rng.uniform(0.4, 1), 0.0 if canvas.mean() > 0.4 else 1.0)
    return canvas


def _spun(ink: Ink, rng: np.random.Generator) -> Ink:
    if rng.random() < 0.5:
        return np.ascontiguousarray(np.rot90(ink, int(rng.integers(4))))
    height, width = ink.shape
    side = int(np.hypot(height, width)) + 2
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(0, 360), 1)
    turn[:, 2] += ((side - width) / 2, (side - height) / 2)
    return np.asarray(cv2.warpAffine(ink, turn, (side, side)), dtype=np.float32)


def _angle(rng: np.random.Generator) -> float:
    choice = rng.random()
    if choice < 0.45:
        return float(rng.normal(0, 5))
    if choice < 0.7:
        return float(rng.integers(1, 4) * 90 + rng.normal(0, 5))
    return float(rng.uniform(0, 360))


def _zoom(rng: np.random.Generator, *, crowded: bool) -> float:
    """The document's size as a share of the size that just fits the picture; beyond 1 it is cut off."""
    choice = rng.random()
    if crowded:
        return float(rng.uniform(0.3, 0.62))
    if choice < 0.5:
        return float(rng.uniform(0.8, 1.0))
    return float(rng.uniform(0.3, 0.9) if choice < 0.8 else rng.uniform(1.0, 1.7))


def _placing(drawn: Drawn, size: tuple[int, int], zoom: float, degrees: float, rng: np.random.Generator) -> Points:
    """A homography from the document to the picture in which most of its MRZ is seen."""
    height, width = drawn.grey.shape
    radians = np.radians(degrees)
    turn = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - (width / 2, height / 2)
    corners += rng.normal(0, 1, (4, 2)) * width * float(rng.choice([0.0, 0.02, 0.05]))
    corners = corners @ turn.T
    room = np.array([size[1], size[0]])
    scale = zoom * float((room / np.ptp(corners, axis=0)).min())
    smallest = 3.5 / _tallness(drawn.lines[0]) if drawn.lines else 0.0
    corners *= max(scale, smallest)
    landed = corners + _centre(corners, drawn, room, rng)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, landed.astype(np.float32)), dtype=np.float32)


def _centre(corners: Points, drawn: Drawn, room: Points, rng: np.random.Generator) -> Points:
    """Where the document's middle lies: anywhere inside where it fits, else so that its MRZ stays in the picture."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    if ((high - low) <= room).all() or not drawn.lines:
        return np.asarray(-low + rng.random(2) * (room - high + low))
    height, width = drawn.grey.shape
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    zone = cv2.perspectiveTransform(np.concatenate(drawn.lines).reshape(1, -1, 2), warp)[0]
    low, high = zone.min(axis=0) - 2, zone.max(axis=0) + 2
    slack = room - (high - low)
    inside = rng.uniform(0, 1, 2) * np.maximum(slack, 0) - low
    return np.asarray(np.where(slack > 0, inside, slack * rng.uniform(0.2, 0.8) - low))


def _cover(drawn: Drawn, warp: Points, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    mask = np.full(drawn.grey.shape, 255, np.uint8)
    return np.asarray(cv2.warpPerspective(mask, warp, (size[1], size[0]), flags=cv2.INTER_LINEAR), dtype=np.uint8)


def _lay(
    canvas: Ink, drawn: Drawn, warp: Points, cover: npt.NDArray[np.uint8], rng: np.random.Generator
) -> tuple[Points, ...]:
    """Warps the document onto ``canvas``; its lines in the canvas."""
    grey, lines = drawn.grey, drawn.lines
    if rng.random() < 0.25:
        grey, lines = _bent(grey, lines, rng)
    shrink = float(np.sqrt(abs(np.linalg.det(warp[:2, :2] / warp[2, 2]))))
    if shrink < 0.7:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.45 / shrink), dtype=np.float32)
    height, width = canvas.shape
    laid = cv2.warpPerspective(grey, warp, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = cover.astype(np.float32) / 255
    if rng.random() < 0.4:
        shadow = cv2.GaussianBlur(np.roll(share, rng.integers(-6, 7, 2), (0, 1)), (0, 0), rng.uniform(2, 12))
        canvas *= 1 - shadow * rng.uniform(0.1, 0.6)
    canvas[:] = canvas * (1 - share) + laid * share
    return tuple(cv2.perspectiveTransform(line.reshape(1, -1, 2), warp).reshape(2, KNOTS, 2) for line in lines)


def _bent(grey: Ink, lines: tuple[Points, ...], rng: np.random.Generator) -> tuple[Ink, tuple[Points, ...]]:
    """A page that arches: every column slides up or down by an arc."""
    height, width = grey.shape
    swing, phase, wave = rng.uniform(0.005, 0.03) * width, rng.uniform(0, 6.28), rng.uniform(0.5, 1.1)

    def slide(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.asarray(swing * np.sin(x / width * wave * 6.28 + phase), dtype=np.float32)

    columns = np.arange(width, dtype=np.float32)
    map_x = np.broadcast_to(columns, (height, width)).astype(np.float32)
    map_y = np.arange(height, dtype=np.float32)[:, None] - slide(columns)[None, :]
    bent = cv2.remap(grey, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    moved = tuple(line + np.stack([np.zeros_like(line[..., 0]), slide(line[..., 0])], axis=-1) for line in lines)
    return np.asarray(bent, dtype=np.float32), moved


def _occlude(canvas: Ink, rng: np.random.Generator) -> None:
    """A thumb at the edge."""
    height, width = canvas.shape
    tip = (int(rng.choice([0.0, 1.0]) * width), int(rng.uniform(0, 1) * height))
    axes = (int(width * rng.uniform(0.05, 0.15)), int(height * rng.uniform(0.04, 0.08)))
    cv2.ellipse(canvas, tip, axes, rng.uniform(-40, 40), 0, 360, float(rng.uniform(0.2, 0.8)), -1, cv2.LINE_AA)


def _camera(canvas: Ink, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Shade, glare, blur, low resolution, noise, contrast, JPEG."""
    height, width = canvas.shape
    light = canvas
    if rng.random() < 0.6:
        light = light * (1 + (cloud(height, width, rng, int(rng.integers(1, 4))) - 0.5) * rng.uniform(0.1, 0.9))
    for _ in range(int(rng.integers(0, 3)) if rng.random() < 0.4 else 0):
        light = light + _glare((height, width), rng) * rng.uniform(0.2, 0.9)
    if rng.random() < 0.4:
        small = rng.uniform(0.28, 0.9)
        low = cv2.resize(light, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
        if rng.random() < 0.6:
            low = _compressed((low * 255).clip(0, 255).astype(np.uint8), rng) / np.float32(255)
        light = cv2.resize(low, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:
        light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.3, 1.5))
    elif rng.random() < 0.2:
        light = light + (light - cv2.GaussianBlur(light, (0, 0), 1.5)) * rng.uniform(0.3, 1.5)
    gain, gamma = rng.uniform(0.5, 1.1), float(np.exp(rng.normal(0, 0.3)))
    light = (light * gain + rng.uniform(0, 0.15)).clip(0, 1) ** gamma
    noisy = light * 255 + rng.normal(0, rng.uniform(0.5, 9), (height, width))
    grey = noisy.clip(0, 255).astype(np.uint8)
    return _compressed(grey, rng) if rng.random() < 0.5 else grey


def _compressed(grey: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 92))]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", grey, quality)[1], cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _glare(size: tuple[int, int], rng: np.random.Generator) -> Ink:
    down, across = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    centre = rng.uniform(0, 1, 2) * size
    spread = rng.uniform(0.03, 0.25, 2) * max(size)
    return np.exp(-(((down - centre[0]) / spread[0]) ** 2) - ((across - centre[1]) / spread[1]) ** 2).astype(
        np.float32
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=8000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--out", type=Path, required=True)
    options = asked.parse_args()
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    bank, pages = Bank(options.seed), specimens(options.seed, 40)
    shape = (options.count, SIDE, SIDE)
    greys = np.lib.format.open_memmap(options.out / "grey.npy", "w+", np.uint8, shape)
    marks = np.lib.format.open_memmap(
        options.out / "labels.npy", "w+", np.uint8, (options.count, 4, SIDE // STRIDE, SIDE // STRIDE)
    )
    sizes = np.zeros((options.count, 2), np.int32)
    for number in range(options.count):
        picture = scene(bank, pages, rng)
        height, width = sizes[number] = picture.grey.shape
        greys[number] = 0
        greys[number, :height, :width] = picture.grey
        marks[number] = labels(picture)
    np.save(options.out / "sizes.npy", sizes)
    print(f"{options.count} scenes, {process_time() / options.count * 1000:.0f} ms each")


if __name__ == "__main__":
    main()
