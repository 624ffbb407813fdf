"""From what the detector's network marks to places: whole MRZs first, then the lines in each."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.documents.reading.locate import Floats, TextLine

CELL: Final = 4
"""A mark stands for so many pixels in each direction."""
CORE: Final = 0.5
"""The share of the letters' height that the network marks as a line's core."""

_MARKED: Final = 0.5
_UNIT_HEIGHT: Final = 8.0
"""The network tells the height of letters as a binary logarithm of so many pixels."""
_MOST_ZONES: Final = 4
_FEWEST_CELLS: Final = 24
_SLENDEREST: Final = 1.8
"""Least length of an MRZ in its own thicknesses; whole ones have 4 and more, the picture's edge may cut some."""
_COVERED: Final = 0.4
"""Least share of a line's length that is marked, glare and stamps taken off."""
_FINER: Final = 2

Marks = npt.NDArray[np.float32]
"""5 x rows x columns: cores and MRZ (0 to 1), cosine and sine of the reading direction, logarithm of the height."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A whole MRZ as a thick line in the marked picture's pixels.

    ``sureness``: how sure the network is that this is one. ``agreement``: how far all its cells say the same
    direction. Both 0 to 1.
    """

    place: TextLine
    sureness: float
    agreement: float

    def turned(self) -> "Zone":
        """The same MRZ read the other way round."""
        return replace(self, place=self.place.turned())


def find_zones(marks: Marks) -> list[Zone]:
    """The MRZs, surest first."""
    mask = (marks[1] > _MARKED).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    largest = sorted(range(1, count), key=lambda label: -stats[label, cv2.CC_STAT_AREA])[:_MOST_ZONES]
    zones = (_zone(marks, labels == label) for label in largest if stats[label, cv2.CC_STAT_AREA] >= _FEWEST_CELLS)
    long = (zone for zone in zones if zone.place.length >= _SLENDEREST * zone.place.height)
    return sorted(long, key=lambda zone: -zone.sureness)


def _zone(marks: Marks, inside: npt.NDArray[np.bool_]) -> Zone:
    rows, columns = np.nonzero(inside)
    told = marks[2:4, rows, columns].mean(axis=1).astype(np.float64)
    points = _pixels(columns, rows)
    direction = _along(points, told)
    place = _around(points, direction, CELL / 2)
    return Zone(place, float(marks[1, rows, columns].mean()), min(max(float(told @ direction), 0.0), 1.0))


def _along(points: Floats, told: Floats) -> Floats:
    """The long way of what is marked, in the sense that the network tells; where no way is longer, what it tells."""
    centred = points - points.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    longest = np.asarray(vectors[:, 1])
    sense = float(longest @ told)
    length = float(np.hypot(*told))
    if values[1] > 6 * values[0] or length == 0:
        return longest if sense >= 0 else -longest
    return np.asarray(told / length)


def _around(points: Floats, direction: Floats, margin: float) -> TextLine:
    """The box around ``points``, a few outliers aside."""
    normal = np.array([-direction[1], direction[0]])
    along, across = points @ direction, points @ normal
    left, right = np.percentile(along, (0.5, 99.5))
    top, bottom = np.percentile(across, (1, 99))
    centre = direction * (left + right) / 2 + normal * (top + bottom) / 2
    return TextLine(centre, direction, float(right - left) + 2 * margin, float(bottom - top) + 2 * margin)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a line: its pixels in the zone's frame (N x 2: along, across)."""

    points: Floats

    @property
    def span(self) -> float:
        return float(np.ptp(self.points[:, 0]))


def lines_in(marks: Marks, zone: Zone) -> list[TextLine]:
    """The two or three lines of one MRZ, first to last, in the marked picture's pixels; none where it has one."""
    height = _letter_height(marks, zone)
    pieces = _pieces(marks, zone, height)
    if not pieces:
        return []
    tilt = _tilt(pieces)
    rows = _rows(pieces, tilt, height)
    longest = max(_covered(row) for row in rows)
    kept = [row for row in rows if _covered(row) > _COVERED * longest]
    chosen = _neighbours(kept, tilt)
    fitted = [_fitted(row, tilt) for row in chosen]
    if len(fitted) < 2:
        return []
    left = min(start for _, (start, _) in fitted)
    right = max(end for _, (_, end) in fitted)
    return [_line(zone, slope, (left - CELL / 4, right + CELL / 4), height) for slope, _ in fitted]


