"""Pairs of names with dates of birth, from a CSV file, and what the judge says of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.judging import Judged, judge
from crossing.screening.names.rows import MOST_LETTERS, read_birth, read_rows
from crossing.screening.names.spelling import spell

COLUMNS: Final = ("id", "name_a", "dob_a", "name_b", "dob_b")

_FIELDS_OF_A_DOCUMENT: Final = frozenset({30, 39})
"""Columns of the name field of a TD1 and a TD3 (Doc 9303-5 and -4, section 4.2.2)."""


@dataclass(frozen=True, slots=True)
class PersonPair:
    """Two people as two papers write them; ``line`` is the line of the file.

    ``unreadable`` says why the two can't be compared, else it is empty; ``taken_as_unknown`` what else of the row
    could not be read.
    """

    line: int
    id: str
    asked: AskedPerson
    listed: ListedPerson
    unreadable: str = ""
    taken_as_unknown: tuple[str, ...] = ()

    def judged(self) -> Judged:
        """Of two that can't be compared this is what the judge says of what there is."""
        return judge(self.asked, self.listed)


def read_pairs(stream: BinaryIO) -> Iterator[PersonPair]:
    """One pair for each row of a CSV, in its order (see ``rows.read_rows``), also for one that can't be read.

    Raises MalformedPairs for a file without the columns.
    """
    for row in read_rows(stream, COLUMNS):
        yield _pair(row.line, row.cells, row.trouble)


def _pair(line: int, cells: Mapping[str, str], trouble: str) -> PersonPair:
    unknown: list[str] = []
    births = [_birth(cells[column], column, unknown) for column in ("dob_a", "dob_b")]
    sexes = [_sex(cells.get(column, ""), column, unknown) for column in ("sex_a", "sex_b")]
    names = [cells[column][:MOST_LETTERS] for column in ("name_a", "name_b")]
    troubles = [trouble, *(name_trouble(cells[column], column) for column in ("name_a", "name_b"))]
    nationality = cells.get("nationality_b", "").upper()
    asked = AskedPerson(
        spell(names[0]), births[0], sexes[0], cells.get("nationality_a", "").upper(), truncated=is_cut(names[0])
    )
    listed = ListedPerson(
        spell(names[1]),
        (ListedBirth.exact(births[1]),) if births[1] else (),
        sexes[1],
        (nationality,) if nationality else (),
        truncated=is_cut(names[1]),
    )
    return PersonPair(line, cells["id"], asked, listed, "; ".join(filter(None, troubles)), tuple(unknown))


def name_trouble(text: str, column: str) -> str:
    """Why the name in this column can't be read; empty where it can."""
    if len(text) > MOST_LETTERS:
        return f"{column} has more than {MOST_LETTERS} letters"
    return "" if spell(text) else f"{column} holds no name"


def is_cut(written: str) -> bool:
    """Whether a name as an MRZ writes it fills the name field of its document, so that more may have followed."""
    return "<" in written and len(written) in _FIELDS_OF_A_DOCUMENT and not written.endswith("<")


def _birth(text: str, column: str, unknown: list[str]) -> PartialDate | None:
    try:
        return read_birth(text)
    except ValueError:
        unknown.append(f"{column} can't be read as a date of birth and is taken as unknown")
        return None


def _sex(text: str, column: str, unknown: list[str]) -> str:
    if text.upper() not in {"", "M", "F", "X", "<"}:
        unknown.append(f"{column} is no M, F or X and is taken as unknown")
    return text.upper() if text.upper() in {"M", "F"} else ""
