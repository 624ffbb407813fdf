"""The print of pictures against their MRZ: honest pages agree, tampered ones differ where they were tampered with."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossing.documents.dates import PartialDate as Day
from crossing.documents.mrz import parse
from crossing.documents.reading import PageReader, PageReading
from crossing.documents.reading.default import page_reader
from crossing.documents.service import DocumentReader
from crossing.documents.visible.reader import VisibleZoneReader
from crossing.documents.visible.zone import Agreement, VisibleZone
from crossing.platform.images import BgrImage, decode_image
from crossing_devices.simulated.specimens import photograph, render_page
from tests.factories.portraits import portrait
from tests.integration.documents.pages import TODAY, TRAVELLER, PageFormat, PartialDate, altered, picture

SOUGHT = {"surname", "given_names", "document_number", "birth_date", "expiry_date"}


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return page_reader(threads=2)


@pytest.fixture(scope="module")
def visible() -> VisibleZoneReader:
    return VisibleZoneReader(threads=2)


def outcomes(zone: VisibleZone) -> dict[str, Agreement]:
    return {one.field: one.agreement for one in zone.comparisons}


@pytest.mark.parametrize("page_format", list(PageFormat))
def test_an_honest_page_agrees(reader: PageReader, visible: VisibleZoneReader, page_format: PageFormat) -> None:
    zone = visible.read(reader.read(picture(page_format), today=TODAY))

    found = outcomes(zone)
    assert {field: found[field] for field in SOUGHT} == dict.fromkeys(SOUGHT, Agreement.AGREES)
    assert Agreement.DIFFERS not in found.values()
    number = next(one for one in zone.comparisons if one.field == "document_number").printed
    assert number is not None
    assert number.box.width > number.box.height
    assert zone.elapsed_ms > 0


def test_an_honest_photograph_never_differs(reader: PageReader, visible: VisibleZoneReader) -> None:
    for seed in (1, 2):
        zone = visible.read(reader.read(picture(PageFormat.TD3, strength=0.8, seed=seed), today=TODAY))
        assert Agreement.DIFFERS not in outcomes(zone).values()


@pytest.mark.parametrize(
    ("page_format", "field", "print_"),
    [
        (PageFormat.TD3, "surname", {"surname": "Traoul"}),
        (PageFormat.TD3, "given_names", {"given_names": "Fatoumata"}),
        (PageFormat.TD3, "document_number", {"document_number": "A4G7K92C1"}),
        (PageFormat.TD3, "birth_date", {"birth_date": PartialDate(1996, 5, 14)}),
        (PageFormat.TD3, "expiry_date", {"expires_on": date(2043, 1, 31)}),
        (PageFormat.TD1, "surname", {"surname": "Diarra"}),
        (PageFormat.TD1, "birth_date", {"birth_date": PartialDate(1987, 11, 23)}),
        (PageFormat.TD2, "document_number", {"document_number": "A4X7Y29B1"}),
        (PageFormat.MRV_A, "given_names", {"given_names": "Amadou Kadiri"}),
    ],
)
def test_print_that_was_tampered_with_differs_there_alone(
    reader: PageReader, visible: VisibleZoneReader, page_format: PageFormat, field: str, print_: dict[str, Any]
) -> None:
    page = reader.read(altered(page_format, **print_), today=TODAY)
    assert page.mrz is not None
    assert page.mrz.valid

    found = outcomes(visible.read(page))

    assert found[field] is Agreement.DIFFERS
    assert Agreement.DIFFERS not in {agreement for other, agreement in found.items() if other != field}


def test_the_date_of_issue_is_read(reader: PageReader, visible: VisibleZoneReader) -> None:
    zone = visible.read(reader.read(picture(PageFormat.TD3), today=TODAY))
    assert zone.issued_on == Day(2024, 2, 1)


def test_the_portrait_is_found_where_it_stands(reader: PageReader, visible: VisibleZoneReader) -> None:
    traveller = replace(TRAVELLER, portrait=portrait("hopper.jpg"))
    image = decode_image(photograph(render_page(traveller, PageFormat.TD3), np.random.default_rng(1), 0.3))

    box = visible.read(reader.read(image, today=TODAY)).portrait

    assert box is not None
    assert box.left + box.width < image.shape[1] * 0.4
    assert 0.2 < box.height / image.shape[0] < 0.7


def test_a_page_without_an_mrz_has_no_zone(reader: PageReader, visible: VisibleZoneReader) -> None:
    blank: BgrImage = np.full((600, 900, 3), 200, np.uint8)
    zone = visible.read(reader.read(blank, today=TODAY))
    assert (zone.portrait, zone.texts, zone.comparisons, zone.issued_on) == (None, (), (), None)


def test_the_service_says_a_mismatch_among_its_findings(reader: PageReader, visible: VisibleZoneReader) -> None:
    documents = DocumentReader(reader, visible=visible)

    honest = documents.read_image(picture(PageFormat.TD3), today=TODAY)
    forged = documents.read_image(altered(PageFormat.TD3, document_number="X9H8L30D2"), today=TODAY)

    assert honest.visible is not None
    news = {finding.code for finding in forged.findings} - {finding.code for finding in honest.findings}
    assert news == {"printed_number_differs"}


def test_real_specimens_agree_and_almost_none_differs(
    visible: VisibleZoneReader, reader: PageReader, real_material: Path | None
) -> None:
    """Specimens print other dates than their MRZ says more often than real documents do: two of forty are let be."""
    truths = real_material / "mrz" / "ground_truth.json" if real_material else None
    if truths is None or not truths.is_file():
        pages = [reader.read(picture(PageFormat.TD2, strength=0.5), today=TODAY)]
    else:
        entries = json.loads(truths.read_text(encoding="utf-8"))
        pages = [_as_told(reader, truths.parent / name, entry["lines"]) for name, entry in list(entries.items())[::8]]
    found = [outcomes(visible.read(page)) for page in pages]
    agreeing = sum(one is Agreement.AGREES for page in found for one in page.values())
    differing = sum(one is Agreement.DIFFERS for page in found for one in page.values())
    assert agreeing >= 0.6 * sum(map(len, found))
    assert differing <= 2


def _as_told(reader: PageReader, path: Path, lines: list[str]) -> PageReading:
    """The page with its true lines: here it is the print that is read."""
    return replace(reader.read(decode_image(path.read_bytes()), today=TODAY), mrz=parse(lines, today=TODAY))
