"""Our parser beside the npm package ``mrz``, another parser of the same standard, over generated documents."""

from collections import Counter

import pytest

from crossing.documents.mrz import MrzFormat
from tests.contract.mrz_oracle.answers import Answer, oracles, ours
from tests.contract.mrz_oracle.differences import KNOWN, Difference, Found, between
from tests.contract.mrz_oracle.generated import Document, documents

Asked = list[tuple[Document, Answer, Answer]]


@pytest.fixture(scope="module")
def asked() -> Asked:
    """Every document with our answer and the oracle's; the oracle runs once."""
    generated = documents()
    return list(zip(generated, map(ours, generated), oracles(generated), strict=True))


@pytest.fixture(scope="module")
def found(asked: Asked) -> list[Found]:
    return [difference for document, our, their in asked for difference in between(document, our, their)]


def test_whatever_differs_is_listed_with_the_clause_that_decides_it(found: list[Found]) -> None:
    unexplained = [one for one in found if not any(known.explains(one) for known in KNOWN)]
    assert unexplained == []


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.what)
def test_every_listed_difference_still_occurs(found: list[Found], known: Difference) -> None:
    assert any(known.explains(one) for one in found)


def test_the_parsers_were_asked_about_enough_that_they_agree_on(asked: Asked) -> None:
    agreed = Counter(
        (document.format, our.valid) for document, our, their in asked if not list(between(document, our, their))
    )
    for mrz_format in (MrzFormat.TD1, MrzFormat.TD2, MrzFormat.TD3, MrzFormat.FRENCH_ID):
        assert agreed[mrz_format, True] > 150
        assert agreed[mrz_format, False] > 150


def test_every_whole_document_is_valid_to_us(asked: Asked) -> None:
    assert [document for document, our, _ in asked if not (document.damaged or our.valid)] == []
