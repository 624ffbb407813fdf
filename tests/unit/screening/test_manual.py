"""The pages for operators name every column, format and finding that the program knows."""

from pathlib import Path

import pytest

from crossing.screening.lists.contents import FindingCode
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.formats.national import DOCUMENT_COLUMNS, PERSON_COLUMNS, VEHICLE_COLUMNS

FOLDER = Path(__file__).parents[3] / "docs" / "operations"
PAGE = "".join((FOLDER / name).read_text(encoding="utf-8") for name in ("lists.md", "list-formats.md"))


@pytest.mark.parametrize(
    "word", sorted({*FindingCode, *FORMATS, *PERSON_COLUMNS, *DOCUMENT_COLUMNS, *VEHICLE_COLUMNS})
)
def test_it_is_in_the_manual(word: str) -> None:
    assert f"`{word}`" in PAGE
