"""Every finding on a document, as a constant: what is wrong, and what the officer looks at.

A finding is advice to the officer, never a decision. A code is stable and has one sentence; what each means and what
the officer does is in ``docs/user/document-findings.md``. Every sign of fraud says so in its own words, because a
sentence is all that some screens show of a finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from crossing.platform.i18n import mark


class FindingKind(StrEnum):
    """What sort of thing was found, the gravest first."""

    FRAUD_SIGN = "fraud_sign"
    """A contradiction that an honest, rightly read document does not have."""
    VALIDITY = "validity"
    """The document can't be accepted as it stands."""
    QUALITY = "quality"
    """Unreadable, damaged, or misread."""
    REMARK = "remark"
    """Worth knowing; it says nothing against the document."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is stable; ``message`` is an English gettext id; ``field`` names the MRZ field, or is empty."""

    code: str
    kind: FindingKind
    message: str
    field: str = ""


NOT_MACHINE_READABLE: Final = Finding(
    "not_machine_readable",
    FindingKind.VALIDITY,
    mark("No machine-readable zone was found: read the page yourself and type what it says."),
)
EXPIRED: Final = Finding(
    "document_expired",
    FindingKind.VALIDITY,
    mark("The document has expired: look at its expiry date, and for a stamp that extends it."),
    "expiry_date",
)
NOT_YET_VALID: Final = Finding(
    "not_yet_valid",
    FindingKind.VALIDITY,
    mark("The visa is not valid yet: look at the day from which it is valid."),
)
EXPIRY_IMPOSSIBLE: Final = Finding(
    "expiry_date_impossible",
    FindingKind.VALIDITY,
    mark("The expiry date in the machine-readable zone is in no calendar: read it on the page."),
    "expiry_date",
)
ISSUER_UNKNOWN: Final = Finding(
    "issuer_unknown",
    FindingKind.VALIDITY,
    mark("Nobody issues under this issuer's code: compare it with the page. Invented documents have such codes."),
    "issuing_state",
)
ISSUER_WITHDRAWN: Final = Finding(
    "issuer_withdrawn",
    FindingKind.VALIDITY,
    mark("The issuer's code is no longer in use: look at the dates of issue and expiry."),
    "issuing_state",
)
ISSUER_IS_NO_STATE: Final = Finding(
    "issuer_is_no_state",
    FindingKind.VALIDITY,
    mark("The issuer's code is one for persons without a nationality, not for an issuer: compare it with the page."),
    "issuing_state",
)

MALFORMED: Final = Finding(
    "mrz_malformed",
    FindingKind.QUALITY,
    mark("The machine-readable zone is damaged or not made to the standard: compare every field with the page."),
)
NUMBER_MISSING: Final = Finding(
    "number_missing",
    FindingKind.QUALITY,
    mark("The document number is missing from the machine-readable zone: look for it on the page."),
    "document_number",
)
NAME_MISSING: Final = Finding(
    "name_missing",
    FindingKind.QUALITY,
    mark("The holder's name is missing from the machine-readable zone: look for it on the page."),
    "surname",
)
CHECK_NUMBER: Final = Finding(
    "check_digit_number",
    FindingKind.QUALITY,
    mark(
        "The check digit of the document number does not hold: scan again. If it fails again, compare the number "
        "with the page, character by character."
    ),
    "document_number",
)
CHECK_BIRTH: Final = Finding(
    "check_digit_birth",
    FindingKind.QUALITY,
    mark(
        "The check digit of the date of birth does not hold: scan again. If it fails again, compare the date with "
        "the page."
    ),
    "birth_date",
)
CHECK_EXPIRY: Final = Finding(
    "check_digit_expiry",
    FindingKind.QUALITY,
    mark(
        "The check digit of the expiry date does not hold: scan again. If it fails again, compare the date with "
        "the page."
    ),
    "expiry_date",
)
CHECK_OPTIONAL: Final = Finding(
    "check_digit_optional",
    FindingKind.QUALITY,
    mark(
        "The check digit of the personal number does not hold: scan again. If it fails again, compare the number "
        "with the page."
    ),
    "optional_data",
)
CHECK_COMPOSITE: Final = Finding(
    "check_digit_composite",
    FindingKind.QUALITY,
    mark(
        "Each field's check digit holds, but not the last one, which covers them all: scan again. If it fails "
        "again, compare the number and the dates with the page."
    ),
)
NATIONALITY_UNKNOWN: Final = Finding(
    "nationality_unknown",
    FindingKind.QUALITY,
    mark("The code of the nationality is not in the standard: compare it with the page."),
    "nationality",
)

