"""What well-sized lines say: the data, each field with its columns, and what is not as Doc 9303 wants it."""

from collections.abc import Callable, Iterator
from datetime import date
from types import MappingProxyType
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import evaluate
from crossing.documents.mrz.checks import ALPHABET, FILLER, CheckOutcome
from crossing.documents.mrz.document import Correction, CorrectionReason, MrzData, MrzField, Problem, ProblemCode, Sex
from crossing.documents.mrz.formats import CREW_CARD, FRENCH_ISSUE, Layout, MrzFormat, Span
from crossing.documents.mrz.issuers import ISSUERS
from crossing.documents.mrz.names import Names
from crossing.documents.mrz.repair import has_misplaced, misplaced

_SEXES: Final = MappingProxyType({"M": Sex.MALE, "F": Sex.FEMALE, FILLER: Sex.UNSPECIFIED})
_ALPHABET: Final = frozenset(ALPHABET)
_WHOLE_LINE: Final = frozenset({CorrectionReason.SPELLING})


def read_data(
    lines: tuple[str, ...], layout: Layout, names: Names, today: date
) -> tuple[MrzData, tuple[Problem, ...]]:
    """The data, and the problems of dates and sex. What can't be read is blank."""
    raw = {place.name: place.span.of(lines) for place in layout.places}
    number = evaluate.read_number(lines, layout)
    problems: list[Problem] = []

    def dated(field: str, text: str, read: Callable[[str], PartialDate | None]) -> PartialDate | None:
        try:
            return read(text)
        except evaluate.YearUnknown:
            problems.append(Problem(ProblemCode.DATE_WITHOUT_YEAR, field))
        except ValueError:
            problems.append(Problem(ProblemCode.DATE_IMPOSSIBLE, field))
        return None

    french = layout.format is MrzFormat.FRENCH_ID
    birth = dated("birth_date", raw["birth_date"], lambda text: evaluate.birth_date(text, today))
    expiry = dated("expiry_date", raw.get("expiry_date", ""), lambda text: evaluate.expiry_date(text, today, birth))
    issue_raw = FRENCH_ISSUE.of(lines) if french else ""
    issued_on = dated("issued_on", issue_raw, lambda text: evaluate.issue_month(text, today))
    sex = _SEXES.get(raw["sex"])
    if sex is None:
        problems.append(Problem(ProblemCode.SEX_UNKNOWN, "sex"))
    data = MrzData(
        document_code=_text(raw["document_code"]),
        issuing_state=_text(raw["issuing_state"]),
        surname=names.surname,
        given_names=names.given_names,
        document_number=_text(number.number),
        nationality=_text(raw["issuing_state" if french else "nationality"]),
        birth_date=birth,
        sex=sex,
        expiry_date=expiry,
        optional_data=_text(number.rest),
        optional_data_2=_text(raw.get("optional_data_2", "")),
        issued_on=issued_on,
    )
    return data, tuple(problems)


def locate_fields(
    lines: tuple[str, ...],
    layout: Layout,
    data: MrzData,
    names: Names,
    checks: dict[str, CheckOutcome],
    corrections: tuple[Correction, ...],
) -> dict[str, MrzField]:
    """Every field of the format with its columns, its check digit's outcome and the corrections made in it."""
    fields: dict[str, MrzField] = {}
    for name, spans, digit in _places(lines, layout, names):
        value = getattr(data, name)
        touched = (*spans, digit) if digit else spans
        fields[name] = MrzField(
            raw="".join(span.of(lines) for span in spans),
            value="" if value is None else str(value),
            check=checks.get(name),
            spans=spans,
            corrections=tuple(one for one in corrections if _is_within(one, touched)),
        )
    return fields


def problems_of(
    lines: tuple[str, ...], layout: Layout, data: MrzData, names: Names, checks: dict[str, CheckOutcome]
) -> Iterator[Problem]:
    """What is not as the standard wants it, dates and sex aside."""
    for number, line in enumerate(lines, start=1):
        if not _ALPHABET.issuperset(line):
            yield Problem(ProblemCode.ILLEGAL_CHARACTER, f"line {number}")
    for place in misplaced(lines, layout):
        spans = {place.name: place.span}
        if place.name == "names":
            spans = {"surname": names.surname_span, "given_names": names.given_names_span}
        for field, span in spans.items():
            if has_misplaced(span.of(lines), place):
                yield Problem(ProblemCode.ILLEGAL_CHARACTER, field)
    for name, outcome in checks.items():
        if outcome is CheckOutcome.FAILS:
            yield Problem(ProblemCode.CHECK_FAILED, name)
    for field in names.truncated:
        yield Problem(ProblemCode.NAME_TRUNCATED, field)
    remarks = (
        (ProblemCode.NUMBER_MISSING, "document_number", not data.document_number),
        (ProblemCode.NAME_MISSING, "surname", not data.surname),
        (ProblemCode.NAME_UNDIVIDED, "surname", names.undivided),
        (ProblemCode.ISSUER_UNKNOWN, "issuing_state", data.issuing_state not in ISSUERS),
        (ProblemCode.NATIONALITY_UNKNOWN, "nationality", data.nationality not in ISSUERS),
        (ProblemCode.DOCUMENT_CODE_UNUSUAL, "document_code", not _is_usual(data.document_code, layout)),
    )
    yield from (Problem(code, field) for code, field, holds in remarks if holds)


def _is_usual(code: str, layout: Layout) -> bool:
    """Whether a document of this format may have this code (sections 4.2.2 of Doc 9303 parts 4 to 7)."""
    if layout.format is MrzFormat.FRENCH_ID:
        return code == "ID"
    kind, second = code[:1], code[1:]
    if kind not in tuple(layout.first_letters):
        return False
    if kind in {"P", "V"}:
        return not second.isdigit()
    return second != "V" and (code != CREW_CARD or layout.format is MrzFormat.TD1)


def _places(
    lines: tuple[str, ...], layout: Layout, names: Names
) -> Iterator[tuple[str, tuple[Span, ...], Span | None]]:
    """Each field with its columns and those of its check digit."""
    number = evaluate.read_number(lines, layout)
    for place in layout.places:
        if place is layout.number:
            yield place.name, number.spans, number.digit_span
        elif place is layout.optional:
            yield place.name, (number.rest_span,), place.check
        elif place.name == "names":
            yield "surname", (names.surname_span,), None
            yield "given_names", (names.given_names_span,), None
        else:
            yield place.name, (place.span,), place.check
    if layout.format is MrzFormat.FRENCH_ID:
        yield "nationality", (layout.place("issuing_state").span,), None
        yield "issued_on", (FRENCH_ISSUE,), None


def _is_within(correction: Correction, spans: tuple[Span, ...]) -> bool:
    if correction.reason in _WHOLE_LINE:
        return False
    return any(span.line == correction.line and span.start <= correction.column < span.end for span in spans)


def _text(raw: str) -> str:
    return raw.replace(FILLER, " ").strip()
