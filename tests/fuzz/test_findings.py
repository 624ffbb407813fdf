"""What the fuzzing once found; each stays found."""

from dataclasses import replace
from datetime import date

import pytest

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import MrzData, MrzFormat, MrzNotComposable, Sex, compose, parse

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
