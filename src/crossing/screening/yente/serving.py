"""What other systems ask of our lists, answered as yente answers: candidates with scores, by the lane's judge."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from crossing.screening.askable import why_no_document, why_no_name
from crossing.screening.documents import DocumentLikeness, DocumentsUnreadable, IndexedDocument
from crossing.screening.errors import DatasetUnknown, ListNotBelieved
from crossing.screening.listed import ListIndex
from crossing.screening.lists.views import SealState
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.judging import judge
from crossing.screening.names.spelling import spell
from crossing.screening.persons import IndexedPerson, Orders
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

_SERVED: Final = frozenset({CheckKind.NAME_LIST, CheckKind.DOCUMENT_LIST})

_ANSWERED: Final = 200
_CANT_BE_ANSWERED: Final = 400
"""Status of a single query: with 200, an empty answer would be read as "nobody is listed"."""

_NOT_BELIEVED: Final = 503
"""Status of a single query that would be answered with nobody, though not every list can say so."""

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


class AskedLists(NamedTuple):
    """``not_believed``: codes of those that are too old, not whole or can't be asked at all. The first two are asked
    like the others: whom they name is named. But that somebody is on none of the lists is not said then."""

    lists: Sequence[ListIndex]
    not_believed: tuple[str, ...] = ()


class _Candidate(NamedTuple):
    """A listed person, or where ``person`` is None a ``document`` of which the list names no owner."""

    listed: ListIndex
    person: IndexedPerson | None
    name: str
    features: dict[str, float]
    numbers: tuple[str, ...] = ()
    document: IndexedDocument | None = None

    @property
    def reference(self) -> str:
        if self.person is not None:
            return self.person.reference
        return (self.document.reference or self.document.number) if self.document else ""

    @property
    def orders(self) -> Orders | None:
        if self.person is not None:
            return self.person.orders
        return self.listed.document_orders[self.document.id] if self.document else None

    @property
    def score(self) -> float:
        return max(self.features.values())


def lists_of(
    dataset: str, lists: Sequence[ListIndex], now: datetime, unasked: Iterable[UnaskedList] = ()
) -> AskedLists:
    """The lists of persons and documents behind a dataset's name: a list's code, "default" or "sanctions".
    ``unasked``: those that are known and can't be asked. Raises DatasetUnknown."""
    # Of which publisher a list in an unknown format is, nobody can say.
    silent = [one.code for one in unasked if dataset in (EVERYTHING, SANCTIONS, one.code)]
    served = [one for one in lists if one.covers & _SERVED]
    if dataset == EVERYTHING:
        chosen = served
    elif dataset == SANCTIONS:
        chosen = [one for one in served if one.format in _SANCTIONS_FORMATS]
    else:
        chosen = [one for one in served if one.code == dataset]
    if not chosen and not silent:
        raise DatasetUnknown
    doubted = [one.code for one in chosen if one.expired(now) or one.seal is not SealState.WHOLE]
    return AskedLists(chosen, (*doubted, *silent))


def match(queries: dict[str, EntityExample], asked: AskedLists, now: datetime, wanted: Wanted) -> MatchResponse:
    """One answer for each query, by its key.

    Where a list is not believed, a query without a match has a status of its own. Raises ListNotBelieved where there
    would be nothing else in the answer: who does not look at each status would read it as "nobody is listed".
    """
    responses = {key: _matches(example, asked, now, wanted) for key, example in queries.items()}
    doubted = {code: None for one in responses.values() for code in one.not_believed}
    useful = any(one.results or one.status == _ANSWERED for one in responses.values())
    if doubted and not useful:
        raise ListNotBelieved(lists=", ".join(doubted))
    return MatchResponse(responses=responses, matcher=FEATURES, limit=wanted.limit)


def search(text: str, asked: AskedLists, now: datetime, *, limit: int, offset: int) -> SearchResponse:
    """Persons by a name alone, the most alike first. Raises ListNotBelieved where there is nobody, and a list that
    can't say so."""
    example = EntityExample(schema_="Person", properties={"name": [text]} if text.strip() else {})
    found, not_believed = _candidates(example, asked, now)
    if not found and not_believed:
        raise ListNotBelieved(lists=", ".join(not_believed))
    lists = asked.lists
    counts = {one.code: sum(candidate.listed is one for candidate in found) for one in lists}
    items = [FacetItem(name=one.code, label=one.name, count=counts[one.code]) for one in lists if counts[one.code]]
    return SearchResponse(
        limit=limit,
        offset=offset,
        total=Total(value=len(found)),
        results=[Entity(**_entity(one)) for one in found[offset : offset + limit]],
        facets={"datasets": Facet(label="Data sources", values=items)},
        not_believed=list(not_believed),
    )


