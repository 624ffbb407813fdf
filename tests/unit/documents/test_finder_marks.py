"""From marks on a picture to MRZ lines: marks are drawn here as a perfect network would give them."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.reading.locate import TextLine
from crossing.documents.reading.own.detector_marks import CELL, CORE, Marks, find_zones, lines_in

ROWS, COLUMNS = 160, 160
SPACING = 2.5


def mrz(
    degrees: float, *, lines: int = 2, height: float = 14, length: float = 400, middle: float = 320
) -> list[TextLine]:
    radians = np.radians(degrees)
    direction = np.array([np.cos(radians), np.sin(radians)])
    normal = np.array([-direction[1], direction[0]])
    offsets = (np.arange(lines) - (lines - 1) / 2) * SPACING * height
    return [TextLine(np.array([middle, middle]) + normal * offset, direction, length, height) for offset in offsets]


def marked(lines: list[TextLine]) -> Marks:
    marks = np.zeros((5, ROWS, COLUMNS), np.float32)
    zone = np.stack([*lines[0].corners()[:2], *lines[-1].corners()[2:]])
    inside = _filled(zone)
    marks[1][inside] = 1
    marks[2][inside], marks[3][inside] = lines[0].direction
    marks[4][inside] = np.log2(lines[0].height / 8)
    for line in lines:
        marks[0][_filled(TextLine(line.centre, line.direction, line.length, line.height * CORE).corners())] = 1
    return marks


def _filled(corners: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    plane = np.zeros((ROWS, COLUMNS), np.uint8)
    points = ((corners + 0.5) / CELL - 0.5) * 16
    cv2.fillPoly(plane, [points.round().astype(np.int32)], 1, shift=4)
    return plane.astype(bool)


def lines_of(marks: Marks) -> list[TextLine]:
    return lines_in(marks, find_zones(marks)[0])


@given(degrees=st.floats(-180, 180), lines=st.sampled_from([2, 3]), height=st.floats(10, 20))
def test_lines_are_found_at_any_angle_in_reading_order(degrees: float, lines: int, height: float) -> None:
    drawn = mrz(degrees, lines=lines, height=height)

    found = lines_of(marked(drawn))

    assert len(found) == lines
    for seen, true in zip(found, drawn, strict=True):
        assert float(seen.direction @ true.direction) > np.cos(np.radians(2))
        assert float(np.hypot(*(seen.centre - true.centre))) < 5
        assert seen.length == pytest.approx(true.length, abs=14)
        assert seen.height == pytest.approx(true.height, rel=0.05)


def test_a_line_broken_by_glare_stays_one_line() -> None:
    marks = marked(mrz(0))
    marks[0][:, 70:84] = 0

    found = lines_of(marks)

    assert [round(line.length, -1) for line in found] == [400, 400]


def test_a_shorter_line_is_given_the_length_of_its_neighbour() -> None:
    marks = marked(mrz(0))
    marks[0][:78, 100:] = 0

    first, second = lines_of(marks)

    assert first.length == pytest.approx(second.length, abs=2)


def test_a_line_whose_neighbours_are_lost_is_no_mrz() -> None:
    marks = marked(mrz(0))
    marks[0][80:] = 0

    assert lines_of(marks) == []


def test_two_mrzs_are_two_zones_surest_first() -> None:
    first, second = marked(mrz(0, middle=160, length=250)), marked(mrz(90, middle=440, length=250))
    second[1] *= 0.8

    zones = find_zones(np.maximum(first, second))

    assert [round(float(zone.place.centre[0])) for zone in zones] == [
        pytest.approx(160, abs=4),
        pytest.approx(440, abs=4),
    ]
    assert zones[0].sureness > zones[1].sureness


def test_marks_that_contradict_each_other_about_the_direction_show_as_little_agreement() -> None:
    marks = marked(mrz(0))
    agreeing = find_zones(marks)[0].agreement
    marks[2][:, ::2] *= -1

    assert agreeing > 0.95
    assert find_zones(marks)[0].agreement < 0.1


def test_specks_and_blocks_are_no_mrz() -> None:
    marks = np.zeros((5, ROWS, COLUMNS), np.float32)
    marks[2] = 1
    marks[1, 10:13, 10:15] = 1
    marks[1, 60:100, 60:100] = 1

    assert find_zones(marks) == []


def test_nothing_marked_is_nothing_found() -> None:
    assert find_zones(np.zeros((5, 1, 1), np.float32)) == []
