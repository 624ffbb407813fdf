"""The names of a list of up to a million persons: who is found, who is stopped wrongly, how long it takes."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from rapidfuzz import fuzz, process

from benchmarks.peers.asking import Peer
from benchmarks.screening.measuring import Memory, memory, quantile, timed
from benchmarks.screening.people import MRZ_COLUMNS, Person, at_the_border, in_mrz, person
from crossing.screening import verdicts
from crossing.screening.asked_names import ask_names
from crossing.screening.listed import ListIndex
from crossing.screening.lists.contents import ListedPerson, NameKind
from crossing.screening.lists.views import SealState
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.index import ListedName, NameIndex
from crossing.screening.names.spelling import spell
from crossing.screening.persons import IndexedPerson, ListedPersons, Orders
from crossing.screening.schemas import CheckKind, CheckOutcome, Subject, SubjectName

SEED: Final = 11
UNLISTED_SEED: Final = 12
TODAY: Final = date(2031, 1, 1)
CANDIDATES: Final = 20
NO_ORDERS: Final = Orders("", "", "", "", None, None)
LOGIC_V2_ALERTS: Final = 0.70


@dataclass
class Figures:
    """Shares from 0 to 1, times in ms of one thread, memory in MB.

    False alerts are those of travellers whose date of birth is not 1 January; West Africans with that date, who have
    no more than a year, are counted apart.
    """

    persons: int
    build: Memory = field(default_factory=Memory)
    candidates: float = 0.0
    hits: float = 0.0
    sure: float = 0.0
    false_alerts: float = 0.0
    false_hits: float = 0.0
    regional_false_alerts: float = 0.0
    placeholder_false_alerts: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    real_asked: int = 0
    real_candidates: float = 0.0
    real_hits: float = 0.0


@dataclass
class PeerFigures:
    """Of rapidfuzz over the whole list, and of logic-v2 over the candidates of ours."""

    asked: int
    our_candidates: float = 0.0
    our_hits: float = 0.0
    our_false_alerts: float = 0.0
    brute_candidates: float = 0.0
    brute_p50: float = 0.0
    logic_hits: float = 0.0
    logic_false_alerts: float = 0.0
    logic_p50: float = 0.0
    logic_p95: float = 0.0


def built(count: int, published: Sequence[ListedPerson]) -> tuple[ListIndex, Memory]:
    """A list of ``count`` persons: those of the published lists first, then made-up ones."""
    made_up = max(0, count - len(published))
    with memory() as used:
        persons = ListedPersons.of(_persons(published, made_up))
        names = NameIndex.of(_names(published, made_up))
    return list_of(persons, names), used


def list_of(persons: ListedPersons, names: NameIndex) -> ListIndex:
    return ListIndex(
        code="made-up",
        name="Made up",
        format="national_persons",
        version=1,
        as_of=datetime(2030, 12, 31, tzinfo=UTC),
        max_age_days=None,
        covers=frozenset({CheckKind.NAME_LIST}),
        persons=persons,
        names=names,
        seal=SealState.WHOLE,
    )


def measured(listed: ListIndex, used: Memory, published: Sequence[ListedPerson], asked: int) -> Figures:
    """Asks for ``asked`` persons who are listed, and for twice as many who are not."""
    chance = random.Random(len(listed.persons))
    made_up = len(listed.persons) - len(published)
    figures = Figures(len(listed.persons), used)
    times: list[float] = []
    _ask_for_listed(figures, listed, [chance.randrange(made_up) for _ in range(asked)], len(published), times)
    _ask_for_unlisted(figures, listed, asked, times)
    figures.p50, figures.p95 = quantile(times, 50), quantile(times, 95)
    _ask_for_published(figures, listed, published, asked)
    return figures


def beside_peers(listed: ListIndex, published: Sequence[ListedPerson], asked: int, peer: Peer) -> PeerFigures:
    """The same questions to the peers; fewer of them, for rapidfuzz reads the whole list each time."""
    made_up = len(listed.persons) - len(published)
    chance = random.Random(len(listed.persons))
    figures = PeerFigures(asked)
    numbers = [chance.randrange(made_up) for _ in range(asked)]
    travellers = [(one + len(published), _traveller(one)) for one in numbers]
    _brute_force(figures, listed, travellers)
    times: list[float] = []
    found = sum(place in _by_logic_v2(subject, listed, peer, times) for place, subject in travellers)
    strangers = [_stranger(number) for number in range(asked)]
    stopped = sum(bool(_by_logic_v2(subject, listed, peer, times)) for subject in strangers)
    figures.our_candidates = sum(place in _candidates(subject, listed) for place, subject in travellers) / asked
    figures.our_hits = sum(place in alerts(subject, listed) for place, subject in travellers) / asked
    figures.our_false_alerts = sum(bool(alerts(subject, listed)) for subject in strangers) / asked
    figures.logic_hits, figures.logic_false_alerts = found / asked, stopped / asked
    figures.logic_p50, figures.logic_p95 = quantile(times, 50), quantile(times, 95)
    return figures


def alerts(subject: Subject, listed: ListIndex) -> dict[int, CheckOutcome]:
    """Who alerts, by place on the list; exactly what the name check does."""
    found: dict[int, CheckOutcome] = {}
    for _, answer in ask_names(subject, listed, TODAY):
        for match in answer.matches:
            verdict = verdicts.on_person(subject, listed, match, TODAY)
            if verdict is not None and found.get(match.name.person) is not CheckOutcome.HIT:
                found[match.name.person] = verdict.outcome
    return found


def _traveller(number: int) -> Subject:
    return at_the_border(person(number, seed=SEED), random.Random(number + 1))


def _ask_for_listed(
    figures: Figures, listed: ListIndex, numbers: Sequence[int], first: int, times: list[float]
) -> None:
    candidates = hits = sure = 0
    for number in numbers:
        subject, place = _traveller(number), number + first
        candidates += place in _candidates(subject, listed)
        found = timed(lambda asked=subject: alerts(asked, listed), times)  # type: ignore[misc]
        hits += place in found
        sure += found.get(place) is CheckOutcome.HIT
    figures.candidates, figures.hits, figures.sure = (
        candidates / len(numbers),
        hits / len(numbers),
        sure / len(numbers),
    )


def _ask_for_unlisted(figures: Figures, listed: ListIndex, asked: int, times: list[float]) -> None:
    """Travellers by the list's own frequencies, and then those of the region alone."""
    strangers = [_stranger(number) for number in range(asked)]
    found = [timed(lambda asked=one: alerts(asked, listed), times) for one in strangers]  # type: ignore[misc]
    dated = [alerting for one, alerting in zip(strangers, found, strict=True) if not _is_placeholder(one)]
    figures.false_alerts = _share_alerting(dated)
    figures.false_hits = sum(CheckOutcome.HIT in one.values() for one in dated) / len(dated)
    regional = [_stranger(number, west_african=1.0) for number in range(asked, 2 * asked)]
    figures.regional_false_alerts = _share_alerting(
        [alerts(one, listed) for one in regional if not _is_placeholder(one)]
    )
    figures.placeholder_false_alerts = _share_alerting(
        [alerts(one, listed) for one in regional if _is_placeholder(one)]
    )


