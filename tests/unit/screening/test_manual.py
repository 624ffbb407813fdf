"""The page for operators names every column, format and finding that the program knows."""

from pathlib import Path

import pytest

from crossing.screening.lists.contents import FindingCode
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.formats.national import DOCUMENT_COLUMNS, PERSON_COLUMNS

PAGE = (Path(__file__).parents[3] / "docs" / "operations" / "lists.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", sorted({*FindingCode, *FORMATS, *PERSON_COLUMNS, *DOCUMENT_COLUMNS}))
def test_it_is_in_the_manual(word: str) -> None:
    assert f"`{word}`" in PAGE
