"""Brings together what the MRZ, its check digits, the rules and the print say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz import CheckOutcome, Mrz, MrzData, MrzFormat, ProblemCode
from crossing.documents.validity import findings
from crossing.documents.validity.findings import Finding, gravest_first
from crossing.documents.validity.rules import Facts, has_expired, judge
from crossing.documents.visible.zone import Agreement, VisibleZone

_BY_PROBLEM: Final = MappingProxyType(
    {
        ProblemCode.NUMBER_MISSING: findings.NUMBER_MISSING,
        ProblemCode.NAME_MISSING: findings.NAME_MISSING,
    }
)
_ELSEWHERE: Final = frozenset({ProblemCode.CHECK_FAILED, ProblemCode.DATE_IMPOSSIBLE})
_BY_CHECK: Final = MappingProxyType(
    {
        "document_number": findings.CHECK_NUMBER,
        "birth_date": findings.CHECK_BIRTH,
        "expiry_date": findings.CHECK_EXPIRY,
        "optional_data": findings.CHECK_OPTIONAL,
    }
)
_BY_IMPOSSIBLE_DATE: Final = MappingProxyType(
    {"birth_date": findings.BIRTH_IMPOSSIBLE, "expiry_date": findings.EXPIRY_IMPOSSIBLE}
)
_BY_PRINT: Final = MappingProxyType(
    {
        "document_number": findings.PRINTED_NUMBER,
        "surname": findings.PRINTED_SURNAME,
        "given_names": findings.PRINTED_GIVEN_NAMES,
        "birth_date": findings.PRINTED_BIRTH,
        "expiry_date": findings.PRINTED_EXPIRY,
        "sex": findings.PRINTED_SEX,
    }
)


def assess(
    mrz: Mrz | None, *, today: date, visible: VisibleZone | None = None, issued_on: PartialDate | None = None
) -> tuple[Finding, ...]:
    """What is to be said of the document on ``today``: each finding once, the gravest first.

    ``issued_on`` is the date of issue where somebody knows it; without it the MRZ's counts, which only the French
    card has, then the one read in the visible zone. A field whose check digit fails was misread or altered: the digit
    is reported, and nothing is concluded from the field.
    """
    if mrz is None or mrz.format is None:
        return (findings.NOT_MACHINE_READABLE,)
    failing = {field for field, outcome in mrz.checks.items() if outcome is CheckOutcome.FAILS}
    believed = _believed(mrz.data, failing)
    printed = visible.issued_on if visible is not None else None
    facts = Facts(believed, today, mrz.format, issued_on or believed.issued_on or printed)
    found = [*_of_the_zone(mrz, failing), *_of_expiry(replace(facts, data=mrz.data)), *judge(facts)]
    if visible is not None:
        found += _of_the_print(visible, mrz.format, failing)
    return gravest_first(found)


def assess_typed(data: MrzData, *, today: date, issued_on: PartialDate | None = None) -> tuple[Finding, ...]:
    """The same rules over data that a person typed; what was not typed is empty and says nothing."""
    facts = Facts(data, today, issued_on=issued_on)
    return gravest_first([*_of_expiry(facts), *judge(facts)])


def _believed(data: MrzData, failing: set[str]) -> MrzData:
    return replace(
        data,
        document_number="" if "document_number" in failing else data.document_number,
        birth_date=None if "birth_date" in failing else data.birth_date,
        expiry_date=None if "expiry_date" in failing else data.expiry_date,
        optional_data="" if "optional_data" in failing else data.optional_data,
        # It is the head of the number.
        issued_on=None if "document_number" in failing else data.issued_on,
    )


def _of_expiry(facts: Facts) -> Iterator[Finding]:
    if has_expired(facts):
        yield findings.EXPIRED


def _of_the_zone(mrz: Mrz, failing: set[str]) -> Iterator[Finding]:
    impossible = {problem.field for problem in mrz.problems if problem.code is ProblemCode.DATE_IMPOSSIBLE}
    yield from (_BY_IMPOSSIBLE_DATE[field] for field in _BY_IMPOSSIBLE_DATE if field in impossible - failing)
    yield from (_BY_CHECK[field] for field in _BY_CHECK if field in failing)
    if failing == {"composite"}:
        yield findings.CHECK_COMPOSITE
    for problem in mrz.problems:
        if problem.code in _BY_PROBLEM:
            yield _BY_PROBLEM[problem.code]
        elif problem.blocking and problem.code not in _ELSEWHERE:
            yield findings.MALFORMED
    if any(problem.code is ProblemCode.LINE_MISSING for problem in mrz.problems):
        return
    if not mrz.data.nationality:
        yield findings.NATIONALITY_MISSING
    if mrz.data.expiry_date is None and "expiry_date" not in impossible:
        yield findings.EXPIRY_MISSING


def _of_the_print(visible: VisibleZone, mrz_format: MrzFormat, failing: set[str]) -> Iterator[Finding]:
    for comparison in visible.comparisons:
        if comparison.agreement is Agreement.DIFFERS and comparison.field not in failing:
            yield _BY_PRINT.get(comparison.field, findings.PRINTED_OTHER)
    # A card may carry its MRZ on the back and its portrait on the front (Doc 9303-5); the data page of a booklet has
    # both (Doc 9303-4).
    if visible.portrait is None and mrz_format is MrzFormat.TD3:
        yield findings.PORTRAIT_MISSING
