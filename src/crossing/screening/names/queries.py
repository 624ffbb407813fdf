"""Questions about names from a CSV file, and whom on a list each may be: for trying a list out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from crossing.documents.dates import PartialDate
from crossing.screening import verdicts
from crossing.screening.countries import same_state, state_code
from crossing.screening.index import IndexedPerson, ListIndex
from crossing.screening.names.errors import MalformedPairs
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.index import NameMatch
from crossing.screening.names.judging import Judged, judge
from crossing.screening.names.pairs import MOST_LETTERS, is_cut
from crossing.screening.names.spelling import spell
from crossing.screening.schemas import CheckOutcome, Subject, SubjectName

COLUMNS: Final = ("id", "name", "birth_date", "nationality")
_MOST_OF_A_PART: Final = 200


@dataclass(frozen=True, slots=True)
class Query:
    """Who is asked about; ``id`` is the file's own."""

    id: str
    subject: Subject


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom a name may be. ``likeness`` is of the two names alone, of 1; ``alert`` what an officer at the lane would be
    told: hit, possible, or nothing."""

    person: IndexedPerson
    name: str
    likeness: float
    judged: Judged
    alert: CheckOutcome | None

    def as_json(self) -> dict[str, Any]:
        return {
            "entry": self.person.reference,
            "label": self.person.label,
            "name": self.name,
            "score": self.judged.score,
            "decision": self.judged.decision.value,
            "alert": None if self.alert is None else self.alert.value,
            "reasons": [reason.text() for reason in self.judged.reasons],
        }


def read_queries(content: bytes) -> Iterator[Query]:
    """One query for each row of a CSV in UTF-8 (with or without a mark at its start), in its order.

    A name may be as printed, as an MRZ has it (``OUEDRAOGO<<ABDOUL<KARIM``) or in Arabic script. Raises
    MalformedPairs, with the line, for a file without the columns and for a row that can't be read.
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
            yield _query(row, rows.line_num)
    except csv.Error as error:
        raise MalformedPairs(line=rows.line_num, trouble=str(error)) from error


def candidates(query: Query, listed: ListIndex, today: date) -> list[Candidate]:
    """The listed persons whom the name may be, each once, best first; without those whose entry has ended."""
    subject = query.subject
    best: dict[int, Candidate] = {}
    for name in subject.names:
        for match in listed.names.search(name.surname, name.given_names, subject.birth, truncated=name.truncated):
            person = listed.persons[match.name.person]
            if person.orders.counts_on(today):
                found = _candidate(subject, name, person, listed, match, today)
                known = best.get(match.name.person)
                if known is None or found.judged.score > known.judged.score:
                    best[match.name.person] = found
    return sorted(best.values(), key=lambda found: found.judged.score, reverse=True)


def _candidate(
    subject: Subject, name: SubjectName, person: IndexedPerson, listed: ListIndex, match: NameMatch, today: date
) -> Candidate:
    asked = AskedPerson(match.alignment.name, subject.birth, subject.sex, subject.nationality, name.truncated)
    theirs = ListedPerson(match.alignment.listed, person.births, person.sex, person.nationalities)
    judged = judge(asked, theirs, listed.names, match.alignment)
    verdict = verdicts.on_person(subject, listed, match, today)
    alert = None if verdict is None else verdict.outcome
    return Candidate(person, match.name.written, match.alignment.score, judged, alert)


def _query(row: dict[str, str | None], line: int) -> Query:
    if None in row or any(row[column] is None for column in COLUMNS):
        raise MalformedPairs(line=line, trouble="not as many cells as the first line has")
    cells = {column: (cell or "").strip() for column, cell in row.items()}
    name = _name(cells["name"], line)
    try:
        birth = PartialDate.parse(cells["birth_date"]) if cells["birth_date"] else None
    except ValueError as error:
        trouble = "birth_date is no date of the form YYYY-MM-DD, YYYY-MM or YYYY"
        raise MalformedPairs(line=line, trouble=trouble) from error
    nationality = state_code(cells["nationality"]) if cells["nationality"] else ""
    if cells["nationality"] and not nationality:
        raise MalformedPairs(line=line, trouble="nationality is no State's code or name")
    return Query(cells["id"], Subject(names=(name,), birth=birth, nationality=same_state(nationality)))


def _name(text: str, line: int) -> SubjectName:
    if len(text) > MOST_LETTERS:
        raise MalformedPairs(line=line, trouble=f"name has more than {MOST_LETTERS} letters")
    if not spell(text):
        raise MalformedPairs(line=line, trouble="name holds no name")
    surname, fillers, given = text.partition("<<")
    parts = (surname, given) if fillers else ("", text)
    surname, given = (part.replace("<", " ").strip()[:_MOST_OF_A_PART] for part in parts)
    return SubjectName(surname=surname, given_names=given, truncated=is_cut(text))
