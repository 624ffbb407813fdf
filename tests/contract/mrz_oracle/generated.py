"""Documents to ask both parsers about: of every format, whole ones and ones with one character changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import ALPHABET, ISSUERS, MrzData, MrzFormat, Sex, compose

TODAY: Final = date(2026, 3, 1)
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALNUM: Final = _LETTERS + "0123456789"
_ISSUERS: Final = sorted(ISSUERS)
_CODES: Final = {
    MrzFormat.TD1: ("I", "ID", "C1", "A", "AR", "AC"),
    MrzFormat.TD2: ("I", "IR", "C"),
    MrzFormat.TD3: ("P", "PD", "PP"),
    MrzFormat.MRV_A: ("V", "VC"),
    MrzFormat.MRV_B: ("V", "VB"),
}
_ROOM: Final = {MrzFormat.TD1: 15, MrzFormat.TD2: 7, MrzFormat.TD3: 14, MrzFormat.MRV_A: 16, MrzFormat.MRV_B: 8}
_WHOLE_OF_EACH: Final = 300
_DAMAGED_OF_EACH: Final = 400


@dataclass(frozen=True)
class Document:
    """``format`` is what it was composed in; ``data`` what it said before it was damaged."""

    lines: tuple[str, ...]
    format: MrzFormat
    data: MrzData
    damaged: bool


def documents(seed: int = 9303) -> list[Document]:
    return [*_documents(Random(seed)), *_rare()]


def _rare() -> Iterator[Document]:
    """What chance seldom brings: each of these is a known difference."""
    card = MrzData("I", "UTO", "ERIKSSON", "ANNA", "D23145890", "UTO", sex=Sex.FEMALE, expiry_date=PartialDate(2030))
    french = MrzData("ID", "FRA", "BERTHIER", "CORINNE", "200801312345", "FRA", PartialDate(1965, 12, 6), Sex.FEMALE)
    yield _edited(card, MrzFormat.TD2, 1, 10, "XXK")
    yield _edited(card, MrzFormat.TD2, 1, 13, "7400006")
    yield _edited(card, MrzFormat.TD2, 1, 13, "740<<<4")
    yield _edited(card, MrzFormat.TD2, 1, 13, "7402309")
    yield _edited(card, MrzFormat.TD2, 1, 13, "<<<<<<<")
    yield _edited(replace(card, optional_data="AB1"), MrzFormat.TD2, 1, 8, "<<")
    yield _edited(card, MrzFormat.TD2, 0, 5, "<" * 31)
    yield _edited(replace(card, document_number="D23145890734"), MrzFormat.TD2, 1, 28, "ABCDEF7")
    yield _edited(replace(french, optional_data="013002"), MrzFormat.FRENCH_ID, 0, 1, "0")
    yield _edited(french, MrzFormat.FRENCH_ID, 1, 6, "<")
    yield _edited(french, MrzFormat.FRENCH_ID, 1, 2, "<")


def _edited(data: MrzData, mrz_format: MrzFormat, line: int, column: int, text: str) -> Document:
    lines = list(compose(data, mrz_format))
    lines[line] = lines[line][:column] + text + lines[line][column + len(text) :]
    return Document(tuple(lines), mrz_format, data, damaged=True)


def _documents(chance: Random) -> Iterator[Document]:
    for mrz_format in MrzFormat:
        for number in range(_WHOLE_OF_EACH + _DAMAGED_OF_EACH):
            data = _french(chance) if mrz_format is MrzFormat.FRENCH_ID else _standard(chance, mrz_format)
            lines = compose(data, mrz_format)
            damaged = number >= _WHOLE_OF_EACH
            yield Document(_damaged(chance, lines) if damaged else lines, mrz_format, data, damaged)


def _standard(chance: Random, mrz_format: MrzFormat) -> MrzData:
    room = _ROOM[mrz_format]
    number = _text(chance, _ALNUM, chance.randint(1, 9))
    if len(number) == 9 and mrz_format in {MrzFormat.TD1, MrzFormat.TD2} and chance.random() < 0.7:
        extra = chance.randint(1, room - 2)
        number, room = number + _text(chance, _ALNUM, extra), room - extra - 2
    birth = _date(chance, date(1927, 1, 1), date(2015, 12, 31))
    return MrzData(
        document_code=chance.choice(_CODES[mrz_format]),
        issuing_state=chance.choice(_ISSUERS),
        surname=_name(chance, 1, 3),
        given_names=_name(chance, 0, 3),
        document_number=number,
        nationality=chance.choice(_ISSUERS),
        birth_date=birth,
        sex=chance.choice(list(Sex)),
        expiry_date=_date(chance, date(2018, 1, 1), date(2040, 12, 31)),
        optional_data=_text(chance, _ALNUM, chance.randint(0, room)),
        optional_data_2=_text(chance, _ALNUM, chance.randint(0, 11)) if mrz_format is MrzFormat.TD1 else "",
    )


def _french(chance: Random) -> MrzData:
    issued = date(1988, 1, 1) + timedelta(days=chance.randint(0, 12_000))
    office = f"{chance.randint(1, 976):03d}{chance.randint(0, 999):03d}" if chance.random() < 0.8 else ""
    return MrzData(
        document_code="ID",
        issuing_state="FRA",
        surname=_name(chance, 1, 2),
        given_names=_name(chance, 1, 3),
        document_number=f"{issued:%y%m}{chance.randint(1, 976):03d}{chance.randint(0, 99_999):05d}",
        nationality="FRA",
        birth_date=_date(chance, date(1927, 1, 1), issued),
        sex=chance.choice((Sex.MALE, Sex.FEMALE)),
        optional_data=office,
        issued_on=PartialDate(issued.year, issued.month),
    )


def _damaged(chance: Random, lines: tuple[str, ...]) -> tuple[str, ...]:
    sheet = [list(line) for line in lines]
    row = chance.choice(sheet)
    column = chance.randrange(len(row))
    row[column] = chance.choice([letter for letter in ALPHABET if letter != row[column]])
    return tuple("".join(row) for row in sheet)


def _name(chance: Random, least: int, most: int) -> str:
    words = (_text(chance, _LETTERS, chance.randint(1, 14)) for _ in range(chance.randint(least, most)))
    return " ".join(words)


def _date(chance: Random, earliest: date, latest: date) -> PartialDate | None:
    whole = earliest + timedelta(days=chance.randint(0, (latest - earliest).days))
    known = chance.choice(("day", "day", "day", "month", "year", "nothing"))
    if known == "nothing":
        return None
    return PartialDate(
        whole.year,
        None if known == "year" else whole.month,
        whole.day if known == "day" else None,
    )


def _text(chance: Random, letters: str, length: int) -> str:
    return "".join(chance.choices(letters, k=length))