def _share_alerting(found: Sequence[dict[int, CheckOutcome]]) -> float:
    return sum(map(bool, found)) / len(found) if found else 0.0


def _is_placeholder(subject: Subject) -> bool:
    """1 January says the year alone."""
    birth = subject.birth
    return birth is not None and (birth.month, birth.day) == (1, 1)


def _stranger(number: int, west_african: float = 0.3) -> Subject:
    return at_the_border(person(number, seed=UNLISTED_SEED, west_african=west_african), random.Random(number + 1))


def _ask_for_published(figures: Figures, listed: ListIndex, published: Sequence[ListedPerson], most: int) -> None:
    """Good names of two parts and more, cut to the MRZ's columns, with the person's first date of birth."""
    written = [
        (place, subject)
        for place, one in enumerate(published)
        for name in one.names
        if name.kind is not NameKind.WEAK_ALIAS and (subject := _cut(name.surname, name.given_names, one))
    ]
    asked = random.Random(len(written)).sample(written, min(most, len(written)))
    if asked:
        figures.real_asked = len(asked)
        figures.real_candidates = sum(place in _candidates(subject, listed) for place, subject in asked) / len(asked)
        figures.real_hits = sum(place in alerts(subject, listed) for place, subject in asked) / len(asked)


def _cut(surname: str, given: str, one: ListedPerson) -> Subject | None:
    """None where there is nothing to ask with: no date of birth, or one part of a name."""
    whole = in_mrz(f"{surname} {given}")
    if not one.births or len(whole.split()) < 2:
        return None
    name = SubjectName(surname="", given_names=whole[:MRZ_COLUMNS], truncated=len(whole) > MRZ_COLUMNS)
    nationality = one.nationalities[0] if one.nationalities else ""
    return Subject(names=(name,), birth=one.births[0].first, nationality=nationality)


