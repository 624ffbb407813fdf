"""Two real readers on real pictures: what they agree on is right, and the rest is doubted."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from crossing.documents.reading import Confidence, DoubtReason, PageReader, ReadingProblem
from crossing.documents.reading.default import page_reader
from crossing.platform.images import BgrImage, decode_image
from tests.integration.documents.pages import TODAY, TRAVELLER, PageFormat, compose, picture


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return page_reader(threads=2)


@pytest.mark.parametrize("page_format", list(PageFormat))
def test_a_clean_scan_is_read_with_confidence(reader: PageReader, page_format: PageFormat) -> None:
    reading = reader.read(picture(page_format), today=TODAY)

    assert reading.mrz is not None
    assert reading.mrz.lines == compose(TRAVELLER, page_format)
    assert reading.confidence is Confidence.HIGH
    assert reading.doubts == ()
    assert {"first_recognise", "second_recognise", "total"} <= set(reading.elapsed_ms)


def test_no_confident_reading_is_wrong_however_bad_the_picture(reader: PageReader) -> None:
    """Pages ever smaller and noisier, until nothing can be read: wrong readings are LOW, and say what is doubtful."""
    rng = np.random.default_rng(3)
    exact = 0
    for page_format in (PageFormat.TD3, PageFormat.TD1):
        page = picture(page_format, strength=0.4)
        for width in (700, 420, 330, 260):
            small = _shrunk(page, width, rng)
            reading = reader.read(small, today=TODAY)
            right = reading.mrz is not None and reading.mrz.lines == compose(TRAVELLER, page_format)
            exact += right
            assert right or reading.confidence is Confidence.LOW
            assert reading.mrz is None or (reading.confidence is Confidence.HIGH) == (not reading.doubts)
    assert exact >= 4


def test_two_documents_in_one_picture_are_both_believed(reader: PageReader) -> None:
    """The second reader sees the surest alone; it is shown the other."""
    formats = (PageFormat.TD3, PageFormat.MRV_B)
    pages = [cv2.resize(picture(page_format), (900, 620)) for page_format in formats]
    reading = reader.read(np.hstack(pages).astype(np.uint8), today=TODAY)

    documents = (reading, *reading.others)
    assert {one.mrz.lines for one in documents if one.mrz} == {compose(TRAVELLER, one) for one in formats}
    assert [one.confidence for one in documents] == [Confidence.HIGH] * 2


def test_a_page_without_an_mrz_is_no_reading(reader: PageReader) -> None:
    blank: BgrImage = np.full((480, 640, 3), 190, np.uint8)
    reading = reader.read(blank, today=TODAY)
    assert reading.mrz is None
    assert reading.problems == (ReadingProblem.NO_MRZ,)
    assert reading.confidence is Confidence.LOW


def test_a_smudged_name_is_doubted(reader: PageReader) -> None:
    """A blot over letters of the surname: no check digit notices, the two readers' eyes do."""
    page = picture(PageFormat.TD3)
    clear = reader.read(page, today=TODAY)
    box = clear.line_boxes[0]
    pitch = box.width / 44
    left = round(box.left + 7.2 * pitch)
    page[box.top + box.height // 2 : box.top + box.height, left : left + round(1.6 * pitch)] = 225

    reading = reader.read(page, today=TODAY)

    assert reading.mrz is not None
    assert reading.confidence is Confidence.LOW
    doubted = {doubt.field for doubt in reading.doubts}
    assert doubted & {"surname", "given_names"}
    assert all(doubt.reason is not DoubtReason.CHECK_FAILED for doubt in reading.doubts)


@pytest.mark.parametrize("one_of", [4, pytest.param(1, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_real_specimens_are_read_and_none_confidently_wrong(
    reader: PageReader, real_material: Path | None, one_of: int
) -> None:
    """Where real specimens lie: at least nine of ten exact. Without them, a photographed page stands in."""
    truths = real_material / "mrz" / "ground_truth.json" if real_material else None
    if truths is None or not truths.is_file():
        samples = {"drawn": (picture(PageFormat.TD1, strength=0.9), compose(TRAVELLER, PageFormat.TD1))}
    else:
        entries = json.loads(truths.read_text(encoding="utf-8"))
        samples = {
            name: (decode_image((truths.parent / name).read_bytes()), tuple(entry["lines"]))
            for name, entry in list(entries.items())[::one_of]
        }
    exact = 0
    for name, (image, lines) in samples.items():
        reading = reader.read(image, today=TODAY)
        right = reading.mrz is not None and reading.mrz.lines == lines
        exact += right
        assert right or reading.confidence is Confidence.LOW, name
    assert exact >= 0.9 * len(samples)


def _shrunk(page: BgrImage, width: int, rng: np.random.Generator) -> BgrImage:
    scale = width / page.shape[1]
    small = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    noisy = small.astype(np.float32) + rng.normal(0, 6, small.shape)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)