BIRTH_IMPOSSIBLE: Final = Finding(
    "birth_date_impossible",
    FindingKind.FRAUD_SIGN,
    mark(
        "Sign of fraud: the date of birth is in no calendar, though its check digit holds. Compare it with the page."
    ),
    "birth_date",
)
BIRTH_IN_FUTURE: Final = Finding(
    "birth_in_future",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the date of birth lies in the future. Compare it with the page."),
    "birth_date",
)
AGE_IMPOSSIBLE: Final = Finding(
    "age_impossible",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the holder would be older than 125 years. Compare the date of birth with the page."),
    "birth_date",
)
ISSUED_BEFORE_BIRTH: Final = Finding(
    "issued_before_birth",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the document was issued before its holder was born. Compare the two dates on the page."),
    "birth_date",
)
ISSUED_IN_FUTURE: Final = Finding(
    "issued_in_future",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the date of issue lies in the future. Read it on the page."),
)
ISSUED_AFTER_EXPIRY: Final = Finding(
    "issued_after_expiry",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the date of issue is later than the expiry date. Compare the two dates on the page."),
    "expiry_date",
)
VALID_TOO_LONG: Final = Finding(
    "valid_too_long",
    FindingKind.FRAUD_SIGN,
    mark(
        "Sign of fraud: the passport is valid for longer than passports are. Compare the dates of issue and "
        "expiry with the page."
    ),
    "expiry_date",
)
CHILD_VALID_TOO_LONG: Final = Finding(
    "child_valid_too_long",
    FindingKind.FRAUD_SIGN,
    mark(
        "Sign of fraud: the passport is valid for longer than this State's passports for young holders are. "
        "Compare the dates of birth and expiry with the page."
    ),
    "expiry_date",
)
NUMBER_PATTERN: Final = Finding(
    "number_pattern",
    FindingKind.FRAUD_SIGN,
    mark(
        "Sign of fraud: this issuer's documents have no number of this form. Compare it with the page and with "
        "every place where it is repeated."
    ),
    "document_number",
)
PERSONAL_NUMBER_BIRTH: Final = Finding(
    "personal_number_birth",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the personal number holds another date of birth. Compare both with the page."),
    "birth_date",
)
PERSONAL_NUMBER_SEX: Final = Finding(
    "personal_number_sex",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the personal number is one for the other sex. Compare both with the page."),
    "sex",
)
PRINTED_NUMBER: Final = Finding(
    "printed_number_differs",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the number printed on the page is not the one in the machine-readable zone. Compare them."),
    "document_number",
)
PRINTED_SURNAME: Final = Finding(
    "printed_surname_differs",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the surname printed on the page is not the one in the machine-readable zone. Compare them."),
    "surname",
)
PRINTED_GIVEN_NAMES: Final = Finding(
    "printed_given_names_differ",
    FindingKind.FRAUD_SIGN,
    mark(
        "Sign of fraud: the given names printed on the page are not those in the machine-readable zone. Compare them."
    ),
    "given_names",
)
PRINTED_BIRTH: Final = Finding(
    "printed_birth_differs",
    FindingKind.FRAUD_SIGN,
    mark(
        "Sign of fraud: the date of birth printed on the page is not the one in the machine-readable zone. "
        "Compare them."
    ),
    "birth_date",
)
PRINTED_EXPIRY: Final = Finding(
    "printed_expiry_differs",
    FindingKind.FRAUD_SIGN,
    mark(
        "Sign of fraud: the expiry date printed on the page is not the one in the machine-readable zone. Compare "
        "them."
    ),
    "expiry_date",
)
PRINTED_SEX: Final = Finding(
    "printed_sex_differs",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the sex printed on the page is not the one in the machine-readable zone. Compare them."),
    "sex",
)
PRINTED_OTHER: Final = Finding(
    "printed_field_differs",
    FindingKind.FRAUD_SIGN,
    mark("Sign of fraud: the page and the machine-readable zone don't say the same. Compare every field."),
)

EXPIRY_MISSING: Final = Finding(
    "expiry_missing",
    FindingKind.REMARK,
    mark("The machine-readable zone has no expiry date: look for one on the page."),
    "expiry_date",
)
DOCUMENT_TYPE_UNKNOWN: Final = Finding(
    "document_type_unknown",
    FindingKind.REMARK,
    mark("This type of document is not in our table: look at what the document calls itself."),
    "document_code",
)
FORMAT_UNUSUAL: Final = Finding(
    "document_format_unusual",
    FindingKind.REMARK,
    mark("Documents of this type usually have another size: look at what the document calls itself."),
    "document_code",
)
NATIONALITY_NOT_ISSUER: Final = Finding(
    "nationality_not_issuer",
    FindingKind.REMARK,
    mark("A national passport for another State's national: compare the nationality with the page."),
    "nationality",
)
NATIONALITY_MISSING: Final = Finding(
    "nationality_missing",
    FindingKind.REMARK,
    mark("The machine-readable zone gives no nationality: look for it on the page."),
    "nationality",
)
SPECIMEN: Final = Finding(
    "specimen",
    FindingKind.REMARK,
    mark("This looks like a specimen: nobody travels on one. Look for the word on the page."),
)
PORTRAIT_MISSING: Final = Finding(
    "portrait_missing",
    FindingKind.REMARK,
    mark("No portrait was found on the page: look whether it is covered, or has been removed."),
)
NUMBER_OVERFLOWS: Final = Finding(
    "number_overflows",
    FindingKind.REMARK,
    mark("The document number is longer than its field and goes on behind it: when you type it, type all of it."),
    "document_number",
)

ALL: Final = tuple(value for value in list(globals().values()) if isinstance(value, Finding))
"""Every finding there is, in the order above."""

CATALOGUE: Final[Mapping[str, Finding]] = MappingProxyType({finding.code: finding for finding in ALL})


def gravest_first(findings: list[Finding]) -> tuple[Finding, ...]:
    """Each finding once, by kind; within a kind in the order in which they were found."""
    order = list(FindingKind)
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: order.index(finding.kind)))
