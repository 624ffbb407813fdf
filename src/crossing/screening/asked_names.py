"""Every way in which the names of a list are asked about a traveller: by each name that was read of them, and where
they are born about a year, by each year that this may be."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import NamedTuple

from crossing.documents.dates import PartialDate
from crossing.screening import verdicts
from crossing.screening.askable import readable_names
from crossing.screening.listed import ListIndex
from crossing.screening.names.alerting import WORTH_JUDGING
from crossing.screening.names.births import APPROXIMATE_YEARS
from crossing.screening.names.index import NameAnswer
from crossing.screening.names.spelling import Spelling, spell
from crossing.screening.schemas import Subject


class AskedName(NamedTuple):
    """A name as it was asked, and who on the list may be meant by it."""

    spelling: Spelling
    answer: NameAnswer


def ask_names(subject: Subject, listed: ListIndex, today: date) -> Iterator[AskedName]:
    """Whoever could alert by name is in some of the answers; most who could not are left out."""
    sought = verdicts.sought(subject)
    wanted = sought.wanted(listed.persons, today)
    some_cut = any(name.truncated for name in subject.names)
    for name, birth in product(dict.fromkeys(readable_names(subject)), _births(subject)):
        spelling = spell(name.surname, name.given_names)
        answer = listed.names.ask(
            spelling,
            birth,
            truncated=name.truncated,
            wanted=wanted,
            may_be=lambda place: sought.may_be(listed.persons, place),
            least=WORTH_JUDGING,
            # A verdict takes the end of every name for cut where that of one is.
            apart=some_cut and not name.truncated,
        )
        yield AskedName(spelling, answer)


def _births(subject: Subject) -> Sequence[PartialDate | None]:
    """An index looks a year to either side; who is born about a year may be born further from it."""
    birth = subject.birth
    if birth is None or not subject.birth_approximate:
        return [birth]
    beside = range(birth.year - APPROXIMATE_YEARS + 1, birth.year + APPROXIMATE_YEARS)
    return [birth, *(PartialDate(year) for year in beside if year != birth.year)]