def _matches(example: EntityExample, asked: AskedLists, now: datetime, wanted: Wanted) -> Matches:
    if not _can_be_answered(example):
        return Matches(status=_CANT_BE_ANSWERED, results=[], total=Total(value=0), query=example)
    # A cut-off above the threshold would hide what counts as a match.
    cutoff = min(wanted.cutoff, wanted.threshold)
    candidates, not_believed = _candidates(example, asked, now)
    found = [one for one in candidates if one.score >= cutoff]
    results = [
        ScoredEntity(**_entity(one), score=one.score, features=one.features, match=one.score >= wanted.threshold)
        for one in found[: wanted.limit]
    ]
    matched = any(one.match for one in results)
    return Matches(
        status=_ANSWERED if matched or not not_believed else _NOT_BELIEVED,
        results=results,
        total=Total(value=len(found)),
        query=example,
        not_believed=list(not_believed),
    )


def _can_be_answered(example: EntityExample) -> bool:
    """Whether such things are on our lists, and the example has a name or a number that they can be asked with."""
    if example.schema_ not in properties.PERSON_SCHEMAS | properties.DOCUMENT_SCHEMAS:
        return False
    asked = list(properties.subjects(example))
    named = example.schema_ in properties.PERSON_SCHEMAS and any(why_no_name(one) is None for one in asked)
    return named or any(why_no_document(one) is None for one in asked)


def _candidates(example: EntityExample, asked: AskedLists, now: datetime) -> tuple[list[_Candidate], tuple[str, ...]]:
    """Each entry once, by what speaks most for it; the best first. Those that have ended are left out.

    And which lists are not believed, those among them whose documents can't be read.
    """
    by_name = example.schema_ in properties.PERSON_SCHEMAS
    best: dict[tuple[str, str], _Candidate] = {}
    not_believed = dict.fromkeys(asked.not_believed)
    for subject in properties.subjects(example):
        for listed in asked.lists:
            found = list(_by_name(subject, listed)) if by_name else []
            try:
                found += _by_number(subject, listed)
            except DocumentsUnreadable:
                not_believed[listed.code] = None
            for one in found:
                if one.orders is None or not one.orders.counts_on(now.date()):
                    continue
                known = best.get((listed.code, one.reference))
                best[listed.code, one.reference] = one if known is None else _stronger(known, one)
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.listed.code, one.reference))
    return ranked, tuple(not_believed)


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
    """Raises DocumentsUnreadable."""
    document = subject.document
    if document is None or why_no_document(subject) is not None:
        return
    for found in listed.documents.search(document.number, ""):
        theirs = found.document
        person = None if theirs.person is None else listed.persons[theirs.person]
        features = {_NUMBER: _NUMBER_SCORES.get(found.likeness, _TWIN_SCORE)}
        caption = f"{theirs.issuer} {theirs.number}".strip() if person is None else person.label
        yield _Candidate(listed, person, caption, features, (theirs.number,), theirs)


def _entity(one: _Candidate) -> dict[str, object]:
    described = _document(one) if one.person is None else _person(one, one.person)
    return {
        "id": f"{one.listed.code}-{one.reference}",
        "datasets": [one.listed.code],
        "target": True,
        "last_change": one.listed.as_of,
        **described,
    }


def _document(one: _Candidate) -> dict[str, object]:
    """A document of nobody who is listed: stolen, lost, revoked."""
    document = one.document
    given = {
        "number": list(one.numbers),
        "country": [properties.alpha_2(document.issuer)] if document and document.issuer else [],
        "type": [document.type] if document and document.type else [],
        "notes": [*([document.reason] if document and document.reason else []), *_notes(one)],
    }
    return {"caption": one.name, "schema": "Passport", "properties": _without_empty(given)}


def _notes(one: _Candidate) -> list[str]:
    orders = one.orders
    return [text for text in (orders.action, orders.caution, orders.handling) if text] if orders else []


def _without_empty(given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in given.items() if values}


def _person(one: _Candidate, person: IndexedPerson) -> dict[str, object]:
    given = {
        "name": list(dict.fromkeys((person.label, one.name))),
        "birthDate": [str(birth) for birth in person.births],
        "gender": properties.gender(person.sex),
        "nationality": [properties.alpha_2(code) for code in person.nationalities],
        "idNumber": list(one.numbers),
        "notes": _notes(one),
    }
    return {"caption": person.label, "schema": "Person", "properties": _without_empty(given)}
