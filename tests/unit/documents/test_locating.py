"""Which lines belong together, and which readings show a lost character."""

import numpy as np

from crossing.documents.reading.locate import Band, TextLine, group
from crossing.documents.reading.recognise import ReadLine


def line(y: float, *, x: float = 500, length: float = 800, height: float = 20) -> TextLine:
    return TextLine(np.array([x, y]), np.array([1.0, 0.0]), length, height)


def heights_of(band: Band) -> list[float]:
    return [float(one.centre[1]) for one in band.lines]


def test_two_like_lines_are_a_band() -> None:
    assert heights_of(group([line(640), line(600)])[0]) == [600, 640]


def test_three_evenly_spaced_lines_come_before_any_two_of_them() -> None:
    assert heights_of(group([line(560), line(600), line(640)])[0]) == [560, 600, 640]


def test_lines_of_other_lengths_far_apart_or_shifted_are_no_band() -> None:
    assert group([line(600), line(640, length=400)]) == []
    assert group([line(600), line(760)]) == []
    assert group([line(600), line(640, x=700)]) == []
    assert group([line(600, height=6), line(614, height=6)]) == []


def test_a_band_on_its_head_is_read_from_its_last_line_to_the_left() -> None:
    turned = Band((line(600), line(640))).turned()
    assert heights_of(turned) == [640, 600]
    assert float(turned.lines[0].direction[0]) == -1.0


def read_line(places: list[float]) -> ReadLine:
    return ReadLine("A" * len(places), (1.0,) * len(places), tuple(places))


def test_characters_at_one_pitch_are_evenly_spaced() -> None:
    assert read_line([place / 44 for place in range(44)]).evenly_spaced(20)


def test_a_gap_or_a_crowd_among_the_letters_is_seen() -> None:
    assert not read_line([place / 44 for place in range(44) if place != 9]).evenly_spaced(20)
    assert not read_line(sorted([*(place / 44 for place in range(44)), 9.4 / 44])).evenly_spaced(20)


def test_a_gap_among_the_fillers_behind_the_names_does_not_matter() -> None:
    assert read_line([place / 44 for place in range(44) if place != 33]).evenly_spaced(20)