def _candidates(subject: Subject, listed: ListIndex) -> set[int]:
    [name] = subject.names
    spelling = spell(name.surname, name.given_names)
    return {one.person for one in listed.names.candidates(spelling, subject.birth, truncated=name.truncated)}


def _brute_force(figures: PeerFigures, listed: ListIndex, travellers: Sequence[tuple[int, Subject]]) -> None:
    """The best token-sort ratio over every listed name; candidates are its twenty best."""
    labels = [in_mrz(one.label) for one in listed.persons]
    times: list[float] = []
    found = 0
    for place, subject in travellers:
        asked = _written(subject)
        best = timed(
            lambda name=asked: process.extract(name, labels, scorer=fuzz.token_sort_ratio, limit=CANDIDATES),  # type: ignore[misc]
            times,
        )
        found += place in {one[2] for one in best}
    figures.brute_candidates, figures.brute_p50 = found / len(travellers), quantile(times, 50)


def _by_logic_v2(subject: Subject, listed: ListIndex, peer: Peer, times: list[float]) -> set[int]:
    """Our candidates of whom logic-v2 would alert. ``times`` gets the ms of both together."""
    started = time.thread_time()
    places = sorted(_candidates(subject, listed))
    ours = time.thread_time() - started
    rows = [
        [_written(subject), str(subject.birth or ""), one.label, str(one.births[0].first) if one.births else ""]
        for one in (listed.persons[place] for place in places)
    ]
    answer = peer.ask({"scorer": "logic-v2", "pairs": rows})
    times.append((ours + sum(answer["seconds"])) * 1000)
    return {place for place, score in zip(places, answer["scores"], strict=True) if score >= LOGIC_V2_ALERTS}


def _written(subject: Subject) -> str:
    [name] = subject.names
    return f"{name.given_names} {name.surname}".strip()


def _persons(published: Sequence[ListedPerson], made_up: int) -> Iterator[IndexedPerson]:
    for place, one in enumerate(published):
        yield IndexedPerson(
            UUID(int=place + 1), one.reference, one.label, one.births, one.sex, one.nationalities, None, NO_ORDERS
        )
    for number in range(made_up):
        made = person(number, seed=SEED)
        place = number + len(published)
        yield IndexedPerson(
            UUID(int=place + 1), str(place), " ".join(made.names), _births(made), made.sex,
            _nationalities(made, number), None, NO_ORDERS,
        )  # fmt: skip


def _names(published: Sequence[ListedPerson], made_up: int) -> Iterator[ListedName]:
    for place, one in enumerate(published):
        for name in one.names:
            weak, alias = name.kind is NameKind.WEAK_ALIAS, name.kind is not NameKind.PRIMARY
            yield ListedName(place, weak, alias, name.surname, name.given_names, one.births)
    for number in range(made_up):
        made = person(number, seed=SEED)
        yield ListedName(number + len(published), False, False, *made.names, _births(made))


def _births(made: Person) -> tuple[ListedBirth, ...]:
    return (ListedBirth.exact(made.birth),)


def _nationalities(made: Person, number: int) -> tuple[str, ...]:
    """A list does not know everybody's."""
    return () if number % 7 == 0 else (made.nationality,)
