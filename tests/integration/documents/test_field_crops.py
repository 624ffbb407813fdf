"""Each field's crop holds the field's characters and no others: read again by itself, it says the same."""

from datetime import date
from functools import cache
from typing import Final

import cv2
import numpy as np
import pytest

from crossing.documents.reading import PageReading
from crossing.documents.reading.crops import cut_strip, field_boxes
from crossing.documents.reading.places import AIR, field_spans
from crossing.documents.reading.port import Box
from crossing.documents.reading.rapid import RapidOcrReader
from crossing.documents.reading.recognise import LINE_HEIGHT, LineRecogniser
from crossing.platform.images import BgrImage, decode_image
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page

TODAY: Final = date(2026, 3, 1)
HOLDER: Final = SpecimenTraveller(
    surname="Ouédraogo",
    given_names="Salimata Kadiatou",
    birth_date=PartialDate(1987, 5, 24),
    sex="F",
    nationality="BFA",
    document_number="A4K7X29B1",
    issuing_state="MLI",
    issued_on=date(2024, 2, 1),
    expires_on=date(2034, 1, 31),
)
NAMES_AND_NUMBER: Final = {"surname": "OUEDRAOGO", "given_names": "SALIMATA<KADIATOU", "document_number": "A4K7X29B1"}


@cache
def reader() -> RapidOcrReader:
    return RapidOcrReader(threads=1)


@cache
def recogniser() -> LineRecogniser:
    return LineRecogniser(threads=1)


def read(page_format: PageFormat, strength: float, quarters: int = 0) -> PageReading:
    """The specimen photographed, turned by so many quarters, and read."""
    image = decode_image(photograph(render_page(HOLDER, page_format), np.random.default_rng(11), strength))
    scale = min(1600 / max(image.shape[:2]), 1.0)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    reading = reader().read(np.ascontiguousarray(np.rot90(small, quarters)), today=TODAY)
    assert reading.mrz is not None
    assert reading.mrz.valid
    return reading


def cut(image: BgrImage, box: Box) -> BgrImage:
    return image[box.top : box.top + box.height, box.left : box.left + box.width]


def says(crop: BgrImage) -> str:
    """What a recogniser that sees nothing else reads in the crop."""
    paper = [int(value) for value in np.percentile(crop.reshape(-1, 3), 90, axis=0)]
    height = crop.shape[0]
    framed = cv2.copyMakeBorder(crop, height // 8, height // 8, height, height, cv2.BORDER_CONSTANT, value=paper)
    scale = LINE_HEIGHT / framed.shape[0]
    strip = cv2.resize(framed, (round(framed.shape[1] * scale * 0.8), LINE_HEIGHT), interpolation=cv2.INTER_AREA)
    return recogniser().read([np.asarray(strip, dtype=np.uint8)])[0].text


@pytest.mark.parametrize("page_format", list(PageFormat))
def test_a_crop_says_what_its_field_says(page_format: PageFormat) -> None:
    page = read(page_format, strength=0.4)

    boxes = field_boxes(page)

    assert {name: says(cut(page.image, boxes[name])) for name in NAMES_AND_NUMBER} == NAMES_AND_NUMBER
    assert page.mrz is not None
    for name, span in field_spans(page.mrz).items():
        box = boxes[name]
        pitch = box.width / (span.end - span.start + 2 * AIR)
        assert box.height * 0.4 < pitch < box.height * 1.1, name


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_lay_the_other_way_round_has_its_crops_upright(quarters: int) -> None:
    page = read(PageFormat.TD3, strength=0.2, quarters=quarters)

    assert says(cut(page.image, field_boxes(page)["surname"])) == "OUEDRAOGO"


@pytest.mark.parametrize("page_format", [PageFormat.TD1, PageFormat.TD3])
def test_the_strip_holds_every_crop_and_little_else(page_format: PageFormat) -> None:
    page = read(page_format, strength=0.4)

    strip = cut_strip(page)

    assert strip is not None
    height, width = strip.image.shape[:2]
    assert width <= 1000
    assert height < width / 4
    assert strip.boxes.keys() == field_boxes(page).keys()
    for box in strip.boxes.values():
        assert box.left >= 0
        assert box.top >= 0
        assert box.left + box.width <= width
        assert box.top + box.height <= height
    assert says(cut(strip.image, strip.boxes["surname"])) == "OUEDRAOGO"


def test_a_page_without_an_mrz_has_no_crops() -> None:
    blank = reader().read(np.full((300, 400, 3), 200, np.uint8), today=TODAY)

    assert field_boxes(blank) == {}
    assert cut_strip(blank) is None
