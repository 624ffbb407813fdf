"""Between FollowTheMoney's properties and our words for a person."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.issuers import ALPHA_2
from crossing.screening.countries import state_code
from crossing.screening.names.births import ListedBirth
from crossing.screening.schemas import Subject, SubjectDocument, SubjectName
from crossing.screening.yente.shapes import EntityExample

PERSON_SCHEMAS: Final = frozenset({"Person", "LegalEntity", "Thing"})
"""Schemas under which a person may be looked for."""

NAMES: Final = ("name", "alias", "weakAlias", "previousName")
STATES: Final = ("nationality", "citizenship", "country")
DOCUMENT_SCHEMAS: Final = frozenset({"Passport", "Identification"})
"""Schemas under which a document may be looked for, by its number."""

NUMBERS: Final = ("passportNumber", "idNumber", "number")
MAX_NAMES: Final = 8
MAX_BIRTHS: Final = 6
MAX_NUMBERS: Final = 8

_SEXES: Final[Mapping[str, Literal["M", "F", "X"]]] = MappingProxyType(
    {"male": "M", "m": "M", "female": "F", "f": "F", "other": "X", "x": "X"}
)
_GENDERS: Final = MappingProxyType({"M": "male", "F": "female", "X": "other"})


def subjects(example: EntityExample) -> Iterator[Subject]:
    """Everybody who the example may mean: one subject for each date of birth and document that it gives."""
    names = tuple(_names(example))[:MAX_NAMES]
    sex = next((_SEXES[one.casefold()] for one in example.values("gender") if one.casefold() in _SEXES), "")
    nationality = next((code for one in example.values(*STATES) if (code := state(one))), "")
    births: Sequence[PartialDate | None] = list(dates(example.values("birthDate")))[:MAX_BIRTHS] or [None]
    numbers: Sequence[str | None] = [one[:64] for one in example.values(*NUMBERS)][:MAX_NUMBERS] or [None]
    for place in range(max(len(births), len(numbers))):
        number = numbers[place] if place < len(numbers) else None
        yield Subject(
            names=names,
            birth=births[place] if place < len(births) else births[0],
            sex=sex,
            nationality=nationality,
            document=SubjectDocument(number=number) if number else None,
        )


def asked(subject: Subject) -> EntityExample:
    """The example that asks for ``subject``."""
    document = subject.document
    given = {
        "name": [f"{one.given_names} {one.surname}".strip() for one in subject.names],
        "lastName": [one.surname for one in subject.names if one.surname],
        "firstName": [one.given_names for one in subject.names if one.surname and one.given_names],
        "birthDate": list(_births(subject)),
        "gender": [_GENDERS[subject.sex]] if subject.sex else [],
        "nationality": [alpha_2(subject.nationality)] if subject.nationality else [],
        "passportNumber": [document.number] if document and document.type.startswith("P") else [],
        "idNumber": [document.number] if document else [],
    }
    return EntityExample(
        schema_="Person", properties={name: list(dict.fromkeys(values)) for name, values in given.items() if values}
    )


def _births(subject: Subject) -> Iterator[str]:
    """Of somebody born about a year, every year that it can mean: FollowTheMoney has no word for "about"."""
    if subject.birth is not None:
        yield str(subject.birth)
        if subject.birth_approximate:
            yield from (f"{year:04}" for year in ListedBirth.approximate(subject.birth).years)


def dates(written: Sequence[str]) -> Iterator[PartialDate]:
    """Those of ``written`` that are dates; a time of day behind one is left aside."""
    for one in written:
        try:
            yield PartialDate.parse(one[:10])
        except ValueError:
            continue


def state(written: str) -> str:
    """The alpha-3 code for a country as FollowTheMoney has it ("ml", "MLI", "Mali"), empty where it is none."""
    return state_code(written.upper() if len(written) <= 3 else written)


def alpha_2(code: str) -> str:
    """FollowTheMoney's code of a State; as it is where it has none of two letters."""
    return (ALPHA_2.get(code) or code).lower()


def sex(gender: str) -> str:
    """M, F or X for FollowTheMoney's gender; empty where it is none."""
    return _SEXES.get(gender.casefold(), "")


def gender(sex: str) -> list[str]:
    return [_GENDERS[sex]] if sex in _GENDERS else []


def _names(example: EntityExample) -> Iterator[SubjectName]:
    last, first = example.values("lastName"), example.values("firstName")
    if last and first:
        yield SubjectName(surname=last[0][:200], given_names=" ".join(first)[:200])
    for name in example.values(*NAMES):
        yield SubjectName(surname="", given_names=name[:200])
