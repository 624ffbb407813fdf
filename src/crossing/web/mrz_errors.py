"""What is wrong with typed MRZ lines, line by line, in the reader's language."""

from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Final

from crossing.documents.mrz import ALPHABET, LAYOUTS, Mrz, Problem, ProblemCode
from crossing.documents.mrz.formats import Layout
from crossing.platform.i18n import mark
from crossing.web.vocabulary import MRZ_FIELDS

Translate = Callable[[str], str]

MOST_LINES: Final = 3
_LENGTHS: Final = frozenset({30, 36, 44})
_SHAPE: Final = mark("A machine-readable zone has two lines of 44 or 36 characters, or three of 30.")
_LENGTH: Final = mark("Line {line} has {length} characters.")
_OTHER_LENGTH: Final = mark("Line {line} has {length} characters instead of {expected}.")
_WRONG_LENGTH: Final = mark("Line {line} does not have {expected} characters.")
_MISSING: Final = mark("Line {line} is missing.")
_CHARACTER: Final = mark("Line {line}, place {place}: “{character}” does not occur in a machine-readable zone.")
_AS_A_WHOLE: Final = mark("Line {line}: the last check digit, over all fields, does not hold.")
_BY_PROBLEM: Final = MappingProxyType(
    {
        ProblemCode.CHECK_FAILED: mark("Line {line}, {field}: “{raw}” and its check digit do not fit."),
        ProblemCode.ILLEGAL_CHARACTER: mark("Line {line}, {field}: “{raw}” has a character that cannot stand there."),
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
    if mrz.format is None or len(typed) > MOST_LINES:
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
    for number, line in enumerate(typed[:MOST_LINES], start=1):
        length = len("".join(line.split()))
        if length not in _LENGTHS:
            yield translate(_LENGTH).format(line=number, length=length)


def _said(problem: Problem, mrz: Mrz, layout: Layout, typed: Sequence[str], translate: Translate) -> Iterator[str]:
    number = _line_of(problem)
    if number is None:
        yield _about_a_field(problem, mrz, layout, translate)
    elif problem.code is ProblemCode.LINE_MISSING:
        yield translate(_MISSING).format(line=number)
    elif problem.code is ProblemCode.ILLEGAL_CHARACTER:
        yield from _characters(number, mrz, translate)
    else:
        yield _about_a_length(number, layout, typed, translate)


def _about_a_length(number: int, layout: Layout, typed: Sequence[str], translate: Translate) -> str:
    """Which of the typed lines it was is known only where as many were typed as there should be."""
    if len(typed) != layout.line_count:
        return translate(_WRONG_LENGTH).format(line=number, expected=layout.line_length)
    length = len("".join(typed[number - 1].split()))
    return translate(_OTHER_LENGTH).format(line=number, length=length, expected=layout.line_length)


def _characters(number: int, mrz: Mrz, translate: Translate) -> Iterator[str]:
    for place, character in enumerate(mrz.lines[number - 1], start=1):
        if character not in ALPHABET:
            yield translate(_CHARACTER).format(line=number, place=place, character=character)


def _about_a_field(problem: Problem, mrz: Mrz, layout: Layout, translate: Translate) -> str:
    if problem.field == "composite":
        return translate(_AS_A_WHOLE).format(line=layout.line_count)
    field = mrz.fields.get(problem.field)
    name = translate(MRZ_FIELDS[problem.field]) if problem.field in MRZ_FIELDS else problem.field
    line = field.spans[0].line + 1 if field and field.spans else 1
    sentence = translate(_BY_PROBLEM.get(problem.code, _ANY))
    return sentence.format(line=line, field=name, raw=field.raw if field else "")


def _line_of(problem: Problem) -> int | None:
    """The number, from 1, in ``line N``; None where the problem is a field's."""
    word, _, number = problem.field.partition(" ")
    return int(number) if word == "line" and number.isdecimal() else None
