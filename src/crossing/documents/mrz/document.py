"""What an MRZ says, and how far it can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.checks import CheckOutcome
from crossing.documents.mrz.formats import MrzFormat


class Sex(StrEnum):
    """``X`` is what the MRZ writes as a filler: unspecified."""

    MALE = "M"
    FEMALE = "F"
    UNSPECIFIED = "X"


@dataclass(frozen=True, slots=True)
class MrzData:
    """The data without their encoding. What is unreadable or absent is empty, a date or the sex None.

    Names are in MRZ letters, parts separated by single spaces. ``optional_data_2`` exists in TD1 only.
    """

    document_code: str = ""
    issuing_state: str = ""
    surname: str = ""
    given_names: str = ""
    document_number: str = ""
    nationality: str = ""
    birth_date: PartialDate | None = None
    sex: Sex | None = None
    expiry_date: PartialDate | None = None
    optional_data: str = ""
    optional_data_2: str = ""


@dataclass(frozen=True, slots=True)
class MrzField:
    """One field: its columns as they stand (after repair), its value as text, and its check digit's outcome.

    ``check`` is None where the format gives this field no check digit. Dates are written YYYY[-MM[-DD]].
    """

    raw: str
    value: str
    check: CheckOutcome | None = None


class CorrectionReason(StrEnum):
    SPELLING = "spelling"
    """Case, spaces or a typographic stand-in for the filler."""
    LENGTH = "length"
    """Fillers lost or doubled."""
    POSITION = "position"
    """A digit where only letters stand, or the reverse."""
    CHECK_DIGIT = "check_digit"
    """The one look-alike with which the check digit holds."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A change made to what was read: never silent. ``line`` and ``column`` count from 0."""

    line: int
    column: int
    read: str
    corrected: str
    reason: CorrectionReason


class ProblemCode(StrEnum):
    NOT_AN_MRZ = "not_an_mrz"
    LINE_LENGTH = "line_length"
    ILLEGAL_CHARACTER = "illegal_character"
    CHECK_FAILED = "check_failed"
    REPAIR_AMBIGUOUS = "repair_ambiguous"
    DATE_IMPOSSIBLE = "date_impossible"
    SEX_UNKNOWN = "sex_unknown"
    NUMBER_MISSING = "number_missing"
    NAME_MISSING = "name_missing"
    NAME_TRUNCATED = "name_truncated"
    ISSUER_UNKNOWN = "issuer_unknown"
    NATIONALITY_UNKNOWN = "nationality_unknown"
    DOCUMENT_CODE_UNUSUAL = "document_code_unusual"


# These leave the MRZ well-formed: the officer is told, the zone still holds.
_REMARKS: Final = frozenset(
    {
        ProblemCode.REPAIR_AMBIGUOUS,
        ProblemCode.NAME_TRUNCATED,
        ProblemCode.ISSUER_UNKNOWN,
        ProblemCode.NATIONALITY_UNKNOWN,
        ProblemCode.DOCUMENT_CODE_UNUSUAL,
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as Doc 9303 wants it; ``field`` is a field's name, ``line N``, or empty."""

    code: ProblemCode
    field: str = ""

    @property
    def blocking(self) -> bool:
        """Whether the MRZ can't be called valid because of it."""
        return self.code not in _REMARKS


@dataclass(frozen=True, slots=True)
class Mrz:
    """A parsed MRZ. ``lines`` are the lines as understood, that is after the corrections.

    ``format`` is None where the lines are no MRZ at all; then ``fields`` is empty and ``data`` is blank.
    """

    format: MrzFormat | None
    lines: tuple[str, ...]
    data: MrzData
    fields: Mapping[str, MrzField]
    checks: Mapping[str, CheckOutcome]
    corrections: tuple[Correction, ...]
    problems: tuple[Problem, ...]

    @property
    def valid(self) -> bool:
        """All check digits hold and every field is well-formed. Check digits don't cover the names."""
        return self.format is not None and not any(problem.blocking for problem in self.problems)
