"""What an MRZ says, and how far it can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.checks import CheckOutcome
from crossing.documents.mrz.formats import CREW_CARD, MrzFormat, Span


class Sex(StrEnum):
    """``X`` is what the MRZ writes as a filler: unspecified."""

    MALE = "M"
    FEMALE = "F"
    UNSPECIFIED = "X"


@dataclass(frozen=True, slots=True)
class MrzData:
    """The data without their encoding. What is unreadable or absent is empty, a date or the sex None.

    Names are in MRZ letters, parts separated by single spaces. ``optional_data_2`` exists in TD1 only.
    On the French card ``issued_on`` is the year and month at the head of its number, ``nationality`` is the issuing
    State's (nationals alone have it), and ``expiry_date`` is None, for none is written.
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
    issued_on: PartialDate | None = None

    @property
    def crew_card(self) -> bool:
        """Whether this is a crew member certificate (Doc 9303-5 section 4.2.2)."""
        return self.document_code == CREW_CARD


class CorrectionReason(StrEnum):
    SPELLING = "spelling"
    """Case, spaces or a typographic stand-in for the filler, anywhere in the line."""
    LENGTH = "length"
    """Fillers lost or doubled; ``column`` is the first that differs."""
    FILLER = "filler"
    """A letter in the run of fillers behind the names, where no name can stand."""
    POSITION = "position"
    """A digit where only letters stand, or the reverse."""
    CHECK_DIGIT = "check_digit"
    """The one look-alike with which the check digit holds."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A change made to what was read: never silent. ``line`` and ``column`` count from 0, in :attr:`Mrz.lines`."""

    line: int
    column: int
    read: str
    corrected: str
    reason: CorrectionReason


@dataclass(frozen=True, slots=True)
class MrzField:
    """One field: its columns as they stand (after repair), its value as text, and where it came from.

    ``check`` is None where the format gives this field no check digit. Dates are written YYYY[-MM[-DD]]. ``spans``
    are its columns in :attr:`Mrz.lines`, without its check digit: two where a long number runs on into the optional
    data. A derived value has the columns that it was derived from. ``corrections`` are those within the field or its
    check digit; one of a whole line's spelling stands in :attr:`Mrz.corrections` alone.
    """

    raw: str
    value: str
    check: CheckOutcome | None = None
    spans: tuple[Span, ...] = ()
    corrections: tuple[Correction, ...] = ()


class ProblemCode(StrEnum):
    NOT_AN_MRZ = "not_an_mrz"
    INPUT_TOO_LONG = "input_too_long"
    """More was given than any MRZ has, print around it included; the rest was not looked at."""
    EXTRA_LINES = "extra_lines"
    """There were lines beside those of the MRZ."""
    LINES_SWAPPED = "lines_swapped"
    """The lines were given in another order than they stand in the document; here they are in the right one."""
    LINE_MISSING = "line_missing"
    LINE_LENGTH = "line_length"
    ILLEGAL_CHARACTER = "illegal_character"
    """A character that no MRZ has, or a digit in a name or a State's code."""
    CHECK_FAILED = "check_failed"
    REPAIR_AMBIGUOUS = "repair_ambiguous"
    DATE_IMPOSSIBLE = "date_impossible"
    DATE_WITHOUT_YEAR = "date_without_year"
    """A part of the date is known, but not its year (Doc 9303-3 section 4.8 allows that)."""
    SEX_UNKNOWN = "sex_unknown"
    NUMBER_MISSING = "number_missing"
    NAME_MISSING = "name_missing"
    NAME_TRUNCATED = "name_truncated"
    """The name fills its field to the last column: it may have been cut (Doc 9303-4 section 4.2.3)."""
    NAME_UNDIVIDED = "name_undivided"
    """There is no secondary identifier: the whole name stands as the surname."""
    ISSUER_UNKNOWN = "issuer_unknown"
    NATIONALITY_UNKNOWN = "nationality_unknown"
    DOCUMENT_CODE_UNUSUAL = "document_code_unusual"


# These leave the MRZ well-formed: the officer is told, the zone still holds.
_REMARKS: Final = frozenset(
    {
        ProblemCode.INPUT_TOO_LONG,
        ProblemCode.EXTRA_LINES,
        ProblemCode.LINES_SWAPPED,
        ProblemCode.REPAIR_AMBIGUOUS,
        ProblemCode.DATE_WITHOUT_YEAR,
        ProblemCode.NAME_UNDIVIDED,
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

    A line that is missing is all fillers in ``lines``; what it would say is not in ``fields`` and ``checks``, and is
    blank in ``data``. ``format`` is None where the lines are no MRZ at all: ``fields`` is empty, ``data`` blank.
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
