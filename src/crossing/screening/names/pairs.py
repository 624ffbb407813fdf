"""Pairs of names with dates of birth, from a CSV file, and what the judge says of each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from crossing.documents.dates import PartialDate
from crossing.documents.mrz.issuers import ISSUERS
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.judging import Judged, judge
from crossing.screening.names.rows import MOST_LETTERS, Row, read_birth, read_rows
from crossing.screening.names.spelling import spell
from crossing.screening.names.troubles import Trouble, TroubleCode

COLUMNS: Final = ("id", "name_a", "dob_a", "name_b", "dob_b")

_FIELDS_OF_A_DOCUMENT: Final = frozenset({28, 29, 30, 31, 37, 38, 39})
"""Columns of the name field of a TD1 (30: Doc 9303-5), a TD2 or MRV-B (31: Doc 9303-6 and -7) and a TD3 or MRV-A (39:
Doc 9303-4 and -7). A field cut between two parts may end in one filler or two, which may not have been copied."""

_FIRST_LINE: Final = re.compile(r"(?P<code>[PVIAC][A-Z<])(?P<state>[A-Z]{3}|D<<)(?P<names>[A-Z]+<[A-Z<]*)")
_LINES: Final = frozenset({36, 44})
"""Columns of a line of a TD2 or MRV-B, and of a TD3 or MRV-A."""


@dataclass(frozen=True, slots=True)
class PersonPair:
    """Two people as two papers write them; ``line`` is the line of the file.

    ``unreadable`` says why the two can't be compared; ``taken_as_unknown`` what else of the row
    could not be read.
    """

    line: int
    id: str
    asked: AskedPerson
    listed: ListedPerson
    unreadable: tuple[Trouble, ...] = ()
    taken_as_unknown: tuple[Trouble, ...] = ()

    def judged(self) -> Judged:
        """Of two that can't be compared this is what the judge says of what there is."""
        return judge(self.asked, self.listed)


def read_pairs(stream: BinaryIO) -> Iterator[PersonPair]:
    """One pair for each row of a CSV, in its order (see ``rows.read_rows``), also for one that can't be read.

    Raises MalformedPairs for a file without the columns.
    """
    for row in read_rows(stream, COLUMNS):
        yield _pair(row)


def _pair(row: Row) -> PersonPair:
    cells = row.cells
    unknown: list[Trouble] = []
    births = [birth_in(row, column, unknown) for column in ("dob_a", "dob_b")]
    sexes = [_sex(row, column, unknown) for column in ("sex_a", "sex_b")]
    names = [name_in(cells[column])[:MOST_LETTERS] for column in ("name_a", "name_b")]
    troubles = [row.trouble, *(name_trouble(row, column) for column in ("name_a", "name_b"))]
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
    unreadable = tuple(one for one in troubles if one is not None)
    return PersonPair(row.line, cells["id"], asked, listed, unreadable, tuple(unknown))


def name_trouble(row: Row, column: str) -> Trouble | None:
    """Why the name in this column can't be read, if it can't."""
    if len(row.cells[column]) > MOST_LETTERS:
        return Trouble.of(TroubleCode.NAME_TOO_LONG, row.line, column, most=MOST_LETTERS)
    return None if spell(row.cells[column]) else Trouble.of(TroubleCode.NAME_ABSENT, row.line, column)


def birth_in(row: Row, column: str, unknown: list[Trouble]) -> PartialDate | None:
    """The date of birth in this column; where it can't be read, ``unknown`` has it."""
    try:
        return read_birth(row.cells[column])
    except ValueError:
        unknown.append(Trouble.of(TroubleCode.BIRTH_UNREADABLE, row.line, column))
        return None


def name_in(written: str) -> str:
    """What was written, or of a whole first MRZ line the name field, as in ``P<MLIDIALLO<<MAMADOU<<<<``.

    The line of a TD1 that has the name holds nothing else. Two letters may also begin a surname: they are taken for a
    document code on a line of full length alone, but for ``ID`` before the code of a State.
    """
    found = _FIRST_LINE.fullmatch(written)
    if found is None or found["state"].rstrip("<") not in ISSUERS:
        return written
    sure = found["code"].endswith("<") or found["code"] == "ID" or len(written) in _LINES
    return found["names"] if sure and "<<" in found["names"] else written


def is_cut(written: str) -> bool:
    """Whether a name as an MRZ writes it fills the name field of its document, so that more may have followed."""
    return "<" in written and len(written) in _FIELDS_OF_A_DOCUMENT and not written.endswith("<")


def _sex(row: Row, column: str, unknown: list[Trouble]) -> str:
    text = row.cells.get(column, "").upper()
    if text not in {"", "M", "F", "X", "<"}:
        unknown.append(Trouble.of(TroubleCode.SEX_UNKNOWN, row.line, column))
    return text if text in {"M", "F"} else ""
