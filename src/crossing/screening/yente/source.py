"""A national server that speaks as yente does, asked beside the lists of this machine. Whatever goes wrong is an
answer: NOT_CHECKED, with its reason."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import quote

from crossing.documents.dates import PartialDate
from crossing.platform.clock import Clock
from crossing.screening.askable import why_no_document, why_no_name
from crossing.screening.documents import tidy
from crossing.screening.names.alerting import is_slip
from crossing.screening.names.births import ListedBirth, Relation, compare
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.judging import OF_THOUSANDS, Decision, Judged, judge
from crossing.screening.names.spelling import spell
from crossing.screening.remote import NoAnswer, RemoteService, Request
from crossing.screening.schemas import (
    CheckKind,
    CheckOutcome,
    CheckResult,
    Explanation,
    HitDetail,
    Reason,
    Subject,
)
from crossing.screening.yente import properties
from crossing.screening.yente.shapes import MatchRequest, MatchResponse, ScoredEntity

SOURCE: Final = "national_server"
SOURCE_NAME: Final = "National server"
ENGINE: Final = "yente"
RESULTS_ASKED: Final = 10

_QUESTION: Final = "traveller"
_ANSWERED: Final = 200
_MOST_NAMES: Final = 20
_MAY_BE: Final = frozenset({Relation.SAME, Relation.SWAPPED, Relation.YEAR_SAME, Relation.PLACEHOLDER, Relation.NEAR})


class _Found(NamedTuple):
    sure: bool
    hit: HitDetail


class NationalServer:
    """One per process; calls may come from any thread."""

    def __init__(self, service: RemoteService, *, dataset: str, clock: Clock) -> None:
        self._service = service
        self._path = f"/match/{quote(dataset, safe='')}?limit={RESULTS_ASKED}"
        self._clock = clock

    def ask(self, subject: Subject) -> CheckResult:
        """Whom the server knows that may be the traveller. Never raises."""
        return self.begin(subject)()

    def begin(self, subject: Subject) -> Callable[[], CheckResult]:
        """Ask in the background; calling what this gives waits for the answer, within the server's time from now on,
        and never raises.

        The server names candidates with its score; ours is the judge's of each. A possible hit takes a second element
        (date of birth, document, nationality) beside a name that either of the two takes for the same; a hit takes
        the same name and the same whole date of birth.
        """
        started, now = time.monotonic(), self._clock.now()
        unasked = why_no_name(subject)
        if unasked is not None and why_no_document(subject) is not None:
            return partial(_not_checked, unasked, now)
        question = MatchRequest(queries={_QUESTION: properties.asked(subject)})
        request = Request("POST", self._path, question.model_dump_json(by_alias=True).encode())
        answer = self._service.begin(request, MatchResponse.model_validate_json)
        return lambda: _judged(subject, answer(), unasked, now, started)

    def close(self) -> None:
        self._service.close()


def _judged(
    subject: Subject, answer: MatchResponse | NoAnswer, unasked: Reason | None, now: datetime, started: float
) -> CheckResult:
    took = (time.monotonic() - started) * 1000
    if isinstance(answer, NoAnswer):
        return _not_checked(answer.reason, now, took)
    matches = answer.responses.get(_QUESTION)
    if matches is None:
        return _not_checked(Reason.MALFORMED_ANSWER, now, took)
    # Whom a server names is named, even where it has lists that it does not believe; they clear nobody.
    found = [one for entity in matches.results if (one := _found(subject, entity))]
    if not found and (matches.status != _ANSWERED or matches.not_believed):
        return _not_checked(Reason.BACKEND_ERROR, now, took)
    if not found and unasked is Reason.NAME_UNREADABLE:
        return _not_checked(unasked, now, took)
    return _result(found, now, took)


def _found(subject: Subject, entity: ScoredEntity) -> _Found | None:
    """What a candidate of the server's means for this traveller; None where it is not worth an alert."""
    births = [ListedBirth.exact(when) for when in properties.dates(entity.texts("birthDate"))]
    nationalities = [code for one in entity.texts(*properties.STATES) if (code := properties.state(one))]
    relation, _ = compare(subject.birth, births, approximate=subject.birth_approximate)
    judged = _best(subject, entity, births, nationalities)
    document = _same_document(subject, entity)
    same_state = bool(subject.nationality) and subject.nationality in nationalities
    agrees = relation in _MAY_BE or (relation is Relation.UNKNOWN and same_state)
    named = entity.match or (judged is not None and judged.decision is not Decision.DIFFERENT)
    if not document and not (named and agrees) and not (judged is not None and _is_slip(judged)):
        return None
    sure = relation is Relation.SAME and judged is not None and judged.decision is Decision.MATCH
    return _Found(sure, _hit(entity, judged, document))


