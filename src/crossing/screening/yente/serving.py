"""What other systems ask of our lists, answered as yente answers: candidates with scores, by the lane's judge."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from crossing.screening.documents import DocumentLikeness
from crossing.screening.errors import DatasetUnknown, ListNotBelieved
from crossing.screening.index import ListIndex
from crossing.screening.lists.views import SealState
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.judging import judge
from crossing.screening.names.spelling import spell
from crossing.screening.persons import IndexedPerson
from crossing.screening.schemas import CheckKind, Subject
from crossing.screening.unasked import UnaskedList
from crossing.screening.yente import properties
from crossing.screening.yente.shapes import (
    Entity,
    EntityExample,
    Facet,
    FacetItem,
    Feature,
    Matches,
    MatchResponse,
    ScoredEntity,
    SearchResponse,
    Total,
)

EVERYTHING: Final = "default"
SANCTIONS: Final = "sanctions"
_SANCTIONS_FORMATS: Final = frozenset({"un_xml", "ofac_sdn", "opensanctions_ftm", "opensanctions_simple"})

_NAME: Final = "name_judged"
_NUMBER: Final = "identifier_same"
_NUMBER_SCORES: Final = MappingProxyType({DocumentLikeness.SAME: 1.0})
_TWIN_SCORE: Final = 0.9
_ABOUT: Final = "https://github.com/opensanctions/yente"
FEATURES: Final = MappingProxyType(
    {
        _NAME: Feature(
            description="Name, date of birth, sex and nationality, judged together.", coefficient=1.0, url=_ABOUT
        ),
        _NUMBER: Feature(description="A document has the same number.", coefficient=1.0, url=_ABOUT),
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many results, from which score on, and from which on they count as a match."""

    limit: int = 5
    threshold: float = 0.7
    cutoff: float = 0.5


class _Candidate(NamedTuple):
    listed: ListIndex
    person: IndexedPerson
    name: str
    features: dict[str, float]
    numbers: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        return max(self.features.values())


def lists_of(
    dataset: str, lists: Sequence[ListIndex], now: datetime, unasked: Iterable[UnaskedList] = ()
) -> list[ListIndex]:
    """The lists of persons behind a dataset's name: a list's code, "default" or "sanctions".

    Raises DatasetUnknown, and ListNotBelieved where one is too old, not whole or can't be asked at all (``unasked``):
    whoever asks would read "nobody found" as "nobody is listed".
    """
    # Of which publisher a list in an unknown format is, nobody can say.
    silent = [one.code for one in unasked if dataset in (EVERYTHING, SANCTIONS, one.code)]
    persons = [one for one in lists if CheckKind.NAME_LIST in one.covers]
    if dataset == EVERYTHING:
        chosen = persons
    elif dataset == SANCTIONS:
        chosen = [one for one in persons if one.format in _SANCTIONS_FORMATS]
    else:
        chosen = [one for one in persons if one.code == dataset]
    if not chosen and not silent:
        raise DatasetUnknown
    doubted = [one.code for one in chosen if one.expired(now) or one.seal is not SealState.WHOLE]
    if doubted or silent:
        raise ListNotBelieved(lists=", ".join([*doubted, *silent]))
    return chosen


def match(
    queries: dict[str, EntityExample], lists: Sequence[ListIndex], now: datetime, wanted: Wanted
) -> MatchResponse:
    """One answer for each query, by its key."""
    responses = {key: _matches(example, lists, now, wanted) for key, example in queries.items()}
    return MatchResponse(responses=responses, matcher=FEATURES, limit=wanted.limit)


