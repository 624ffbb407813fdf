"""Whether a document can be accepted as it stands, by what its MRZ says: a list of findings, empty where all is well.

A finding is advice to the officer, never a decision. Truncated names are no finding: they say nothing against the
document.
"""

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from crossing.documents.mrz import Mrz, Problem, ProblemCode
from crossing.platform.i18n import mark


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is stable; ``message`` is an English gettext id; ``field`` names the MRZ field, or is empty."""

    code: str
    message: str
    field: str = ""


NOT_MACHINE_READABLE: Final = Finding("not_machine_readable", mark("No machine-readable zone was found."))
EXPIRED: Final = Finding("document_expired", mark("The document has expired."), "expiry_date")

_MALFORMED: Final = ("mrz_malformed", mark("The machine-readable zone is damaged or not made to the standard."))
_BY_PROBLEM: Final = MappingProxyType(
    {
        ProblemCode.NOT_AN_MRZ: (NOT_MACHINE_READABLE.code, NOT_MACHINE_READABLE.message),
        ProblemCode.LINE_LENGTH: _MALFORMED,
        ProblemCode.ILLEGAL_CHARACTER: _MALFORMED,
        ProblemCode.SEX_UNKNOWN: _MALFORMED,
        ProblemCode.NUMBER_MISSING: ("number_missing", mark("The document number is missing.")),
        ProblemCode.NAME_MISSING: ("name_missing", mark("The holder's name is missing.")),
        ProblemCode.CHECK_FAILED: ("check_digit_fails", mark("A check digit does not hold: misread or forged.")),
        ProblemCode.DATE_IMPOSSIBLE: ("date_impossible", mark("A date is impossible.")),
        ProblemCode.ISSUER_UNKNOWN: ("issuer_unknown", mark("The issuing State or organization is not known.")),
        ProblemCode.NATIONALITY_UNKNOWN: ("nationality_unknown", mark("The nationality is not known.")),
        ProblemCode.DOCUMENT_CODE_UNUSUAL: ("document_type_unknown", mark("The type of document is not known.")),
    }
)


def assess(mrz: Mrz | None, *, today: date) -> tuple[Finding, ...]:
    """What speaks against the document on ``today``, each finding once per field."""
    if mrz is None:
        return (NOT_MACHINE_READABLE,)
    findings = [_finding(problem) for problem in mrz.problems if problem.code in _BY_PROBLEM]
    expiry = mrz.data.expiry_date
    if expiry is not None and expiry.latest < today:
        findings.append(EXPIRED)
    return tuple(dict.fromkeys(findings))


def _finding(problem: Problem) -> Finding:
    code, message = _BY_PROBLEM[problem.code]
    return Finding(code, message, problem.field)