def _is_slip(judged: Judged) -> bool:
    """One name, and a date of birth that was written down wrongly: by the rule of the post's own lists."""
    matches = judged.score >= OF_THOUSANDS
    return matches and is_slip(judged.asked, judged.listed, judged.relation, judged.alignment.parts)


def _best(
    subject: Subject, entity: ScoredEntity, births: list[ListedBirth], nationalities: list[str]
) -> Judged | None:
    """The judge's word on the two names that are most alike; None where a side has none."""
    sex = next((known for one in entity.texts("gender") if (known := properties.sex(one))), "")
    listed = [
        ListedPerson(spell(name), births, sex, nationalities)
        for name in entity.texts(*properties.NAMES)[:_MOST_NAMES]
    ]
    asked = list(_asked(subject, subject.birth))
    judged = (judge(mine, theirs) for mine in asked for theirs in listed if mine.name and theirs.name)
    return max(judged, key=lambda one: one.score, default=None)


def _asked(subject: Subject, birth: PartialDate | None) -> Iterator[AskedPerson]:
    for name in subject.names:
        spelling = spell(name.surname, name.given_names)
        approximate = subject.birth_approximate and birth is not None
        yield AskedPerson(spelling, birth, subject.sex, subject.nationality, name.truncated, approximate)


def _same_document(subject: Subject, entity: ScoredEntity) -> str:
    """The entity's number that is the traveller's document's, as the server writes it; empty where there is none."""
    if subject.document is None:
        return ""
    mine = tidy(subject.document.number)
    return next((one for one in entity.texts(*properties.NUMBERS) if mine and tidy(one) == mine), "")


def _hit(entity: ScoredEntity, judged: Judged | None, document: str) -> HitDetail:
    reasons = [Explanation(code="matched_by_source", params={"percent": int(entity.score * 100)})]
    if document:
        reasons.append(Explanation(code="document_same", params={"listed": document}))
    if judged is not None:
        reasons += judged.reasons
    reasons += [Explanation(code="said_by_source", params={"text": one[:300]}) for one in entity.texts("notes")[:2]]
    return HitDetail(
        list_name=", ".join(entity.datasets[:5])[:200] or SOURCE_NAME,
        entry_reference=entity.id[:100],
        label=entity.caption[:300],
        score=max(entity.score, judged.score if judged else 0.0),
        explanations=tuple(reasons),
    )


def _result(found: list[_Found], now: datetime, took_ms: float) -> CheckResult:
    found.sort(key=lambda one: (one.sure, one.hit.score), reverse=True)
    outcome = CheckOutcome.CLEAR
    if found:
        outcome = CheckOutcome.HIT if found[0].sure else CheckOutcome.POSSIBLE
    return CheckResult(
        kind=CheckKind.NATIONAL_LISTS,
        outcome=outcome,
        source=SOURCE,
        source_name=SOURCE_NAME,
        engine=ENGINE,
        performed_at=now,
        duration_ms=round(took_ms, 1),
        hits=tuple(one.hit for one in found),
    )


def _not_checked(reason: Reason, now: datetime, took_ms: float = 0.0) -> CheckResult:
    return CheckResult(
        kind=CheckKind.NATIONAL_LISTS,
        outcome=CheckOutcome.NOT_CHECKED,
        reason=reason,
        source=SOURCE,
        source_name=SOURCE_NAME,
        engine=ENGINE,
        performed_at=now,
        duration_ms=round(took_ms, 1),
    )
