"""The machine-readable zone of travel documents (ICAO Doc 9303 parts 3 to 7): ``parse`` and ``compose``.

``intake`` makes lines of whatever text was given, ``reading`` reads them in one format with the help of ``repair``,
``evaluate`` (check digits, dates, numbers), ``names`` and ``fields``; ``partial`` reads a document that lacks a line.
"""

from crossing.documents.mrz.checks import ALPHABET, FILLER, CheckOutcome, check_digit
from crossing.documents.mrz.composer import MrzNotComposable, compose
from crossing.documents.mrz.document import (
    Correction,
    CorrectionReason,
    Mrz,
    MrzData,
    MrzField,
    Problem,
    ProblemCode,
    Sex,
)
from crossing.documents.mrz.formats import LAYOUTS, MrzFormat, Span
from crossing.documents.mrz.issuers import ALPHA_2, ISSUERS, SPECIAL_ISSUERS, WITHDRAWN_ISSUERS
from crossing.documents.mrz.names import NAME_SEPARATOR
from crossing.documents.mrz.parser import parse

__all__ = [
    "ALPHABET",
    "ALPHA_2",
    "FILLER",
    "ISSUERS",
    "LAYOUTS",
    "NAME_SEPARATOR",
    "SPECIAL_ISSUERS",
    "WITHDRAWN_ISSUERS",
    "CheckOutcome",
    "Correction",
    "CorrectionReason",
    "Mrz",
    "MrzData",
    "MrzField",
    "MrzFormat",
    "MrzNotComposable",
    "Problem",
    "ProblemCode",
    "Sex",
    "Span",
    "check_digit",
    "compose",
    "parse",
]
