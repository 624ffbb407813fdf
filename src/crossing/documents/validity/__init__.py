"""Whether a document can be accepted as it stands, and the signs of fraud it shows: findings, each with its reason.

Truncated names are no finding: they say nothing against the document.
"""

from crossing.documents.validity.assessment import assess, assess_typed
from crossing.documents.validity.findings import (
    ALL,
    CATALOGUE,
    EXPIRED,
    NOT_MACHINE_READABLE,
    Finding,
    FindingKind,
)

__all__ = [
    "ALL",
    "CATALOGUE",
    "EXPIRED",
    "NOT_MACHINE_READABLE",
    "Finding",
    "FindingKind",
    "assess",
    "assess_typed",
]
