"""What the fuzzing once found; each stays found."""

import io
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from PIL import Image
from tools.fuzz.pictures import check_reading

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import MrzData, MrzFormat, MrzNotComposable, Sex, compose, parse
from crossing.platform.images import decode_image

TODAY = date(2026, 3, 1)
CARD = MrzData(
    document_code="I",
    issuing_state="UTO",
    surname="ERIKSSON",
    given_names="ANNA MARIA",
    document_number="D23145890",
    nationality="UTO",
    birth_date=PartialDate(1974, 8, 12),
    sex=Sex.FEMALE,
    expiry_date=PartialDate(2032, 4, 15),
)


@pytest.mark.parametrize("mrz_format", [MrzFormat.TD1, MrzFormat.TD2])
@pytest.mark.parametrize("number", ["D2314589073\x03", "d23145890734", "D2314589Ж"])
def test_a_number_of_foreign_letters_is_refused_however_long_it_is(number: str, mrz_format: MrzFormat) -> None:
    with pytest.raises(MrzNotComposable, match="document_number"):
        compose(replace(CARD, document_number=number), mrz_format)


@pytest.mark.parametrize("stray", ["5", "S", "8", "1"])
def test_a_valid_mrz_is_read_again_as_it_is(stray: str) -> None:
    """A stray sign among the fillers behind the names, by whichever repair it is put right."""
    upper = f"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<{stray}<<<<<<<<<<"
    lower = compose(replace(CARD, document_code="P"), MrzFormat.TD3)[1]

    once = parse([upper, lower], today=TODAY)
    twice = parse(once.lines, today=TODAY)

    assert once.valid
    assert (twice.lines, twice.valid) == (once.lines, True)


def test_fillers_are_not_put_back_within_the_code_of_a_state() -> None:
    """IDFRA became IDF<<RA, a valid card of no State that was another format when read again."""
    card = parse(["IDFRAEIKSSON".ljust(34, "<"), "1911755001239ANNA<<<<IA<<<7408122F7"], today=TODAY)

    assert card.data.issuing_state == "FRA"
    assert not card.valid


@pytest.mark.parametrize("shape", [(16, 100_000), (100_000, 16), (1, 4000), (4000, 1), (1, 1), (3, 60_000)])
def test_a_picture_of_any_shape_is_read(shape: tuple[int, int]) -> None:
    """Made smaller, a very slim picture has no pixel left across."""
    check_reading(np.full((*shape, 3), 160, np.uint8))


def test_so_slim_a_picture_comes_through_the_door() -> None:
    """It is small as a file and in pixels: no limit of the decoder holds it off."""
    out = io.BytesIO()
    Image.new("RGB", (100_000, 16)).save(out, "PNG")

    assert decode_image(out.getvalue()).shape == (16, 100_000, 3)
