"""Known traveller, or another name: what counts as one identity once two faces are alike."""

from typing import Any

import pytest

from crossing.movements.sameness import Claim, same_document, same_identity
from crossing.movements.schemas import Person, TravelDocument

PASSPORT = TravelDocument(type="P", number="A4G7K29B1", issuing_state="MLI")
RENEWED = TravelDocument(type="P", number="B0000001", issuing_state="MLI")


def claim(
    surname: str = "TRAORÉ",
    given_names: str = "AMINATA",
    born: str | None = "1987-05-14",
    document: TravelDocument | None = PASSPORT,
    **more: Any,
) -> Claim:
    return Claim(Person(surname=surname, given_names=given_names, birth_date=born, **more), document)


@pytest.mark.parametrize(
    "other",
    [
        claim(),
        claim("TRAORE"),
        claim("AMINATA", "TRAORÉ"),
        claim("TRAWORE", "AMINATA"),
        claim("DIALLO", "FATOU"),
        claim(document=RENEWED),
        claim(document=None),
        claim(born=None),
        claim(born="1987", document=None),
        claim(born="1987-01-01", document=None),
        claim(born="1989", birth_approximate=True, document=None),
    ],
    ids=lambda one: f"{one.person.surname} {one.person.birth_date} {one.document and one.document.number}",
)
def test_one_identity(other: Claim) -> None:
    assert same_identity(claim(), other)
    assert same_identity(other, claim())


@pytest.mark.parametrize(
    "other",
    [
        claim("DIALLO", "FATOU", document=RENEWED),
        claim("DIALLO", "FATOU", document=None),
        claim(born="1986-05-14", document=RENEWED),
        claim(born="1979", birth_approximate=True, document=None),
        claim(born="1986-05-14"),
        claim("", "", document=None),
    ],
    ids=lambda one: f"{one.person.surname} {one.person.birth_date} {one.document and one.document.number}",
)
def test_another_identity(other: Claim) -> None:
    assert not same_identity(claim(), other)
    assert not same_identity(other, claim())


def test_two_nameless_people_are_not_known_to_be_one() -> None:
    nameless = claim("", "", None, None)
    assert not same_identity(nameless, nameless)


def test_a_document_is_compared_where_both_showed_one() -> None:
    assert same_document(claim(), claim(document=RENEWED)) is False
    assert same_document(claim(), claim(document=None)) is None
