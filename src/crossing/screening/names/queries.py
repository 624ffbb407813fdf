"""Questions about names from a CSV file, and whom on a list each may be: for trying a list out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO, Final, NamedTuple

from crossing.screening import verdicts
from crossing.screening.countries import same_state, state_code
from crossing.screening.listed import ListIndex
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.index import NameMatch, Wanted
from crossing.screening.names.judging import Judged, judge
from crossing.screening.names.pairs import birth_in, is_cut, name_in, name_trouble
from crossing.screening.names.rows import Row, read_rows
from crossing.screening.names.spelling import spell
from crossing.screening.names.troubles import Trouble, TroubleCode
from crossing.screening.persons import IndexedPerson
from crossing.screening.schemas import CheckOutcome, Subject, SubjectName

COLUMNS: Final = ("id", "name", "birth_date", "nationality")
_MOST_OF_A_PART: Final = 200


@dataclass(frozen=True, slots=True)
class Query:
    """Who is asked about; ``id`` is the file's own, ``line`` its first line there.

    ``unreadable`` says why nobody can be asked about; ``taken_as_unknown`` what else of the row
    could not be read.
    """

    id: str
    subject: Subject
    line: int = 0
    unreadable: tuple[Trouble, ...] = ()
    taken_as_unknown: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom a name may be. ``likeness`` is of the two names alone, of 1; ``alert`` what an officer at the lane would
    be told: hit, possible, or nothing."""

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


class Answer(NamedTuple):
    """Listed persons, each once, best first. ``complete``: False where the name is too long, or borne by too many, to
    compare all of the list with it."""

    candidates: list[Candidate]
    complete: bool


def read_queries(stream: BinaryIO) -> Iterator[Query]:
    """One query for each row of a CSV, in its order (see ``rows.read_rows``), also for one that can't be read.

    A name may be as printed, as an MRZ has it (``OUEDRAOGO<<ABDOUL<KARIM``) or in Arabic script. Raises
    MalformedPairs for a file without the columns.
    """
    for row in read_rows(stream, COLUMNS):
        yield _query(row)


def candidates(query: Query, listed: ListIndex, today: date) -> Answer:
    """Whom the name may be, without those whose entry has ended."""
    subject = query.subject
    best: dict[int, Candidate] = {}
    complete = True
    if query.unreadable:
        return Answer([], complete=False)
    counting = Wanted(listed.persons.counting(today))
    for name in subject.names:
        spelling = spell(name.surname, name.given_names)
        answer = listed.names.ask(spelling, subject.birth, truncated=name.truncated, wanted=counting)
        complete = complete and answer.complete and not spelling.left_out
        for match in answer.matches:
            person = listed.persons[match.name.person]
            if person.orders.counts_on(today):
                found = _candidate(subject, name, person, listed, match, today)
                known = best.get(match.name.person)
                if known is None or found.judged.score > known.judged.score:
                    best[match.name.person] = found
    return Answer(sorted(best.values(), key=lambda found: found.judged.score, reverse=True), complete)


def _candidate(
    subject: Subject, name: SubjectName, person: IndexedPerson, listed: ListIndex, match: NameMatch, today: date
) -> Candidate:
    asked = AskedPerson(match.alignment.name, subject.birth, subject.sex, subject.nationality, name.truncated)
    theirs = ListedPerson(match.alignment.listed, person.births, person.sex, person.nationalities)
    judged = judge(asked, theirs, listed.names, match.alignment)
    verdict = verdicts.on_person(subject, listed, match, today)
    alert = None if verdict is None else verdict.outcome
    return Candidate(person, match.name.written, match.alignment.score, judged, alert)


def _query(row: Row) -> Query:
    cells = row.cells
    unknown: list[Trouble] = []
    birth = birth_in(row, "birth_date", unknown)
    nationality = state_code(cells["nationality"]) if cells["nationality"] else ""
    if cells["nationality"] and not nationality:
        unknown.append(Trouble.of(TroubleCode.NATIONALITY_UNKNOWN, row.line, "nationality"))
    names, trouble = _names(row)
    subject = Subject(names=names, birth=birth, nationality=same_state(nationality))
    unreadable = tuple(one for one in (row.trouble, trouble) if one is not None)
    return Query(cells["id"], subject, row.line, unreadable, tuple(unknown))


def _names(row: Row) -> tuple[tuple[SubjectName, ...], Trouble | None]:
    """The name as surname and given names, or why it can't be read."""
    text = name_in(row.cells["name"])
    if trouble := name_trouble(row, "name"):
        return (), trouble
    surname, fillers, given = text.partition("<<")
    parts = (surname, given) if fillers else ("", text)
    surname, given = (part.replace("<", " ").strip() for part in parts)
    if max(len(surname), len(given)) > _MOST_OF_A_PART:
        return (), Trouble.of(TroubleCode.NAME_PART_TOO_LONG, row.line, "name", most=_MOST_OF_A_PART)
    return (SubjectName(surname=surname, given_names=given, truncated=is_cut(text)),), None