def search(text: str, lists: Sequence[ListIndex], now: datetime, *, limit: int, offset: int) -> SearchResponse:
    """Persons by a name alone, the most alike first."""
    example = EntityExample(schema_="Person", properties={"name": [text]} if text.strip() else {})
    found = _candidates(example, lists, now)
    counts = {one.code: sum(candidate.listed is one for candidate in found) for one in lists}
    items = [FacetItem(name=one.code, label=one.name, count=counts[one.code]) for one in lists if counts[one.code]]
    return SearchResponse(
        limit=limit,
        offset=offset,
        total=Total(value=len(found)),
        results=[Entity(**_entity(one)) for one in found[offset : offset + limit]],
        facets={"datasets": Facet(label="Data sources", values=items)},
    )


def _matches(example: EntityExample, lists: Sequence[ListIndex], now: datetime, wanted: Wanted) -> Matches:
    # A cut-off above the threshold would hide what counts as a match.
    cutoff = min(wanted.cutoff, wanted.threshold)
    found = [one for one in _candidates(example, lists, now) if one.score >= cutoff]
    results = [
        ScoredEntity(**_entity(one), score=one.score, features=one.features, match=one.score >= wanted.threshold)
        for one in found[: wanted.limit]
    ]
    return Matches(results=results, total=Total(value=len(found)), query=example)


def _candidates(example: EntityExample, lists: Iterable[ListIndex], now: datetime) -> list[_Candidate]:
    """Each person once, by what speaks most for them; the best first. Those whose entry has ended are left out."""
    if example.schema_ not in properties.PERSON_SCHEMAS:
        return []
    best: dict[tuple[str, str], _Candidate] = {}
    for subject in properties.subjects(example):
        for listed in lists:
            for one in (*_by_name(subject, listed), *_by_number(subject, listed)):
                if not one.person.orders.counts_on(now.date()):
                    continue
                known = best.get((listed.code, one.person.reference))
                best[listed.code, one.person.reference] = one if known is None else _stronger(known, one)
    return sorted(best.values(), key=lambda one: (-one.score, one.listed.code, one.person.reference))


def _stronger(one: _Candidate, other: _Candidate) -> _Candidate:
    features = {
        name: max(one.features.get(name, 0.0), other.features.get(name, 0.0))
        for name in one.features | other.features
    }
    numbers = tuple(dict.fromkeys(one.numbers + other.numbers))
    return max(one, other, key=lambda candidate: candidate.score)._replace(features=features, numbers=numbers)


def _by_name(subject: Subject, listed: ListIndex) -> Iterator[_Candidate]:
    for name in subject.names:
        spelling = spell(name.surname, name.given_names)
        asked = AskedPerson(spelling, subject.birth, subject.sex, subject.nationality)
        for found in listed.names.candidates(spelling, subject.birth):
            person = listed.persons[found.person]
            theirs = ListedPerson(found.spelling, person.births, person.sex, person.nationalities)
            judged = judge(asked, theirs, listed.names)
            yield _Candidate(listed, person, found.written, {_NAME: judged.score})


def _by_number(subject: Subject, listed: ListIndex) -> Iterator[_Candidate]:
    if subject.document is None:
        return
    for found in listed.documents.search(subject.document.number, ""):
        if found.document.person is not None:
            person = listed.persons[found.document.person]
            features = {_NUMBER: _NUMBER_SCORES.get(found.likeness, _TWIN_SCORE)}
            yield _Candidate(listed, person, person.label, features, (found.document.number,))


def _entity(one: _Candidate) -> dict[str, object]:
    person = one.person
    given = {
        "name": list(dict.fromkeys((person.label, one.name))),
        "birthDate": [str(birth) for birth in person.births],
        "gender": properties.gender(person.sex),
        "nationality": [properties.alpha_2(code) for code in person.nationalities],
        "idNumber": list(one.numbers),
        "notes": [text for text in (person.orders.action, person.orders.caution, person.orders.handling) if text],
    }
    return {
        "id": f"{one.listed.code}-{person.reference}",
        "caption": person.label,
        "schema": "Person",
        "properties": {name: values for name, values in given.items() if values},
        "datasets": [one.listed.code],
        "target": True,
        "last_change": one.listed.as_of,
    }
