"""What stands behind the traveller: a plain wall, a busy one, or one with a shadow on it (ISO/IEC 29794-5, background
uniformity)."""

from typing import Final

import numpy as np

from crossing.faces.quality.views import SCENE_UNIT, Grey, Scene

_CELL: Final = SCENE_UNIT // 4
_LEAST_CELLS: Final = 12
"""With less of the background in the picture than this, on both sides together, nothing is said of it."""


def background(scene: Scene) -> tuple[float, float] | None:
    """How busy the background is and how unevenly lit, both in grey values; None where too little of it is seen.

    Busy: the spread within small cells, of which a quarter are worse. Unevenly lit: from the darker tenth of the
    cells to the brighter tenth.
    """
    cells = np.concatenate([_cells(side) for side in (scene.left, scene.right)])
    if len(cells) < _LEAST_CELLS:
        return None
    within = np.percentile(cells.std(axis=1), 75)
    darkest, brightest = np.percentile(cells.mean(axis=1), (10, 90))
    return float(within), float(brightest - darkest)


def _cells(side: Grey) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """The side in squares of a quarter of a unit, one a row; what is left over at the edges is dropped."""
    rows, columns = side.shape[0] // _CELL, side.shape[1] // _CELL
    whole = side[: rows * _CELL, : columns * _CELL].astype(np.float32)
    squares = whole.reshape(rows, _CELL, columns, _CELL).transpose(0, 2, 1, 3)
    return squares.reshape(rows * columns, _CELL * _CELL)
