"""The detector of MRZ lines on drawn pages laid on a table at any angle, where every line's place is known."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from time import process_time

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from crossing.documents.reading.locate import Band
from crossing.documents.reading.own.finder import LineFinder
from crossing.platform.images import BgrImage, decode_image
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page
from crossing_devices.simulated.specimens.layout import LAYOUTS, MRZ_LINE_SPACING_MM, MRZ_PITCH_MM, px
from crossing_devices.simulated.specimens.mrz import compose

Floats = npt.NDArray[np.float64]

TRAVELLER = SpecimenTraveller(
    surname="Abdelkerim",
    given_names="Zara Halima",
    birth_date=PartialDate(1991, 11, 3),
    sex="F",
    nationality="UTO",
    document_number="K7T20B4L9",
    issuing_state="UTO",
    issued_on=date(2023, 6, 1),
    expires_on=date(2033, 5, 31),
)
LETTER_MM = 2.5


@dataclass(frozen=True)
class Laid:
    """A picture and its MRZ lines: for each where it starts and where it ends, first to last."""

    image: BgrImage
    lines: Floats
    letters: float


@pytest.fixture(scope="module")
def finder() -> LineFinder:
    return LineFinder(threads=1)


@cache
def page(page_format: PageFormat) -> BgrImage:
    return render_page(TRAVELLER, page_format)


def laid(page_format: PageFormat, degrees: float = 0, *, letters: float = 16, ground: int = 60) -> Laid:
    """The page turned clockwise on a plain table, its letters so many pixels high."""
    layout, text = LAYOUTS[page_format], compose(TRAVELLER, page_format)
    half = len(text[0]) * MRZ_PITCH_MM / 2
    levels = [layout.mrz_first_line_mm + number * MRZ_LINE_SPACING_MM for number in range(len(text))]
    ends = (
        np.array([[[layout.width_mm / 2 + side * half, level] for side in (-1, 1)] for level in levels])
        * px(1000)
        / 1000
    )
    return placed(page(page_format), ends, degrees, letters / px(LETTER_MM), ground)


def placed(image: BgrImage, ends: Floats, degrees: float, scale: float, ground: int) -> Laid:
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    radians = np.radians(degrees)
    turn = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
    room = np.abs(turn) @ np.array([width, height]) * 1.06
    shift = room / 2 - turn @ np.array([width, height]) / 2
    size = (round(float(room[0])), round(float(room[1])))
    matrix = np.column_stack([turn, shift])
    table = cv2.warpAffine(small, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(ground,) * 3)
    return Laid(np.asarray(table, dtype=np.uint8), ends * scale @ turn.T + shift, px(LETTER_MM) * scale)


def assert_found(bands: Sequence[Band], truth: Laid) -> None:
    """The first band is this MRZ: all its lines in order, the right way round, tight."""
    assert bands
    assert len(bands[0].lines) == len(truth.lines)
    for line, (start, end) in zip(bands[0].lines, truth.lines, strict=True):
        run = (end - start) / np.hypot(*(end - start))
        assert float(line.direction @ run) > np.cos(np.radians(1.5))
        seen_start = line.centre - line.direction * line.length / 2
        seen_end = line.centre + line.direction * line.length / 2
        assert np.hypot(*(seen_start - start)) < 1.5 * truth.letters
        assert np.hypot(*(seen_end - end)) < 1.5 * truth.letters
        assert abs(float((line.centre - (start + end) / 2) @ line.normal)) < 0.3 * truth.letters
        assert 0.75 < line.height / truth.letters < 1.35


@pytest.mark.parametrize("page_format", list(PageFormat))
@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 7, -20, 33, 45, 123, 201, 300])
def test_every_format_is_found_at_any_angle(finder: LineFinder, page_format: PageFormat, degrees: float) -> None:
    truth = laid(page_format, degrees)

    bands = finder.bands(truth.image)

    assert_found(bands, truth)
    assert len(bands) == 1


@pytest.mark.parametrize("letters", [7, 11, 22, 29])
@pytest.mark.parametrize("page_format", [PageFormat.TD1, PageFormat.TD3])
def test_letters_may_be_small_or_those_of_a_scan(finder: LineFinder, page_format: PageFormat, letters: float) -> None:
    truth = laid(page_format, letters=letters)
    assert_found(finder.bands(truth.image), truth)


def test_a_small_page_on_a_large_table(finder: LineFinder) -> None:
    truth = laid(PageFormat.TD3, 12, letters=12)
    height, width = truth.image.shape[:2]
    image = np.full((2 * height, 3 * width, 3), 60, np.uint8)
    image[height // 2 : height // 2 + height, width : 2 * width] = truth.image

    shift = np.array([width, height // 2])
    assert_found(finder.bands(image), Laid(image, truth.lines + shift, truth.letters))


@pytest.mark.parametrize("seed", range(4))
def test_a_photograph_with_perspective_glare_and_noise(finder: LineFinder, seed: int) -> None:
    for page_format in PageFormat:
        content = photograph(page(page_format), np.random.default_rng(seed), 0.9)
        image = decode_image(content)
        bands = finder.bands(image)
        assert [len(band.lines) for band in bands] == [len(compose(TRAVELLER, page_format))]
        for line in bands[0].lines:
            assert line.direction[0] > 0.95
            assert line.length > 0.7 * image.shape[1]


def test_nothing_but_the_strip_with_the_mrz(finder: LineFinder) -> None:
    truth = laid(PageFormat.TD3)
    top, bottom = (round(float(edge)) for edge in (truth.lines[..., 1].min() - 20, truth.lines[..., 1].max() + 20))
    strip = np.ascontiguousarray(truth.image[top:bottom])

    assert_found(finder.bands(strip), Laid(strip, truth.lines - np.array([0, top]), truth.letters))


def test_two_documents_in_one_picture_are_two_bands(finder: LineFinder) -> None:
    first, second = laid(PageFormat.TD3, letters=12), laid(PageFormat.TD1, 90, letters=12)
    height = max(first.image.shape[0], second.image.shape[0])
    image = np.full((height, first.image.shape[1] + second.image.shape[1], 3), 60, np.uint8)
    image[: first.image.shape[0], : first.image.shape[1]] = first.image
    image[: second.image.shape[0], first.image.shape[1] :] = second.image
    moved = Laid(image, second.lines + np.array([first.image.shape[1], 0]), second.letters)

    bands = finder.bands(image)

    assert sorted(len(band.lines) for band in bands) == [2, 3]
    two, three = sorted(bands, key=lambda band: len(band.lines))
    assert_found([two], first)
    assert_found([three], moved)


def test_pages_without_an_mrz_have_no_band(finder: LineFinder) -> None:
    rng = np.random.default_rng(3)
    cut = page(PageFormat.TD3)[: px(64)]
    for image in (
        np.full((600, 900, 3), 200, np.uint8),
        rng.integers(0, 256, (500, 700, 3), dtype=np.uint8),
        np.ascontiguousarray(cut),
        text_page(),
    ):
        assert finder.bands(image) == []


def text_page() -> BgrImage:
    """A letter of thirty lines in a fixed pitch."""
    image = np.full((900, 700, 3), 245, np.uint8)
    for row in range(30):
        words = " ".join("lorem ipsum dolor sit amet consectetur"[row % 7 :].split()[: 3 + row % 4])
        cv2.putText(image, words, (40, 60 + row * 27), cv2.FONT_HERSHEY_DUPLEX, 0.7, (30, 30, 30), 1, cv2.LINE_AA)
    return image


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 5000), (5000, 1), (2, 3), (16, 4000), (4000, 16), (31, 33), (3000, 3000)]
)
def test_odd_shapes_neither_raise_nor_take_long(finder: LineFinder, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)

    start = process_time()
    bands = finder.bands(image)

    assert bands == []
    assert process_time() - start < 5


def test_the_work_is_bounded_however_many_lines_there_are(finder: LineFinder) -> None:
    """A wall of MRZs: only the surest are looked at twice."""
    strip = laid(PageFormat.TD3, letters=8).image
    wall = np.tile(strip[-strip.shape[0] // 4 :], (12, 3, 1))

    start = process_time()
    bands = finder.bands(np.ascontiguousarray(wall))

    assert len(bands) <= 4
    assert process_time() - start < 5


def test_two_lanes_find_at_once_without_mixing(finder: LineFinder) -> None:
    truths = [laid(PageFormat.TD3, 30), laid(PageFormat.TD1, 180), laid(PageFormat.TD2, 90), laid(PageFormat.MRV_A)]
    with ThreadPoolExecutor(2) as lanes:
        found = list(lanes.map(finder.bands, [truth.image for truth in truths]))
    for bands, truth in zip(found, truths, strict=True):
        assert_found(bands, truth)


def test_real_specimens_are_found_upright(finder: LineFinder, real_material: Path | None) -> None:
    """Where real specimens lie: as many lines as the truth says, level. Without them, a photograph stands in."""
    truths = real_material / "mrz" / "ground_truth.json" if real_material else None
    if truths is None or not truths.is_file():
        image = decode_image(photograph(page(PageFormat.MRV_B), np.random.default_rng(5), 0.6))
        samples = {"drawn": (image, 2)}
    else:
        entries = json.loads(truths.read_text(encoding="utf-8"))
        samples = {
            name: (decode_image((truths.parent / name).read_bytes()), len(entry["lines"]))
            for name, entry in entries.items()
        }
    found = {
        name: [len(band.lines) for band in finder.bands(image)][:1] == [count]
        for name, (image, count) in samples.items()
    }
    assert sum(found.values()) >= 0.95 * len(samples), [name for name, right in found.items() if not right]