def _letter_height(marks: Marks, zone: Zone) -> float:
    near = (marks[0] > _MARKED) & _inside(marks, zone)
    told = marks[4][near] if near.any() else marks[4][_inside(marks, zone)]
    return float(_UNIT_HEIGHT * np.exp2(np.median(told))) if told.size else zone.place.height / 3


def _inside(marks: Marks, zone: Zone) -> npt.NDArray[np.bool_]:
    rows, columns = np.indices(marks.shape[1:])
    framed = _framed(_pixels(columns.ravel(), rows.ravel()), zone)
    half = np.array([zone.place.length, zone.place.height]) / 2 + CELL
    return np.asarray((np.abs(framed) <= half).all(axis=1).reshape(marks.shape[1:]))


def _framed(points: Floats, zone: Zone) -> Floats:
    """``points`` along and across the zone, from its middle."""
    place = zone.place
    return np.asarray((points - place.centre) @ np.column_stack([place.direction, place.normal]))


def _pieces(marks: Marks, zone: Zone, height: float) -> list[_Piece]:
    fine = cv2.resize(marks[0], None, fx=_FINER, fy=_FINER, interpolation=cv2.INTER_LINEAR)
    _, labels = cv2.connectedComponents((fine > _MARKED).astype(np.uint8), connectivity=4)
    rows, columns = np.nonzero(labels)
    points = _framed(_pixels(columns, rows, CELL / _FINER), zone)
    half = np.array([zone.place.length / 2 + height, zone.place.height / 2 + height / 2])
    near = (np.abs(points) <= half).all(axis=1)
    points, owners = points[near], labels[rows, columns][near]
    order = np.argsort(owners, kind="stable")
    cuts = np.flatnonzero(np.diff(owners[order])) + 1
    pieces = [_Piece(part) for part in np.split(points[order], cuts) if len(part)]
    return [piece for piece in pieces if piece.span > height]


def _pixels(columns: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], cell: float = CELL) -> Floats:
    """The middles of cells in the picture's pixels, N x 2."""
    return np.asarray(np.stack([columns, rows], axis=1) * cell + (cell - 1) / 2, dtype=np.float64)


def _tilt(pieces: list[_Piece]) -> float:
    """The slope that the lines have against their zone: the mean of the long pieces' own."""
    longest = max(piece.span for piece in pieces)
    long = [piece for piece in pieces if piece.span > 0.4 * longest]
    slopes = [float(np.polyfit(piece.points[:, 0], piece.points[:, 1], 1)[0]) for piece in long]
    return float(np.average(slopes, weights=[piece.span for piece in long]))


def _rows(pieces: list[_Piece], tilt: float, height: float) -> list[list[_Piece]]:
    """Pieces of the same line together, top to bottom."""
    ordered = sorted(pieces, key=lambda piece: _level(piece, tilt))
    rows = [[ordered[0]]]
    for piece in ordered[1:]:
        if _level(piece, tilt) - _level(rows[-1][0], tilt) < 0.7 * height:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def _level(piece: _Piece, tilt: float) -> float:
    along, across = piece.points.mean(axis=0)
    return float(across - tilt * along)


def _covered(row: list[_Piece]) -> float:
    return sum(piece.span for piece in row)


def _neighbours(rows: list[list[_Piece]], tilt: float) -> list[list[_Piece]]:
    """At most three rows that follow one another: those with most marked."""
    if len(rows) <= 3:
        return rows
    starts = range(len(rows) - 2)
    best = max(starts, key=lambda start: sum(_covered(row) for row in rows[start : start + 3]))
    return rows[best : best + 3]


def _fitted(row: list[_Piece], tilt: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Slope and offset of the row's middle, and where it starts and ends."""
    points = np.concatenate([piece.points for piece in row])
    start, end = np.percentile(points[:, 0], (0.2, 99.8))
    if _covered(row) < 0.5 * (end - start):
        return (tilt, float((points[:, 1] - tilt * points[:, 0]).mean())), (float(start), float(end))
    slope, offset = np.polyfit(points[:, 0], points[:, 1], 1)
    return (float(slope), float(offset)), (float(start), float(end))


def _line(zone: Zone, fit: tuple[float, float], ends: tuple[float, float], height: float) -> TextLine:
    """From the zone's frame back to the marked picture."""
    slope, offset = fit
    frame = np.array([zone.place.direction, zone.place.normal])
    start, end = (np.array([along, slope * along + offset]) @ frame + zone.place.centre for along in ends)
    run = end - start
    length = float(np.hypot(*run))
    return replace(zone.place, centre=(start + end) / 2, direction=run / length, length=length, height=height)
