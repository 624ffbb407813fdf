"""Pages read by the real networks: drawn specimens, photographed, turned, cut off, and real ones where there are."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from crossing.documents.reading import Confidence, ReadingProblem
from crossing.documents.reading.rapid import RapidOcrReader
from crossing.documents.service import DocumentReader
from crossing.platform.images import BgrImage, ImageMislabelled, ImageUnreadable, decode_image, encode_jpeg
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page
from crossing_devices.simulated.specimens.mrz import compose

TODAY = date(2026, 3, 1)
TRAVELLER = SpecimenTraveller(
    surname="Traoré",
    given_names="Aminata Kadiatou",
    birth_date=PartialDate(1987, 5, 14),
    sex="F",
    nationality="UTO",
    document_number="A4G7K29B1",
    issuing_state="UTO",
    issued_on=date(2024, 2, 1),
    expires_on=date(2034, 1, 31),
)


@pytest.fixture(scope="module")
def reader() -> RapidOcrReader:
    return RapidOcrReader(threads=2)


def picture(page_format: PageFormat, strength: float = 0.5, seed: int = 7) -> BgrImage:
    """A photograph of the specimen, at most 1,600 pixels a side."""
    image = decode_image(photograph(render_page(TRAVELLER, page_format), np.random.default_rng(seed), strength))
    scale = min(1600 / max(image.shape[:2]), 1.0)
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


@pytest.mark.parametrize("page_format", list(PageFormat))
def test_every_format_is_read_exactly_from_a_photograph(reader: RapidOcrReader, page_format: PageFormat) -> None:
    reading = reader.read(picture(page_format), today=TODAY)

    assert reading.mrz is not None
    assert reading.mrz.lines == compose(TRAVELLER, page_format)
    assert reading.mrz.valid
    assert ReadingProblem.NOT_VALID not in reading.problems


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_may_lie_any_way_round(reader: RapidOcrReader, quarters: int) -> None:
    image = np.ascontiguousarray(np.rot90(picture(PageFormat.TD3), quarters))

    reading = reader.read(image, today=TODAY)

    assert reading.mrz is not None
    assert reading.mrz.lines == compose(TRAVELLER, PageFormat.TD3)
    height, width = reading.image.shape[:2]
    assert width > height
    for box in reading.line_boxes:
        assert box.top > height / 2
        assert box.width > 10 * box.height
        assert box.left >= 0
        assert box.left + box.width <= width


@pytest.mark.parametrize("degrees", [-35, -18, -6, 6, 18, 35])
def test_a_page_may_lie_askew(reader: RapidOcrReader, degrees: int) -> None:
    image = picture(PageFormat.TD3, strength=0.2)
    height, width = image.shape[:2]
    side = int(np.hypot(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
    turned = np.asarray(cv2.warpAffine(image, matrix, (side, side), borderValue=(50, 50, 50)), dtype=np.uint8)

    reading = reader.read(turned, today=TODAY)

    assert reading.mrz is not None
    assert reading.mrz.lines == compose(TRAVELLER, PageFormat.TD3)


def test_the_confident_reading_of_a_clean_scan(reader: RapidOcrReader) -> None:
    reading = reader.read(picture(PageFormat.TD3, strength=0.0), today=TODAY)

    assert reading.confidence is Confidence.HIGH
    assert reading.problems == ()
    assert reading.certainty > 0.9
    assert {"locate", "recognise", "total"} <= set(reading.elapsed_ms)


def test_a_page_without_an_mrz_says_so(reader: RapidOcrReader) -> None:
    page = picture(PageFormat.TD3, strength=0.0)
    cut = np.ascontiguousarray(page[: int(page.shape[0] * 0.7)])

    for image in (cut, np.full((600, 900, 3), 200, np.uint8), np.zeros((16, 16, 3), np.uint8)):
        reading = reader.read(image, today=TODAY)
        assert reading.mrz is None
        assert reading.problems == (ReadingProblem.NO_MRZ,)
        assert reading.confidence is Confidence.LOW
        assert reading.line_boxes == ()


def test_noise_and_odd_shapes_never_raise(reader: RapidOcrReader) -> None:
    rng = np.random.default_rng(1)
    for shape in ((16, 4000, 3), (4000, 16, 3), (300, 300, 3)):
        assert reader.read(rng.integers(0, 256, shape, dtype=np.uint8), today=TODAY).mrz is None


def test_a_misread_page_is_never_confident(reader: RapidOcrReader) -> None:
    page = picture(PageFormat.TD3, strength=0.0)
    height, width = page.shape[:2]
    blot = page.copy()
    cv2.circle(blot, (int(width * 0.3), int(height * 0.9)), int(height * 0.035), (30, 30, 30), -1)

    reading = reader.read(blot, today=TODAY)

    if reading.mrz is None or reading.mrz.lines != compose(TRAVELLER, PageFormat.TD3):
        assert reading.confidence is Confidence.LOW


def test_two_lanes_read_at_once_without_mixing(reader: RapidOcrReader) -> None:
    pages = [PageFormat.TD3, PageFormat.TD1, PageFormat.TD2, PageFormat.MRV_A]
    images = [picture(page_format) for page_format in pages]
    with ThreadPoolExecutor(2) as lanes:
        readings = list(lanes.map(reader.read, images))

    assert [reading.mrz and reading.mrz.lines for reading in readings] == [compose(TRAVELLER, one) for one in pages]


class TestService:
    def test_bytes_become_a_reading_with_findings(self, reader: RapidOcrReader) -> None:
        content = encode_jpeg(picture(PageFormat.TD3))
        documents = DocumentReader(reader)

        sound = documents.read_page(content, declared_media_type="image/jpeg", today=TODAY)
        later = documents.read_page(content, declared_media_type=None, today=date(2035, 1, 1))

        assert sound.mrz is not None
        assert sound.mrz.data.document_number == "A4G7K29B1"
        assert [finding.code for finding in sound.findings] == ["specimen"]
        assert [finding.code for finding in later.findings] == ["document_expired", "specimen"]

    def test_hostile_bytes_are_refused_before_reading(self, reader: RapidOcrReader) -> None:
        documents = DocumentReader(reader)
        content = encode_jpeg(picture(PageFormat.TD3))
        with pytest.raises(ImageMislabelled):
            documents.read_page(content, declared_media_type="image/png", today=TODAY)
        with pytest.raises(ImageUnreadable):
            documents.read_page(content[:2000], declared_media_type=None, today=TODAY)

    def test_typed_lines_are_judged_alike(self, reader: RapidOcrReader) -> None:
        reading = DocumentReader(reader).read_lines(compose(TRAVELLER, PageFormat.TD3), today=TODAY)
        assert reading.mrz.valid
        assert [finding.code for finding in reading.findings] == ["specimen"]


@pytest.mark.parametrize("one_of", [4, pytest.param(1, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_real_specimens_are_read_and_none_confidently_wrong(
    reader: RapidOcrReader, real_material: Path | None, one_of: int
) -> None:
    """Where real specimens lie: at least nine of ten exact. Without them, a page on a busy ground stands in."""
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
