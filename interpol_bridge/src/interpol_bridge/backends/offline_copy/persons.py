"""The nominals of an open copy: found by the name engine, judged by the rule that a post's own lists have."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple, Self
from uuid import NAMESPACE_OID, uuid5

from pydantic import TypeAdapter

from crossing.documents.dates import PartialDate
from crossing.ports.bridge import NominalQuery, NotCheckedReason, NoticeColour
from crossing.screening.countries import same_state
from crossing.screening.lists.contents import ListedPerson as PersonOnFile
from crossing.screening.lists.contents import NameKind
from crossing.screening.names.alerting import (
    WORTH_JUDGING,
    alert,
    is_chance,
    name_reasons,
    person_reasons,
)
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.index import ListedName, NameIndex, NameMatch
from crossing.screening.names.index.columns import Texts
from crossing.screening.names.judging import Decision, judge
from crossing.screening.names.spelling import Spelling, spell
from crossing.screening.persons import IndexedPerson, ListedPersons, Orders
from crossing.screening.schemas import CheckOutcome
from crossing.screening.snapshots import About, Snapshot, Snapshots
from crossing.screening.sought import Sought
from interpol_bridge.backends.base import NotAnswered, Record
from interpol_bridge.backends.offline_copy.manifest import CopyFile
from interpol_bridge.backends.offline_copy.persons_file import read_persons

MOST_RECORDS: Final = 20

_REHEARSED: Final = 1_000
"""Of its own persons an opened copy is asked about so many, or up to twice as many."""

_REHEARSAL_S: Final = 2.0
"""Then it serves, whoever was asked about."""

_CODE: Final = "nominals"
_LONGEST_OWNER: Final = 64
_COLOURS: Final = frozenset(NoticeColour)


class _Shown(NamedTuple):
    """What a record tells beside what persons are compared by."""

    owner: str
    family_name: str
    forenames: str
    charges: str


_SHOWN: Final = TypeAdapter(_Shown)


class Nominals:
    """Never changed once opened, so any thread may ask it."""

    def __init__(self, index: Snapshot, shown: Texts) -> None:
        """``shown``: by the place of each person, a ``_Shown`` as JSON."""
        self._persons = index.persons
        self._names = index.names
        self._shown = shown

    @classmethod
    def open(cls, path: Path, said: CopyFile, key: bytes, snapshots: Snapshots | None = None) -> Self:
        """``snapshots`` keeps the index from one start to the next: else every name is spelled anew, which takes some
        17 seconds of a processor for 100,000 persons. Raises ``OSError`` and CopyDamaged."""
        about = About(_CODE, 1, said.digest)
        kept = snapshots.open(about) if snapshots else None
        shown = Texts.of(_SHOWN.dump_json(_shown(one)).decode() for one in read_persons(path, said, key))
        if kept is None:
            kept = _indexed(lambda: read_persons(path, said, key))
            if snapshots:
                snapshots.keep({about: kept})
        opened = cls(kept, shown)
        opened._rehearse()
        return opened

    def __len__(self) -> int:
        return len(self._persons)

    def search(self, query: NominalQuery, today: date) -> tuple[Record, ...]:
        """The records that are worth an officer's time, best first; ``exact`` is what the rule calls a hit.

        :raises NotAnswered: nothing was found, and not everybody who may be meant was compared
        """
        spelling = spell(query.family_name, query.forenames)
        if not spelling:
            raise NotAnswered(NotCheckedReason.UNSUPPORTED, "the name has no letter that can be compared")
        return self._search(spelling, _sought(query), today)

    def _rehearse(self) -> None:
        """Asks about some of the copy's own persons: else the first travellers of the day would wait for what is
        worked out once for each word of a name, and then remembered."""
        end = time.monotonic() + _REHEARSAL_S
        for place in range(0, len(self), max(1, len(self) // _REHEARSED)):
            if time.monotonic() > end:
                return
            person, shown = self._persons[place], self._told(place)
            birth = next((one.first for one in person.births), None)
            sought = Sought(birth, person.sex, next(iter(person.nationalities), ""))
            # Whatever ends one question ends that one, when a traveller asks it: it keeps no copy from opening.
            with suppress(Exception):
                self._search(spell(shown.family_name, shown.forenames), sought, date.min)

    def _search(self, spelling: Spelling, sought: Sought, today: date) -> tuple[Record, ...]:
        answer = self._names.ask(
            spelling,
            sought.birth,
            wanted=sought.wanted(self._persons, today),
            may_be=None if _is_name_alone(sought) else lambda place: sought.may_be(self._persons, place),
            least=WORTH_JUDGING,
            apart=_is_name_alone(sought),
        )
        best: dict[int, Record] = {}
        for match in answer.matches:
            if match.alignment.score < WORTH_JUDGING:
                break  # The best come first.
            asked = AskedPerson(match.alignment.name, sought.birth, sought.sex, sought.nationality)
            record = self._record(asked, match)
            known = best.get(match.name.person)
            if record is not None and (known is None or _strength(record) > _strength(known)):
                best[match.name.person] = record
        if not best and (spelling.left_out or not answer.complete):
            raise NotAnswered(NotCheckedReason.UNSUPPORTED, "too many on the copy bear such a name to compare all")
        return tuple(sorted(best.values(), key=_strength, reverse=True)[:MOST_RECORDS])

    def _record(self, asked: AskedPerson, match: NameMatch) -> Record | None:
        place = match.name.person
        sex, states = self._persons.sex_and_states(place)
        listed = ListedPerson(match.alignment.listed, self._persons.births(place), sex, states)
        judged = judge(asked, listed, self._names, match.alignment)
        outcome = alert(asked, listed, match, judged)
        if outcome is None and _is_name_alone(asked) and judged.decision is not Decision.DIFFERENT:
            outcome = CheckOutcome.POSSIBLE
        if outcome is None or is_chance(asked, listed, match, judged, self._names.total()):
            return None
        reasons = (*name_reasons(match), *judged.reasons, *person_reasons(asked, listed))
        person, shown = self._persons[place], self._told(place)
        colour = person.orders.notice_colour
        return Record(
            record_reference=person.reference,
            owner_bureau=shown.owner,
            match_type="exact" if outcome is CheckOutcome.HIT else "fuzzy",
            score=judged.score,
            explanations=tuple(reason.text() for reason in reasons),
            fields=_fields(person, shown),
            notice_colour=NoticeColour(colour) if colour in _COLOURS else None,
            action=person.orders.action,
            caution=person.orders.caution,
        )

    def _told(self, place: int) -> _Shown:
        return _SHOWN.validate_json(self._shown[place])


def _sought(query: NominalQuery) -> Sought:
    birth = PartialDate.parse(query.birth_date) if query.birth_date else None
    return Sought(birth, query.sex, same_state(query.nationality) if query.nationality else "")


def _is_name_alone(asked: Sought | AskedPerson) -> bool:
    """Then the rule could never alert, and "no hit" would say nothing: whoever bears the name is told as possible."""
    return asked.birth is None and not asked.nationality


def _strength(record: Record) -> tuple[bool, float]:
    return record.match_type == "exact", record.score


def _fields(person: IndexedPerson, shown: _Shown) -> dict[str, str]:
    values = {
        "family_name": shown.family_name,
        "forenames": shown.forenames,
        "birth_date": "; ".join(map(str, person.births)),
        "sex": person.sex,
        "nationality": ", ".join(person.nationalities),
        "charges": shown.charges,
    }
    return {name: value for name, value in values.items() if value}


def _shown(person: PersonOnFile) -> _Shown:
    first, orders = person.names[0], person.orders
    owner = (orders.owner or orders.authority)[:_LONGEST_OWNER]
    return _Shown(owner, first.surname, first.given_names, person.remarks)


def _indexed(read: Callable[[], Iterator[PersonOnFile]]) -> Snapshot:
    """The file is read once for the persons and once for their names: nobody is held as an object for long."""
    persons = ListedPersons.of(map(_person, read()))
    return Snapshot(persons, NameIndex.of(_names(read())))


def _person(one: PersonOnFile) -> IndexedPerson:
    orders = one.orders
    return IndexedPerson(
        id=uuid5(NAMESPACE_OID, one.reference),
        reference=one.reference,
        label=one.label,
        births=one.births,
        sex=one.sex,
        nationalities=one.nationalities,
        portrait_sha256=None,
        orders=Orders(
            orders.action, orders.caution, orders.handling, orders.notice_colour, orders.review_on, orders.expires_on
        ),
    )


def _names(persons: Iterable[PersonOnFile]) -> Iterator[ListedName]:
    for place, one in enumerate(persons):
        for name in one.names:
            weak, alias = name.kind is NameKind.WEAK_ALIAS, name.kind is not NameKind.PRIMARY
            yield ListedName(place, weak, alias, name.surname, name.given_names, one.births)
