"""What a camera or a cheap scanner makes of a page: perspective, shade, glare, blur, noise, JPEG."""

import cv2
import numpy as np

from crossing_devices.simulated.specimens.traveller import BgrImage, FloatImage


def photograph(page: BgrImage, rng: np.random.Generator, strength: float = 0.4) -> bytes:
    """A JPEG of ``page`` on a dark table, the same for the same state of ``rng``.

    ``strength`` runs from 0 (a flatbed scan) to 1 (a hand-held phone in bad light). Raises ValueError outside.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength is 0 to 1, not {strength}")
    picture = _on_table(page, rng, strength)
    light = picture.astype(np.float32) * _shade(picture.shape[:2], rng, strength)
    light += _glare(picture.shape[:2], rng, strength)
    blurred = cv2.GaussianBlur(light, (0, 0), 0.35 + rng.uniform(0.3, 1.3) * strength)
    noisy = blurred + rng.normal(0, 1 + 7 * strength, blurred.shape[:2])[:, :, None]
    quality = int(94 - 34 * strength * rng.uniform(0.6, 1))
    return jpeg(np.clip(noisy, 0, 255).astype(np.uint8), quality)


def jpeg(picture: BgrImage, quality: int = 90) -> bytes:
    """A BGR picture as JPEG, without metadata."""
    encoded, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise ValueError("the picture could not be written as JPEG")
    return content.tobytes()


def _on_table(page: BgrImage, rng: np.random.Generator, strength: float) -> BgrImage:
    height, width = page.shape[:2]
    margin = round(width * (0.015 + 0.06 * strength))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    jitter = rng.uniform(-1, 1, (4, 2)).astype(np.float32) * np.float32(width * 0.035 * strength)
    landed = corners + margin + jitter
    warp = cv2.getPerspectiveTransform(corners, landed.astype(np.float32))
    size = (width + 2 * margin, height + 2 * margin)
    warped = cv2.warpPerspective(page, warp, size, borderValue=(float(rng.uniform(25, 70)),) * 3)
    return np.asarray(warped, dtype=np.uint8)


def _grid(shape: tuple[int, int]) -> tuple[FloatImage, FloatImage]:
    rows, columns = shape
    down = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    return down, across


def _shade(shape: tuple[int, int], rng: np.random.Generator, strength: float) -> FloatImage:
    """Light that comes from one side, up to a third weaker on the other."""
    down, across = _grid(shape)
    angle = rng.uniform(0, 6.28)
    fall = (np.cos(angle) * across + np.sin(angle) * down) * 0.17 * strength
    shade = (1 - 0.08 * strength + fall)[:, :, None]
    return np.asarray(shade, dtype=np.float32)


def _glare(shape: tuple[int, int], rng: np.random.Generator, strength: float) -> FloatImage:
    """One soft reflection, kept off the lower part: glare over the MRZ is a rescan, not a test of reading."""
    down, across = _grid(shape)
    y, x = rng.uniform(-0.8, 0.1), rng.uniform(-0.8, 0.8)
    radius = rng.uniform(0.15, 0.4)
    spot = np.exp(-((down - y) ** 2 + (across - x) ** 2) / (2 * radius**2))
    return np.asarray((spot * 75 * strength)[:, :, None], dtype=np.float32)
