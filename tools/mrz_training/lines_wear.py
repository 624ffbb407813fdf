"""What print goes through, and what a camera and the web make of it."""

import cv2
import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.float32]


def worn(ink: npt.NDArray[np.uint8], rng: np.random.Generator) -> Gray:
    """Ink 0 to 1: as printed, or mottled, scratched, rubbed off in places."""
    print_ = ink.astype(np.float32) / 255
    if rng.random() < 0.2:
        print_ *= _mottle(ink.shape, int(rng.integers(2, 7)), float(rng.uniform(0.3, 0.9)), rng)
    if rng.random() < 0.12:
        print_ *= _mottle(ink.shape, int(rng.integers(20, 80)), float(rng.uniform(0.3, 0.75)), rng)
    if rng.random() < 0.08:
        for _ in range(int(rng.integers(1, 5))):
            ends = rng.uniform(0, 1, (2, 2)) * ink.shape[::-1]
            first, last = (tuple(int(c) for c in end) for end in ends)
            cv2.line(print_, first, last, float(rng.choice((0, 0.2, 0.8))), int(rng.integers(1, 4)), cv2.LINE_AA)
    return print_


def photographed(picture: Gray, letters: float, rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], float]:
    """Light, glare, blur, noise, sharpening, JPEG and a second life on the web; and by what factor it was resized.

    ``letters`` is the height of letters in ``picture``: small letters are spoilt less, or nothing were left.
    """
    harm = float(rng.beta(1.1, 1.6))
    picture = _lit(picture, harm, rng)
    picture = _blurred(picture, letters, harm, rng)
    if rng.random() < 0.25:
        picture += float(rng.uniform(0.3, 1.6)) * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
    spread = float(rng.uniform(0, 14)) * harm
    picture = picture + rng.normal(0, spread + 0.1, picture.shape).astype(np.float32)
    picture = _contrast(picture, rng)
    small = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.75:
        small = _compressed(small, int(rng.uniform(95 - 65 * harm, 97)))
    factor = 1.0
    if rng.random() < 0.3:
        factor = float(rng.uniform(max(0.6, min(6.5 / letters, 1)), 1.8))
        small = np.asarray(cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR))
        if rng.random() < 0.5:
            small = _compressed(small, int(rng.uniform(50, 95)))
    return small, factor


def _mottle(shape: tuple[int, ...], cell: int, depth: float, rng: np.random.Generator) -> Gray:
    """A factor that is 1 in most places and falls by up to ``depth`` in patches of ``cell`` pixels."""
    grid = rng.normal(0, 1, (max(shape[0] // cell, 2), max(shape[1] // cell, 2))).astype(np.float32)
    field = cv2.resize(grid, shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(1 - depth * np.clip(field - float(rng.uniform(0, 1)), 0, 1), dtype=np.float32)


def _lit(picture: Gray, harm: float, rng: np.random.Generator) -> Gray:
    height, width = picture.shape
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    picture = picture * (1 - 0.15 * harm + float(rng.uniform(-0.3, 0.3)) * harm * across)
    if rng.random() < 0.15:
        x, reach = float(rng.uniform(-1, 1)), float(rng.uniform(0.03, 0.3))
        spot = np.exp(-((across - x) ** 2) / (2 * reach**2) - (down - float(rng.uniform(-1, 1))) ** 2)
        if rng.random() < 0.6:
            veil = spot * float(rng.uniform(0.2, 0.75))
            picture = picture * (1 - veil) + 250 * veil
        else:
            picture = picture * (1 - spot * float(rng.uniform(0.2, 0.6)))
    if rng.random() < 0.05:
        edge, soft = float(rng.uniform(-0.8, 0.8)), float(rng.uniform(0.01, 0.1))
        picture = picture * (1 - float(rng.uniform(0.2, 0.5)) * (1 + np.tanh((across - edge) / soft)) / 2)
    return np.asarray(picture, dtype=np.float32)


def _blurred(picture: Gray, letters: float, harm: float, rng: np.random.Generator) -> Gray:
    sigma = float(rng.uniform(0, 0.085)) * letters * harm
    if sigma > 0.2:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.float32)
    if rng.random() < 0.12:
        reach = max(int(letters * float(rng.uniform(0.08, 0.25))), 2)
        kernel = np.zeros((reach, reach), np.float32)
        angle = float(rng.uniform(0, np.pi))
        middle = (reach - 1) / 2
        for step in np.linspace(-middle, middle, 4 * reach):
            kernel[round(middle + step * np.sin(angle)), round(middle + step * np.cos(angle))] = 1
        picture = np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), dtype=np.float32)
    return picture


def _contrast(picture: Gray, rng: np.random.Generator) -> Gray:
    if rng.random() < 0.3:
        low, high = float(rng.uniform(0, 100)), float(rng.uniform(150, 255))
        picture = low + picture * ((high - low) / 255)
    elif rng.random() < 0.15:
        picture = (picture - float(rng.uniform(20, 90))) * float(rng.uniform(1.3, 2))
    return picture


def _compressed(small: npt.NDArray[np.uint8], quality: int) -> npt.NDArray[np.uint8]:
    encoded, content = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise ValueError("a synthetic picture could not be compressed")
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
