"""What is wrong with typed MRZ lines, line by line, in the reader's language."""

from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Final

from crossing.documents.mrz import ALPHABET, LAYOUTS, Mrz, Problem, ProblemCode
from crossing.documents.mrz.formats import Layout
from crossing.platform.i18n import mark
from crossing.web.words import MRZ_FIELDS

Translate = Callable[[str], str]

_LENGTHS: Final = frozenset({30, 36, 44})
_SHAPE: Final = mark("A machine-readable zone has two lines of 44 or 36 characters, or three of 30.")
_LENGTH: Final = mark("Line {line} has {length} characters.")
_OTHER_LENGTH: Final = mark("Line {line} has {length} characters instead of {expected}.")
_CHARACTER: Final = mark("Line {line}, place {place}: “{character}” does not occur in a machine-readable zone.")
_AS_A_WHOLE: Final = mark("Line {line}: the last check digit, over all fields, does not hold.")
_BY_PROBLEM: Final = MappingProxyType(
    {
        ProblemCode.CHECK_FAILED: mark("Line {line}, {field}: “{raw}” and its check digit do not fit."),
        ProblemCode.DATE_IMPOSSIBLE: mark("Line {line}, {field}: “{raw}” is no date."),
        ProblemCode.SEX_UNKNOWN: mark("Line {line}, {field}: “{raw}” is not M, F or <."),
        ProblemCode.NUMBER_MISSING: mark("Line {line}, {field}: nothing is there."),
        ProblemCode.NAME_MISSING: mark("Line {line}, {field}: nothing is there."),
    }
)
_ANY: Final = mark("Line {line}, {field}: “{raw}” is not as the standard wants it.")


def line_errors(mrz: Mrz, typed: Sequence[str], translate: Translate) -> list[str]:
    """Each problem that keeps ``mrz`` from holding, as a sentence; empty where it holds. ``typed`` are the lines as
    they came, before any repair."""
    if mrz.format is None:
        return list(_shape(typed, translate))
    layout = LAYOUTS[mrz.format]
    said = (
        sentence
        for problem in mrz.problems
        if problem.blocking
        for sentence in _said(problem, mrz, layout, typed, translate)
    )
    return list(dict.fromkeys(said))


def _shape(typed: Sequence[str], translate: Translate) -> Iterator[str]:
    yield translate(_SHAPE)
    for number, line in enumerate(typed[:3], start=1):
        length = len("".join(line.split()))
        if length not in _LENGTHS:
            yield translate(_LENGTH).format(line=number, length=length)


def _said(problem: Problem, mrz: Mrz, layout: Layout, typed: Sequence[str], translate: Translate) -> Iterator[str]:
    if problem.code is ProblemCode.LINE_LENGTH:
        number = _line_of(problem)
        length = len("".join(typed[number - 1].split())) if number <= len(typed) else 0
        yield translate(_OTHER_LENGTH).format(line=number, length=length, expected=layout.line_length)
    elif problem.code is ProblemCode.ILLEGAL_CHARACTER:
        yield from _characters(_line_of(problem), mrz, translate)
    elif problem.field == "composite":
        yield translate(_AS_A_WHOLE).format(line=layout.line_count)
    else:
        yield _about_a_field(problem, mrz, layout, translate)


def _characters(number: int, mrz: Mrz, translate: Translate) -> Iterator[str]:
    for place, character in enumerate(mrz.lines[number - 1], start=1):
        if character not in ALPHABET:
            yield translate(_CHARACTER).format(line=number, place=place, character=character)


def _about_a_field(problem: Problem, mrz: Mrz, layout: Layout, translate: Translate) -> str:
    places = {place.name: place.span for place in layout.places}
    span = places.get(problem.field) or places.get("names") or layout.places[0].span
    field = translate(MRZ_FIELDS[problem.field]) if problem.field in MRZ_FIELDS else problem.field
    sentence = translate(_BY_PROBLEM.get(problem.code, _ANY))
    return sentence.format(line=span.line + 1, field=field, raw=span.of(mrz.lines))


def _line_of(problem: Problem) -> int:
    """The number, from 1, in ``line N``."""
    return int(problem.field.removeprefix("line "))
