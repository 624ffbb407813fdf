"""Lines of text to an :class:`Mrz`: what they say, what was put right, what is wrong with them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import evaluate, repair
from crossing.documents.mrz.checks import ALPHABET, FILLER, CheckOutcome
from crossing.documents.mrz.document import (
    Correction,
    Mrz,
    MrzData,
    MrzField,
    Problem,
    ProblemCode,
    Sex,
)
from crossing.documents.mrz.formats import LAYOUTS, Layout, MrzFormat, Place
from crossing.documents.mrz.issuers import ISSUERS
from crossing.documents.mrz.names import NAME_SEPARATOR, Names, split_names

_MOST_MISSING: Final = 8
_ONE_LINE: Final = MappingProxyType({90: 30, 88: 44, 72: 36})
_SEXES: Final = MappingProxyType({"M": Sex.MALE, "F": Sex.FEMALE, FILLER: Sex.UNSPECIFIED})
_FIRST_LETTERS: Final = MappingProxyType(
    {
        MrzFormat.TD1: "ACI",
        MrzFormat.TD2: "ACIP",
        MrzFormat.TD3: "P",
        MrzFormat.MRV_A: "V",
        MrzFormat.MRV_B: "V",
    }
)


def parse(lines: Sequence[str], *, today: date | None = None) -> Mrz:
    """Reads two or three lines (or the one that a swipe reader makes of them) as far as they can be read.

    Never raises on wrong content: what is wrong is in ``problems``, what was repaired in ``corrections``.
    ``today`` decides the century of dates; by default it is the present day in UTC.
    """
    today = today or datetime.now(UTC).date()
    cleaned, corrections = repair.clean(lines)
    cleaned = _unrolled(cleaned)
    layouts = _candidates(cleaned)
    if not layouts:
        unread = Problem(ProblemCode.NOT_AN_MRZ)
        return Mrz(None, cleaned, MrzData(), MappingProxyType({}), MappingProxyType({}), corrections, (unread,))
    readings = [_parsed(cleaned, layout, corrections, today) for layout in layouts]
    return next((reading for reading in readings if reading.valid), readings[0])


def _unrolled(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) != 1 or len(lines[0]) not in _ONE_LINE:
        return lines
    text, length = lines[0], _ONE_LINE[len(lines[0])]
    return tuple(text[start : start + length] for start in range(0, len(text), length))


def _candidates(lines: tuple[str, ...]) -> list[Layout]:
    """The formats of so many lines of about that length, the likeliest first."""
    if not lines:
        return []
    visa = lines[0].startswith("V")
    fitting = [
        (abs(layout.line_length - max(map(len, lines))), layout)
        for layout in LAYOUTS.values()
        if layout.line_count == len(lines)
        and (layout.format in {MrzFormat.MRV_A, MrzFormat.MRV_B}) == (visa and len(lines) == 2)
        and abs(layout.line_length - max(map(len, lines))) <= _MOST_MISSING
    ]
    return [layout for _, layout in sorted(fitting, key=lambda pair: pair[0])]


def _parsed(cleaned: tuple[str, ...], layout: Layout, spelling: tuple[Correction, ...], today: date) -> Mrz:
    lines, lengths, misfits = repair.fit_lengths(cleaned, layout)
    lines, positions = repair.by_position(lines, layout)
    lines, swaps, doubts = repair.by_check_digits(lines, layout)
    checks = evaluate.verify_all(lines, layout)
    names = split_names(layout.place("names").span.of(lines))
    data, impossible = _data(lines, layout, names, today)
    return Mrz(
        format=layout.format,
        lines=lines,
        data=data,
        fields=MappingProxyType(_fields(lines, layout, data, checks)),
        checks=MappingProxyType(checks),
        corrections=(*spelling, *lengths, *positions, *swaps),
        problems=(*misfits, *_illegal(lines), *_failed(checks), *doubts, *impossible, *_remarks(data, names, layout)),
    )


def _data(lines: tuple[str, ...], layout: Layout, names: Names, today: date) -> tuple[MrzData, tuple[Problem, ...]]:
    raw = {place.name: place.span.of(lines) for place in layout.places}
    number = evaluate.read_number(lines, layout)
    problems = []
    birth: PartialDate | None = None
    expiry: PartialDate | None = None
    try:
        birth = evaluate.birth_date(raw["birth_date"], today)
    except ValueError:
        problems.append(Problem(ProblemCode.DATE_IMPOSSIBLE, "birth_date"))
    try:
        expiry = evaluate.expiry_date(raw["expiry_date"], today, birth)
    except ValueError:
        problems.append(Problem(ProblemCode.DATE_IMPOSSIBLE, "expiry_date"))
    sex = _SEXES.get(raw["sex"])
    if sex is None:
        problems.append(Problem(ProblemCode.SEX_UNKNOWN, "sex"))
    data = MrzData(
        document_code=_text(raw["document_code"]),
        issuing_state=_text(raw["issuing_state"]),
        surname=names.surname,
        given_names=names.given_names,
        document_number=_text(number.number),
        nationality=_text(raw["nationality"]),
        birth_date=birth,
        sex=sex,
        expiry_date=expiry,
        optional_data=_text(number.rest),
        optional_data_2=_text(raw.get("optional_data_2", "")),
    )
    return data, tuple(problems)


def _fields(
    lines: tuple[str, ...], layout: Layout, data: MrzData, checks: dict[str, CheckOutcome]
) -> dict[str, MrzField]:
    fields: dict[str, MrzField] = {}
    for place in layout.places:
        raw = place.span.of(lines)
        if place.name == "names":
            fields |= _name_fields(place, raw, data)
            continue
        value = getattr(data, place.name)
        fields[place.name] = MrzField(raw, "" if value is None else str(value), checks.get(place.name))
    return fields


def _name_fields(place: Place, raw: str, data: MrzData) -> dict[str, MrzField]:
    primary, separator, secondary = raw.partition(NAME_SEPARATOR)
    return {
        "surname": MrzField(primary, data.surname),
        "given_names": MrzField(secondary if separator else "", data.given_names),
    }


def _illegal(lines: tuple[str, ...]) -> list[Problem]:
    return [
        Problem(ProblemCode.ILLEGAL_CHARACTER, f"line {number}")
        for number, line in enumerate(lines, start=1)
        if any(character not in ALPHABET for character in line)
    ]


def _failed(checks: dict[str, CheckOutcome]) -> list[Problem]:
    return [
        Problem(ProblemCode.CHECK_FAILED, name) for name, outcome in checks.items() if outcome is CheckOutcome.FAILS
    ]


def _remarks(data: MrzData, names: Names, layout: Layout) -> list[Problem]:
    found = [
        (ProblemCode.NUMBER_MISSING, "document_number", not data.document_number),
        (ProblemCode.NAME_MISSING, "surname", not names.surname),
        (ProblemCode.NAME_TRUNCATED, "given_names" if names.given_names else "surname", names.truncated),
        (ProblemCode.ISSUER_UNKNOWN, "issuing_state", data.issuing_state not in ISSUERS),
        (ProblemCode.NATIONALITY_UNKNOWN, "nationality", data.nationality not in ISSUERS),
        (
            ProblemCode.DOCUMENT_CODE_UNUSUAL,
            "document_code",
            data.document_code[:1] not in tuple(_FIRST_LETTERS[layout.format]),
        ),
    ]
    return [Problem(code, field) for code, field, holds in found if holds]


def _text(raw: str) -> str:
    return raw.replace(FILLER, " ").strip()
