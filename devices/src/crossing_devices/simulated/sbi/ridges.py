"""Drawn fingerprints: no person's, and every time the same for the same finger of the same invented hand.

The flow of the ridges follows the zero-pole model (a core turns it by half a turn, a delta back); noise is then
filtered along that flow until ridges stand, with endings and bifurcations where it pinches, as on skin.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.ports.fingers import FingerPosition

WIDTH: Final = 400
HEIGHT: Final = 500
DPI: Final = 500
_SCALE: Final = 2
_PERIOD: Final = 4.5
"""Pixels from ridge to ridge at half size: 9 at 500 dpi, about 0.46 mm."""
_BINS: Final = 24
_ROUNDS: Final = 5
GreyImage = npt.NDArray[np.uint8]
_Floats = npt.NDArray[np.float64]


def fingerprint(person: int, position: FingerPosition, impression: int = 0) -> GreyImage:
    """``HEIGHT`` x ``WIDTH``, 8 bits, dark ridges on light ground; ``impression`` lays the same finger on anew."""
    ridges = _ridges(person, list(FingerPosition).index(position))
    rng = np.random.default_rng((person, impression, 7))
    turn, shift = rng.uniform(-6, 6), rng.uniform(-8, 8, 2)
    if impression == 0:
        turn, shift = 0.0, np.zeros(2)
    placed = np.asarray(cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn, 1.0), dtype=np.float64)
    placed[:, 2] = placed[:, 2] + shift
    laid = cv2.warpAffine(ridges, placed, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    return _pressed(np.asarray(laid, dtype=np.float64), rng)


@lru_cache(maxsize=20)
def _ridges(person: int, finger: int) -> npt.NDArray[np.float32]:
    """From -1 (valley) to 1 (ridge), full size."""
    rng = np.random.default_rng((person, finger))
    height, width = HEIGHT // _SCALE, WIDTH // _SCALE
    flow = _flow(rng, height, width)
    bins = np.round(flow / np.pi * _BINS).astype(int) % _BINS
    kernels = [_kernel(np.pi * place / _BINS) for place in range(_BINS)]
    picture = rng.standard_normal((height, width)).astype(np.float32)
    for _ in range(_ROUNDS):
        filtered = np.zeros_like(picture)
        for place, kernel in enumerate(kernels):
            here = bins == place
            filtered[here] = cv2.filter2D(picture, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT)[here]
        picture = np.tanh(filtered / (filtered.std() + 1e-6) * 1.5).astype(np.float32)
    return np.asarray(cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _flow(rng: np.random.Generator, height: int, width: int) -> _Floats:
    """The ridges' direction, 0 to pi, at each pixel: a loop, a whorl or an arch."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float64)
    kind = rng.choice(("loop", "loop", "whorl", "arch"))
    core = np.array([width * rng.uniform(0.44, 0.56), height * rng.uniform(0.38, 0.46)])
    side = rng.choice((-1, 1))
    delta = core + _step(side * width * rng.uniform(0.28, 0.36), height * rng.uniform(0.30, 0.38))
    if kind == "arch":
        rise = rng.uniform(0.7, 1.0) * np.exp(-(((down - core[1]) / (height * 0.35)) ** 2))
        return np.asarray(np.arctan(rise * np.sin((across - core[0]) / width * np.pi * 1.6)) % np.pi)
    cores, deltas = [core], [delta]
    if kind == "whorl":
        cores.append(core + _step(rng.uniform(-6, 6), height * rng.uniform(0.07, 0.12)))
        deltas.append(core + _step(-side * width * rng.uniform(0.28, 0.36), height * rng.uniform(0.30, 0.38)))
    return np.asarray((_turns(cores, across, down) - _turns(deltas, across, down)) / 2 % np.pi)


def _step(across: float, down: float) -> _Floats:
    return np.array([across, down])


def _turns(points: Sequence[_Floats], across: _Floats, down: _Floats) -> _Floats:
    angles = [np.arctan2(down - point[1], across - point[0]) for point in points]
    return np.asarray(np.sum(angles, axis=0))


def _kernel(angle: float) -> npt.NDArray[np.float32]:
    """Passes waves of the ridges' period whose crests run along ``angle``."""
    kernel = cv2.getGaborKernel((17, 17), 2.6, angle + np.pi / 2, _PERIOD, 1.0, 0.0, cv2.CV_32F)
    return np.asarray(kernel - kernel.mean(), dtype=np.float32)


def _pressed(ridges: _Floats, rng: np.random.Generator) -> GreyImage:
    """As a sensor sees it: a rounded contact area, uneven pressure, grain."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    outside = ((across - WIDTH / 2) / (WIDTH * 0.46)) ** 2 + ((down - HEIGHT / 2) / (HEIGHT * 0.47)) ** 2
    contact = np.clip((1.0 - outside) * 6, 0, 1)
    pressure = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)), (0, 0), 40)
    dark = 235 - contact * (115 + 95 * ridges + 300 * pressure)
    return np.asarray(np.clip(dark + rng.normal(0, 4, dark.shape), 0, 255), dtype=np.uint8)
