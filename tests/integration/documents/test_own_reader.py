"""Pages read by our own network: drawn specimens, photographed, turned, cut off, and real ones where there are."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from crossing.documents.mrz import CorrectionReason, check_digit
from crossing.documents.reading import Confidence, DoubtReason, ReadingProblem
from crossing.documents.reading.locate import Band
from crossing.documents.reading.own.network import WeightsDamaged, open_network
from crossing.documents.reading.own.places import TextureFinder
from crossing.documents.reading.own.reader import OwnReader
from crossing.platform.images import BgrImage, decode_image
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page
from crossing_devices.simulated.specimens.mrz import compose

TODAY = date(2026, 3, 1)
TRAVELLER = SpecimenTraveller(
    surname="Ouédraogo",
    given_names="Fatoumata Binta",
    birth_date=PartialDate(1991, 11, 3),
    sex="F",
    nationality="UTO",
    document_number="B84G7K6S2",
    issuing_state="UTO",
    issued_on=date(2024, 2, 1),
    expires_on=date(2034, 1, 31),
)


@pytest.fixture(scope="module")
def reader() -> OwnReader:
    return OwnReader(threads=2)


def picture(page_format: PageFormat, strength: float = 0.5, side: int = 1600) -> BgrImage:
    """A photograph of the specimen, at most ``side`` pixels a side."""
    image = decode_image(photograph(render_page(TRAVELLER, page_format), np.random.default_rng(11), strength))
    scale = min(side / max(image.shape[:2]), 1.0)
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


@pytest.mark.parametrize("page_format", list(PageFormat))
@pytest.mark.parametrize("side", [1600, 560])
def test_every_format_is_read_exactly_also_from_a_small_picture(
    reader: OwnReader, page_format: PageFormat, side: int
) -> None:
    reading = reader.read(picture(page_format, side=side), today=TODAY)

    assert reading.mrz is not None
    assert reading.mrz.lines == compose(TRAVELLER, page_format)
    assert reading.mrz.valid


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_may_lie_any_way_round(reader: OwnReader, quarters: int) -> None:
    image = np.ascontiguousarray(np.rot90(picture(PageFormat.TD1), quarters))

    reading = reader.read(image, today=TODAY)

    assert reading.mrz is not None
    assert reading.mrz.lines == compose(TRAVELLER, PageFormat.TD1)
    height, width = reading.image.shape[:2]
    assert height > width
    assert len(reading.line_boxes) == 3
    for box in reading.line_boxes:
        assert box.top > height / 2
        assert box.width > 10 * box.height
        assert box.left >= 0
        assert box.left + box.width <= width


def test_a_clean_scan_is_believed_and_says_how_long_each_stage_took(reader: OwnReader) -> None:
    reading = reader.read(picture(PageFormat.TD3, strength=0.0), today=TODAY)

    assert reading.confidence is Confidence.HIGH
    assert reading.problems == ()
    assert reading.doubts == ()
    assert reading.lines == compose(TRAVELLER, PageFormat.TD3)
    assert reading.certainty > 0.95
    assert {"find", "straighten", "recognise", "decode", "total"} <= set(reading.elapsed_ms)


def test_two_documents_in_one_picture_are_both_read(reader: OwnReader) -> None:
    pages = [picture(PageFormat.TD3, strength=0.2, side=1200), picture(PageFormat.TD2, strength=0.2, side=1200)]
    wide = max(page.shape[1] for page in pages)
    padded = [
        cv2.copyMakeBorder(p, 0, 40, 0, wide - p.shape[1], cv2.BORDER_CONSTANT, value=(50, 50, 50)) for p in pages
    ]

    reading = reader.read(np.concatenate(padded).astype(np.uint8), today=TODAY)

    found = [one.mrz.lines for one in (reading, *reading.others) if one.mrz is not None]
    assert sorted(found) == sorted([compose(TRAVELLER, PageFormat.TD3), compose(TRAVELLER, PageFormat.TD2)])
    assert all(one.others == () for one in reading.others)


@dataclass(frozen=True)
class RowTooMany:
    """The search by texture, with a row of other print taken for a further line above or below the MRZ."""

    above: bool

    def bands(self, image: BgrImage) -> list[Band]:
        (band, *_) = TextureFinder().bands(image)
        first, last = band.lines[0], band.lines[-1]
        step = last.centre - first.centre
        if self.above:
            return [Band((replace(first, centre=first.centre - step), *band.lines))]
        return [Band((*band.lines, replace(last, centre=last.centre + step)))]


@pytest.mark.parametrize("above", [True, False])
def test_a_row_of_other_print_beside_the_lines_does_no_harm(above: bool) -> None:
    reading = OwnReader(threads=2, finder=RowTooMany(above)).read(picture(PageFormat.TD3), today=TODAY)

    assert reading.mrz is not None
    assert reading.mrz.lines == compose(TRAVELLER, PageFormat.TD3)
    assert len(reading.line_boxes) == len(reading.lines) == 2


def test_a_wrong_check_digit_is_read_as_it_is_printed(reader: OwnReader, monkeypatch: pytest.MonkeyPatch) -> None:
    upper, lower = compose(TRAVELLER, PageFormat.TD3)
    right = check_digit(lower[:9])
    printed = (upper, lower[:9] + str((int(right) + 4) % 10) + lower[10:])
    monkeypatch.setattr("crossing_devices.simulated.specimens.render.compose", lambda *_: printed)

    reading = reader.read(picture(PageFormat.TD3, strength=0.2), today=TODAY)

    assert reading.mrz is not None
    assert reading.mrz.lines == printed
    assert not any(one.reason is CorrectionReason.CHECK_DIGIT for one in reading.mrz.corrections)
    assert ReadingProblem.NOT_VALID in reading.problems
    assert reading.confidence is Confidence.LOW
    assert ("document_number", DoubtReason.CHECK_FAILED) in {(doubt.field, doubt.reason) for doubt in reading.doubts}


def test_letters_under_a_blot_are_doubted_in_their_own_field(reader: OwnReader) -> None:
    page = picture(PageFormat.TD3, strength=0.0)
    height, width = page.shape[:2]
    cv2.circle(page, (int(width * 0.3), int(height * 0.83)), int(height * 0.03), (30, 30, 30), -1)

    reading = reader.read(page, today=TODAY)

    assert reading.confidence is Confidence.LOW
    assert {"surname", "given_names"} & {doubt.field for doubt in reading.doubts}
    assert "document_number" not in {doubt.field for doubt in reading.doubts}


def test_a_page_without_an_mrz_says_so(reader: OwnReader) -> None:
    page = picture(PageFormat.TD3, strength=0.0)
    cut = np.ascontiguousarray(page[: int(page.shape[0] * 0.7)])

    for image in (cut, np.full((600, 900, 3), 200, np.uint8), np.zeros((16, 16, 3), np.uint8)):
        reading = reader.read(image, today=TODAY)
        assert reading.mrz is None
        assert reading.problems == (ReadingProblem.NO_MRZ,)
        assert reading.confidence is Confidence.LOW
        assert reading.line_boxes == ()


def test_noise_and_odd_shapes_never_raise(reader: OwnReader) -> None:
    rng = np.random.default_rng(1)
    for shape in ((16, 4000, 3), (4000, 16, 3), (300, 300, 3)):
        assert reader.read(rng.integers(0, 256, shape, dtype=np.uint8), today=TODAY).mrz is None


def test_two_lanes_read_at_once_without_mixing(reader: OwnReader) -> None:
    pages = [PageFormat.TD3, PageFormat.TD1, PageFormat.TD2, PageFormat.MRV_A]
    images = [picture(page_format) for page_format in pages]
    with ThreadPoolExecutor(2) as lanes:
        readings = list(lanes.map(reader.read, images))

    assert [reading.mrz and reading.mrz.lines for reading in readings] == [compose(TRAVELLER, one) for one in pages]


def test_another_network_than_the_measured_one_is_refused() -> None:
    with pytest.raises(WeightsDamaged):
        open_network("recogniser.onnx", "0" * 64, threads=1)
    with pytest.raises(WeightsDamaged):
        open_network("missing.onnx", "0" * 64, threads=1)


def test_real_specimens_are_read_and_none_confidently_wrong(reader: OwnReader, real_material: Path | None) -> None:
    """Where real specimens lie: at least 38 of 40 exact. Without them, a page on a busy ground stands in."""
    truths = real_material / "mrz" / "ground_truth.json" if real_material else None
    if truths is None or not truths.is_file():
        samples = {"drawn": (picture(PageFormat.TD1, strength=0.9), compose(TRAVELLER, PageFormat.TD1))}
    else:
        entries = json.loads(truths.read_text(encoding="utf-8"))
        samples = {
            name: (decode_image((truths.parent / name).read_bytes()), tuple(entry["lines"]))
            for name, entry in entries.items()
        }
    exact = 0
    for name, (image, lines) in samples.items():
        reading = reader.read(image, today=TODAY)
        right = reading.mrz is not None and reading.mrz.lines == lines
        exact += right
        assert right or reading.confidence is Confidence.LOW, name
    assert exact >= 0.95 * len(samples)
