"""Pairs of names with dates of birth, from a CSV file, and what the judge says of each."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.errors import MalformedPairs
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.judging import Judged, judge
from crossing.screening.names.spelling import spell

COLUMNS: Final = ("id", "name_a", "dob_a", "name_b", "dob_b")
MOST_LETTERS: Final = 500
"""A longer name is no name."""

_FIELDS_OF_A_DOCUMENT: Final = frozenset({30, 39})
"""Columns of the name field of a TD1 and a TD3 (Doc 9303-5 and -4, section 4.2.2)."""


@dataclass(frozen=True, slots=True)
class PersonPair:
    """Two people as two papers write them; ``line`` is the line of the file."""

    line: int
    id: str
    asked: AskedPerson
    listed: ListedPerson

    def judged(self) -> Judged:
        return judge(self.asked, self.listed)


def read_pairs(content: bytes) -> Iterator[PersonPair]:
    """One pair for each row of a CSV in UTF-8 (with or without a mark at its start), in its order.

    Raises MalformedPairs, with the line, for a file without the columns and for a row that can't be read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedPairs(line=content.count(b"\n", 0, error.start) + 1, trouble="not UTF-8") from error
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise MalformedPairs(line=1, trouble=f"no column {', '.join(missing)}")
        for row in rows:
            yield _pair(row, rows.line_num)
    except csv.Error as error:
        raise MalformedPairs(line=rows.line_num, trouble=str(error)) from error


def _pair(row: dict[str, str | None], line: int) -> PersonPair:
    if None in row or any(row[column] is None for column in COLUMNS):
        raise MalformedPairs(line=line, trouble="not as many cells as the first line has")
    cells = {column: (cell or "").strip() for column, cell in row.items()}
    names = [_name(cells[column], column, line) for column in ("name_a", "name_b")]
    births = [_birth(cells[column], column, line) for column in ("dob_a", "dob_b")]
    nationality = cells.get("nationality_b", "").upper()
    asked = AskedPerson(
        spell(names[0]), births[0], _sex(cells.get("sex_a", ""), line), cells.get("nationality_a", "").upper(),
        truncated=is_cut(names[0]),
    )  # fmt: skip
    listed = ListedPerson(
        spell(names[1]),
        (ListedBirth.exact(births[1]),) if births[1] else (),
        _sex(cells.get("sex_b", ""), line),
        (nationality,) if nationality else (),
        truncated=is_cut(names[1]),
    )
    return PersonPair(line, cells["id"], asked, listed)


def is_cut(written: str) -> bool:
    """Whether a name as an MRZ writes it fills the name field of its document, so that more may have followed."""
    return "<" in written and len(written) in _FIELDS_OF_A_DOCUMENT and not written.endswith("<")


def _name(text: str, column: str, line: int) -> str:
    if len(text) > MOST_LETTERS:
        raise MalformedPairs(line=line, trouble=f"{column} has more than {MOST_LETTERS} letters")
    if not spell(text):
        raise MalformedPairs(line=line, trouble=f"{column} holds no name")
    return text


def _birth(text: str, column: str, line: int) -> PartialDate | None:
    try:
        return PartialDate.parse(text) if text else None
    except ValueError as error:
        trouble = f"{column} is no date of the form YYYY-MM-DD, YYYY-MM or YYYY"
        raise MalformedPairs(line=line, trouble=trouble) from error


def _sex(text: str, line: int) -> str:
    if text.upper() not in {"", "M", "F", "X", "<"}:
        raise MalformedPairs(line=line, trouble="a sex is M, F, X or empty")
    return text.upper() if text.upper() in {"M", "F"} else ""
